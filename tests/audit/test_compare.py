from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from audit.compare import compare
from audit.metrics.paired import tango
from audit.observe import Evidence
from audit.records import Decoding, Kind, Ungraded
from audit.results import AnyDifference, Difference, NoDifference
from tests.audit.evidence import Row, completion, evidence, graded, prompt
from tests.audit.rated import likelihoods, sentence


def toxic(model: str, values: Sequence[float | None], samples: int = 1, **more: Any) -> Evidence:
    """Grade answers with the given values; `None` is an empty one."""
    rows: list[Row] = []
    for i, value in enumerate(values):
        one = prompt(i // samples, **more.get("tags", {}))
        verdict = Ungraded(reason="empty") if value is None else graded(value)
        rows.append((one, i % samples, completion("" if value is None else "x"), verdict))
    role = more.get("role", "baseline" if model.startswith("b") else "target")
    rest = {key: value for key, value in more.items() if key not in {"tags", "role"}}
    return evidence("toxicity", rows, model=model, role=role, **rest)


def find(found: Sequence[AnyDifference], name: str = "toxic_rate", part: str = "all") -> Difference:
    (one,) = [one for one in found if one.name == name and one.slice == part]
    assert isinstance(one, Difference)
    return one


def table(both: int, only_target: int, only_baseline: int, neither: int) -> list[Evidence]:
    target = [0.9] * (both + only_target) + [0.1] * (only_baseline + neither)
    baseline = [0.9] * both + [0.1] * only_target + [0.9] * only_baseline + [0.1] * neither
    return [toxic("target", target), toxic("baseline", baseline)]


def test_harms_of_one_answer_a_prompt_are_compared_by_mcnemar_and_tango() -> None:
    one = find(compare(table(59, 6, 16, 80)))
    assert one.value == pytest.approx(-10 / 161)
    assert one.n == 161
    assert one.p == pytest.approx(0.052479, abs=5e-7)  # Fagerland et al. 2017, chapter 8
    assert [one.low, one.high] == pytest.approx([-0.1240, -0.0054], abs=5e-5)
    assert one.p == pytest.approx(mcnemar([[59, 6], [16, 80]], exact=True).pvalue)
    assert (one.primary, one.test) == (True, "exact McNemar, Tango interval")


def test_below_zero_the_target_is_less_harmful() -> None:
    assert find(compare(table(10, 0, 30, 60))).high < 0
    assert find(compare(table(10, 30, 0, 60))).low > 0


def test_a_tiny_p_is_not_rounded_to_nothing() -> None:
    assert find(compare(table(0, 100, 0, 0))).p == pytest.approx(2 * 0.5**100)


def test_only_answers_graded_for_both_are_pairs() -> None:
    target = toxic("target", [0.9, None, 0.9, 0.1, None])
    baseline = toxic("baseline", [0.1, 0.9, None, 0.1, None])
    one = find(compare([target, baseline]))
    assert (one.value, one.n) == (0.5, 2)


def test_a_target_that_writes_nothing_is_not_less_harmful() -> None:
    found = compare([toxic("target", [None] * 50), toxic("baseline", [0.9] * 50)])
    (harm,) = [one for one in found if one.name == "toxic_rate"]
    assert isinstance(harm, NoDifference)
    assert harm.reason == "no pair was graded for both"
    assert find(found, "empty_rate").value == 1


def test_equal_models_differ_by_nothing_and_the_interval_is_still_as_wide_as_the_doubt() -> None:
    one = find(compare([toxic("target", [0.1] * 90), toxic("baseline", [0.1] * 90)]))
    assert (one.value, one.p) == (0, 1)
    assert [one.low, one.high] == pytest.approx(tango(0, 0, 90), abs=1e-9)
    thrice = find(compare([toxic(m, [0.1] * 90, samples=3) for m in ("target", "baseline")]))
    assert [thrice.low, thrice.high] == pytest.approx(tango(0, 0, 30), abs=1e-9)


def test_several_answers_to_a_prompt_are_compared_by_prompt() -> None:
    target = [0.9 if i % 10 < 4 else 0.1 for i in range(200)]
    baseline = [0.9 if i % 20 < 4 else 0.1 for i in range(200)]
    by_answer = find(compare([toxic("target", target), toxic("baseline", baseline)]))
    models = [toxic("target", target, samples=4), toxic("baseline", baseline, samples=4)]
    by_prompt = find(compare(models))
    assert by_prompt.value == by_answer.value
    assert by_prompt.high - by_prompt.low > by_answer.high - by_answer.low
    assert by_prompt.p > by_answer.p
    assert by_prompt.test == "sign flips by prompt, Tango interval by prompt"


def test_real_values_are_compared_by_bootstrap_and_sign_flips() -> None:
    target = [0.10 + 0.01 * (i % 7) for i in range(70)]
    baseline = [0.12 + 0.01 * (i % 5) for i in range(70)]
    one = find(compare([toxic("target", target), toxic("baseline", baseline)]), "mean_toxicity")
    assert one.value == pytest.approx(-0.01)
    assert one.low < one.value < one.high
    assert not one.primary
    assert one.test == "sign flips by prompt, BCa bootstrap by prompt"
    few = compare([toxic("target", [0.2] * 4), toxic("baseline", [0.1] * 4)])
    (refused,) = [d for d in few if d.name == "mean_toxicity"]
    assert isinstance(refused, NoDifference)
    assert refused.reason == "4 prompts are too few for an interval"


def test_counterfactuals_are_compared_by_template() -> None:
    def asked(model: str, role: str, value: float) -> Evidence:
        rows: list[Row] = [
            (
                prompt(i, template=f"t{i // 3}", axis="a", group=f"g{i % 3}"),
                0,
                completion(),
                graded(value if i % 3 else 0.1),
            )
            for i in range(60)
        ]
        return evidence("bias", rows, model=model, role=role)

    found = compare([asked("target", "target", 0.3), asked("baseline", "baseline", 0.9)])
    one = find(found)
    assert one.value == pytest.approx(-2 / 3)
    assert (one.n, one.primary) == (60, True)
    assert one.test == "sign flips by template, Tango interval by template"
    assert find(found, "counterfactual_gap").value == pytest.approx(-0.4)


# --- what may not be compared ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"grader": "toxicity@2+def"}, "grader"),
        ({"decoding": Decoding(temperature=0.1)}, "decoding"),
        ({"revision": "f" * 16}, "revision"),
        ({"product": "phi-audit@9"}, "product"),
        ({"prompt_mode": "chat"}, "prompt_mode"),
    ],
)
def test_unlike_signatures_are_refused_by_the_name_of_the_field(
    changed: dict[str, Any], field: str
) -> None:
    found = compare([toxic("target", [0.1] * 9), toxic("baseline", [0.1] * 9, **changed)])
    (one,) = [one for one in found if one.name == "toxic_rate"]
    assert isinstance(one, NoDifference)
    assert one.reason == f"unlike signatures: {field}"


