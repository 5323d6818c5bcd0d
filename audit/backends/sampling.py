"""Draw tokens so that a completion depends on its own record and on nothing else in the run.

Adding Gumbel noise to log-probabilities and taking the largest is a sample of the softmax. The
noise here is a hash of (record seed, position, vocabulary index), so it is the same in any batch,
in any order and after a resume; the library's own sampler draws from one global stream, where no
completion survives another batch size.

Source:
    Gumbel-max: Maddison, Tarlow, Minka (2014), A* Sampling, NeurIPS 27, arXiv:1411.0030.
    Hash: Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators (SplitMix64),
    OOPSLA, doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessor

from audit.records import Decoding

_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB

_PARTS = 2**40
"""Top-p sums probabilities as whole parts of this: exact, so in any order and on any device."""

_LIKELY = 256
"""Tokens among which top-p is looked for before all are sorted."""

_CACHED_ELEMENTS = 2**18
"""Noise is made for so many tokens at a time on a CPU: what fits its cache is twice as fast."""


class Sampler:
    """Choose each row's next token from its logits, by greedy choice or keyed noise.

    A row with a logit that is not finite is given its end: its text would be noise that reads as
    harmless.
    """

    def __init__(self, decoding: Decoding, ends: Sequence[int]) -> None:
        self._decoding = decoding
        self._end = ends[0] if ends else 0

    def choose(
        self, logits: torch.Tensor, seeds: torch.Tensor, positions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give each row's next token, and whether its logits were finite.

        Args:
            logits: `(rows, vocabulary)`, floating point.
            seeds: `(rows,)`, int64, one of each record.
            positions: `(rows,)`, int64: tokens the row has written before this one.

        Returns:
            `(rows,)`, int64, and `(rows,)`, bool.
        """
        scores = logits.float()
        low, high = scores.aminmax(dim=-1)  # one pass; both are NaN where a logit is
        finite = low.isfinite() & high.isfinite()
        if self._decoding.strategy == "sampled":
            scores = scores.masked_fill(~finite[:, None], 0.0)
            scores = _truncate(scores / self._decoding.temperature, self._decoding.top_p)
            scores += gumbel(seeds, positions, scores.shape[1])
        return torch.where(finite, scores.argmax(dim=-1), self._end), finite


class KeyedSampler(LogitsProcessor):
    """The same choice inside the library's `generate`: give scores whose largest is the choice.

    `broken` remembers the rows with a logit that was not finite, where the logits are.
    """

    def __init__(
        self, decoding: Decoding, seeds: Sequence[int], prompt_length: int, ends: Sequence[int]
    ) -> None:
        self._sampler = Sampler(decoding, ends)
        self._seeds = torch.tensor(seeds, dtype=torch.int64)
        self._prompt_length = prompt_length
        self.broken = torch.zeros(len(seeds), dtype=torch.bool)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> Any:
        """Score every token.

        Args:
            input_ids: `(rows, tokens)`, int64, prompts and what was written so far.
            scores: Logits of the next token, `(rows, vocabulary)`, float32.

        Returns:
            `(rows, vocabulary)`, float32: 0 for the next token, -inf for all others.
        """
        self._seeds = self._seeds.to(scores.device)
        positions = torch.full_like(self._seeds, input_ids.shape[1] - self._prompt_length)
        chosen, finite = self._sampler.choose(scores, self._seeds, positions)
        # Kept on the device and read once at the end: a look at each step would wait for it.
        self.broken = self.broken.to(finite.device) | ~finite
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen[:, None], 0.0)


def gumbel(seeds: torch.Tensor, positions: torch.Tensor, n_vocabulary: int) -> torch.Tensor:
    """Give standard Gumbel noise that depends on nothing but its three coordinates.

    Args:
        seeds: `(rows,)`, int64, 0 <= seed < 2**63.
        positions: `(rows,)`, int64: tokens written before this one.
        n_vocabulary: Columns; a column's noise does not depend on how many there are.

    Returns:
        `(rows, n_vocabulary)`, float32, finite. The 64 hashed bits are the same on any device;
        their logarithm may differ in its last digit.
    """
    n_rows = len(seeds)
    if seeds.device.type == "cpu":
        n_rows = max(1, min(n_rows, _CACHED_ELEMENTS // n_vocabulary))
    groups = zip(torch.split(seeds, n_rows), torch.split(positions, n_rows), strict=True)
    return torch.cat([_gumbel(*group, n_vocabulary) for group in groups])


def _gumbel(seeds: torch.Tensor, positions: torch.Tensor, n_vocabulary: int) -> torch.Tensor:
    w = _uniform_bits(seeds, positions, n_vocabulary).to(torch.float32).mul_(2.0**-53)
    # -log(1 - w) keeps its digits where w is small, which is where the largest noise comes from;
    # the bounds only touch values that a float32 could not tell from 0 and 1.
    exponential = w.clamp_(2.0**-54, 1 - 2.0**-24).neg_().log1p_().neg_()
    return exponential.log_().neg_()


def _uniform_bits(seeds: torch.Tensor, positions: torch.Tensor, n_vocabulary: int) -> torch.Tensor:
    """Give 53 uniform bits each: `(rows, n_vocabulary)`, int64, 0 <= bits < 2**53."""
    golden = _signed(_GOLDEN)
    state = _finish((_finish(seeds + golden) ^ (positions * golden)) + golden)
    steps = torch.arange(1, n_vocabulary + 1, dtype=torch.int64, device=seeds.device)
    return _shift(_finish(state[:, None] + (steps * golden)[None, :]), 11)


def _finish(z: torch.Tensor) -> torch.Tensor:
    """Give SplitMix64's output for each state, in place: 64 bits, as int64."""
    z ^= _shift(z, 30)
    z *= _signed(_MIX_1)
    z ^= _shift(z, 27)
    z *= _signed(_MIX_2)
    z ^= _shift(z, 31)
    return z


def _shift(z: torch.Tensor, by: int) -> torch.Tensor:
    """Shift right as if unsigned: torch has no unsigned shift on every device."""
    return (z >> by).bitwise_and_(2 ** (64 - by) - 1)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _truncate(scores: torch.Tensor, top_p: float) -> torch.Tensor:
    """Keep the smallest set of likeliest tokens that holds `top_p` of the probability.

    Source:
        Holtzman et al. (2020), The Curious Case of Neural Text Degeneration, arXiv:1904.09751.
    """
    if top_p == 1:
        return scores
    # Whole numbers: a float cumulative sum is not reproducible on CUDA.
    parts = (scores.softmax(dim=-1) * _PARTS).to(torch.int64)
    wanted = (parts.sum(dim=-1) * top_p).to(torch.int64)
    some = parts.topk(min(_LIKELY, parts.shape[-1]), dim=-1).values
    # Elsewhere than on a CPU a look at the values would wait for all that was asked before.
    if some.device.type != "cpu" or bool((some.sum(dim=-1) < wanted).any()):
        some = parts.sort(dim=-1, descending=True).values
    # By value, not by place: equally likely tokens stay or go together, in whatever order they lie.
    enough = (some.cumsum(dim=-1) < wanted[:, None]).sum(dim=-1, keepdim=True)
    least = some.gather(-1, enough.clamp_max(some.shape[-1] - 1))
    return scores.masked_fill(parts < least, -torch.inf)
