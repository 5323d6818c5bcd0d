"""Do groups differ, and by how much?

The trap: of many groups the largest and the smallest mean always lie apart. So their gap stands
beside what it would be if nobody's group mattered, and its p comes from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from audit.metrics.intervals import DRAWS, Floats, percentile


@dataclass(frozen=True)
class Spread:
    """How far the means of groups lie apart, in the unit of the values."""

    gap: float
    """The largest mean minus the smallest."""

    low: float
    high: float
    """Percentile bootstrap of whole clusters inside each group: 95 %. It leans upwards."""

    null: float
    """The mean gap with clusters dealt out to the groups at random."""

    null_low: float
    null_high: float
    """Where 95 % of these gaps lie."""

    p: float
    """Of a gap at least as large if they were."""

    sd: float
    """Of the groups' means, `n - 1`."""


def spread(
    groups: Mapping[str, Sequence[tuple[float, int]]], *, seed: int, draws: int = DRAWS
) -> Spread:
    """Tell how far the means of groups lie apart.

    Args:
        groups: At least two; of each its clusters, as the sum and the number of their values.
        seed: Same seed, same result.
        draws: Of the bootstrap and of the permutation.

    Raises:
        ValueError: If there are fewer than two groups, or one has fewer than two clusters.

    Source:
        Permutation of whole clusters: Good, P. (2005), Permutation, Parametric and Bootstrap Tests
        of Hypotheses, ch. 3; the data's own pattern counts: Phipson, B. and Smyth, G. K. (2010),
        doi:10.2202/1544-6115.1585.
    """
    counts = [len(clusters) for clusters in groups.values()]
    if len(counts) <= 1 or min(counts) <= 1:
        raise ValueError("a spread takes two groups with two clusters each")
    pairs = np.array([pair for clusters in groups.values() for pair in clusters], dtype=float)
    starts = np.cumsum([0, *counts[:-1]])
    random = np.random.default_rng(seed)

    def means(rows: np.ndarray) -> Floats:
        sums = np.add.reduceat(pairs[rows], starts, axis=0)
        found: Floats = sums[:, 0] / sums[:, 1]
        return found

    observed = means(np.arange(len(pairs)))
    gap = float(np.ptp(observed))
    inside = [
        start + random.integers(0, n, (draws, n)) for start, n in zip(starts, counts, strict=True)
    ]
    resampled = np.array([np.ptp(means(rows)) for rows in np.concatenate(inside, axis=1)])
    dealt = np.array([np.ptp(means(random.permutation(len(pairs)))) for _ in range(draws)])
    as_large = int((dealt >= gap - 1e-12).sum())
    low, high = percentile(resampled)
    return Spread(
        gap=gap,
        low=min(low, gap),
        high=max(high, gap),
        null=float(dealt.mean()),
        null_low=percentile(dealt)[0],
        null_high=percentile(dealt)[1],
        p=(as_large + 1) / (draws + 1),
        sd=float(np.std(observed, ddof=1)),
    )
