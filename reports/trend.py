"""The number of each gate over the nights: small charts of one form, and a table of the marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.judgement import Mark, Night, State
from audit.results import Rate
from reports.charts import Scale, Tick, fit
from reports.measures import Unit, measure
from reports.rates import Cell, slice_label

WIDTH = 560.0
HEIGHT = 150.0
LEFT = 48.0
RIGHT = 24.0
TOP = 12.0
BOTTOM = 26.0

MIN_NIGHTS = 2
"""With fewer there is no trend."""

ROOMY = 45
"""Nights whose marks stand apart at their full size."""


@dataclass(frozen=True)
class Spot:
    """One night's number where it stands."""

    x: float
    y: float
    y_low: float
    y_high: float
    night: Night
    mark: Mark
    rate: Rate


@dataclass(frozen=True)
class Trend:
    """One gate over the nights."""

    id: str
    """Of the chart in the page."""

    gate: str
    title: str
    good: str
    unit: Unit
    spots: tuple[Spot, ...]
    line: str
    """Through the spots; broken where a night has no number."""

    ticks: tuple[Tick, ...]
    """Their `x` is a height: the axis stands upright."""

    limit: float | None
    y_limit: float
    """0 where there is no limit."""

    first: str
    last: str
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM

    @property
    def size(self) -> float:
        """Give how large marks are drawn: 1, or less where there are too many for that."""
        return min(1.0, ROOMY / len(self.spots))


@dataclass(frozen=True)
class TrendRow:
    """One night of the table."""

    night: Night
    day: str
    cells: tuple[tuple[State, Cell] | None, ...]
    """What each charted gate said; `None` where it was not asked."""


def trends(
    nights: Sequence[Night], limits: Mapping[str, float | None], name: str = "trend"
) -> tuple[Trend, ...]:
    """Give a chart for each gate that has numbers on two nights or more.

    Args:
        nights: Oldest first.
        limits: The gates to chart, each with the limit that is drawn.
        name: What the charts' ids begin with.
    """
    return tuple(
        chart
        for i, (gate, limit) in enumerate(limits.items())
        if (chart := _trend(f"{name}-{i}", nights, gate, limit))
    )


def rows(nights: Sequence[Night], shown: Sequence[Trend]) -> Iterator[TrendRow]:
    """Give the nights, the last first, with the marks of the charted gates."""
    for night in reversed(nights):
        marks = {mark.gate: mark for mark in night.gates}
        cells = (
            (mark.state, Cell(mark.rate, 0, one.unit)) if (mark := marks.get(one.gate)) else None
            for one in shown
        )
        yield TrendRow(night, night.started_at[:10], tuple(cells))


def _trend(id_: str, nights: Sequence[Night], gate: str, limit: float | None) -> Trend | None:
    marks = [next((m for m in night.gates if m.gate == gate), None) for night in nights]
    known = [mark.rate for mark in marks if mark and isinstance(mark.rate, Rate)]
    if len(known) < MIN_NIGHTS:
        return None
    ends = [end for rate in known for end in (rate.low, rate.high)]
    scale = fit([*ends, *([] if limit is None else [limit])], most_ticks=5)
    upright = Scale(scale.low, scale.high, scale.step, left=HEIGHT - BOTTOM, right=TOP)
    spots = tuple(_spots(nights, marks, upright))
    about, last = measure(known[-1].name), known[-1]
    part = "" if last.slice == "all" else f", {slice_label(last.slice)}"
    return Trend(
        id=id_,
        gate=gate,
        title=f"{about.title}{part}, {last.probe}",
        good=about.good,
        unit=about.unit,
        spots=spots,
        line=_line(nights, spots),
        ticks=upright.ticks(),
        limit=limit,
        y_limit=0.0 if limit is None else upright(limit),
        first=nights[0].started_at[:10],
        last=nights[-1].started_at[:10],
    )


def _spots(nights: Sequence[Night], marks: Sequence[Mark | None], upright: Scale) -> Iterator[Spot]:
    step = (WIDTH - RIGHT - LEFT) / max(1, len(nights) - 1)
    for i, (night, mark) in enumerate(zip(nights, marks, strict=True)):
        if mark and isinstance(mark.rate, Rate):
            rate = mark.rate
            yield Spot(
                x=LEFT + i * step,
                y=upright(rate.value),
                y_low=upright(rate.low),
                y_high=upright(rate.high),
                night=night,
                mark=mark,
                rate=rate,
            )


def _line(nights: Sequence[Night], spots: Sequence[Spot]) -> str:
    by_run = {spot.night.run: spot for spot in spots}
    parts, is_drawn = [], False
    for night in nights:
        spot = by_run.get(night.run)
        if spot:
            parts.append(f"{'L' if is_drawn else 'M'}{spot.x:.2f} {spot.y:.2f}")
        is_drawn = spot is not None
    return "".join(parts)
