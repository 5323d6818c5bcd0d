"""Protection that is off: what one call, one default or one setting says by itself."""

from __future__ import annotations

import ast
import itertools
import re

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import Function, defaults, false, keyword, last, literal, true

CHECK = re.compile(
    r"((verify|check|validate)_?(ssl|tls|certs?|certificates?|host(name)?|peer|https|server_cert)"
    r"|(ssl|tls|certs?|certificate|hostname|peer)_?(verify|verification|check|validate|validation))"
    r"(_\w+)?$"
)
"""What a library calls the switch of its check of certificates."""

CONTEXT_IS_SET = frozenset({
    "verify_mode", "load_cert_chain", "load_verify_locations", "load_default_certs",
    "set_default_verify_paths",
})  # fmt: skip
"""Of a TLS context: who has a certificate of its own, or asks for the other's."""

KEY_SIZE = re.compile(r"(?i)(rsa_|dsa_)?(key_?(size|bits|length|len)|bits|n_bits|modulus_\w+)$")
PLAIN_LOGIN = re.compile(r"http://(?!localhost|127\.)[^/\s@:]*:[^/\s@:]*@")
"""An address with a name and a password, which travel as they are."""

OPEN_SETTING = re.compile(r"CORS_(ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL)$")
ALLOWS = "access-control-allow-origin"
LOCAL = re.compile(r"(unix:|localhost|127\.|\[::1\])")
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
        for argument, default in defaults(scope.node):
            if CHECK.match(argument) and false(default):
                yield "tls-off-by-default", default
            if KEY_SIZE.match(argument) and _is_small(default):
                yield "small-key-by-default", default
    yield from _set(scope)
    for call in scope.calls:
        yield from _in_call(call, scope, names)


def _set(scope: Scope) -> Found:
    spread = any(word.arg is None for call in scope.calls for word in call.keywords)
    for node in scope.nodes:
        match node:
            case ast.Assign(targets=[target], value=value):
                if _opens_to_all(target, value):
                    yield "any-origin-setting", node
                if isinstance(target, ast.Subscript) and _turns_off(target.slice, value):
                    yield "tls-check-off", node
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if _turns_off(key, value) and (literal(key) != "verify" or spread):
                        yield "tls-check-off", value
            case ast.Constant(value=str()) | ast.JoinedStr():
                if PLAIN_LOGIN.match(literal(node)):
                    yield "plain-connection", node


def _opens_to_all(target: ast.expr, value: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        return literal(target.slice).lower() == ALLOWS and literal(value) == "*"
    return bool(OPEN_SETTING.match(last(target))) and true(value)


def _turns_off(key: ast.AST | None, value: ast.expr) -> bool:
    name = literal(key).lower()
    return bool(name == "verify" or CHECK.match(name)) and false(value)


def _in_call(node: ast.Call, scope: Scope, names: Names) -> Found:
    name = names.full(node.func)
    short = name.rpartition(".")[2] or last(node.func)
    if _leaves_check_off(node, name, short):
        yield "tls-check-off", node
    if name == "ssl.SSLContext" and _never_checks(node, scope):
        yield "tls-check-off", node
    if true(keyword(node, "use_debugger")) or true(keyword(node, "evalex")):
        yield "debugger-on", node
    if _has_the_host(node):
        yield "container-privileged", node
    if name == "os.open" and not node.keywords and _creates(node):
        yield "created-for-all", node
    if _lets_all_write(node, short, scope):
        yield "mode-for-all", node
    if _is_plain(node, name):
        yield "plain-connection", node
    if short == "connect" and _asks_no_host_key(node, scope, names):
        yield "host-key-unasked", node


def _leaves_check_off(node: ast.Call, name: str, short: str) -> bool:
    if short in {"setdefault", "get", "getattr", "getenv"}:
        return any(_turns_off(key, value) for key, value in itertools.pairwise(node.args))
    if name == "ssl.wrap_socket":
        return keyword(node, "cert_reqs") is None and not true(keyword(node, "server_side"))
    if name.endswith(".update") and false(keyword(node, "verify")):
        return True
    return any(
        (CHECK.match(word.arg or "") and false(word.value))
        or (ALLOW.match(word.arg or "") and true(word.value))
        for word in node.keywords
    )


def _never_checks(node: ast.Call, scope: Scope) -> bool:
    """Tell whether a context asks nothing of the other side, and is not a server's."""
    kinds = set(map(last, node.args))
    if node.keywords or kinds - {"PROTOCOL_TLS", "PROTOCOL_SSLv23"}:
        return False
    done = {last(node) for node in scope.nodes if isinstance(node, ast.Attribute)}
    return not done & CONTEXT_IS_SET


def _is_small(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in {512, 768, 1024}


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


def _lets_all_write(node: ast.Call, short: str, scope: Scope) -> bool:
    """Tell whether a mode that a name stands for lets every user change a file."""
    if short not in {"chmod", "fchmod", "mkdir", "makedirs", "open"}:
        return False
    for given in (*node.args, *(word.value for word in node.keywords if word.arg == "mode")):
        value = scope.value(given)
        if value is given or not isinstance(value, ast.Constant | ast.BinOp | ast.Attribute):
            continue
        for part in ast.walk(value):
            if last(part) in {"S_IWOTH", "S_IRWXO"}:
                return True
        match value:
            case ast.Constant(value=int(mode)) if mode & 0o002 and short != "open":
                return True
    return False


def _is_plain(node: ast.Call, name: str) -> bool:
    """Tell whether a call asks for a connection without encryption, to another computer."""
    if name in {"grpc.insecure_channel", "grpc.aio.insecure_channel"}:
        return not LOCAL.match(literal(next(iter(node.args), None)))
    return any(
        (word.arg in {"use_ssl", "use_tls", "ssl_enabled", "tls_enabled"} and false(word.value))
        or (
            word.arg in {"sslmode", "ssl_mode"}
            and literal(word.value).lower() in {"disable", "disabled"}
        )
        for word in node.keywords
    )


def _asks_no_host_key(node: ast.Call, scope: Scope, names: Names) -> bool:
    owner = scope.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
    made = names.full(owner.func) if isinstance(owner, ast.Call) else ""
    return made in {"paramiko.Transport", "paramiko.transport.Transport"} and not (
        keyword(node, "hostkey") or node.args
    )


def _creates(node: ast.Call) -> bool:
    match node.args:
        case [_, flags]:
            return any(last(part) == "O_CREAT" for part in ast.walk(flags))
    return False
