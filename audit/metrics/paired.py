"""Is the difference between two models on the same prompts real?

The trap: two models answer the same prompts, so their answers go together. A test that forgets the
pairs (two independent proportions) misses most real differences, and one that forgets how many
tests were made finds them every night.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import sqrt

import numpy as np

from audit.metrics.intervals import CHUNK, Z95, Floats, checked_clusters, effective_size

EXACT_UP_TO = 14
"""Clusters whose signs are enumerated, all 2^14 patterns, instead of drawn."""

FLIPS = 9_999
"""Random sign patterns otherwise: with the data's own, 10,000; the smallest p is 0.0001."""

POWER = 0.8
"""Chance with which a difference of a size that is called detectable is found."""


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Give the two-sided p of the exact McNemar test.

    Args:
        only_first: Pairs in which only the first is a hit.
        only_second: Pairs in which only the second is a hit.

    Returns:
        The p-value; 1 if no pair differs.

    Raises:
        ValueError: If a count is negative.

    Source:
        McNemar, Q. (1947), Psychometrika 12(2), 153-157, doi:10.1007/BF02295996.
    """
    from scipy.special import bdtr  # a quarter of a second to import: only who counts pays it

    if only_first < 0 or only_second < 0:
        raise ValueError("a count of pairs is negative")
    tail = bdtr(min(only_first, only_second), only_first + only_second, 0.5)
    return min(1.0, 2 * float(tail))


def tango(only_first: float, only_second: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Give Tango's score interval for a difference of paired proportions, first minus second.

    It stays inside [-1, 1] and has a width even where no pair differs.

    Args:
        only_first: Pairs in which only the first is a hit.
        only_second: Pairs in which only the second is a hit.
        n: All pairs, above 0; a fraction, like the counts, where it is an effective number.
        z: Normal quantile for the wanted coverage.

    Returns:
        Lower and upper bound.

    Raises:
        ValueError: If `n` is not above 0, or fewer than the pairs that differ; or a count is
            negative.

    Source:
        Tango, T. (1998), Statistics in Medicine 17(8), 891-908,
        doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.
    """
    from scipy.optimize import brentq  # a third of a second to import: only who compares pays it

    b, c = only_first, only_second
    if not (n > 0 and b >= 0 and c >= 0 and b + c <= n * (1 + 1e-12)):
        raise ValueError(f"{b} and {c} differing pairs of {n} cannot be")

    def excess(delta: float, sign: float) -> float:
        """Give how far the observed difference lies beyond `z` errors from `delta`."""
        linear = -b - c + (2 * n - b + c) * delta
        constant = -c * delta * (1 - delta)
        second = (sqrt(max(0.0, linear * linear - 8 * n * constant)) - linear) / (4 * n)
        variance = n * max(0.0, 2 * second + delta * (1 - delta))
        return b - c - n * delta + sign * z * sqrt(variance)

    # Just off the observed difference: if no pair differs it is itself a root, and not the bound.
    below, above = (b - c) / n - 1e-12, (b - c) / n + 1e-12
    low = brentq(excess, -1.0, below, args=(-1.0,), xtol=1e-13) if below > -1 else -1.0
    high = brentq(excess, above, 1.0, args=(1.0,), xtol=1e-13) if above < 1 else 1.0
    return float(low), float(high)


def tango_by_cluster(
    only_first: Sequence[float] | Floats,
    only_second: Sequence[float] | Floats,
    sizes: Sequence[float] | Floats,
) -> tuple[float, float]:
    """Give Tango's 95 % interval where the pairs come in clusters, first minus second.

    The pairs are counted as the independent ones they are worth, as in
    `audit.metrics.intervals.wilson_by_cluster`: if no pair differs, each cluster is worth one.

    Args:
        only_first: `(clusters,)`, pairs of each cluster in which only the first is a hit.
        only_second: `(clusters,)`, pairs in which only the second is a hit.
        sizes: `(clusters,)`, all pairs of each cluster, above 0.

    Returns:
        Lower and upper bound.

    Raises:
        ValueError: If there is no cluster, or its counts do not fit its size.

    Source:
        Tango (1998), as `tango`, on the effective size of Korn and Graubard (1998).
    """
    first, size = checked_clusters(only_first, sizes)
    second, _ = checked_clusters(only_second, sizes)
    if (first < 0).any() or (second < 0).any() or (first + second > size).any():
        raise ValueError("a cluster has more differing pairs than pairs, or fewer than none")
    n = float(size.sum())
    difference = float((first - second).sum()) / n
    variance = float((first + second).sum()) / n - difference * difference
    share = effective_size(first - second, size, variance) / n
    return tango(float(first.sum()) * share, float(second.sum()) * share, n * share)


