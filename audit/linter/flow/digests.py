"""Digests, salts and random values that are too weak for what they are taken for."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import Function, defaults, keyword, last, literal, names_in

WEAK = frozenset({"hashlib.md5", "hashlib.md4", "hashlib.sha1", "hashes.MD5", "hashes.SHA1"})
WEAK_NAMES = re.compile(r"(?i)(md4|md5|sha-?1)$")
FEWEST = {
    "pbkdf2_sha256": 100_000, "pbkdf2_sha512": 100_000, "pbkdf2_sha1": 100_000,
    "sha256_crypt": 100_000, "sha512_crypt": 100_000, "bcrypt": 10, "bcrypt_sha256": 10,
    "argon2": 1,
}  # fmt: skip
"""Rounds of a hash of `passlib`, at least."""

SHORTEST_TOKEN = 8
"""Bytes: 64 bits can be searched in years."""

TAKES_SALT = re.compile(r"(hashlib\.)?(pbkdf2_hmac|scrypt)$|(\w+\.)*(PBKDF2|PBKDF2HMAC|Scrypt)$")
RANDOM_BYTES = re.compile(
    r"(?i)(urandom|token_|random|gensalt|uuid|salt|secret|read|load|get|fetch)"
)


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    if isinstance(scope.node, Function):
        for _, default in defaults(scope.node):
            if WEAK_NAMES.match(literal(default)):
                yield "weak-digest-named", default
    known = {id(call.func) for call in scope.calls} | _of_codes(scope, names)
    in_text = {
        id(part)
        for node in scope.nodes
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    for node in scope.nodes:
        match node:
            case ast.Attribute() if names.full(node) in WEAK:
                if id(node) not in known:
                    yield "weak-digest-named", node
            case ast.Call() if id(node) not in in_text:
                yield from _in_call(node, scope, names)


def _in_call(node: ast.Call, scope: Scope, names: Names) -> Found:
    name = names.full(node.func)
    if name.startswith("secrets.token_") and _number(
        scope.value(next(iter(node.args), None))
    ) in range(1, SHORTEST_TOKEN):
        yield "short-token", node
    if name == "random.shuffle" and node.args and _joins(scope, last(node.args[0])):
        yield "shuffled-text", node
    rounds = keyword(node, "rounds")
    if last(node.func) in {"using", "hash", "encrypt"} and isinstance(node.func, ast.Attribute):
        fewest = FEWEST.get(last(node.func.value), 0)
        if rounds is not None and _number(rounds) in range(1, fewest):
            yield "few-rounds", node
    if TAKES_SALT.match(name) and _is_known(_salt(node, name), scope):
        yield "salt-of-name", node


def _salt(node: ast.Call, name: str) -> ast.expr | None:
    place = 2 if name.endswith("pbkdf2_hmac") else 1
    return keyword(node, "salt") or next(iter(node.args[place:]), None)


def _is_known(node: ast.expr | None, scope: Scope) -> bool:
    """Tell whether a salt is made of what a caller hands over, and of nothing random."""
    value = scope.value(node)
    if not isinstance(value, ast.Call) or last(value.func) not in {"encode", "digest", "hexdigest"}:
        return False
    parts = [part for part in ast.walk(value) if isinstance(part, ast.Name | ast.Attribute)]
    names = [last(part) for part in parts]
    given = any(isinstance(part, ast.Name) and scope.raw(part.id) for part in parts)
    return given and not any(map(RANDOM_BYTES.search, names))


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


def _joins(scope: Scope, name: str) -> bool:
    """Tell whether a list becomes a text in this scope."""
    joins = (call for call in scope.calls if last(call.func) == "join")
    return any(name in names_in(*call.args) for call in joins)


def _number(node: ast.AST | None) -> int:
    """Give a number that is written out, else -1, which is in no range."""
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
    return -1
