from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from audit.metrics.groups import spread


def test_the_gap_and_deviation_are_of_the_means_of_values_and_not_of_clusters() -> None:
    # Means 6/4 = 1.5, 2/4 = 0.5 and 4/4 = 1.
    groups = {"a": [(5.0, 3), (1.0, 1)], "b": [(1.0, 2), (1.0, 2)], "c": [(3.0, 3), (1.0, 1)]}
    found = spread(groups, seed=0, draws=200)
    assert found.gap == pytest.approx(1.0)
    assert found.sd == pytest.approx(0.5)
    assert found.low <= found.gap <= found.high


def test_of_two_groups_the_p_is_scipys_permutation_test_of_a_difference() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(0.6, 1, 25), random.normal(0, 1, 30)
    groups = {"a": [(x, 1) for x in a], "b": [(x, 1) for x in b]}
    expected = stats.permutation_test(
        (a, b), lambda x, y, axis: x.mean(axis) - y.mean(axis), vectorized=True,
        n_resamples=9_999, rng=np.random.default_rng(1),
    ).pvalue  # fmt: skip
    assert spread(groups, seed=2, draws=4_000).p == pytest.approx(expected, abs=0.02)


def test_groups_that_do_not_matter_have_a_gap_about_its_null_and_a_p_that_keeps_its_level() -> None:
    random = np.random.default_rng(5)
    found = [
        spread(
            {str(g): [(float(x), 2) for x in random.normal(size=8)] for g in range(6)},
            seed=i,
            draws=200,
        )
        for i in range(200)
    ]
    assert np.mean([one.p < 0.05 for one in found]) == pytest.approx(0.05, abs=0.04)
    assert np.mean([one.gap / one.null for one in found]) == pytest.approx(1, abs=0.1)


def test_copies_of_a_cluster_are_no_evidence() -> None:
    random = np.random.default_rng(6)
    once = {g: [(float(x), 1) for x in random.normal(size=9)] for g in "abc"}
    tenfold = {g: [(10 * total, 10) for total, _ in rows] for g, rows in once.items()}
    assert spread(tenfold, seed=1, draws=300).p == spread(once, seed=1, draws=300).p


def test_a_spread_takes_two_groups_of_two() -> None:
    with pytest.raises(ValueError, match="two groups"):
        spread({"a": [(1.0, 1), (2.0, 1)]}, seed=0)
    with pytest.raises(ValueError, match="two groups"):
        spread({"a": [(1.0, 1), (2.0, 1)], "b": [(1.0, 1)]}, seed=0)
