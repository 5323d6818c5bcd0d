"""How fast a model answers: tokens a second, the time left, and how near that is to the hardware.

Rows are no measure of it: the longest are asked first. So the time left is taken from the tokens
that a row may cost at most.
"""

from __future__ import annotations

import time
from collections.abc import Container, Sequence

from audit.records import Completion, Likelihood, ModelCard, Record, Request

CARDS = {
    "H200": (4.3e12, 790e12),
    "H100": (3.35e12, 660e12),
    "A100": (2.0e12, 250e12),
}
"""Part of a card's name to bytes a second from its memory, and 16-bit operations a second that
large matrix products reach: measured on the first, from the makers' sheets for the others."""

ROWS = 256
"""Rows in flight beyond which a card decodes hardly faster."""

MIN_S = 2.0
"""A pace over less than this says nothing."""


class Pace:
    """Counts what a model has answered since it was made.

    Args:
        work: All its requests.
        done: Rows that were answered before.
        roof: Tokens a second that its hardware could write at most; 0 if that is not known.
    """

    def __init__(self, work: Sequence[Request], done: Container[int], roof: float = 0.0) -> None:
        self._costs = {r.i: cost(r) for r in work if not r.skip and r.i not in done}
        self._left = sum(self._costs.values())
        self._paid = 0
        self._tokens = 0
        self._roof = roof
        self._start = time.monotonic()

    def heard(self, i: int, answer: Record) -> None:
        """Count an answer."""
        cost = self._costs.pop(i, 0)
        self._paid += cost
        self._left -= cost
        if isinstance(answer, Completion):
            self._tokens += answer.usage.n_new_tokens if answer.usage else len(answer.token_ids)
        elif isinstance(answer, Likelihood):
            self._tokens += answer.n_tokens

    def __str__(self) -> str:
        """Write it in a few words; empty as long as it says nothing."""
        seconds = time.monotonic() - self._start
        if not self._paid or seconds < MIN_S:
            return ""
        speed = self._tokens / seconds
        words = [f"{speed:,.0f} tokens/s"] if self._tokens else []
        if self._roof and self._tokens:
            words.append(f"{speed / self._roof:.0%} of what the card could")
        if self._left:
            words.append(f"{duration(seconds * self._left / self._paid)} left")
        return ", ".join(words)


def roof(card: ModelCard, kv_bytes_per_token: int, work: Sequence[Request]) -> float:
    """Give the tokens a second that a known card could write at most; 0 if it is not known.

    A step reads the weights once and each row's keys and values, and computes all rows: it takes
    the longer of reading the weights and computing, and the reading of keys and values.

    Args:
        card: The model.
        kv_bytes_per_token: Of its keys and values, in 16 bits; 0 if not known.
        work: Its requests.
    """
    known = next((rates for name, rates in CARDS.items() if name in card.device), None)
    if known is None or not kv_bytes_per_token or card.dtype == "float32":
        return 0.0
    asked = [r.n_tokens + r.decoding.max_new_tokens / 2 for r in work if r.decoding and not r.skip]
    if not asked:
        return 0.0
    bandwidth, operations = known
    weights_s = max(2 * card.n_parameters / bandwidth, 2 * ROWS * card.n_parameters / operations)
    context = sum(asked) / len(asked)
    return ROWS / (weights_s + ROWS * context * kv_bytes_per_token / bandwidth)


def cost(request: Request) -> int:
    """Give the tokens a request may take at most, read and written; at least 1."""
    return 1 + request.n_tokens + (request.decoding.max_new_tokens if request.decoding else 0)


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
