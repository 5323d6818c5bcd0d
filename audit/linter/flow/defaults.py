"""Protection that is off: what one call, one default or one setting says by itself."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Scope
from audit.linter.flow.syntax import Function, keyword, last, literal, true

Found = Iterator[tuple[str, ast.AST]]

CHECK = re.compile(
    r"(verify|check|validate)_?(ssl|tls|certs?|certificates?|host(name)?|peer|https|server_cert)(_\w+)?"
    r"|(ssl|tls|certs?|certificate|hostname|peer)_?(verify|verification|check|validate|validation)"
    r"(_\w+)?$"
)
"""What a library calls the switch of its check of certificates."""

SECRET_KEY = re.compile(
    r"(?i)(\w+[_-])?(password|passwd|passphrase|secret|secret_key|secret_access_key|api_?key"
    r"|auth_token|access_token|private_key|signing_key|jwt_key|encryption_key)$"
)
LOGS_IN = re.compile(
    r"(?i)(login|logon|log_in|simple_bind(_s)?|authenticate|HTTP\w+Auth|BasicAuth)$"
)
TAKES_PASSWORD = re.compile(
    r"(?i)\w*(connect|connection|client|session|engine|redis|mysql|postgres|auth|credentials|smtp|ftp"
    r"|database|server|login|user|account|transport)\w*$"
)
PASSWORD = re.compile(
    r"(?i)(\w+_)?(password|passwd|pwd|passphrase|secret|api_?key|secret_?key|token)$"
)
PLACEHOLDER = re.compile(
    r"(?i)(password|changeme|change[-_ ]me.*|none|null|test|todo|x+|\*+|your[-_ ].*|<.*>|\$.*|\{.*"
    r"|example|dummy|anonymous|guest)$"
)
SESSION = re.compile(
    r"(?i).*(sess|token|auth|login|jwt|sid$|user|remember|api[-_]?key|credential|secret)"
)
ASKS_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault"})
SHORTEST = 5
"""Of a text that may be a password."""

DOCKER = "/var/run/docker.sock"
"""Who may write to it is root on its host."""

ROOTS = frozenset({"ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"})
ALLOW = re.compile(
    r"(insecure_skip_verify|(skip|no|disable)_(ssl|tls|cert)\w*(verif|check|valid)\w*|no_verify(_ssl)?"
    r"|skip_verify|disable_ssl_\w*|accept_(invalid|self_signed|insecure)_cert\w*|trust_all\w*"
    r"|ignore_ssl\w*|ignore_cert\w*)$"
)
"""What a library calls the switch that turns it off."""


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    if isinstance(scope.node, Function):
        for argument, default in _defaults(scope.node):
            if CHECK.match(argument) and _false(default):
                yield "tls-off-by-default", default
    for node in scope.nodes:
        match node:
            case ast.Call():
                yield from _in_call(node, scope, names)
            case ast.Assign(targets=[ast.Subscript(slice=item)]):
                yield from _in_item(literal(item), node.value, node)
            case ast.Dict():
                for key, one in zip(node.keys, node.values, strict=True):
                    if CHECK.match(literal(key)) and _false(one):
                        yield "tls-check-off", one


def _in_item(key: str, value: ast.expr, node: ast.AST) -> Found:
    if (CHECK.match(key) or key == "verify") and _false(value):
        yield "tls-check-off", node


def _in_call(node: ast.Call, scope: Scope, names: Names) -> Found:
    name = names.full(node.func)
    short = name.rpartition(".")[2] or last(node.func)
    if _leaves_check_off(node, name):
        yield "tls-check-off", node
    if short == "setdefault":
        for key, value in itertools.pairwise(node.args):
            yield from _in_item(literal(key), value, node)
    if _has_the_host(node):
        yield "container-privileged", node
    if short == "set_cookie":
        yield from _in_cookie(node)
    if short == "send_header":
        yield from _in_header(node)
    if _logs_in(node, short, scope):
        yield "password-in-call", node
    if name in ASKS_ENVIRONMENT and _falls_back(node):
        yield "secret-by-default", node
    if name == "os.open" and not node.keywords and _creates(node):
        yield "created-for-all", node


def _leaves_check_off(node: ast.Call, name: str) -> bool:
    if name == "ssl.wrap_socket":
        return keyword(node, "cert_reqs") is None and not true(keyword(node, "server_side"))
    if name.endswith(".update") and _false(keyword(node, "verify")):
        return True
    return any(
        (CHECK.match(word.arg or "") and _false(word.value))
        or (ALLOW.match(word.arg or "") and true(word.value))
        for word in node.keywords
    )


def _has_the_host(node: ast.Call) -> bool:
    """Tell whether a call starts a container that may do what its host may."""
    for word in node.keywords:
        match word.arg:
            case "privileged" | "allow_privilege_escalation":
                found = true(word.value)
            case "network_mode" | "pid_mode" | "ipc_mode" | "userns_mode" | "uts_mode":
                found = literal(word.value) == "host"
            case "cap_add":
                found = any(literal(part) in ROOTS for part in ast.walk(word.value))
            case "volumes" | "binds" | "mounts":
                found = any(literal(p).startswith(DOCKER) for p in ast.walk(word.value))
            case _:
                found = False
        if found:
            return True
    line = _command_line(node)
    started = bool({"docker", "podman"} & set(line[:2]))
    return started and ("--privileged" in line or any(f"{DOCKER}:" in part for part in line))


def _command_line(node: ast.Call) -> list[str]:
    match node.args:
        case [ast.List(elts=parts), *_]:
            return [literal(part) for part in parts]
        case [ast.Constant() | ast.JoinedStr() as text, *_]:
            return literal(text).split()
    return []


def _in_cookie(node: ast.Call) -> Found:
    name = literal(node.args[0]) if node.args else literal(keyword(node, "key", "name"))
    options = {word.arg for word in node.keywords}
    if SESSION.match(name) and not options & {None, "httponly", "http_only", "HttpOnly"}:
        yield "cookie-for-scripts", node


def _in_header(node: ast.Call) -> Found:
    match node.args:
        case [ast.Constant(value=str(header)), value] if header.lower() == "set-cookie":
            parts = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
            text = "".join(part for part in parts if isinstance(part, str)).lower()
            name, _, options = text.partition("=")
            if SESSION.match(name) and "httponly" not in options:
                yield "cookie-for-scripts", node
            if SESSION.match(name) and "secure" not in options:
                yield "cookie-by-hand", node


def _logs_in(node: ast.Call, short: str, scope: Scope) -> bool:
    """Tell whether a call that logs in is handed a password that the code spells out."""
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


def _creates(node: ast.Call) -> bool:
    match node.args:
        case [_, flags]:
            return any(last(part) == "O_CREAT" for part in ast.walk(flags))
    return False


def _defaults(node: Function) -> Iterator[tuple[str, ast.expr]]:
    a = node.args
    named = [*a.posonlyargs, *a.args][-len(a.defaults) :] if a.defaults else []
    for arg, value in (
        *zip(named, a.defaults, strict=True),
        *zip(a.kwonlyargs, a.kw_defaults, strict=True),
    ):
        if value is not None:
            yield arg.arg, value


def _false(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
