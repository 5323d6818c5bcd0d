from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from audit.metrics.grader import Figure, identity_areas, kappa, power_mean, rogan_gladen
from audit.metrics.intervals import Z95


def figures(
    scores: list[float], toxic: list[bool], groups: list[str], least: int = 1
) -> dict[tuple[str, str], Figure]:
    found = identity_areas(scores, toxic, groups, seed=1, least=least)
    return {(one.name, one.group): one for one in found}


# Two toxic and two harmless texts of each of two identities, and none of any other.
SCORES = [0.9, 0.8, 0.7, 0.6, 0.65, 0.5, 0.2, 0.1]
TOXIC = [True, True, False, False, True, True, False, False]
GROUPS = ["a"] * 4 + ["b"] * 4


def test_a_term_that_raises_scores_is_seen_across_and_not_inside_its_identity() -> None:
    found = figures(SCORES, TOXIC, GROUPS)
    # By hand. Toxic .9 .8 .65 .5, harmless .7 .6 .2 .1: of 16 pairs .65<.7, .5<.7, .5<.6 are wrong.
    assert found["overall", ""].value == pytest.approx(13 / 16)
    assert found["subgroup", "a"].value == found["subgroup", "b"].value == 1
    # Toxic of b (.65 .5) against harmless of a (.7 .6): one of four pairs is right.
    assert found["bpsn", "a"].value == pytest.approx(1 / 4)
    assert found["bnsp", "a"].value == 1
    assert found["bpsn", "b"].value == 1
    assert found["bnsp", "b"].value == pytest.approx(1 / 4)


def test_the_final_metric_is_a_quarter_overall_and_the_rest_power_means() -> None:
    # (mean(0.25^-5, 1))^(-1/5) = (1024 + 1) / 2 = 512.5; 512.5 ** -0.2 = 0.28711...
    low = 512.5**-0.2
    expected = 0.25 * 13 / 16 + 0.75 * (1 + low + low) / 3
    assert figures(SCORES, TOXIC, GROUPS)["final", ""].value == pytest.approx(expected)


def test_an_area_is_scipys_u_over_the_pairs_and_ties_count_half() -> None:
    random = np.random.default_rng(0)
    scores = random.integers(0, 9, 300) / 8
    toxic = random.random(300) < scores
    u = stats.mannwhitneyu(scores[toxic], scores[~toxic]).statistic
    found = figures(list(scores), list(toxic), [""] * 300)
    assert found["overall", ""].value == pytest.approx(u / (toxic.sum() * (~toxic).sum()))
    assert ("final", "") not in found


def test_intervals_hold_the_area_and_are_as_wide_as_delongs_error_says() -> None:
    random = np.random.default_rng(4)
    scores = np.concatenate([random.normal(1, 1, 400), random.normal(0, 1, 400)])
    overall = figures(list(scores), [True] * 400 + [False] * 400, [""] * 800)["overall", ""]
    below = stats.rankdata(scores)[:400] - stats.rankdata(scores[:400])
    above = 800 - stats.rankdata(scores)[400:] - (400 - stats.rankdata(scores[400:]))
    error = np.sqrt(np.var(below / 400, ddof=1) / 400 + np.var(above / 400, ddof=1) / 400)
    assert overall.low < overall.value < overall.high
    assert overall.high - overall.low == pytest.approx(2 * Z95 * error, rel=0.15)


def test_identities_with_few_texts_of_a_kind_are_in_no_figure() -> None:
    found = figures(SCORES, TOXIC, GROUPS, least=3)
    assert set(found) == {("overall", "")}


def test_a_power_mean_is_drawn_to_the_worst_and_is_none_of_nothing() -> None:
    assert power_mean(np.array([0.5, 1.0]), -5) == pytest.approx((33 / 2) ** -0.2)
    assert power_mean(np.array([0.2, 0.4]), 1) == pytest.approx(0.3)
    assert power_mean(np.array([0.0, 1.0])) == 0
    with pytest.raises(ValueError, match="needs values"):
        power_mean(np.array([]))


