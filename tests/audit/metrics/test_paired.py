from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from audit.metrics.intervals import wilson
from audit.metrics.paired import (
    benjamini_hochberg,
    detectable_by,
    detectable_difference,
    holm,
    mcnemar_exact,
    sign_flip,
    tango,
    tango_by_cluster,
)

BENTUR = (1, 7, 21)
"""Airway hyper-responsiveness before and after transplantation (Bentur et al. 2009)."""

CAVO = (6, 16, 161)
"""Complete response before and after consolidation (Cavo et al. 2012)."""

PS = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=40)


@pytest.mark.parametrize(("table", "p"), [(BENTUR, 0.0703), (CAVO, 0.052479)])
def test_mcnemar_matches_fagerland_2017_chapter_8(table: tuple[int, int, int], p: float) -> None:
    assert mcnemar_exact(table[0], table[1]) == pytest.approx(p, abs=5e-5)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_matches_statsmodels(b: int, c: int) -> None:
    expected = mcnemar([[5, b], [c, 9]], exact=True).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(min(1.0, expected), abs=1e-9)


@pytest.mark.parametrize(
    ("table", "low", "high"), [(BENTUR, -0.5173, -0.0260), (CAVO, -0.1240, -0.0054)]
)
def test_tango_matches_fagerland_2017_chapter_8(
    table: tuple[int, int, int], low: float, high: float
) -> None:
    assert tango(*table) == pytest.approx((low, high), abs=5e-4)


def test_tango_without_a_differing_pair_is_wilsons_bound_on_both_sides() -> None:
    _, high = wilson(0, 200)
    assert tango(0, 0, 200) == pytest.approx((-high, high), abs=1e-9)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_tango_holds_its_difference_and_turns_round_with_the_models(
    b: int, c: int, same: int
) -> None:
    n = b + c + same + 1
    low, high = tango(b, c, n)
    assert -1 <= low <= (b - c) / n <= high <= 1
    assert tango(c, b, n) == pytest.approx((-high, -low), abs=1e-9)


@given(st.integers(1, 30), st.integers(1, 30))
def test_tango_inverts_the_score_test_of_no_difference(b: int, c: int) -> None:
    # At delta = 0 Tango's statistic is McNemar's uncorrected z.
    low, high = tango(b, c, 100)
    assert (low > 0 or high < 0) == (abs(b - c) / (b + c) ** 0.5 > stats.norm.ppf(0.975))


def test_tango_refuses_more_differing_pairs_than_pairs() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        tango(6, 5, 10)
    with pytest.raises(ValueError, match="cannot be"):
        tango(0, 0, 0)


def test_pairs_in_clusters_that_always_agree_count_as_one() -> None:
    first, second = [4.0] * 20 + [0.0] * 80, [0.0] * 90 + [4.0] * 10
    low, high = tango_by_cluster(first, second, [4] * 100)
    plain_low, plain_high = tango(20, 10, 100)
    assert high - low == pytest.approx(plain_high - plain_low, rel=0.05)
    assert tango_by_cluster([0] * 50, [0] * 50, [3] * 50) == pytest.approx(tango(0, 0, 50))


def test_few_clusters_of_pairs_are_worth_less_by_students_t() -> None:
    # Ten single pairs: between clusters the variance is 10/9 of one of pairs, and t(9) is 2.262157.
    share = 0.9 * (1.959964 / 2.262157) ** 2
    first, second = [1] * 4 + [0] * 6, [0] * 9 + [1]
    expected = tango(4 * share, share, 10 * share)
    assert tango_by_cluster(first, second, [1] * 10) == pytest.approx(expected, abs=1e-6)


def test_clustered_tango_covers_what_it_promises() -> None:
    random = np.random.default_rng(8)
    covered = []
    for _ in range(500):
        rate = random.beta(1, 3, 80)  # answers to one prompt go together
        ours = random.random((80, 3)) < rate[:, None]
        theirs = random.random((80, 3)) < (rate * 0.6)[:, None]
        low, high = tango_by_cluster(
            (ours & ~theirs).sum(axis=1), (theirs & ~ours).sum(axis=1), [3] * 80
        )
        covered.append(low <= 0.25 * 0.4 <= high)
    assert np.mean(covered) >= 0.93


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_sign_flip_matches_brute_force(totals: list[int]) -> None:
    patterns = [
        abs(sum(s * t for s, t in zip(signs, totals, strict=True)))
        for signs in product((-1, 1), repeat=len(totals))
    ]
    expected = np.mean([value >= abs(sum(totals)) for value in patterns])
    assert sign_flip(totals, seed=0) == pytest.approx(expected)


