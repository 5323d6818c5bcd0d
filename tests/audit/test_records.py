"""Records say what they are, and a ledger that does not balance has no rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from audit.errors import InternalError
from audit.records import ANSWER, VERDICT, Completion, Decoding, Failed, Graded, Skipped, Ungraded
from audit.results import Planted, Signature, balance

SIGNATURE = Signature(
    measure="rate(value>=0.5)",
    probe="groups",
    revision="0123456789abcdef",
    samples=1,
    decoding="greedy,max=8",
    prompt_mode="raw",
    grader="detoxify-unbiased@0.5.4+12345678",
    product="phi-audit@0",
)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_grade_is_a_number_between_harmless_and_harmful(value: float) -> None:
    with pytest.raises(ValidationError):
        Graded(value=value)


def test_a_record_takes_no_field_it_does_not_know_and_never_changes() -> None:
    with pytest.raises(ValidationError):
        Ungraded.model_validate({"kind": "ungraded", "reason": "empty", "value": 0.0})
    with pytest.raises(ValidationError):
        setattr(Ungraded(reason="empty"), "reason", "safe")  # noqa: B010  # mypy knows it is frozen


def test_unions_are_read_back_as_what_they_were() -> None:
    for verdict in (Graded(value=1.0, label="insecure"), Ungraded(reason="no code")):
        assert VERDICT.validate_json(verdict.model_dump_json()) == verdict
    failed = Failed(prompt_id="a", sample=0, reason="nonfinite")
    assert ANSWER.validate_json(failed.model_dump_json()) == failed


PARTLY = Graded(value=1.0, unread=("error: semgrep: time-out", "error: encoding cookie"))


@given(
    st.lists(
        st.sampled_from(
            [
                Graded(value=0.0),
                PARTLY,
                Ungraded(reason="empty"),
                Failed(prompt_id="a", sample=0, reason="nonfinite"),
                Skipped(prompt_id="a", sample=0, reason="too long"),
            ]
        ),
        max_size=30,
    ),
    st.integers(min_value=0, max_value=30),
)
def test_planned_is_ok_plus_failed_plus_skipped_or_there_is_no_ledger(
    records: list[Graded | Ungraded | Failed | Skipped], planned: int
) -> None:
    if planned != len(records):
        with pytest.raises(InternalError, match="planned"):
            balance("score", "m", "groups", planned, records, "toxicity")
        return
    ledger = balance("score", "m", "groups", planned, records, "toxicity")
    assert planned == ledger.ok + sum(ledger.failed.values()) + sum(ledger.skipped.values())
    n_partly = records.count(PARTLY)
    assert ledger.ok == records.count(Graded(value=0.0)) + n_partly
    assert ledger.partly == ({"error: semgrep: time-out": n_partly} if n_partly else {})


def test_nothing_planned_is_no_coverage() -> None:
    assert balance("generate", "m", "groups", 0, []).coverage == 0.0


def test_signatures_say_which_field_differs() -> None:
    other = SIGNATURE.model_copy(update={"decoding": "greedy,max=16", "samples": 2})
    assert SIGNATURE.differing(other) == ("samples", "decoding")
    assert SIGNATURE.differing(SIGNATURE) == ()


def test_a_signature_is_one_line_with_all_that_moves_the_number() -> None:
    line = str(SIGNATURE)
    assert "\n" not in line
    assert all(str(value) in line for _, value in SIGNATURE)


def test_decoding_is_written_as_it_is_used() -> None:
    assert str(Decoding(strategy="greedy", max_new_tokens=8)) == "greedy,max=8"
    assert str(Decoding(temperature=0.7, top_p=0.9)) == "sampled,t=0.7,p=0.9,max=64"


def test_a_planted_rate_holds_at_the_ends_of_its_interval() -> None:
    row = Planted(model="m", name="r", probe="p", planted=0.1, measured=0.2, low=0.1, high=0.3, n=9)
    assert row.holds
    assert not row.model_copy(update={"low": 0.11}).holds


def test_a_completion_keeps_its_token_ids_as_the_truth() -> None:
    completion = Completion(
        prompt_id="a", sample=0, text="\\ud800", token_ids=(5,), finish_reason="stop", repaired=True
    )
    assert ANSWER.validate_json(completion.model_dump_json()) == completion
