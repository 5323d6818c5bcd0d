"""Secrets that are drawn where all that is drawn can be predicted, or that are short."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from audit.linter.flow.looks.called import Called, Looks, number
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, last, literal, walk

MAKES_SECRET = re.compile(
    r"(?i).*(token|secret|passw|pwd|api_?key|salt|nonce|otp|login_?code|(verif|confirm|auth|access"
    r"|reset|invite|security|recovery|activation|pin|sms)\w*_?(code|key|id)|session_?(id|key)|csrf"
    r"|captcha|_pin$|^pin|encryption_?key|make_key|gen\w*_key|voucher|coupon)"
)
"""The name of a function that makes one."""

HOLDS_SECRET = re.compile(
    r"(?i).*(token|secret|passw|pwd|api_?key|salt|nonce|otp\b|(verif|confirm|auth|access|reset|invite"
    r"|security|recovery|activation)\w*_?code|session_?(id|key)|csrf|captcha|\bpin\b|\biv\b)"
)
"""What is set to one."""

PREDICTED = re.compile(r"(random|np\.random|numpy\.random)\.(?!(SystemRandom|seed|shuffle)\b)")
LONGEST_NAME = 200
SHORTEST_TOKEN = 8
"""Bytes: 64 bits can be searched in years."""


def found(scope: Scope, calls: Sequence[Called]) -> Found:
    """Find what is drawn by `random` in a function that makes a secret, or into one."""
    own = "Random" in scope.said  # a generator of its own
    drawn = [
        call
        for call in calls
        if PREDICTED.match(call.name)
        or call.name == "uuid.uuid1"
        or (own and call.maker == "random.Random" and call.last != "seed")
    ]
    if drawn and not MAKES_SECRET.match(scope.name[:LONGEST_NAME]):
        secret = _into_secrets(scope)
        drawn = [call for call in drawn if id(call.node) in secret]
    yield from (("weak-random-secret", call.node) for call in drawn)
    short = [call for call in calls if _is_short(call)]
    in_text = _in_text(scope) if short else set()
    yield from (("short-token", call.node) for call in short if id(call.node) not in in_text)


def _into_secrets(scope: Scope) -> set[int]:
    """Give all that stands in what a secret is set to, by its identity."""
    secrets = [
        scope.value(node.value)
        for node in scope.nodes
        if isinstance(node, ast.Assign)
        and any(HOLDS_SECRET.match(_text(target)[:LONGEST_NAME]) for target in node.targets)
    ]
    return {id(part) for secret in secrets if secret is not None for part in walk(secret)}


def _text(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        return f"{dotted(target.value)}.{literal(target.slice)}"
    return dotted(target) or last(target)


def _is_short(call: Called) -> bool:
    token = call.owner == "secrets" and call.last.startswith("token_")
    length = next(iter(call.node.args), None)
    return token and number(call.scope.value(length)) in range(1, SHORTEST_TOKEN)


def _in_text(scope: Scope) -> set[int]:
    """Give all that stands in a text put together, as the name of a file is."""
    texts = (node for node in scope.nodes if isinstance(node, ast.JoinedStr))
    return {id(part) for text in texts for part in walk(text)}


def _shuffled(call: Called) -> Found:
    """Find letters that are shuffled and then joined."""
    shuffles = call.name == "random.shuffle" and call.node.args
    if shuffles and last(call.node.args[0]) in call.scope.joined:
        yield "shuffled-text", call.node


CALLS: Looks = {"shuffle": _shuffled}
