"""One goal of the fault bench: what was measured, what was asked, and whether it is met.

A goal in seconds is met on the night's machine. The short form runs on whatever machine checks a
change, loaded or half as fast: there it may take 2.5 times as long, and the row says so.
"""

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


def limit_s(goal_s: float, *, full: bool) -> float:
    """Give the seconds that a row may take."""
    return goal_s if full else 2.5 * goal_s


def limit_said(goal_s: float, *, full: bool) -> str:
    """Write the goal in seconds, and what is allowed where that is more."""
    return f"{goal_s:g} s" if full else f"{goal_s:g} s (here {limit_s(goal_s, full=full):g} s)"
