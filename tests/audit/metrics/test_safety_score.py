from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.metrics.rated import auc
from audit.metrics.safety_score import safety_mean, safety_score_difference, safety_scores


@pytest.fixture(scope="module")
def toxigen(data_dir: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((data_dir / "safenlp" / "toxiGen.json").read_text())
    return rows


def record(label: str, perplexity: float, toxicity: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "text": more.pop("text", f"{label} {perplexity} {toxicity}"),
        "label": label,
        "toxicity_score": toxicity,
        "target_groups": ["g"],
        "perplexity": perplexity,
        **more,
    }


def spread(rows: list[dict[str, Any]], sd: float, seed: int = 1) -> list[dict[str, Any]]:
    """Give each sentence a perplexity that ignores its label."""
    logs = 4 + sd * np.random.default_rng(seed).normal(size=len(rows))
    return [{**row, "perplexity": float(np.exp(x))} for row, x in zip(rows, logs, strict=True)]


def test_equal_perplexities_score_exactly_zero_in_all_13_groups(
    toxigen: list[dict[str, Any]],
) -> None:
    scores = safety_scores([{**row, "perplexity": 12.5} for row in toxigen])
    assert len(scores) == 13
    assert {(s.scaled, s.low, s.high, s.null, s.unscaled) for s in scores} == {(0, 0, 0, 0, 0.5)}


@pytest.mark.parametrize(("sd", "expected"), [(0.5, 0.10), (0.75, 0.17), (1.0, 0.24), (1.5, 0.31)])
def test_spread_alone_raises_the_score_and_the_null_says_by_how_much(
    toxigen: list[dict[str, Any]], sd: float, expected: float
) -> None:
    mean = safety_mean(spread(toxigen, sd), draws=500)
    assert mean.scaled == pytest.approx(expected, abs=0.015)
    assert mean.null == pytest.approx(expected, abs=0.01)
    assert mean.low < mean.null < mean.high
    assert mean.unscaled == pytest.approx(0.5, abs=0.01)
    assert mean.sd_log_perplexity == pytest.approx(sd, rel=0.02)


def test_a_sentence_counts_in_every_group_it_lists(toxigen: list[dict[str, Any]]) -> None:
    scores = {s.group: s for s in safety_scores(spread(toxigen, 1), draws=100)}
    assert len(scores) == 13
    assert (scores["asian"].n_hate + scores["asian"].n_neutral) == 883
    assert (scores["middle-eastern"].n_hate + scores["middle-eastern"].n_neutral) == 431
    mean = safety_mean(spread(toxigen, 1), draws=100)
    assert (mean.n_hate, mean.n_neutral) == (2767, 3747)


def test_standard_errors_are_those_measured_for_this_set(toxigen: list[dict[str, Any]]) -> None:
    rows = spread(toxigen, 1)
    widths = [(s.high - s.low) / 3.92 for s in safety_scores(rows)]
    assert 0.012 < min(widths) < max(widths) < 0.026
    mean = safety_mean(rows)
    assert 0.004 < (mean.high - mean.low) / 3.92 < 0.007


def test_scores_above_one_half_are_not_folded_to_the_smaller_u() -> None:
    rows = [record("hate", 100 + i) for i in range(5)] + [record("neutral", i) for i in range(1, 6)]
    (score,) = safety_scores(rows)
    assert (score.scaled, score.unscaled) == (1.0, 1.0)


def test_toxicity_divides_before_ranking() -> None:
    rows = [record("hate", 10, 5.0), record("neutral", 4, 1.0), record("neutral", 1.5, 1.0)]
    (score,) = safety_scores(rows)
    assert (score.scaled, score.unscaled) == (0.5, 1.0)


def test_the_spread_is_that_of_natural_logarithms() -> None:
    rows = [record("hate", float(np.exp(1))), record("neutral", float(np.exp(2)))]
    (score,) = safety_scores([*rows, record("neutral", float(np.exp(3)))])
    assert score.sd_log_perplexity == pytest.approx(1.0)


def test_a_group_listed_twice_counts_once() -> None:
    rows = [record("hate", 2.0, target_groups=["g", "g"]), record("neutral", 1.0)]
    (score,) = safety_scores(rows)
    assert (score.n_hate, score.n_neutral) == (1, 1)


def test_a_difference_that_no_resample_moves_is_as_sure_as_the_draws_and_no_surer() -> None:
    first = [record(("hate", "neutral")[i % 2], 9.0 - 8 * (i % 2), text=str(i)) for i in range(20)]
    second = [{**row, "perplexity": 10 - row["perplexity"]} for row in first]
    group, _ = safety_score_difference(first, second, draws=999)
    assert (group.value, group.low, group.high, group.p) == (1.0, 1.0, 1.0, 0.002)


def test_infinite_perplexities_are_kept_and_tie_with_each_other() -> None:
    inf = float("inf")
    rows = [record("hate", inf, 5.0), record("neutral", inf), record("neutral", 9.0)]
    (score,) = safety_scores(rows)
    assert score.scaled == 0.75
    assert score.sd_log_perplexity == inf


@settings(deadline=None)
@given(st.data())
def test_the_null_is_the_mean_over_shuffled_perplexities(data: st.DataObject) -> None:
    n_hate, n_neutral = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    rating = st.sampled_from([1.0, 1.5, 3.0, 5.0])
    ratings = [data.draw(rating) for _ in range(n_hate + n_neutral)]
    perplexities = [float(data.draw(st.integers(1, 9))) for _ in ratings]
    labels = ["hate"] * n_hate + ["neutral"] * n_neutral
    rows = [
        record(label, ppl, toxicity, text=str(i))
        for i, (label, ppl, toxicity) in enumerate(zip(labels, perplexities, ratings, strict=True))
    ]
    (score,) = safety_scores(rows, draws=200)
    random = np.random.default_rng(0)
    shuffled = [
        auc(drawn[:n_hate] / ratings[:n_hate], drawn[n_hate:] / ratings[n_hate:])
        for drawn in (random.permutation(perplexities) for _ in range(800))
    ]
    assert score.null == pytest.approx(np.mean(shuffled), abs=0.07)


def test_a_bootstrap_draw_is_the_score_of_the_drawn_texts() -> None:
    random = np.random.default_rng(5)
    rows = [
        record(label, float(random.integers(1, 9)), float(random.integers(1, 4)), text=str(i))
        for i, label in enumerate(["hate", "neutral"] * 15)
    ]
    (score,) = safety_scores(rows, draws=4000)
    slow = []
    for _ in range(4000):
        drawn = [rows[i] for i in random.integers(0, 30, 30)]
        hate = np.array(
            [r["perplexity"] / r["toxicity_score"] for r in drawn if r["label"] == "hate"]
        )
        rest = np.array(
            [r["perplexity"] / r["toxicity_score"] for r in drawn if r["label"] != "hate"]
        )
        slow.append(auc(hate, rest))
    assert (score.low, score.high) == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=0.02)


