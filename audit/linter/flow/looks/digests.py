"""Digests that are weak: two texts can be made to share one, or a password is guessed from one."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, false, keyword, last, literal, walk

WEAK = frozenset({"hashlib.md5", "hashlib.md4", "hashlib.sha1", "hashes.MD5", "hashes.SHA1"})
WEAK_LAST = frozenset(name.rpartition(".")[2] for name in WEAK)
WEAK_NAMES = re.compile(r"(?i)(md4|md5|sha-?1)$")
WEAK_MODULES = frozenset({"md5", "sha", "MD2", "MD4", "MD5", "SHA", "SHA1"})
"""Modules of `Crypto.Hash` and of Python 2, with a `new` of their own."""

FAST = (
    "md5", "md4", "sha1", "sha", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256",
    "sha3_384", "sha3_512", "blake2b", "blake2s",
)  # fmt: skip
PASSWORD = re.compile(r"(?i)\w*(password|passwd|passphrase|pwd|pswd|(?<![a-z])pw)$")


def found(scope: Scope, names: Names) -> Found:
    """Find a weak digest that is named where another part of the program takes it."""
    for default in scope.defaults.values():
        if WEAK_NAMES.match(literal(default)):
            yield "weak-digest-named", default
    if scope.said.isdisjoint(WEAK_LAST):
        return
    known = {id(call.func) for call in scope.calls} | _of_codes(scope, names)
    for node in scope.nodes:
        if isinstance(node, ast.Attribute) and names.full(node) in WEAK and id(node) not in known:
            yield "weak-digest-named", node


def _of_codes(scope: Scope, names: Names) -> set[int]:
    """Give what is handed to a keyed code, or only compared, by the identity of its node."""
    given: list[ast.expr] = []
    for node in scope.nodes:
        match node:
            case ast.Call() if "hmac" in names.full(node.func).lower():
                given += (*node.args, *(word.value for word in node.keywords))
            case ast.Compare():
                given += (node.left, *node.comparators)
    return set(map(id, given))


def _digest(call: Called) -> Found:
    """Look at `hashlib.md5(text)`, and at `md5(text)` where the text does not define it."""
    if call.owner in {"", "hashlib", *WEAK_MODULES} and call.name not in call.names.functions:
        weak = bool(WEAK_NAMES.match(call.last)) or call.name == "hashlib.sha"
        yield from _made(call, call.passed(0), weak=weak)


def _new(call: Called) -> Found:
    if call.owner in {"hmac", "HMAC"}:
        yield from _keyed(call)
    elif call.owner == "hashlib":
        weak = bool(WEAK_NAMES.match(call.text(0, "name")))
        yield from _made(call, call.passed(1), weak=weak)
    elif call.owner in WEAK_MODULES or re.match(r"SHA\d+$", call.owner):
        yield from _made(call, call.passed(0, "data"), weak=call.owner in WEAK_MODULES)


def _updated(call: Called) -> Found:
    owner = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    made = call.scope.set.get(dotted(owner), []) if isinstance(owner, ast.Name) else []
    names = [call.names.full(value.func) for value in made if isinstance(value, ast.Call)]
    hashes = any(name.startswith("hashlib.") for name in (call.maker, *names))
    if hashes and _of_password(call.passed(0)):
        yield "weak-password-hash", call.node


def _made(call: Called, text: ast.expr | None, *, weak: bool) -> Found:
    if _of_password(text):
        yield "weak-password-hash", call.node
    elif weak and not false(keyword(call.node, "usedforsecurity")):
        yield "weak-hash", call.node


def _of_password(node: ast.expr | None) -> bool:
    """Tell whether a password stands in an expression, by the name of a variable or a field."""
    parts = walk(node) if node is not None else []
    asked = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    return any(
        PASSWORD.match(last(part) or literal(part)) and id(part) not in asked for part in parts
    )


def _keyed(call: Called) -> Found:
    """Find a keyed code of MD5, also that of Python 2 where nothing else is said."""
    digest = call.scope.value(call.passed(2, "digestmod"))
    unsaid = digest is None and not call.node.keywords
    if unsaid or "md5" in {last(digest).lower(), literal(digest).lower()}:
        yield "weak-hash", call.node


def _keyed_at_once(call: Called) -> Found:
    if call.owner == "hmac" and call.text(2, "digest").lower() == "md5":
        yield "weak-hash", call.node


def _of_hashes(call: Called) -> Found:
    if call.owner == "hashes":
        yield "weak-hash", call.node


def _signed(call: Called) -> Found:
    given = (*call.node.args, *(word.value for word in call.node.keywords if word.arg == "digest"))
    if {"md5", "sha1"} & {literal(call.scope.value(value)).lower() for value in given}:
        yield "weak-hash", call.node


def _by_name(call: Called) -> Found:
    """Look at `EVP.MessageDigest("md5")` and `getattr(hashlib, "md5")`."""
    module, text = last(call.passed(0)), call.text(1 if call.last == "getattr" else 0)
    asked = module == "hashlib" if call.last == "getattr" else call.owner in {"", "EVP"}
    if asked and WEAK_NAMES.match(text):
        yield "weak-hash", call.node


CALLS: Looks = {
    **dict.fromkeys(FAST, _digest),
    "new": _new,
    "update": _updated,
    "digest": _keyed_at_once,
    **dict.fromkeys(("MD5", "SHA1"), _of_hashes),
    "sign": _signed,
    **dict.fromkeys(("MessageDigest", "getattr"), _by_name),
}