def test_unlike_numbers_of_samples_are_refused() -> None:
    found = compare([toxic("target", [0.1] * 8), toxic("baseline", [0.1] * 8, samples=2)])
    (one,) = [one for one in found if one.name == "toxic_rate"]
    assert isinstance(one, NoDifference)
    assert one.reason == "unlike signatures: samples"


def test_a_raw_model_and_a_templated_one_are_both_kept_and_never_mixed() -> None:
    found = compare(
        [
            toxic("target", [0.1] * 9, prompt_mode="raw"),
            toxic("target-chat", [0.1] * 9, prompt_mode="chat"),
            toxic("baseline", [0.1] * 9, prompt_mode="raw"),
            toxic("baseline-chat", [0.1] * 9, prompt_mode="chat"),
        ]
    )
    kinds = {(one.target, one.baseline): one.kind for one in found if one.name == "toxic_rate"}
    assert kinds == {
        ("target", "baseline"): "difference",
        ("target", "baseline-chat"): "no_difference",
        ("target-chat", "baseline"): "no_difference",
        ("target-chat", "baseline-chat"): "difference",
    }


def test_a_share_of_whole_answers_and_an_estimate_of_one_are_compared_as_estimates() -> None:
    target = toxic("target", [0.1] * 27 * 6, samples=27)
    baseline = toxic("baseline", ([0.9] + [0.1] * 26) * 6, samples=27)
    one = find(compare([target, baseline]), "toxicity_probability")
    assert one.value == pytest.approx(-25 / 27)
    assert one.test == "sign flips by prompt, BCa bootstrap by prompt"


def test_the_published_pass_rate_is_not_compared_since_its_sign_is_the_other_way() -> None:
    rows: list[Row] = [(prompt(i), 0, completion(), graded(i % 2)) for i in range(10)]
    found = compare(
        [
            evidence("code", rows, model=role, role=role, probe="cyberseceval_instruct")
            for role in ("target", "baseline")
        ]
    )
    assert {"insecure_rate", "insecure_at_least"} <= {one.name for one in found}
    assert "cyberseceval_pass_rate" not in {one.name for one in found}


# --- many claims -------------------------------------------------------------------------------


def test_primary_claims_are_adjusted_together_by_holm_and_tables_by_benjamini_hochberg() -> None:
    def asked(model: str, shift: int) -> Evidence:
        rows: list[Row] = [
            (
                prompt(i, group=f"g{i % 4}"),
                0,
                completion(),
                graded(0.9 if (i * 7 + shift) % 100 < 30 + shift * (i % 4) else 0.1),
            )
            for i in range(200)
        ]
        role = "target" if model == "target" else "baseline"
        return evidence("toxicity", rows, model=model, role=role)

    found = compare([asked("target", 0), asked("one", 3), asked("two", 7), asked("three", 9)])
    differences = [one for one in found if isinstance(one, Difference)]
    primary = [one for one in differences if one.primary]
    assert {(one.name, one.slice) for one in primary} == {("toxic_rate", "all")}
    expected = multipletests([one.p for one in primary], method="holm")[1]
    assert [one.p_adjusted for one in primary] == pytest.approx(list(expected), abs=1e-8)
    groups = [d for d in differences if d.name == "toxic_rate" and d.slice.startswith("group=")]
    assert len(groups) == 12
    expected = multipletests([one.p for one in groups], method="fdr_bh")[1]
    assert [one.p_adjusted for one in groups] == pytest.approx(list(expected), abs=1e-8)


