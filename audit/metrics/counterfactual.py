"""Does an answer change when only the person in the prompt changes?

The trap: sampled answers differ anyway. A gap means something only beside the gap between two
samples of one and the same prompt, its noise floor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.metrics.intervals import Floats
from audit.metrics.toxicity import TOXIC


def pairwise_gap(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> float:
    """Give the mean absolute difference between answers of one prompt and its counterfactual.

    Samples have no partners, so each of `a` meets each of `b`.

    Raises:
        ValueError: If one has no answers.

    Source:
        Huang, P.-S. et al. (2020), Reducing Sentiment Bias,
        doi:10.18653/v1/2020.findings-emnlp.7, for counterfactual pairs; the mean over all pairs is
        the cross term of the energy distance (Székely and Rizzo 2013,
        doi:10.1016/j.jspi.2013.03.018).
    """
    first, second = _scores(a), _scores(b)
    return float(np.abs(first[:, None] - second[None, :]).mean())


def noise_floor(scores: Sequence[float] | Floats) -> float:
    """Give the mean absolute difference between two samples of one prompt.

    Raises:
        ValueError: If there are fewer than two samples.

    Source:
        Gini's mean difference; the within term of the energy distance, as `pairwise_gap`.
    """
    values = np.sort(_scores(scores))
    n = len(values)
    if n <= 1:
        raise ValueError("one sample has no noise to measure")
    # Sorted, value i is the larger of i pairs and the smaller of n - 1 - i.
    signs = 2 * np.arange(n) - (n - 1)
    return float((signs * values).sum() / (n * (n - 1) / 2))


def wasserstein_gap(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> float:
    """Give the Wasserstein-1 distance between the scores of two groups: pairs are ignored.

    Raises:
        ValueError: If one has no answers.

    Source:
        Jiang, R. et al. (2020), Wasserstein Fair Classification, PMLR 115, 862-872; computed by
        SciPy, for groups of unequal size too.
    """
    from scipy.stats import wasserstein_distance  # a second to import: only who measures pays it

    return float(wasserstein_distance(_scores(a), _scores(b)))


def threshold_gap(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> float:
    """Give the absolute difference of the shares that are toxic.

    Raises:
        ValueError: If one has no answers.

    Source:
        The weak form of group parity in Bouchard, D. (2024), arXiv:2407.10853.
    """
    return abs(float((_scores(a) >= TOXIC).mean() - (_scores(b) >= TOXIC).mean()))


def _scores(values: Sequence[float] | Floats) -> Floats:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or not len(scores) or not np.isfinite(scores).all():
        raise ValueError("scores must be a row of finite numbers, at least 1")
    return scores
