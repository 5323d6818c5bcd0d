"""A pinned run is what later ones are held against, and never its own measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.judgement import GateResult, Judgement
from audit.steps.finish import accept, gate
from reports.html import render
from tests.audit.nights import night

WORSE = {"insecure_code": 0.6}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history"


def judged(out: Path, history: Path) -> tuple[Judgement, dict[str, GateResult]]:
    judgement = gate(out, None, history)
    return judgement, {one.id: one for one in judgement.gates}


def test_accepting_a_run_does_not_make_it_better(tmp_path: Path, history: Path) -> None:
    run = tmp_path / "first"
    audit, _ = night(run, n=250)
    before, _ = judged(run, history)
    accept(run, history)
    accept(run, history, "released")
    after, gates = judged(run, history)
    assert (before.word, after.word) == ("INCONCLUSIVE", "INCONCLUSIVE")
    assert {check.sentence for check in gates["code"].checks} == {
        "this run is pinned as accepted, and none was before it",
        "this run is pinned as released, and none was before it",
    }
    page = render(audit, None, after)
    assert "This run is the accepted one" in page
    assert "No run is accepted yet" not in page


def test_an_accepted_run_is_held_against_the_one_that_was_accepted_before_it(
    tmp_path: Path, history: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    night(first, day=1, n=250)
    night(second, day=2, n=250, revision="b" * 40, harm=WORSE)
    judged(first, history)
    accept(first, history)
    failing, _ = judged(second, history)
    accept(second, history)  # known and taken: it stays visible what was taken
    accept(second, history)  # a second time changes nothing
    after, gates = judged(second, history)
    assert (failing.word, after.word) == ("NO-GO", "NO-GO")
    assert after.accepted == failing.accepted
    assert after.changes.n_newly_harmful == failing.changes.n_newly_harmful > 0
    assert "over the accepted run before this one" in gates["code"].sentence
    # The nights to come are held against the run that is accepted now.
    third = tmp_path / "third"
    night(third, day=3, n=250, revision="b" * 40, harm=WORSE)
    _, gates = judged(third, history)
    margin = next(check for check in gates["code"].checks if check.kind == "margin")
    assert (margin.state, margin.against) == ("PASS", after.run)
