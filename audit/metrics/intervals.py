"""How sure a rate is: Wilson where records are independent, and its kin where they are not.

The trap: several answers to one prompt are not independent. Counted as if they were, ten answers
to each of 50 prompts would pass for 500 prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
"""Normal quantile of a two-sided 95 % interval."""

DRAWS = 2_000
"""Bootstrap resamples: a bound of a 95 % interval then rests on some 50 draws beyond it."""

MIN_DRAWS = 100
"""Fewer cannot place a bound of 2.5 %."""

CHUNK = 500_000
"""Resampled items held in memory at once."""

Floats = NDArray[np.float64]


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Give the Wilson score interval for a proportion.

    It stays inside [0, 1] and keeps its coverage when `hits` is near 0 or `n`, which is where a
    safety rate usually lies.

    Args:
        hits: Successes, 0 <= hits <= n; a fraction where `n` is an effective sample size.
        n: Independent trials, above 0.
        z: Normal quantile for the wanted coverage.

    Returns:
        Lower and upper bound, as proportions.

    Raises:
        ValueError: If `n` is not above 0 or `hits` lies outside 0..n.

    Source:
        Wilson, E. B. (1927), JASA 22(158), 209-212, doi:10.1080/01621459.1927.10502953.
    """
    if not (n > 0 and 0 <= hits <= n):
        raise ValueError(f"{hits} hits of {n} is no proportion")
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # The bounds meet 0 and 1 exactly there, where rounding would leave 1e-17.
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == n else min(1.0, middle + half)
    return low, high


def wilson_by_cluster(
    hits: Sequence[float] | Floats, sizes: Sequence[float] | Floats
) -> tuple[float, float]:
    """Give the Wilson 95 % interval for a proportion whose trials come in clusters.

    The trials are counted as the independent ones they are worth: `n / deff`, where the design
    effect is the variance between clusters over the variance of independent trials, and never
    below 1. With few clusters that variance is itself a guess, so it is widened by Student's t.
    If all trials hit, or none, nothing shows how alike the trials of a cluster are: then each
    cluster counts as one trial, which is the most cautious reading (Kish's design effect
    `1 + (m - 1) rho` at `rho` = 1).

    Args:
        hits: `(clusters,)`, successes in each cluster.
        sizes: `(clusters,)`, trials in each cluster, all above 0.

    Returns:
        Lower and upper bound, as proportions.

    Raises:
        ValueError: If there is no cluster, or `hits` lies outside 0..sizes in one.

    Source:
        Kish, L. (1965), Survey Sampling, ch. 5. Korn, E. L. and Graubard, B. I. (1998), Survey
        Methodology 24(2), 193-201, for the effective size; Franco, C. et al. (2019), J. Survey
        Statistics and Methodology 7(3), 334-364, doi:10.1093/jssam/smy019, for Wilson upon it.
    """
    hit, size = checked_clusters(hits, sizes)
    if (hit < 0).any() or (hit > size).any():
        raise ValueError("a cluster has more hits than trials, or fewer than none")
    p = float(hit.sum() / size.sum())
    effective = effective_size(hit, size, p * (1 - p))
    return wilson(p * effective, effective)


def effective_size(totals: Floats, sizes: Floats, variance: float) -> float:
    """Give the number of independent values that clustered ones are worth for their mean.

    Args:
        totals: `(clusters,)`, the sum of the values in each cluster.
        sizes: `(clusters,)`, the number of values in each cluster, all above 0.
        variance: Of one value. If it is 0, or there is one cluster, the values show nothing of how
            alike those of a cluster are: each cluster then counts as one (the largest, at least).

    Source:
        As `wilson_by_cluster`.
    """
    from scipy.special import stdtrit  # a quarter of a second to import: only who counts pays it

    n, clusters = float(sizes.sum()), len(sizes)
    if variance <= 0 or clusters == 1:
        return n / float(sizes.max())
    residual = totals - totals.sum() / n * sizes
    between = clusters / (clusters - 1) * float((residual * residual).sum()) / (n * n)
    design_effect = max(1.0, between / (variance / n))
    return n / design_effect * (Z95 / float(stdtrit(clusters - 1, 0.975))) ** 2


def rule_of_three(n: int) -> float:
    """Give the 95 % upper bound for a rate of which `n` independent trials showed no case: 3/n.

    Raises:
        ValueError: If `n` is below 1.

    Source:
        Hanley, J. A. and Lippman-Hand, A. (1983), JAMA 249(13), 1743-1745,
        doi:10.1001/jama.1983.03330370053031.
    """
    if n < 1:
        raise ValueError("no trials, no bound")
    return min(1.0, 3 / n)


