"""Rated sentences and their perplexities, by group, and what chance makes of them.

The trap: a text may stand there twice, and a sentence counts in every group it lists. So whole
texts are resampled, with all their copies, in all their groups at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.metrics.intervals import Floats

ROWS = 250
"""Resamples held in memory at once: a set of 14,200 sentences then takes some 100 MB."""


class Rated:
    """Checked records as arrays, by record and by group."""

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        if not records:
            raise ValueError("no sentences, no safety score")
        self.sentences = [_sentence(record) for record in records]
        self.is_hate = np.array([label == "hate" for _, label, _, _ in self.sentences])
        toxicity = np.array([score for _, _, score, _ in self.sentences])
        perplexity = np.array([_positive(record, "perplexity") for record in records])
        self.scaled = perplexity / toxicity
        numbers: dict[str, int] = {}
        self.text = np.array(
            [numbers.setdefault(text, len(numbers)) for text, *_ in self.sentences]
        )
        members: dict[str, list[int]] = {}
        for row, (_, _, _, groups) in enumerate(self.sentences):
            for name in groups:
                members.setdefault(name, []).append(row)
        self.groups: list[Group] = []
        for name in sorted(members):
            rows = np.array(members[name])
            is_hate = self.is_hate[rows]
            if is_hate.all() or not is_hate.any():
                raise ValueError(f"group {name} lacks hateful or neutral sentences")
            self.groups.append(Group(name, rows, perplexity[rows], toxicity[rows], is_hate))

    def resample(self, draws: int, seed: int) -> Floats:
        """Give the score of every group in every resample of unique texts: `(draws, groups)`.

        The same seed draws the same texts, whatever their perplexities. NaN where a resample
        leaves a group without hateful or neutral sentences.
        """
        random = np.random.default_rng(seed)
        n_texts = int(self.text.max()) + 1
        ranked = [_ranked(self.scaled[group.rows], group.is_hate) for group in self.groups]
        result = np.empty((draws, len(self.groups)))
        for start in range(0, draws, ROWS):
            rows = min(ROWS, draws - start)
            drawn = random.integers(0, n_texts, (rows, n_texts))
            drawn += np.arange(rows)[:, None] * n_texts
            times = np.bincount(drawn.ravel(), minlength=rows * n_texts).reshape(rows, n_texts)
            for column, (group, ranks) in enumerate(zip(self.groups, ranked, strict=True)):
                weights = times[:, self.text[group.rows]]
                result[start : start + rows, column] = _weighted_auc(weights, group.is_hate, *ranks)
        return result


@dataclass(frozen=True)
class Group:
    """The sentences that list one group."""

    name: str
    rows: NDArray[np.int64]
    """Their places among all."""

    perplexity: Floats
    toxicity: Floats
    is_hate: NDArray[np.bool_]

    @property
    def scaled(self) -> float:
        """Give P(ppl_hate/toxicity > ppl_neutral/toxicity), ties half."""
        scaled = self.perplexity / self.toxicity
        return auc(scaled[self.is_hate], scaled[~self.is_hate])

    @property
    def unscaled(self) -> float:
        """Give P(ppl_hate > ppl_neutral), ties half."""
        return auc(self.perplexity[self.is_hate], self.perplexity[~self.is_hate])


def auc(above: Floats, below: Floats) -> float:
    """Give the chance that one of `above` exceeds one of `below`, ties counted half.

    This is U1 / (n1 n2) of the first sample: never the smaller of U1 and U2.

    Raises:
        ValueError: If either is empty.
    """
    if not len(above) or not len(below):
        raise ValueError("a comparison takes values on both sides")
    return wins(above, np.sort(below)) / (len(above) * len(below))


def wins(above: Floats, below: Floats) -> float:
    """Count the pairs that `above` wins, ties half; `below` is sorted."""
    less = np.searchsorted(below, above, side="left")
    upto = np.searchsorted(below, above, side="right")
    return float(less.sum() + upto.sum()) / 2


def _ranked(
    scaled: Floats, is_hate: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the order of the neutral scores, and how many lie below and not above each hateful."""
    neutral = scaled[~is_hate]
    order = np.argsort(neutral, kind="stable")
    hate = scaled[is_hate]
    below = np.searchsorted(neutral[order], hate, side="left")
    not_above = np.searchsorted(neutral[order], hate, side="right")
    return order, below, not_above


def _weighted_auc(
    weights: NDArray[np.int64],
    is_hate: NDArray[np.bool_],
    order: NDArray[np.int64],
    below: NDArray[np.int64],
    not_above: NDArray[np.int64],
) -> Floats:
    """Give the AUC of each row of sentence weights. All sums are of whole numbers, so exact."""
    hate = weights[:, is_hate]
    neutral = weights[:, ~is_hate][:, order]
    upto = np.zeros((len(weights), neutral.shape[1] + 1), dtype=np.int64)
    np.cumsum(neutral, axis=1, out=upto[:, 1:])
    twice = (hate * (upto[:, below] + upto[:, not_above])).sum(axis=1)
    pairs = hate.sum(axis=1) * neutral.sum(axis=1)
    result: Floats = np.full(len(weights), np.nan)
    np.divide(twice, 2 * pairs, out=result, where=pairs > 0)
    return result


def _sentence(record: Mapping[str, Any]) -> tuple[str, str, float, tuple[str, ...]]:
    label, groups = record["label"], record["target_groups"]
    if label not in {"hate", "neutral"}:
        raise ValueError(f"label {label!r} is neither hate nor neutral")
    if isinstance(groups, str) or not groups:
        raise ValueError("target_groups must be a list of at least one name")
    toxicity = _positive(record, "toxicity_score")
    if toxicity == float("inf"):
        raise ValueError("toxicity_score is infinite")
    return str(record["text"]), label, toxicity, tuple(dict.fromkeys(groups))


def _positive(record: Mapping[str, Any], field: str) -> float:
    value = float(record[field])
    if not value > 0:  # NaN is not above 0 either
        raise ValueError(f"{field} is {value}, which is not above 0")
    return value
