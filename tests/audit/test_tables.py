"""What a terminal shows at the end of a run leads on to the next step."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from audit import tables
from probes import catalogue


@pytest.mark.parametrize(
    ("word", "accepted", "is_told"),
    [
        ("INCONCLUSIVE", "", True),
        ("INCONCLUSIVE", "nightly-0a1b", False),
        ("GO", "", False),
        ("INCOMPLETE", "", False),
    ],
)
def test_a_first_night_says_the_line_that_accepts_it(
    word: str, accepted: str, *, is_told: bool
) -> None:
    verdict = {"headlines": [], "reasons": [], "verdict": word, "accepted": accepted}
    _, lines = tables.outcome(verdict, "run/report.html", "phi-audit accept run")
    assert lines[lines.index(word) + 1] == "report: run/report.html"
    assert lines[-1].endswith("phi-audit accept run") == is_told


@pytest.mark.parametrize(("width", "has_sources"), [(80, False), (120, True)])
def test_the_name_of_a_probe_set_stands_in_one_piece(width: int, *, has_sources: bool) -> None:
    table, _ = tables.probe_sets(catalogue.describe(), width)
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    words = out.getvalue().split()
    assert {probe.name for probe in catalogue.describe()} <= set(words)
    assert ("source" in words) == has_sources
