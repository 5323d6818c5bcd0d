"""Passwords that are soon guessed: short ones, hashes made fast, salts that anybody knows."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, Named, is_fixed, number
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import keyword, last, literal

WEAK_SCHEME = re.compile(
    r"(md5_crypt|apr_md5_crypt|sha1_crypt|des_crypt|bsdi_crypt|bigcrypt|crypt16|ldap_(salted_)?(md5|sha1)"
    r"|hex_(md4|md5|sha1|sha256|sha512)|lmhash|nthash|mysql323|mysql41|plaintext"
    r"|django_salted_(md5|sha1)|django_des_crypt)$"
)
"""Hashes of `passlib` that are made fast."""

WEAK_METHOD = re.compile(r"(plain|md5|sha1|sha224|sha256|sha384|sha512|pbkdf2:(md5|sha1))(:|$)")
"""Of Werkzeug's `generate_password_hash`."""

WEAK_ENCODER = re.compile(r"(unsalted_)?(md5|sha1)$|crypt$")
"""Of Django's `make_password`."""

WEAK_HASHER = re.compile(r".*\b(Unsalted\w*|MD5|SHA1|Crypt)PasswordHasher$")
"""Of Django."""

FEWEST = {
    "pbkdf2_sha256": 100_000, "pbkdf2_sha512": 100_000, "pbkdf2_sha1": 100_000,
    "sha256_crypt": 100_000, "sha512_crypt": 100_000, "bcrypt": 10, "bcrypt_sha256": 10,
    "argon2": 1,
}  # fmt: skip
"""Rounds of a hash of `passlib`, at least."""

ROUNDS = {
    "pbkdf2_hmac": (3, ("iterations",), 100_000),
    "PBKDF2HMAC": (3, ("iterations",), 100_000),
    "PBKDF2": (3, ("count", "iterations"), 100_000),
    "gensalt": (0, ("rounds",), 10),
    "scrypt": (3, ("n", "N"), 8192),
}
"""Of other libraries: where a call is told how many rounds, and the fewest that will do."""

SALTS = {
    "pbkdf2_hmac": 2, "scrypt": 1, "PBKDF2": 1, "PBKDF2HMAC": 2, "Scrypt": 0, "HKDF": 2,
    "hashpw": 1, "kdf": 1, "crypt": 1,
}  # fmt: skip
"""Calls that take a salt, and where."""

NO_NAMES = frozenset({"hashpw", "kdf", "crypt", "HKDF"})
"""Of them: those that ask for a salt in a form of its own, or are for no password."""

RANDOM_BYTES = re.compile(
    r"(?i)(urandom|token_|random|gensalt|uuid|salt|secret|read|load|get|fetch)"
)
PASSWORD = re.compile(r"(?i)\w*(password|passwd|pwd|passphrase)\w*$")
SHORTEST = 8
"""Letters of a password that a rule asks for, at least."""


def named(one: Named) -> Found:
    """Find the hash of a framework that is weak by a setting."""
    match one:
        case (
            Named(name="PASSWORD_HASHERS", value=ast.List(elts=[first, *_]))
            | Named(name="PASSWORD_HASHERS", value=ast.Tuple(elts=[first, *_]))
        ) if WEAK_HASHER.match(literal(first)):
            yield "weak-password-hash", one.node


def compared(node: ast.Compare, scope: Scope) -> Found:
    """Find a password that may be short: `len(password) >= 4`."""
    sides = (node.left, *node.comparators)
    for one, op, other in zip(sides, node.ops, node.comparators, strict=False):
        match one, op, other:
            case ast.Call(func=ast.Name(id="len"), args=[text]), ast.GtE() | ast.Lt(), least:
                shortest = number(scope.value(least))
            case ast.Call(func=ast.Name(id="len"), args=[text]), ast.Gt() | ast.LtE(), least:
                shortest = number(scope.value(least)) + 1
            case least, ast.LtE(), ast.Call(func=ast.Name(id="len"), args=[text]):
                shortest = number(scope.value(least))
            case _:
                continue
        if shortest in range(2, SHORTEST) and PASSWORD.match(last(text)):
            yield "short-password", node


def _hashed(call: Called) -> Found:
    """Find a hash of `passlib` that is made fast, or told to take few rounds."""
    if WEAK_SCHEME.match(call.owner):
        yield "weak-password-hash", call.node
    rounds = number(call.scope.value(keyword(call.node, "rounds")))
    if rounds in range(1, FEWEST.get(call.owner, 0)):
        yield "few-rounds", call.node


def _generated(call: Called) -> Found:
    if WEAK_METHOD.match(call.text(1, "method")):
        yield "weak-password-hash", call.node


def _encoded(call: Called) -> Found:
    if WEAK_ENCODER.match(call.text(2, "hasher")):
        yield "weak-password-hash", call.node


def _context(call: Called) -> Found:
    match call.scope.value(keyword(call.node, "schemes")):
        case ast.List(elts=[first, *_]) if WEAK_SCHEME.match(literal(first)):
            yield "weak-password-hash", call.node


def _derived(call: Called) -> Found:
    """Find few rounds, and a salt that the code spells out or that is made of a name."""
    if call.last in ROUNDS:
        place, words, fewest = ROUNDS[call.last]
        if call.number(place, *words) in range(fewest):
            yield "few-iterations", call.node
    if call.last not in SALTS or (call.last == "crypt" and call.owner != "crypt"):
        return
    salt = call.passed(SALTS[call.last], "salt")
    if is_fixed(call.given(SALTS[call.last], "salt")):
        yield "fixed-salt", salt or call.node
    elif call.last not in NO_NAMES and _is_known(salt, call.scope):
        yield "salt-of-name", call.node


def _is_known(node: ast.expr | None, scope: Scope) -> bool:
    """Tell whether a salt is made of what a caller hands over, and of nothing random."""
    value = scope.value(node)
    if not isinstance(value, ast.Call) or last(value.func) not in {"encode", "digest", "hexdigest"}:
        return False
    parts = [part for part in ast.walk(value) if isinstance(part, ast.Name | ast.Attribute)]
    names = [last(part) for part in parts]
    given = any(isinstance(part, ast.Name) and scope.raw(part.id) for part in parts)
    return given and not any(map(RANDOM_BYTES.search, names))


CALLS: Looks = {
    **dict.fromkeys(("hash", "encrypt", "using"), _hashed),
    "generate_password_hash": _generated,
    "make_password": _encoded,
    "CryptContext": _context,
    **dict.fromkeys(SALTS | ROUNDS, _derived),
}