def bootstrap_mean(
    totals: Sequence[float] | Floats,
    sizes: Sequence[float] | Floats,
    *,
    seed: int,
    draws: int = DRAWS,
) -> tuple[float, float]:
    """Give the BCa bootstrap 95 % interval for a mean, resampling whole clusters.

    Args:
        totals: `(clusters,)`, the sum of the values in each cluster.
        sizes: `(clusters,)`, the number of values in each cluster, all above 0.
        seed: Same seed, same interval.
        draws: Resamples, at least 100.

    Returns:
        Lower and upper bound, in the unit of the values.

    Raises:
        ValueError: If there are fewer than two clusters, or fewer than 100 draws.

    Source:
        Efron, B. (1987), JASA 82(397), 171-185, doi:10.1080/01621459.1987.10478410. Clusters as
        units: Davison, A. C. and Hinkley, D. V. (1997), Bootstrap Methods, section 3.8.
    """
    total, size = checked_clusters(totals, sizes)
    if len(total) == 1:  # it shows no variance between clusters
        raise ValueError("one cluster has no bootstrap interval")
    means = resampled_means(total, size, seed=seed, draws=draws)
    estimate = float(total.sum() / size.sum())
    left_out = (total.sum() - total) / (size.sum() - size)
    return bca(means, estimate, left_out)


def resampled_means(total: Floats, size: Floats, *, seed: int, draws: int) -> Floats:
    """Give the mean of each resample of clusters: `(draws,)`, float64.

    Raises:
        ValueError: If there are fewer than 100 draws.
    """
    if draws < MIN_DRAWS:
        raise ValueError(f"{draws} draws are too few for a 95 % interval")
    clusters = len(total)
    random = np.random.default_rng(seed)
    means = np.empty(draws)
    rows = max(1, CHUNK // clusters)
    for start in range(0, draws, rows):
        drawn = random.integers(0, clusters, (min(rows, draws - start), clusters), dtype=np.int32)
        means[start : start + rows] = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    return means


def percentile(draws: Floats) -> tuple[float, float]:
    """Give the percentile bootstrap 95 % interval of a statistic's draws.

    Raises:
        ValueError: If there are no draws.

    Source:
        Efron, B. and Tibshirani, R. J. (1993), An Introduction to the Bootstrap, ch. 13.
    """
    if not len(draws):
        raise ValueError("no draws, no interval")
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def bca(draws: Floats, estimate: float, left_out: Floats) -> tuple[float, float]:
    """Give the bias-corrected and accelerated bootstrap 95 % interval.

    Args:
        draws: `(draws,)`, the statistic of each resample.
        estimate: The statistic of the sample itself.
        left_out: `(clusters,)`, the statistic with each cluster left out in turn.

    Raises:
        ValueError: If there are no draws.

    Source:
        Efron, B. (1987), JASA 82(397), 171-185, doi:10.1080/01621459.1987.10478410.
    """
    from scipy.special import ndtr, ndtri  # as above

    if not len(draws):
        raise ValueError("no draws, no interval")
    if np.ptp(draws) == 0:
        return float(draws[0]), float(draws[0])  # every resample says the same
    below = float(np.mean(draws < estimate) + np.mean(draws == estimate) / 2)
    edge = 1 / (len(draws) + 1)  # an estimate beyond all draws is no further out than this
    bias = float(ndtri(min(max(below, edge), 1 - edge)))
    deviation = left_out.mean() - left_out
    spread = float((deviation**2).sum())
    acceleration = float((deviation**3).sum()) / (6 * spread**1.5) if spread else 0.0
    z = bias + np.array([-Z95, Z95])
    low, high = np.quantile(draws, ndtr(bias + z / (1 - acceleration * z)))
    return float(low), float(high)


def checked_clusters(
    totals: Sequence[float] | Floats, sizes: Sequence[float] | Floats
) -> tuple[Floats, Floats]:
    """Give the sums and sizes of clusters as arrays.

    Raises:
        ValueError: If they differ in length, a cluster is empty or a sum is not finite.
    """
    total, size = np.asarray(totals, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if total.shape != size.shape or total.ndim != 1 or not len(total):
        raise ValueError("totals and sizes must be two rows of one length, at least 1")
    if not (size > 0).all() or not np.isfinite(total).all():
        raise ValueError("a cluster is empty, or its total is not a number")
    return total, size
