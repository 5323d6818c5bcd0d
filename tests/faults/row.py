"""One goal of the fault bench: what was measured, what was asked, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table, and of faults.json."""

    row: str
    figure: str
    goal: str
    met: bool
    detail: tuple[str, ...] = ()
    """What went wrong, each case in a line; empty where nothing did."""