def sign_flip(totals: Sequence[float] | Floats, *, seed: int) -> float:
    """Give the two-sided p of the sign-flip permutation test that paired differences centre on 0.

    If the models were exchangeable, each cluster's difference might as well have the other sign.

    Args:
        totals: `(clusters,)`, the sum of the paired differences in each cluster.
        seed: Same seed, same p. Up to 14 clusters that differ, all patterns are tried instead.

    Returns:
        The p-value, the data's own pattern counted; 1 if no cluster differs.

    Raises:
        ValueError: If there is no cluster, or a total is not a finite number.

    Source:
        Fisher, R. A. (1935), The Design of Experiments, section 21. The data's own pattern counts:
        Phipson, B. and Smyth, G. K. (2010), doi:10.2202/1544-6115.1585.
    """
    total = np.asarray(totals, dtype=np.float64)
    if total.ndim != 1 or not len(total) or not np.isfinite(total).all():
        raise ValueError("the differences must be a row of finite numbers, at least 1")
    total = np.sort(total[total != 0])  # clusters without a difference have no sign to flip
    if not len(total):
        return 1.0
    # Flipped at random a sign is forgotten, so only sizes are: models that change places then
    # have the same p to the last digit.
    sizes = np.sort(np.abs(total))
    # The order of a sum may move its last bits: a tie with the data must count as one.
    limit = abs(float(total.sum())) - 1e-9 * float(sizes.sum())
    if len(sizes) <= EXACT_UP_TO:
        patterns = np.array(list(product((-1.0, 1.0), repeat=len(sizes))))
        return float(np.mean(np.abs((patterns * sizes).sum(axis=1)) >= limit))
    random = np.random.default_rng(seed)
    as_extreme = 1
    rows = max(1, CHUNK // len(sizes))
    for start in range(0, FLIPS, rows):
        # Whole words for each pattern: how many are held at once then changes nothing.
        shape = (min(rows, FLIPS - start), -(-len(sizes) // 64))
        words = random.integers(0, 2**64, shape, dtype=np.uint64).astype("<u8")
        flips = np.unpackbits(words.view(np.uint8), axis=1, count=len(sizes))
        sums = sizes.sum() - 2 * (flips @ sizes)
        as_extreme += int((np.abs(sums) >= limit).sum())
    return as_extreme / (FLIPS + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of any false claim among them stays below the level.

    Returns:
        Adjusted p-values in the order given.

    Raises:
        ValueError: If a p-value lies outside 0..1.

    Source:
        Holm, S. (1979), Scandinavian Journal of Statistics 6(2), 65-70.
    """
    p = _p_values(ps)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(steps)
    return [float(value) for value in adjusted]


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Adjust p-values so that the expected share of false finds among the finds stays below it.

    Returns:
        Adjusted p-values in the order given.

    Raises:
        ValueError: If a p-value lies outside 0..1.

    Source:
        Benjamini, Y. and Hochberg, Y. (1995), J. R. Stat. Soc. B 57(1), 289-300,
        doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    p = _p_values(ps)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * len(p) / np.arange(1, len(p) + 1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return [float(value) for value in adjusted]


def detectable_difference(n: int, differing: float) -> float:
    """Give the smallest difference of paired proportions that McNemar's test would likely find.

    Four of five repetitions would find it, at the two-sided 5 % level before any adjustment.

    Args:
        n: Pairs, at least 1.
        differing: Share of pairs in which the two differ, above 0, at most 1.

    Returns:
        The difference, from 0 to `differing`.

    Raises:
        ValueError: If an argument is out of range, or even a difference of `differing` (all
            differing pairs on one side) would be missed: then `n` is too small to say anything.

    Source:
        Connor, R. J. (1987), Biometrics 43(1), 207-211, doi:10.2307/2531961.
    """
    from scipy.optimize import brentq  # as above
    from scipy.special import ndtri

    if n < 1 or not 0 < differing <= 1:
        raise ValueError("there are no pairs, or their differing share lies outside 0..1")
    z_power = float(ndtri(POWER))

    def shortfall(delta: float) -> float:
        needed = Z95 * sqrt(differing) + z_power * sqrt(differing - delta * delta)
        return delta * sqrt(n) - needed

    # Above sqrt(differing) the variance would be negative; `differing` itself never is above it.
    if shortfall(differing) < 0:
        raise ValueError(f"{n} pairs are too few to find any difference")
    return float(brentq(shortfall, 0.0, differing))


def detectable_by(low: float, high: float) -> float:
    """Give the smallest true difference that a comparison with this interval would likely find.

    As likely, and at the same level, as `detectable_difference`.

    Source:
        Bloom, H. S. (1995), Evaluation Review 19(5), 547-556, doi:10.1177/0193841X9501900504: 2.80
        standard errors, which are here a 3.92th of the interval.
    """
    from scipy.special import ndtri  # as above

    return (Z95 + float(ndtri(POWER))) * (high - low) / (2 * Z95)


def _p_values(ps: Sequence[float]) -> Floats:
    p = np.asarray(ps, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a p-value lies outside 0..1")
    return p
