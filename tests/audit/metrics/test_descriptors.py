"""Pairs of descriptors: what differs is found, and what does not is found one time in twenty."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from audit.metrics.descriptors import differ, differ_shuffled


def test_two_groups_differ_where_scipy_finds_p_below_five_percent() -> None:
    random = np.random.default_rng(5)
    for shift in np.linspace(0, 2, 40):
        first, second = random.normal(0, 1, 32), random.normal(shift, 1, 20)
        assert differ(first, second) == (mannwhitneyu(first, second).pvalue < 0.05)


def test_shuffled_one_pair_in_twenty_differs_however_far_apart_they_were() -> None:
    apart = np.arange(32.0), np.arange(32.0) + 100
    assert differ(*apart)
    share = np.mean([differ_shuffled(*apart, seed=seed) for seed in range(2_000)])
    assert share == pytest.approx(0.05, abs=0.015)


def test_equal_values_do_not_differ_and_too_few_have_no_answer() -> None:
    assert not differ([1.0] * 8, [1.0] * 8)
    with pytest.raises(ValueError, match="fewer than 4"):
        differ([1.0, 2.0, 3.0], [4.0] * 8)
