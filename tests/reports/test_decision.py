"""Without a judgement the ledger alone speaks, and it never says GO."""

from __future__ import annotations

from reports.decision import decide
from tests.reports.sample_audit import audit


def test_a_whole_run_that_nobody_judged_is_inconclusive() -> None:
    assert decide(audit(planted=False, complete=True)).word == "INCONCLUSIVE"


def test_one_row_below_the_floor_makes_a_run_incomplete() -> None:
    decision = decide(audit(planted=False))
    assert decision.word == "INCOMPLETE"
    assert "insecure_code by aligned: 0 of 154 answered" in decision.reasons


def test_coverage_at_the_floor_is_enough() -> None:
    whole = audit(planted=False, complete=True)
    lowest = min(row.coverage for row in whole.ledger)
    assert decide(whole.model_copy(update={"min_coverage": lowest})).word == "INCONCLUSIVE"


def test_a_row_that_is_not_in_the_ledger_makes_a_run_incomplete() -> None:
    whole = audit(planted=False, complete=True)
    for gone in range(len(whole.ledger)):
        ledger = whole.ledger[:gone] + whole.ledger[gone + 1 :]
        assert decide(whole.model_copy(update={"ledger": ledger})).word == "INCOMPLETE"


def test_an_empty_ledger_is_incomplete() -> None:
    nothing = audit(planted=False, complete=True).model_copy(update={"ledger": (), "probes": ()})
    assert decide(nothing).reasons == ("nothing was asked",)
