"""Secrets that the code spells out: as a default, in a setting, in a call that logs in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import Function, defaults, last, literal

SECRET_KEY = re.compile(
    r"(?i)(\w+[_-])?(password|passwd|passphrase|secret|secret_key|secret_access_key|api_?key"
    r"|auth_token|access_token|private_key|signing_key|jwt_key|encryption_key)$"
)
LOGS_IN = re.compile(
    r"(?i)(login|logon|log_in|simple_bind(_s)?|authenticate|HTTP\w+Auth|BasicAuth)$"
)
TAKES_PASSWORD = re.compile(
    r"(?i)\w*(connect|connection|client|session|engine|redis|mysql|postgres|auth|credentials|smtp"
    r"|ftp|database|server|login|user|account|transport)\w*$"
)
PASSWORD = re.compile(
    r"(?i)(\w+_)?(password|passwd|pwd|passphrase|secret|api_?key|secret_?key|token)$"
)
FIELD = re.compile(
    r"(?i)(\w+_)?(password|passwd|pwd|passphrase|api_?key|secret_?key|client_secret)$"
)
PLACEHOLDER = re.compile(
    r"(?i)(password|changeme|change[-_ ]me.*|none|null|test|todo|x+|\*+|your[-_ ].*|<.*>|\$.*|\{.*"
    r"|example|dummy|anonymous|guest)$"
)
LIKE_SECRET = re.compile(
    r"(?i)(?!.*(your|change|example|placeholder|xxx|dummy|test|todo|secret|password|token|key|env"
    r"|[<{}>$*%. /_\\:\[\]()|]))(?=.*[a-z])(?=.*[0-9!@#^&])\S{6,}$"
)
"""A text that nobody writes by accident: letters with digits or signs between, in one word."""

KNOWN = re.compile(
    r"(.*\s)?(AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{22,}|glpat-[\w-]{20}|sk_live_\w{16,}"
    r"|xox[abpr]-[\w-]{10,}|AIza[\w-]{35}|sk-(proj-)?[A-Za-z0-9]{32,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|-----BEGIN (\w+ )*PRIVATE KEY-----)"
)
"""How well known services write their secrets."""

SETS = re.compile(r"(add_argument|option|setdefault|add_option|StringField|CharField)$")
"""Calls that name an option or a field, and what it is if nobody says."""

ASKS_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault"})
SHORTEST = 5
"""Of a text that may be a password."""


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    for name, value in _named(scope):
        if FIELD.match(name) and LIKE_SECRET.match(literal(value)):
            yield "password-spelled-out", value
    for node in scope.nodes:
        if isinstance(node, ast.Constant) and KNOWN.match(_text(node)):
            yield "known-secret", node
    for call in scope.calls:
        if _logs_in(call, scope):
            yield "password-in-call", call
        if names.full(call.func) in ASKS_ENVIRONMENT and _falls_back(call):
            yield "secret-by-default", call


def _named(scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    """Give each value that has a name: by a default, an assignment or the key of a mapping."""
    if isinstance(scope.node, Function):
        yield from defaults(scope.node)
    for node in scope.nodes:
        match node:
            case ast.Call(args=[ast.Constant(value=str(key)), *rest]) if SETS.match(
                last(node.func)
            ):
                values = [word.value for word in node.keywords if word.arg == "default"]
                yield from ((key.strip("-").replace("-", "_"), value) for value in (*rest, *values))
            case ast.Dict(keys=keys, values=values):
                yield from zip(map(literal, keys), values, strict=True)
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
                yield literal(key), value
            case ast.Assign(targets=[target], value=value):
                yield last(target), value


def _text(node: ast.Constant) -> str:
    value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    return value if isinstance(value, str) else ""


def _logs_in(node: ast.Call, scope: Scope) -> bool:
    """Tell whether a call that logs in is handed a password that the code spells out."""
    short = last(node.func)
    given: list[ast.expr] = list(node.args[1:2]) if LOGS_IN.match(short) else []
    if TAKES_PASSWORD.match(short) or LOGS_IN.match(short):
        for word in node.keywords:
            match word:
                case ast.keyword(arg="auth", value=ast.Tuple(elts=[_, password])):
                    given.append(password)
                case ast.keyword(arg=str(name), value=ast.Name()) if PASSWORD.match(name):
                    given.append(word.value)
    texts = [literal(scope.value(value)) for value in given]
    return any(
        len(text) >= SHORTEST and " " not in text and not PLACEHOLDER.match(text) for text in texts
    )


def _falls_back(node: ast.Call) -> bool:
    """Tell whether a secret that is not set is one that the code spells out."""
    match node.args:
        case [ast.Constant(value=str(key)), ast.Constant(value=str(text))]:
            known = len(text) >= SHORTEST and not PLACEHOLDER.match(text)
            return known and bool(SECRET_KEY.match(key))
    return False
