"""Secrets that the code spells out: as a default, in a setting, in a call that logs in."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, Named
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, keyword, last, literal

SECRET_KEY = re.compile(
    r"(?i)(\w+[_-])?(password|passwd|passphrase|secret|secret_key|secret_access_key|api_?key"
    r"|auth_token|access_token|private_key|signing_key|jwt_key|encryption_key)$"
)
LOGS_IN = (
    "login", "logon", "log_in", "simple_bind", "simple_bind_s", "authenticate", "BasicAuth",
    "HTTPBasicAuth", "HTTPDigestAuth", "HTTPProxyAuth",
)  # fmt: skip
"""Calls that take a name, then a password."""

CONNECTS = re.compile(
    r"(?i)\w*(connect|login|client|session|engine|redis|mysql|postgres|auth|credentials|smtp|ftp"
    r"|database|server|api)\w*$"
)
TAKES_PASSWORD = re.compile(rf"{CONNECTS.pattern[:-1]}|\w*(user|account|transport|logon|bind)\w*$")
WORD = re.compile(
    r"(?i)(password|passwd|pwd|db_password|auth_token|api_?key|secret_?key|access_?key"
    r"|aws_secret_access_key|private_key|client_secret)$"
)
PASSWORD = re.compile(
    r"(?i)(\w+_)?(password|passwd|pwd|passphrase|secret|api_?key|secret_?key|token)$"
)
FIELD = re.compile(
    r"(?i)(\w+_)?(password|passwd|pwd|passphrase|api_?key|secret_?key|client_secret)$"
)
CONSTANT = re.compile(
    r"_?([A-Z0-9]+_)*(PASSWORD|PASSWD|PWD|API_?KEY|SECRET_ACCESS_KEY|CLIENT_SECRET|AUTH_TOKEN"
    r"|ACCESS_TOKEN)$"
)
SIGNS = frozenset({"secret_key", "SECRET_KEY", "JWT_SECRET_KEY"})
"""Settings that a framework signs sessions with."""

PLACEHOLDER = re.compile(
    r"(?i)(password|changeme|change[-_ ]me.*|none|null|test|todo|x+|\*+|your[-_ ].*|<.*>|\$.*|\{.*"
    r"|example|dummy|anonymous|guest)$"
)
LIKE_SECRET = re.compile(
    r"(?i)(?!.*(your|change|example|placeholder|xxx|dummy|test|todo|secret|password|token|key|env"
    r"|[<{}>$*%. /_\\:\[\]()|]))(?=.*[a-z])(?=.*[0-9!@#^&])\S{6,}$"
)
"""A text that nobody writes by accident: letters with digits or signs between, in one word."""

LIKE_CONSTANT = re.compile(
    r"(?!.*(your|change|example|placeholder|xxx|dummy|test|todo|secret|password|token|key|env"
    r"|[<{$*%. /_]))(?=.*[0-9!@#^&])\S{6,}$"
)
TYPED = re.compile(r"(\w+_)?(password|passwd|pwd|passphrase)$", re.IGNORECASE)
ADDRESS = re.compile(
    r"(?i)(postgres(ql)?|mysql|mariadb|mongodb|redis|amqp|mssql|oracle|ftp)(\+\w+)?://"
    r"[\w.-]+:(?!(password|pass|pwd|passwd|secret|x+)@)[^@/{%<$\s]{3,}@"
)
"""An address of a database with a name and a password."""

KNOWN = re.compile(
    r"(.*\s)?(AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{22,}|glpat-[\w-]{20}|sk_live_\w{16,}"
    r"|xox[abpr]-[\w-]{10,}|AIza[\w-]{35}|sk-(proj-)?[A-Za-z0-9]{32,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|-----BEGIN (\w+ )*PRIVATE KEY-----|Basic (?=\S*[a-z0-9])[A-Za-z0-9+/]{12,}=*$)"
)
"""How well known services write their secrets."""

SETS = ("add_argument", "option", "setdefault", "add_option", "StringField", "CharField")
"""Calls that name an option or a field, and what it is if nobody says."""

DRIVERS = frozenset({"pymysql", "MySQLdb", "psycopg2", "connector", "cx_Oracle", "pymssql"})
ASKS_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault"})
SHORTEST = 5
"""Of a text that may be a password."""

SHORTEST_KNOWN = 16


def by_default(scope: Scope) -> Found:
    """Find a password that an argument is by default."""
    for name, value in scope.defaults.items():
        if FIELD.match(name) and LIKE_SECRET.match(literal(value)):
            yield "password-spelled-out", value


def named(one: Named) -> Found:
    """Find a password that a value with a name is set to."""
    if isinstance(one.by, ast.Call):
        if _hands_over(one, one.by):
            yield "hardcoded-password", one.node
    elif _is_setting(one):
        yield "hardcoded-password", one.node
    elif FIELD.match(one.name) and LIKE_SECRET.match(literal(one.value)):
        yield "password-spelled-out", one.value


def _hands_over(one: Named, call: ast.Call) -> bool:
    """Tell whether a call that connects or logs in is handed a password."""
    short = last(call.func)
    match one:
        case Named(name="auth", value=ast.Tuple(elts=[_, password])):
            return bool(TAKES_PASSWORD.match(short)) and _is_secret(password, one.scope)
    if one.name in SIGNS and short in {"update", "from_mapping"}:
        return bool(literal(one.value))
    if not PASSWORD.match(one.name) and not WORD.match(one.name):
        return False
    text = literal(one.scope.value(one.value))
    by_name = isinstance(one.value, ast.Name) and TAKES_PASSWORD.match(short)
    connects = CONNECTS.match(short) and WORD.match(one.name)
    long = len(text) >= (SHORTEST if by_name else 3)
    return bool(by_name or connects) and long and " " not in text and not PLACEHOLDER.match(text)


def _is_setting(one: Named) -> bool:
    text = literal(one.value)
    if one.name in SIGNS and text:
        return isinstance(one.by, ast.Attribute | ast.Subscript) or one.name.isupper()
    constant = isinstance(one.by, ast.Name) and CONSTANT.match(one.name)
    return bool(constant and LIKE_CONSTANT.match(text))


def compared(node: ast.Compare, scope: Scope) -> Found:
    """Find a password compared with one that is spelled out."""
    match node:
        case ast.Compare(ops=[ast.Eq()], comparators=[right]):
            for typed, known in ((node.left, right), (right, node.left)):
                text = literal(scope.value(known)) if TYPED.match(last(typed)) else ""
                if dotted(typed) and re.match(r"\S{3,}$", text):
                    yield "hardcoded-password", node
                    return


def written(node: ast.Constant, text: str) -> Found:
    """Find a secret in the form that its service gives it, or in an address."""
    if len(text) >= SHORTEST_KNOWN:
        if KNOWN.match(text):
            yield "known-secret", node
        if "://" in text and ADDRESS.match(text):
            yield "hardcoded-password", node


def _logs_in(call: Called) -> Found:
    if _is_secret(next(iter(call.node.args[1:]), None), call.scope):
        yield "hardcoded-password", call.node


def _connects(call: Called) -> Found:
    text = literal(next(iter(call.node.args[2:]), None))
    if call.owner in DRIVERS and text and not PLACEHOLDER.match(text):
        yield "hardcoded-password", call.node


def _is_secret(node: ast.expr | None, scope: Scope) -> bool:
    text = literal(scope.value(node))
    return len(text) >= SHORTEST and " " not in text and not PLACEHOLDER.match(text)


def _option(call: Called) -> Found:
    """Find an option whose default is a password."""
    name = literal(call.passed(0)).strip("-").replace("-", "_")
    if FIELD.match(name):
        for value in (*call.node.args[1:], keyword(call.node, "default")):
            if LIKE_SECRET.match(literal(value)):
                yield "password-spelled-out", value or call.node


def _falls_back(call: Called) -> Found:
    """Find a secret that, where it is not set, is one that the code spells out."""
    match call.node.args:
        case [ast.Constant(value=str(key)), ast.Constant(value=str(text))]:
            known = len(text) >= SHORTEST and not PLACEHOLDER.match(text)
            if call.name in ASKS_ENVIRONMENT and known and SECRET_KEY.match(key):
                yield "secret-by-default", call.node


CALLS: Looks = {
    **dict.fromkeys(LOGS_IN, _logs_in),
    "connect": _connects,
    **dict.fromkeys(SETS, _option),
    **dict.fromkeys(("get", "getenv"), _falls_back),
}