def test_sign_flip_matches_scipys_permutation_test() -> None:
    totals = np.random.default_rng(6).normal(0.2, 1, 60)
    expected = stats.permutation_test(
        (totals, np.zeros(60)),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    ).pvalue
    assert sign_flip(totals, seed=3) == pytest.approx(expected, abs=0.015)


def test_sign_flip_of_whole_answers_agrees_with_mcnemar() -> None:
    totals = [1.0] * 30 + [-1.0] * 15 + [0.0] * 200
    assert sign_flip(totals, seed=0) == pytest.approx(mcnemar_exact(30, 15), abs=0.006)


def test_sign_flip_rejects_true_nulls_as_often_as_it_says() -> None:
    random = np.random.default_rng(12)
    ps = [sign_flip(random.normal(size=12), seed=i) for i in range(400)]
    assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.05, abs=0.03)


def test_sign_flip_depends_on_neither_order_nor_direction_nor_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    totals = np.random.default_rng(2).normal(0.3, 1, 40)
    p = sign_flip(totals, seed=1)
    assert sign_flip(totals[::-1], seed=1) == p
    monkeypatch.setattr("audit.metrics.paired.CHUNK", 40 * 11)
    assert sign_flip(totals, seed=1) == p


def test_sign_flip_of_no_difference_finds_none_and_of_nothing_is_refused() -> None:
    assert sign_flip([0.0, 0.0], seed=0) == 1.0
    with pytest.raises(ValueError, match="at least 1"):
        sign_flip([], seed=0)
    with pytest.raises(ValueError, match="finite"):
        sign_flip([float("inf")], seed=0)


@given(PS)
def test_holm_matches_statsmodels(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]))


@given(PS)
def test_benjamini_hochberg_matches_statsmodels(ps: list[float]) -> None:
    assert benjamini_hochberg(ps) == pytest.approx(list(multipletests(ps, method="fdr_bh")[1]))


def test_no_claims_need_no_adjustment_and_no_p_lies_outside_0_to_1() -> None:
    assert holm([]) == benjamini_hochberg([]) == []
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="outside"):
            adjust([0.5, 1.2])
        with pytest.raises(ValueError, match="outside"):
            adjust([float("nan")])


def test_a_detectable_difference_is_detected_as_often_as_said() -> None:
    n, differing = 400, 0.3
    delta = detectable_difference(n, differing)
    random = np.random.default_rng(10)
    shares = [(differing + delta) / 2, (differing - delta) / 2, 1 - differing]
    tables = random.multinomial(n, shares, 3000)
    # Connor's formula is for the uncorrected statistic.
    z = np.abs(tables[:, 0] - tables[:, 1]) / np.sqrt(tables[:, 0] + tables[:, 1])
    assert np.mean(z > 1.96) == pytest.approx(0.8, abs=0.03)


def test_more_pairs_detect_less_and_too_few_detect_nothing() -> None:
    assert detectable_difference(4000, 0.2) < detectable_difference(1000, 0.2) < 0.2
    with pytest.raises(ValueError, match="too few"):
        detectable_difference(20, 0.05)
    with pytest.raises(ValueError, match="share lies outside"):
        detectable_difference(20, 0.0)


def test_an_interval_tells_what_it_could_have_seen_as_connors_formula_does() -> None:
    # 400 pairs, 30 % differ evenly: the error is sqrt(0.3 / 400), and Bloom's multiplier is 2.80.
    error = (0.3 / 400) ** 0.5
    assert detectable_by(-1.96 * error, 1.96 * error) == pytest.approx(2.80 * error, rel=2e-3)
    assert detectable_by(-1.96 * error, 1.96 * error) == pytest.approx(
        detectable_difference(400, 0.3), rel=0.02
    )
