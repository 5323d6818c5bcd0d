"""Ciphers that no longer keep a secret, and vectors that show which messages begin alike."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, is_fixed
from audit.linter.flow.scopes import Found
from audit.linter.flow.syntax import dotted, keyword, last

WEAK = frozenset({"DES", "DES3", "ARC2", "ARC4", "RC4", "Blowfish", "CAST", "XOR"})
WEAK_ALGORITHMS = ("ARC4", "Blowfish", "IDEA", "TripleDES", "CAST5", "SEED")
BY_NAME = re.compile(r"(?i)(des|rc2|rc4|bf|idea|cast5|.*_ecb$)")
"""Of M2Crypto."""

VECTOR_MODES = ("CBC", "CFB", "OFB", "CTR", "GCM")
MODE_ECB = 1
"""What that constant of `Crypto.Cipher` is."""

OLD_PADDING = "Cipher.PKCS1_v1_5.new"
"""That of `Crypto.Signature` is not as bad."""

NO_CIPHERS = frozenset({"hmac", "hashlib", "uuid"})
"""Modules with a `new` of their own."""


def mixed(node: ast.BinOp) -> Found:
    """Find a text mixed with a key that begins again at its end."""
    if isinstance(node.op, ast.BitXor) and _repeats_key(node):
        yield "own-cipher", node


def _repeats_key(node: ast.BinOp) -> bool:
    for side in (node.left, node.right):
        if isinstance(side, ast.BinOp) and isinstance(side.op, ast.BitXor):
            continue  # looked at for itself
        for part in ast.walk(side):
            match part:
                case ast.BinOp(op=ast.Mod(), right=ast.Call(func=ast.Name(id="len"))):
                    return True
    return False


def _new(call: Called) -> Found:
    """Find a cipher of `Crypto` or `Cryptodome` that is weak, or begins each message alike."""
    each_alone = last(call.given(1, "mode")) == "MODE_ECB" or (
        call.owner == "AES" and call.number(1, "mode") == MODE_ECB
    )
    no_mode = call.owner == "AES" and len(call.node.args) == 1 and not call.node.keywords
    if call.owner in WEAK or each_alone or no_mode:
        yield "weak-cipher", call.node
    if call.name.endswith(OLD_PADDING):
        yield "old-padding", call.node
    if call.owner == "Counter" and _begins_alike(call.node):
        yield "iv-from-key", call.node
    if call.owner not in NO_CIPHERS and len(call.node.args) > 1:
        vector = call.passed(2, "iv", "IV", "nonce")
        yield from _vector(call, vector)
        yield from _from_key(call, call.passed(0), vector)


def _mode(call: Called) -> Found:
    if call.owner == "modes":
        yield from _vector(call, call.passed(0))


def _cipher(call: Called) -> Found:
    """Look at the key and the vector of `Cipher(AES(key), CBC(vector))` together."""
    by_name = call.owner in {"EVP", "SMIME"} and BY_NAME.match(call.text(0, "alg"))
    if by_name or call.owner == "blowfish":
        yield "weak-cipher", call.node
    match call.node.args[:2]:
        case [ast.Call(args=[key, *_]), ast.Call(args=[vector, *_])]:
            yield from _from_key(call, key, vector)


def _vector(call: Called, vector: ast.expr | None) -> Found:
    if is_fixed(call.scope.value(vector)):
        yield "fixed-iv", vector or call.node


def _from_key(call: Called, key: ast.expr | None, vector: ast.expr | None) -> Found:
    value = call.scope.value(vector)
    while isinstance(value, ast.Subscript):
        value = value.value
    if key is not None and value is not None and dotted(value) and dotted(value) == dotted(key):
        yield "iv-from-key", call.node


def _begins_alike(node: ast.Call) -> bool:
    """Tell whether a counter begins with the same number for each message."""
    start = keyword(node, "initial_value")
    return not keyword(node, "prefix") and (start is None or isinstance(start, ast.Constant))


def _each_block_alone(call: Called) -> Found:
    if call.owner == "modes":
        yield "weak-cipher", call.node


def _algorithm(call: Called) -> Found:
    if call.owner in {"algorithms", ""} and call.names.outside(call.node.func):
        yield "weak-cipher", call.node


def _of_another_library(call: Called) -> Found:
    if call.last != "des" or call.owner == "pyDes":
        yield "weak-cipher", call.node


def _encrypted(call: Called) -> Found:
    """Find an old padding of RSA, or a nonce that never changes."""
    padding = call.given(1, "padding")
    if call.maker.endswith("PKCS1_v1_5.new") and not call.maker.endswith(OLD_PADDING):
        yield "old-padding", call.node
    elif last(padding.func if isinstance(padding, ast.Call) else padding) == "PKCS1v15":
        yield "weak-cipher", call.node
    if call.last == "encrypt" and re.search(r"(AESGCM|ChaCha20Poly1305)$", call.maker):
        yield from _vector(call, call.passed(0, "nonce"))


def _padded(call: Called) -> Found:
    if last(call.passed(1)) == "pkcs1_padding":
        yield "weak-cipher", call.node


CALLS: Looks = {
    "new": _new,
    "Cipher": _cipher,
    **dict.fromkeys(VECTOR_MODES, _mode),
    "ECB": _each_block_alone,
    **dict.fromkeys(WEAK_ALGORITHMS, _algorithm),
    **dict.fromkeys(("des", "triple_des", "AESModeOfOperationECB"), _of_another_library),
    **dict.fromkeys(("encrypt", "decrypt"), _encrypted),
    "public_encrypt": _padded,
}
