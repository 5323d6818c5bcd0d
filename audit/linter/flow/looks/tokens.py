"""Signatures, keys and tokens: what a piece of cryptography forgets or makes up itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from audit.linter.flow.looks import digests
from audit.linter.flow.looks.called import Called, Looks, Named, is_none
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import false, keyword, last, literal

CHECKS_SIGNATURE = re.compile(
    r"(?i)(hmac|\w*verif\w*|compare_digest|\w*check_sig\w*|new|loads?_signed|unsign)$"
)
UNPACKS = re.compile(r"(urlsafe_b64decode|b64decode|base64url_decode|\w*b64\w*decode\w*)$")
DIGEST = re.compile(r"(hashlib\.)?(md5|sha1|sha224|sha256|sha384|sha512|sha3_\d+|blake2[bs]|new)$")
CLOCKS = frozenset({
    "time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "datetime.now",
    "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow",
    "datetime.datetime.today", "timezone.now", "django.utils.timezone.now", "time.ctime",
    "os.getpid", "uuid.uuid1",
})  # fmt: skip
"""Calls whose answer anybody can guess."""

HIDDEN = re.compile(
    r"(?i)(secret|key|salt|urandom|uuid4|token_(hex|bytes|urlsafe)|random|password|nonce|pepper"
    r"|entropy|file|content|body|data|read|payload|text|mtime)"
)
"""A part of a text that is hard to guess, or a text that no token is made of."""

MOST_PARTS = 200
"""Of an expression that are looked at."""

TOKEN = re.compile(
    r"(?i)_?(\w+_)?(token|session_?id|sid|api_?key|nonce|otp|csrf|reset_?code|activation_?code"
    r"|invite_?code|secret)$"
)
ENCODES = frozenset({"base64.b64encode", "base64.urlsafe_b64encode", "base64.b32encode"})
PASSWORD = re.compile(r"(?i)_?(\w+_)?(password|passwd|pwd|passphrase)\d?$")


def found(scope: Scope, calls: Sequence[Called]) -> Found:
    """Find the middle of a token believed where nothing checks its end."""
    decodes = [call.node for call in calls if UNPACKS.match(call.last)]
    reads = any(call.name == "json.loads" for call in calls) if decodes else False
    if not reads or any(CHECKS_SIGNATURE.match(call.last) for call in calls):
        return
    for node in scope.nodes:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=[_, _, _])], value=ast.Call() as split):
                parts: ast.AST | None = split
            case ast.Subscript(value=parts, slice=ast.Constant(value=1)):
                parts = scope.value(parts)
            case _:
                continue
        if _at_dots(parts):
            yield "token-by-hand", decodes[0]
            return


def named(one: Named) -> Found:
    """Find a signature that is not asked for, and a token made of the time."""
    if one.name == "verify_signature" and false(one.value):
        yield "jwt-unverified", one.node
    token = isinstance(one.by, ast.Name | ast.Attribute) and TOKEN.match(one.name)
    if token and _only_clock(one.value, one.scope, one.names):
        yield "token-of-clock", one.node


def _of_time(call: Called) -> Found:
    made = call.maker if call.last == "update" else call.name
    if DIGEST.match(made) and _guessable(call.node.args, call.scope, call.names):
        yield "token-of-time", call.node


def _encoded(call: Called) -> Found:
    if call.name in ENCODES and _is_password(call.node.args):
        yield "password-encoded", call.node


def _decoded(call: Called) -> Found:
    """Find a token that is read without its signature, or signed with none."""
    if call.owner != "jwt":
        return
    algorithms = call.passed(2, "algorithms", "algorithm")
    known = [literal(part).lower() for part in getattr(algorithms, "elts", [algorithms])]
    unsigned = "none" in known or is_none(keyword(call.node, "algorithm"))
    token = call.node.args[:1]
    alone = call.last == "decode" and len(token) == len(call.node.args) + len(call.node.keywords)
    alone = alone and not literal(next(iter(token), None))
    if false(keyword(call.node, "verify")) or false(algorithms) or unsigned or (alone and token):
        yield "jwt-unverified", call.node


def _unverified(call: Called) -> Found:
    if call.owner == "jwt" or call.last != "process_jwt":
        yield "jwt-unverified", call.node


def _is_password(nodes: Sequence[ast.expr]) -> bool:
    match nodes:
        case [ast.Call(func=ast.Attribute(attr="encode", value=text)), *_] | [text, *_]:
            return bool(PASSWORD.match(last(text)))
    return False


def _guessable(nodes: list[ast.expr], scope: Scope, names: Names) -> bool:
    """Tell whether a text holds the time, and nothing that is hard to guess."""
    clock = False
    rest: list[ast.AST] = list(nodes)
    for _ in range(MOST_PARTS):
        if not rest:
            break
        node = rest.pop()
        if HIDDEN.search(last(node)) or HIDDEN.search(literal(node)):
            return False
        if isinstance(node, ast.Call):
            clock = clock or names.full(node.func) in CLOCKS
        value = scope.value(node)
        rest += ast.iter_child_nodes(node) if value is node or value is None else [value]
    return clock


def _only_clock(node: ast.expr, scope: Scope, names: Names) -> bool:
    """Tell whether a text is put together from the time, names and fixed text."""
    calls = [names.full(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)]
    plain = all(re.match(r"(str|int|hex|repr|round)$", name) or name in CLOCKS for name in calls)
    return bool(calls) and plain and _guessable([node], scope, names)


def _at_dots(node: ast.AST | None) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="split"), args=[ast.Constant(value="." | b"."), *_]):
            return True
    return False


CALLS: Looks = {
    **dict.fromkeys((*digests.FAST, "new", "update"), _of_time),
    **dict.fromkeys(("b64encode", "urlsafe_b64encode", "b32encode"), _encoded),
    **dict.fromkeys(("decode", "encode"), _decoded),
    **dict.fromkeys(("process_jwt", "get_unverified_claims", "decode_unverified"), _unverified),
}