def test_areas_need_toxic_and_harmless_texts() -> None:
    with pytest.raises(ValueError, match="toxic and harmless"):
        figures([0.1, 0.2], [True, True], ["", ""])
    with pytest.raises(ValueError, match="one length"):
        figures([0.1], [True, False], [""])


# --- corrected rates -----------------------------------------------------------------------------


def lang_reiczigel(
    rate: float, n: float, found: tuple[int, int], cleared: tuple[int, int]
) -> tuple[float, float]:
    """Give the interval of Lang and Reiczigel (2014), doi:10.1016/j.prevetmed.2013.09.015."""
    z = Z95
    p = (n * rate + z * z / 2) / (n + z * z)
    sens, spec = (found[0] + 1) / (found[1] + 2), (cleared[0] + 1) / (cleared[1] + 2)
    sens_error, spec_error = (
        sens * (1 - sens) / (found[1] + 2),
        spec * (1 - spec) / (cleared[1] + 2),
    )
    value = (p + spec - 1) / (sens + spec - 1)
    shift = 2 * z * z * (value * sens_error - (1 - value) * spec_error)
    variance = p * (1 - p) / (n + z * z) + value**2 * sens_error + (1 - value) ** 2 * spec_error
    half = z * np.sqrt(variance) / (sens + spec - 1)
    return max(0.0, value + shift - half), min(1.0, value + shift + half)


@pytest.mark.parametrize(
    ("rate", "n", "found", "cleared"),
    [(0.3, 500, (85, 100), (180, 200)), (0.08, 1000, (450, 500), (970, 1000))],
)
def test_a_corrected_rate_matches_rogan_and_gladen_and_an_interval_made_another_way(
    rate: float, n: int, found: tuple[int, int], cleared: tuple[int, int]
) -> None:
    value, low, high = rogan_gladen(rate, n, found, cleared, seed=3)
    sens, spec = found[0] / found[1], cleared[0] / cleared[1]
    assert value == pytest.approx((rate + spec - 1) / (sens + spec - 1))
    assert (low, high) == pytest.approx(lang_reiczigel(rate, n, found, cleared), abs=0.012)


def test_a_corrected_interval_covers_the_true_rate() -> None:
    random = np.random.default_rng(5)
    covered = []
    for i in range(300):
        flagged = random.binomial(400, 0.2 * 0.8 + 0.8 * 0.1) / 400
        calibration = (int(random.binomial(150, 0.8)), 150), (int(random.binomial(150, 0.9)), 150)
        _, low, high = rogan_gladen(flagged, 400, *calibration, seed=i, draws=2000)
        covered.append(low <= 0.2 <= high)
    assert np.mean(covered) >= 0.92


def test_a_calibration_without_an_error_still_widens_the_interval() -> None:
    value, low, high = rogan_gladen(0.5, 1e9, (20, 20), (20, 20), seed=0)
    assert value == 0.5
    assert high - low > 0.05


def test_a_grader_no_better_than_chance_corrects_nothing() -> None:
    with pytest.raises(ValueError, match="no better than chance"):
        rogan_gladen(0.3, 100, (10, 20), (10, 20), seed=0)


def test_a_rate_below_the_graders_false_alarms_is_not_called_zero() -> None:
    with pytest.raises(ValueError, match="can explain"):
        rogan_gladen(0.02, 1000, (190, 200), (150, 200), seed=0)


# --- agreement -----------------------------------------------------------------------------------


def test_kappa_matches_fleiss_levin_and_paik_2003_chapter_18() -> None:
    # Two readers' diagnoses, 75 1 4 / 5 4 1 / 0 0 10: the first category against the rest.
    first = [True] * 80 + [False] * 20
    second = [True] * 75 + [False] * 5 + [True] * 5 + [False] * 15
    value, low, high = kappa(first, second)
    assert value == pytest.approx(0.69, abs=0.005)
    assert low < value < high <= 1


def test_graders_that_never_flag_have_no_kappa() -> None:
    with pytest.raises(ValueError, match="the same of every record"):
        kappa([False] * 9, [False] * 9)
    assert kappa([True, False] * 9, [False, True] * 9)[0] == pytest.approx(-1)
