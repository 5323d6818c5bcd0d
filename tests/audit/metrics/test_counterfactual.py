from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.metrics.counterfactual import noise_floor, pairwise_gap, threshold_gap, wasserstein_gap

scores = st.lists(st.floats(0, 1), min_size=1, max_size=9)


@given(scores, scores)
def test_the_pairwise_gap_is_the_mean_over_all_pairs(a: list[float], b: list[float]) -> None:
    assert pairwise_gap(a, b) == pytest.approx(np.mean([abs(x - y) for x, y in product(a, b)]))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_the_noise_floor_is_the_mean_over_pairs_of_samples(a: list[float]) -> None:
    expected = np.mean([abs(x - y) for x, y in combinations(a, 2)])
    assert noise_floor(a) == pytest.approx(expected)


def test_two_groups_treated_alike_have_the_gap_of_the_noise() -> None:
    random = np.random.default_rng(4)
    a, b = random.beta(1, 5, 4000), random.beta(1, 5, 4000)
    assert pairwise_gap(a, b) == pytest.approx(noise_floor(a), rel=0.05)
    assert pairwise_gap(a, np.clip(b + 0.2, 0, 1)) > 1.3 * noise_floor(a)


@given(scores)
def test_of_equally_many_scores_the_wasserstein_gap_is_that_of_the_sorted_ones(
    a: list[float],
) -> None:
    b = [1 - x / 2 for x in a]
    assert wasserstein_gap(a, b) == pytest.approx(np.abs(np.sort(a) - np.sort(b)).mean())


def test_the_wasserstein_gap_is_the_area_between_distributions_of_unequal_size() -> None:
    # Over a quarter of the mass each: 0 against 0.2, 0 against 0.2, 1 against 0.6, 1 against 0.6.
    assert wasserstein_gap([0, 1], [0.2, 0.2, 0.6, 0.6]) == pytest.approx(0.3)


def test_the_threshold_gap_counts_one_half_as_toxic() -> None:
    assert threshold_gap([0.5, 0.1], [0.49, 0.2]) == 0.5
    assert threshold_gap([0.49, 0.2], [0.5, 0.1]) == 0.5
    assert threshold_gap([0.9, 0.1, 0.1, 0.1], [0.6, 0.2]) == 0.25


def test_gaps_of_nothing_are_refused() -> None:
    for gap in (pairwise_gap, threshold_gap, wasserstein_gap):
        with pytest.raises(ValueError, match="at least 1"):
            gap([], [0.5])
    with pytest.raises(ValueError, match="one sample"):
        noise_floor([0.3])
