"""Certificates and host keys that nobody checks: anybody in between reads and changes the rest."""

from __future__ import annotations

import ast
import itertools
import re

from audit.linter.flow.looks.called import Called, Looks, Named, is_none
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import false, keyword, last, literal, true

CHECK = re.compile(
    r"((verify|check|validate)_?(ssl|tls|certs?|certificates?|host(name)?|peer|https|server_cert)"
    r"|(ssl|tls|certs?|certificate|hostname|peer)_?(verify|verification|check|validate|validation))"
    r"(_\w+)?$"
)
"""What a library calls the switch of its check of certificates."""

ALLOW = re.compile(
    r"(insecure_skip_verify|(skip|no|disable)_(ssl|tls|cert)\w*(verif|check|valid)\w*|no_verify(_ssl)?"
    r"|skip_verify|disable_ssl_\w*|(ssl_)?(accept|allow)_(invalid|self_signed|insecure)_cert\w*"
    r"|trust_all\w*|ignore_ssl\w*|ignore_cert\w*|tlsInsecure|tlsAllowInvalid\w*)$"
)
"""What a library calls the switch that turns it off."""

ASKS = frozenset({
    "get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send",
    "Session", "Client", "AsyncClient", "client", "resource", "TLSConfig", "update",
})  # fmt: skip
"""Calls of many libraries whose `verify` is that of certificates."""

MODES = frozenset({"verify_mode", "cert_reqs", "ssl_cert_reqs", "validate"})
ENVIRONMENT = {
    "PYTHONHTTPSVERIFY": "0", "NODE_TLS_REJECT_UNAUTHORIZED": "0", "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "", "GIT_SSL_NO_VERIFY": "1",
}  # fmt: skip
"""What turns the check off for all that follows."""

SET_ELSEWHERE = frozenset({
    "verify_mode", "load_cert_chain", "load_verify_locations", "load_default_certs",
    "set_default_verify_paths",
})  # fmt: skip
"""Of a TLS context: who has a certificate of its own, or asks for the other's."""

UNVERIFIED = "_create_unverified_context"
CURL = {"SSL_VERIFYPEER", "SSL_VERIFYHOST"}
ANY_KEY = frozenset({"AutoAddPolicy", "WarningPolicy"})


def by_default(scope: Scope) -> Found:
    """Find the check of certificates turned off by an argument that nobody passes."""
    for argument, default in scope.defaults.items():
        if false(default) and CHECK.match(argument):
            yield "tls-off-by-default", default


def named(one: Named) -> Found:
    """Find the check turned off by a value that has a name."""
    if last(one.value) == UNVERIFIED or _turns_off(one):
        yield "tls-unverified", one.node
    if one.name == "hostkeys" and is_none(one.value) and isinstance(one.by, ast.Attribute):
        made = one.scope.value(one.by.value)
        if isinstance(made, ast.Call) and last(made.func) == "CnOpts":
            yield "ssh-unknown-host", one.node


def _turns_off(one: Named) -> bool:
    if one.name in MODES:
        text = literal(one.value).lower()
        return last(one.value) == "CERT_NONE" or text in {"cert_none", "none"}
    if one.name in ENVIRONMENT and isinstance(one.value, ast.Constant):
        return literal(one.value).lower().replace("true", "1") == ENVIRONMENT[one.name]
    if isinstance(one.by, ast.Call):
        return _is_told_off(one, one.by)
    if not false(one.value):
        return False
    if isinstance(one.by, ast.Attribute):
        return one.name in {"verify", "check_hostname"}
    set_later = isinstance(one.by, ast.Subscript) or one.scope.spreads
    handed_on = one.name == "verify" and set_later and not isinstance(one.by, ast.Name)
    return handed_on or bool(CHECK.match(one.name.lower()))