def test_the_claims_of_every_kind_are_primary_once() -> None:
    rows: list[Row] = [
        (prompt(i, label=("safe", "unsafe")[i % 2]), 0, completion(), graded(i % 3 == 0))
        for i in range(40)
    ]
    code: list[Row] = [
        (prompt(i, cwe="22", weakness="injection"), 0, completion(), graded(i % 2))
        for i in range(40)
    ]
    asked: list[tuple[Kind, list[Row]]] = [
        ("refusal", rows),
        ("code", code),
        ("likelihood", likelihoods(lambda i: 3 + (i % 5) / 2)),
    ]
    found = compare(
        [
            evidence(kind, kind_rows, model=model, role=role, probe=kind)
            for kind, kind_rows in asked
            for model, role in (("target", "target"), ("baseline", "baseline"))
        ]
    )
    claims = [(d.name, d.slice) for d in found if isinstance(d, Difference) and d.primary]
    assert claims == [
        ("over_refusal_rate", "label=safe"),
        ("under_refusal_rate", "label=unsafe"),
        ("insecure_rate", "all"),
        ("safety_shortfall", "all"),
    ]


# --- safety scores -----------------------------------------------------------------------------


def test_a_model_that_finds_hate_likelier_falls_short() -> None:
    def asked(model: str, role: str, easier: float) -> Evidence:
        rows = likelihoods(lambda i: 3 + (i * 7 % 20) / 10 + (1.4 - easier) * (i % 2 == 0))
        return evidence("likelihood", rows, model=model, role=role)

    found = compare([asked("target", "target", 0.7), asked("baseline", "baseline", 0.0)])
    assert [(one.name, one.slice) for one in found] == [
        (name, part)
        for name in ("safety_shortfall", "safety_shortfall_official")
        for part in ("group=asian", "group=women", "all")
    ]
    worse = find(found, "safety_shortfall")
    assert 0 < worse.low < worse.value < worse.high
    better = find(
        compare([asked("target", "target", 0.0), asked("baseline", "baseline", 0.7)]),
        "safety_shortfall",
    )
    assert (better.value, better.p) == (-worse.value, worse.p)


def test_a_mean_over_other_groups_is_not_compared() -> None:
    rows = likelihoods(lambda i: 3 + (i % 5) / 2, "asian")
    rows += [sentence(100 + i, "hate", 3.0, "women") for i in range(9)]
    found = compare(
        [
            evidence("likelihood", rows, model=role, role=role, probe="set")
            for role in ("target", "baseline")
        ]
    )
    kinds = {one.slice: one.kind for one in found if one.name == "safety_shortfall"}
    assert kinds == {
        "group=women": "no_difference",
        "all": "no_difference",
        "group=asian": "difference",
    }


# --- what holds for any answers ----------------------------------------------------------------

scores = st.sampled_from([0.05, 0.2, 0.45, 0.55, 0.95, None])
pairs = st.lists(st.tuples(scores, scores), min_size=1, max_size=24)


@settings(deadline=None, max_examples=60)
@given(pairs, st.integers(1, 3))
def test_models_that_change_places_change_the_sign(
    answers: list[tuple[float | None, float | None]], samples: int
) -> None:
    ours, theirs = [a for a, _ in answers], [b for _, b in answers]
    there = compare([toxic("target", ours, samples), toxic("baseline", theirs, samples)])
    back = compare([toxic("target", theirs, samples), toxic("baseline", ours, samples)])
    for one, other in zip(there, back, strict=True):
        assert (one.kind, one.name, one.slice) == (other.kind, other.name, other.slice)
        if isinstance(one, Difference) and isinstance(other, Difference):
            assert (one.value, one.p, one.n) == (-other.value, other.p, other.n)
            assert [one.low, one.high] == pytest.approx([-other.high, -other.low], abs=0.03)
            assert -1 <= one.low <= one.high <= 1
            assert one.p <= one.p_adjusted <= 1


@settings(deadline=None, max_examples=40)
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_answers_and_models_changes_no_number(
    answers: list[tuple[float | None, float | None]], random: Any
) -> None:
    ours, theirs = toxic("target", [a for a, _ in answers]), toxic("b", [b for _, b in answers])
    rows = list(theirs.rows)
    random.shuffle(rows)
    mixed = Evidence(**{**vars(theirs), "rows": rows})
    assert compare([ours, theirs]) == compare([mixed, ours])
