"""Signatures, keys and tokens: what a piece of cryptography forgets or makes up itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, false, keyword, last, literal

CHECKS_SIGNATURE = re.compile(
    r"(?i)(hmac|\w*verif\w*|compare_digest|\w*check_sig\w*|new|loads?_signed|unsign)$"
)
UNPACKS = re.compile(r"(urlsafe_b64decode|b64decode|base64url_decode|\w*b64\w*decode\w*)$")
CIPHERS = re.compile(r"(\w+\.)*(AES|DES|DES3|Blowfish|ARC2|CAST)\.new$")
TAKES_KEY = frozenset({
    "Fernet", "AESGCM", "TimestampSigner", "URLSafeSerializer", "URLSafeTimedSerializer",
})  # fmt: skip
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

SIGNATURE_OPTION = "verify_signature"
TOKEN = re.compile(
    r"(?i)_?(\w+_)?(token|session_?id|sid|api_?key|nonce|otp|csrf|reset_?code|activation_?code"
    r"|invite_?code|secret)$"
)
ENCODES = frozenset({"base64.b64encode", "base64.urlsafe_b64encode", "base64.b32encode"})
PASSWORD = re.compile(r"(?i)_?(\w+_)?(password|passwd|pwd|passphrase)\d?$")


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    yield from _token_by_hand(scope, names)
    for call in scope.calls:
        yield from _in_call(call, scope, names)
    for node in scope.nodes:
        match node:
            case ast.BinOp(op=ast.BitXor()) if _repeats_key(node):
                yield "own-cipher", node
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
                if TOKEN.match(last(target)) and _only_clock(value, scope, names):
                    yield "token-of-clock", node
            case ast.Dict(keys=keys, values=values):
                off = [
                    v for k, v in zip(keys, values, strict=True) if literal(k) == SIGNATURE_OPTION
                ]
                yield from (("token-unverified", value) for value in off if false(value))


def _in_call(node: ast.Call, scope: Scope, names: Names) -> Found:
    yield from _in_cipher(node, scope, names)
    if false(keyword(node, SIGNATURE_OPTION)):
        yield "token-unverified", node
    owner = scope.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
    made = names.full(owner.func) if isinstance(owner, ast.Call) else ""
    name, short = names.full(node.func), last(node.func)
    if short in {"encrypt", "decrypt"} and made.endswith("PKCS1_v1_5.new"):
        yield "old-padding", node
    if name.endswith("Counter.new") and _begins_alike(node):
        yield "iv-from-key", node
    if DIGEST.match(made if short == "update" else name) and _guessable(node.args, scope, names):
        yield "token-of-time", node
    if name in ENCODES and _is_password(node.args):
        yield "password-encoded", node


def _begins_alike(node: ast.Call) -> bool:
    """Tell whether a counter begins with the same number for each message."""
    start = keyword(node, "initial_value")
    return not keyword(node, "prefix") and (start is None or isinstance(start, ast.Constant))


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


def _token_by_hand(scope: Scope, names: Names) -> Found:
    """Find the middle of `a.b.c` decoded where nothing checks its end."""
    calls = scope.calls
    decodes = [call for call in calls if UNPACKS.match(last(call.func))]
    reads = any(names.full(call.func) == "json.loads" for call in calls)
    if not decodes or not reads or any(CHECKS_SIGNATURE.match(last(c.func)) for c in calls):
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


def _at_dots(node: ast.AST | None) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="split"), args=[ast.Constant(value="." | b"."), *_]):
            return True
    return False


def _repeats_key(node: ast.BinOp) -> bool:
    """Tell whether a text is mixed with a key that begins again at its end."""
    for side in (node.left, node.right):
        if isinstance(side, ast.BinOp) and isinstance(side.op, ast.BitXor):
            continue  # looked at for itself
        for part in ast.walk(side):
            match part:
                case ast.BinOp(op=ast.Mod(), right=ast.Call(func=ast.Name(id="len"))):
                    return True
    return False


def _in_cipher(node: ast.Call, scope: Scope, names: Names) -> Found:
    """Find a key that the code spells out, and a vector that is the key or never changes."""
    key, vector = _key_and_vector(node, names.full(node.func))
    if isinstance(key, ast.Attribute) and _is_fixed(scope.value(key)):
        yield "key-of-class", node
    value = scope.value(vector)
    if isinstance(vector, ast.Attribute) and _is_fixed(value):
        yield "iv-from-key", node
    while isinstance(value, ast.Subscript):
        value = value.value
    if key is not None and value is not None and dotted(value) and dotted(value) == dotted(key):
        yield "iv-from-key", node


def _key_and_vector(node: ast.Call, name: str) -> tuple[ast.expr | None, ast.expr | None]:
    short, key = last(node.func), node.args[0] if node.args else keyword(node, "key")
    if short == "new" and CIPHERS.match(name):
        vector = next(iter(node.args[2:]), None)
        return key, vector or keyword(node, "iv", "IV", "nonce")
    if short == "Cipher" and len(node.args) > 1:
        return _argument(node.args[0]), _argument(node.args[1])
    if name == "hmac.new":
        return key, None
    if name in {"jwt.encode", "jwt.decode"} and len(node.args) > 1:
        return node.args[1], None
    return (key, None) if short in TAKES_KEY else (None, None)


def _argument(node: ast.expr) -> ast.expr | None:
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def _is_fixed(node: ast.AST | None) -> bool:
    """Tell whether bytes or a text are spelled out."""
    match node:
        case ast.Constant(value=str() | bytes()):
            return True
        case ast.BinOp(op=ast.Mult(), left=left):
            return _is_fixed(left)
        case ast.Call(func=ast.Attribute(attr="encode" | "ljust" | "decode", value=text)):
            return _is_fixed(text)
        case ast.Call(func=ast.Attribute(attr="fromhex"), args=[ast.Constant()]):
            return True
    return False
