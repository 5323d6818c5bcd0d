"""The page of a history: the trend of every gate over all runs, and what failed since when.

The trap: runs of other plans ask other things. Each plan has a part of its own, and a gate is
followed only within it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from audit import history
from audit.judgement import Night, Noise
from reports.gates import SIGNS
from reports.html import document
from reports.measures import Unit
from reports.trend import Trend, TrendRow, rows, trends


@dataclass(frozen=True)
class Step:
    """One run beside the one before it, by the ids of its gates."""

    night: Night
    pinned: tuple[str, ...]
    """As what it is pinned: accepted, released."""

    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    still_failing: tuple[str, ...]


@dataclass(frozen=True)
class Followed:
    """The runs of one plan."""

    id: str
    """Of its part of the page."""

    plan: str
    steps: tuple[Step, ...]
    """The last first."""

    trends: tuple[Trend, ...]
    rows: tuple[TrendRow, ...]
    noise: tuple[tuple[Noise, Unit], ...]
    """Of the charted gates."""


def page(nights: Sequence[Night], pins: Mapping[str, Sequence[str]]) -> str:
    """Give the history as one HTML page; the same runs give the same bytes.

    Args:
        nights: As `audit.history.nights` gives them: oldest first, of any plans.
        pins: As `audit.history.pins` gives them: as what runs are pinned, by their ids.
    """
    by_plan = groupby(sorted(nights, key=lambda night: night.plan), key=lambda night: night.plan)
    followed = tuple(
        _followed(f"plan-{i}", plan, tuple(of_plan), pins)
        for i, (plan, of_plan) in enumerate(by_plan, start=1)
    )
    return document("history.html.j2", followed=followed, signs=SIGNS)


def _followed(
    id_: str, plan: str, nights: Sequence[Night], pins: Mapping[str, Sequence[str]]
) -> Followed:
    # Gates of groups, `id/tag=value`, warn first: their numbers are small and many.
    deciding = dict.fromkeys(mark.gate for mark in nights[-1].gates if "/" not in mark.gate)
    charts = trends(nights, deciding, f"{id_}-trend")
    units = {chart.gate: chart.unit for chart in charts}
    return Followed(
        id=id_,
        plan=plan,
        steps=tuple(reversed(list(_steps(nights, pins)))),
        trends=charts,
        rows=tuple(rows(nights, charts)),
        noise=tuple((one, units[one.gate]) for one in history.noise(nights) if one.gate in units),
    )


def _steps(nights: Sequence[Night], pins: Mapping[str, Sequence[str]]) -> Iterator[Step]:
    then: set[str] = set()
    for i, night in enumerate(nights):
        now = history.failing(night.gates)
        first = i == 0  # nothing is new where nothing was before
        yield Step(
            night,
            tuple(pins.get(night.run, ())),
            newly_failing=() if first else tuple(sorted(now - then)),
            newly_passing=tuple(sorted(then - now)),
            still_failing=tuple(sorted(now if first else now & then)),
        )
        then = now