def _is_told_off(one: Named, call: ast.Call) -> bool:
    """Tell whether a call is told not to check, or is so by default."""
    if true(one.value):
        return bool(ALLOW.match(one.name))
    if not false(one.value):
        return one.name == "verify" and _asks(call) and _false_by_default(one)
    if one.name == "ssl":
        method = isinstance(call.func, ast.Attribute) and bool(call.args)
        return method or last(call.func) == "TCPConnector"
    return _asks(call) if one.name == "verify" else bool(CHECK.match(one.name))


def _asks(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ASKS


def _false_by_default(one: Named) -> bool:
    return isinstance(one.value, ast.Name) and false(one.scope.defaults.get(one.value.id))


def _asked_for(call: Called) -> Found:
    """Find a switch that is off unless somebody sets it: `options.setdefault("verify", False)`."""
    for key, value in itertools.pairwise(call.node.args):
        name = literal(key).lower()
        if (name == "verify" or CHECK.match(name)) and false(value):
            yield "tls-unverified", call.node


def _wrapped(call: Called) -> Found:
    asked = call.passed(4, "cert_reqs") is not None or true(call.passed(3, "server_side"))
    if call.owner == "ssl" and not asked:
        yield "tls-unverified", call.node


def _context(call: Called) -> Found:
    """Find a context that asks nothing of the other side, and is not a server's."""
    kinds = set(map(last, call.node.args))
    plain = not call.node.keywords and not kinds - {"PROTOCOL_TLS", "PROTOCOL_SSLv23"}
    if call.name == "ssl.SSLContext" and plain and not call.scope.said & SET_ELSEWHERE:
        yield "tls-unverified", call.node


def _unverified(call: Called) -> Found:
    asked = keyword(call.node, "cert_reqs")
    if asked is None or last(asked) == "CERT_NONE":
        yield "tls-unverified", call.node


def _option(call: Called) -> Found:
    """Find an option of cURL or of a directory that turns the check off."""
    option, value = last(call.passed(0)), call.passed(1)
    off = isinstance(value, ast.Constant) and not value.value
    never = option == "OPT_X_TLS_REQUIRE_CERT" and last(value) == "OPT_X_TLS_NEVER"
    if (option in CURL and off) or never:
        yield "tls-unverified", call.node


def _verified(call: Called) -> Found:
    """Find a check that is off, or whose answer is yes whatever is asked."""
    asked = call.passed(1, "callback")
    if last(call.passed(0, "mode")) == "VERIFY_NONE" or _says_yes(asked, call):
        yield "tls-unverified", call.node


def _says_yes(node: ast.expr | None, call: Called) -> bool:
    if isinstance(node, ast.Lambda):
        return true(node.body)
    match call.names.definitions.get(last(node)):
        case ast.FunctionDef(body=[ast.Return(value=answer)]):
            return true(answer)
    return False


def _insecure(call: Called) -> Found:
    if true(call.passed(0, "value")):
        yield "tls-unverified", call.node


def _policy(call: Called) -> Found:
    policy = call.given(0, "policy")
    kind = call.scope.value(policy.func if isinstance(policy, ast.Call) else policy)
    if last(kind) in ANY_KEY:
        yield "ssh-unknown-host", call.node


def _connected(call: Called) -> Found:
    if call.owner == "asyncssh" and is_none(keyword(call.node, "known_hosts")):
        yield "ssh-unknown-host", call.node
    known = keyword(call.node, "hostkey") or call.node.args
    if call.maker in {"paramiko.Transport", "paramiko.transport.Transport"} and not known:
        yield "host-key-unasked", call.node


CALLS: Looks = {
    **dict.fromkeys(("setdefault", "get", "getattr", "getenv"), _asked_for),
    "wrap_socket": _wrapped,
    "SSLContext": _context,
    UNVERIFIED: _unverified,
    **dict.fromkeys(("setopt", "set_option"), _option),
    "set_verify": _verified,
    "tls_insecure_set": _insecure,
    "set_missing_host_key_policy": _policy,
    "connect": _connected,
}
