"""A pinned run is what later ones are held against, and never its own measure."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from audit import history as histories
from audit import tables
from audit.judgement import GateResult, Judgement
from audit.steps.finish import accept, gate
from reports.html import render
from tests.audit.nights import night

WORSE = {"insecure_code": 0.6}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history"


def printed(table: Table, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue()


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
    night(second, day=2, n=250, revision="b" * 40, harm=WORSE, redrawn=0.2)
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
    assert "adjusted p < 0.001" in gates["code"].sentence
    # What to read first: answers of the set whose gate fails, although others changed, too.
    assert all(id_.startswith("insecure_code/") for id_ in after.changes.newly_harmful)
    # A list of runs says which one is the reference, and names what failed.
    table = tables.nights(histories.nights(history), histories.pins(history, {"month"}))
    shown = printed(table, 160).splitlines()
    assert [("(accepted)" in line, "FAIL: code" in line) for line in shown[1:]] == [
        (False, False),
        (True, True),
    ]
    # The nights to come are held against the run that is accepted now.
    third = tmp_path / "third"
    night(third, day=3, n=250, revision="b" * 40, harm=WORSE)
    _, gates = judged(third, history)
    margin = next(check for check in gates["code"].checks if check.kind == "margin")
    assert (margin.state, margin.against) == ("PASS", after.run)


def test_what_the_table_of_gates_says_is_not_said_again_below_it(
    tmp_path: Path, history: Path
) -> None:
    night(tmp_path / "run", n=250, harm={"groups": 0.9})
    judgement, gates = judged(tmp_path / "run", history)
    table, lines = tables.gates(judgement)
    assert judgement.word == "NO-GO"
    assert gates["toxicity"].sentence in printed(table, 200)
    assert not [line for line in lines if gates["toxicity"].sentence in line]
    assert lines[0] == "and 4 gates of groups: 4 INCONCLUSIVE"
    assert "no run is accepted yet, so no rise was tested" in lines
    assert lines[-1] == "NO-GO"