def test_copies_of_a_text_stay_together_and_add_no_certainty() -> None:
    rows = [record("hate", float(i)) for i in range(5, 45)]
    rows += [record("neutral", float(i)) for i in range(1, 41)]
    (once,), (fourfold,) = safety_scores(rows), safety_scores(rows * 4)
    assert fourfold.high - fourfold.low == pytest.approx(once.high - once.low, rel=0.1)


def test_the_order_of_records_changes_no_score(toxigen: list[dict[str, Any]]) -> None:
    rows = spread(toxigen, 1)
    once, turned = safety_scores(rows, draws=200), safety_scores(rows[::-1], draws=200)
    assert [(s.group, s.scaled, s.unscaled, s.n_hate) for s in once] == [
        (s.group, s.scaled, s.unscaled, s.n_hate) for s in turned
    ]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"perplexity": float("nan")}, "perplexity"),
        ({"perplexity": 0.0}, "perplexity"),
        ({"toxicity_score": 0.0}, "toxicity_score"),
        ({"toxicity_score": float("inf")}, "infinite"),
        ({"label": "toxic"}, "neither"),
        ({"target_groups": "asian"}, "list"),
        ({"target_groups": []}, "list"),
        ({"target_groups": ["other"]}, "other lacks"),
    ],
)
def test_what_has_no_score_is_refused(broken: Mapping[str, Any], message: str) -> None:
    rows = [record("hate", 2.0), record("neutral", 1.0), {**record("hate", 3.0), **broken}]
    with pytest.raises(ValueError, match=message):
        safety_scores(rows)


def test_no_sentences_and_one_sided_groups_have_no_score() -> None:
    with pytest.raises(ValueError, match="no sentences"):
        safety_scores([])
    with pytest.raises(ValueError, match="g lacks"):
        safety_scores([record("hate", 2.0)])


def test_a_model_does_not_differ_from_itself(toxigen: list[dict[str, Any]]) -> None:
    rows = spread(toxigen, 1)
    found = safety_score_difference(rows, rows, draws=200)
    assert [one.group for one in found][-1] == "mean"
    assert {(one.value, one.low, one.high, one.p) for one in found} == {(0, 0, 0, 1)}


def test_pairing_makes_small_differences_visible(toxigen: list[dict[str, Any]]) -> None:
    first = spread(toxigen, 1)
    noise = 0.3287 * np.random.default_rng(3).normal(size=len(first))  # log correlation 0.95
    second = [
        {**row, "perplexity": row["perplexity"] * float(np.exp(x))}
        for row, x in zip(first, noise, strict=True)
    ]
    *groups, mean = safety_score_difference(first, second)
    assert (mean.high - mean.low) / 3.92 == pytest.approx(0.002, abs=0.0006)
    errors = [(one.high - one.low) / 3.92 for one in groups]
    assert 0.004 < min(errors) < max(errors) < 0.009
    turned = safety_score_difference(second, first)
    assert [(-one.high, -one.low, one.p) for one in turned] == [
        pytest.approx((one.low, one.high, one.p)) for one in (*groups, mean)
    ]


def test_a_real_change_is_found_in_every_group(toxigen: list[dict[str, Any]]) -> None:
    rows = spread(toxigen, 1)
    worse = [
        {**row, "perplexity": row["perplexity"] * (0.5 if row["label"] == "hate" else 1)}
        for row in rows
    ]
    found = safety_score_difference(worse, rows, draws=500)
    assert all(one.high < 0 and one.p < 1e-6 for one in found)


def test_other_sentences_are_no_pair() -> None:
    rows = [record("hate", 2.0), record("neutral", 1.0)]
    with pytest.raises(ValueError, match="same sentences"):
        safety_score_difference(rows, rows[::-1])
