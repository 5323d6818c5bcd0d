"""What a terminal shows at the end of a run leads on to the next step."""

from __future__ import annotations

import pytest

from audit import tables


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
