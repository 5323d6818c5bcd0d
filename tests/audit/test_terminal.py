"""Progress is bars on a terminal, plain lines anywhere else, and nothing when quiet."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from audit.terminal import Bars


def told(console: Console, *, quiet: bool = False) -> None:
    with Bars(console, quiet=quiet) as bars:
        for done in range(0, 101, 10):
            bars.tell("generate [/x] model", done, 100)


def test_without_a_terminal_a_piece_of_work_is_a_line_at_its_begin_and_end() -> None:
    out = io.StringIO()
    told(Console(file=out, width=100))
    assert out.getvalue().splitlines() == [
        "generate [/x] model: 0 of 100",
        "generate [/x] model: 100 of 100",
    ]


def test_on_a_terminal_it_is_a_bar_with_a_count() -> None:
    out = io.StringIO()
    told(Console(file=out, width=100, force_terminal=True, color_system=None))
    assert "generate [/x] model" in out.getvalue()
    assert "100/100" in out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_bar_stays_on_one_line_however_narrow_the_terminal(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    with Bars(console) as bars:
        bars.tell("score toxicity a-model-with-a-long-name", 0, 1244, "")
        bars.tell("generate a-model-with-a-long-name", 622, 1244, "5,269 tokens/s, 12 s left")
    last = [line.rstrip() for line in re.split(r"[\r\n]+|\x1b\[[0-9;?]*[A-Za-z]", out.getvalue())]
    shown = [line for line in last if "1244" in line]
    assert len(shown) >= 2
    assert all(len(line) <= width for line in shown)
    assert any("622/1244" in line and "tokens/s" in line for line in shown)
    assert "12 s left" in out.getvalue()


def test_quiet_says_nothing() -> None:
    for terminal in (True, False):
        out = io.StringIO()
        told(Console(file=out, force_terminal=terminal), quiet=True)
        assert "generate" not in out.getvalue()
