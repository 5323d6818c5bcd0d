"""Keys that are short, or stand in the code."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, is_fixed, number
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import last, literal

FEWEST_BITS = 2048
SHORT_CURVE = re.compile(r"(?i)SEC[TP](1|20|19|163)|P-192|NIST192p")
KEY_SIZE = re.compile(r"(?i)(rsa_|dsa_)?(key_?(size|bits|length|len)|bits|n_bits|modulus_\w+)$")
OWNER = re.compile(r".*(RSA|DSA|DSS|ElGamal|DH|ECC|Signing)(Key)?$")
"""Classes and modules that make keys, also those of a program's own."""

KINDS = frozenset({"TYPE_RSA", "TYPE_DSA"})
CIPHERS = frozenset({"AES", "DES", "DES3", "Blowfish", "ARC2", "CAST"})


def by_default(scope: Scope) -> Found:
    """Find a short key made where nobody says how long, but by no call that says so itself."""
    for argument, default in scope.defaults.items():
        if KEY_SIZE.match(argument) and number(default) in {512, 768, 1024}:
            calls = [call for call in scope.calls if last(call.func) in SIZED]
            if argument not in {last(arg) for call in calls for arg in call.args}:
                yield "small-key-by-default", default


def _sized(call: Called) -> Found:
    """Find a key of too few bits; one that is short by default where its function begins."""
    place, word = SIZED[call.last]
    if call.name.endswith("dsa." + call.last):
        place = 0
    if call.last in {"generate", "gen_key", "gen_params"} and not OWNER.match(call.owner):
        return
    if call.last == "generate_key" and last(call.passed(0)) not in KINDS:
        return
    bits = call.passed(place, word)
    if 0 <= call.number(place, word) < FEWEST_BITS:
        by_default = isinstance(bits, ast.Name) and bits.id in call.scope.defaults
        yield "small-key", call.scope.node if by_default else call.node
    curve = call.given(0, "curve")
    name = last(curve.func if isinstance(curve, ast.Call) else curve)
    if SHORT_CURVE.match(name or literal(curve)):
        yield "small-key", call.node


SIZED = {
    "generate_private_key": (1, "key_size"),
    "generate_parameters": (1, "key_size"),
    "generate": (0, "bits"),
    "newkeys": (0, "nbits"),
    "generate_key": (1, "bits"),
    "gen_key": (0, "bits"),
    "gen_params": (0, "bits"),
}
"""Calls that make a key, and where each is told how long."""

KEYED = {
    **dict.fromkeys(("Fernet", "AESGCM", "ChaCha20Poly1305", "AES", "new"), (0, "key")),
    **dict.fromkeys(
        ("TimestampSigner", "URLSafeSerializer", "URLSafeTimedSerializer"), (0, "secret_key")
    ),
    **dict.fromkeys(("encode", "decode"), (1, "key")),
}
"""Calls that take a key, and where."""

OF = {"AES": ("algorithms",), "new": (*CIPHERS, "hmac"), "encode": ("jwt",), "decode": ("jwt",)}
"""Of what these have to be: others are called so too."""


def _keyed(call: Called) -> Found:
    """Find a key that the code spells out."""
    place, word = KEYED[call.last]
    if call.owner in OF.get(call.last, (call.owner,)) and is_fixed(call.given(place, word)):
        yield "hardcoded-key", call.passed(place, word) or call.node


CALLS: Looks = {**dict.fromkeys(SIZED, _sized), **dict.fromkeys(KEYED, _keyed)}
