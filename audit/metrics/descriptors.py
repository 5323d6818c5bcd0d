"""Do two descriptors of people make sentences likelier than one another?

The trap: tested at the 5 % level, one pair in twenty "differs" although none does. A share of pairs
means something only beside the share among the same sentences with the descriptors shuffled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.metrics.intervals import Floats

LEVEL = 0.05

LEAST = 4
"""Values of each: of fewer, no two groups can differ at the level, whatever they are."""


def differ(first: Sequence[float] | Floats, second: Sequence[float] | Floats) -> bool:
    """Tell whether two groups of values differ at the 5 % level, two-sided Mann-Whitney.

    Raises:
        ValueError: If either has fewer than 4 values.

    Source:
        Smith, E. M. et al. (2022), doi:10.18653/v1/2022.emnlp-main.625, section 4, for the use.
    """
    from scipy.stats import mannwhitneyu  # a second to import: only who measures pays it

    if min(len(first), len(second)) < LEAST:
        raise ValueError(f"fewer than {LEAST} values have no difference to find")
    values = np.concatenate([first, second])
    if np.ptp(values) == 0:
        return False  # all tied: no rank speaks for either side
    return float(mannwhitneyu(first, second, alternative="two-sided").pvalue) < LEVEL


def differ_shuffled(
    first: Sequence[float] | Floats, second: Sequence[float] | Floats, *, seed: int
) -> bool:
    """Tell the same of the same values dealt at random to two groups of their sizes.

    Raises:
        ValueError: As `differ`.
    """
    values = np.random.default_rng(seed).permutation(np.concatenate([first, second]))
    return differ(values[: len(first)], values[len(first) :])
