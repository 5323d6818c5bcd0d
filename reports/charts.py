"""Where every mark of a chart stands, in pixels. Templates only draw what is computed here.

One form serves all charts: a row for each thing, a mark with its 95 % interval for each series.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import Literal

from reports.measures import Unit
from reports.visible import clipped, one_line

WIDTH = 800.0
LEFT = 264.0
"""Room for row labels."""

RIGHT = 84.0
"""Room for the value written beside each row."""

TOP = 6.0
AXIS = 30.0
LANE = 13.0
"""Height of one series in a row."""

GAP = 12.0
"""Height between two rows."""

LABEL_LENGTH = 38
"""Longer row labels are cut; the table beside a chart has them whole."""

SMALL_N = 30
"""Below it a mark is drawn hollow with a thin interval."""

SHAPES = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",  # circle
    "M-4 -4h8v8h-8z",  # square
    "M0 -5.4L5.4 0L0 5.4L-5.4 0z",  # diamond
    "M0 -5L5 4H-5z",  # triangle
    "M0 5L5 -4H-5z",  # triangle on its tip
    "M-1.7 -5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z",  # cross
)
"""Outlines around the origin; a series has its own, so that colour never speaks alone."""


@dataclass(frozen=True)
class Series:
    """A model as the charts show it."""

    name: str
    role: Literal["target", "baseline"]
    shape: str
    """One of `SHAPES`."""

    @property
    def is_target(self) -> bool:
        """Tell whether its marks are filled."""
        return self.role == "target"


@dataclass(frozen=True)
class Point:
    """A number with its 95 % interval, in the unit of its axis."""

    value: float
    low: float
    high: float
    n: int
    expected: tuple[float, ...] = ()
    """Values to compare it with, drawn as ticks: what was planted, or what chance alone gives."""

    is_bound: bool = False
    """Nothing was seen: only the upper end of the interval says something."""


@dataclass(frozen=True)
class Mark:
    """A point where it stands."""

    series: int
    point: Point
    x: float
    x_low: float
    x_high: float
    x_expected: tuple[float, ...]
    y: float
    is_bound: bool
    """Nothing was seen: only the upper bound is drawn."""

    is_small: bool
    """Fewer than `SMALL_N` records."""


@dataclass(frozen=True)
class ChartRow:
    """One row of marks."""

    label: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Tick:
    """A labelled place on the axis."""

    x: float
    value: float


@dataclass(frozen=True)
class Chart:
    """All a template needs to draw."""

    kind: Literal["dots", "bars"]
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    rows: tuple[ChartRow, ...]
    ticks: tuple[Tick, ...]
    x_zero: float
    """Where 0 stands, or the nearer end of the axis."""

    @property
    def has_bound(self) -> bool:
        """Tell whether any mark is only a bound."""
        return any(mark.is_bound for row in self.rows for mark in row.marks)

    @property
    def has_small(self) -> bool:
        """Tell whether any mark stands on few records."""
        return any(mark.is_small for row in self.rows for mark in row.marks)


@dataclass(frozen=True)
class Plot:
    """A chart with its words."""

    id: str
    title: str
    description: str
    chart: Chart
    series: tuple[Series, ...]
    unit: Unit = "percent"
    expected: str = ""
    """What the ticks beside the marks are; empty where there are none."""


@dataclass(frozen=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    step: float
    left: float = LEFT
    right: float = WIDTH - RIGHT

    def __call__(self, value: float) -> float:
        """Give where a value stands; beyond the axis it stands at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def ticks(self) -> tuple[Tick, ...]:
        """Give the labelled places, both ends included."""
        first = math.ceil(round(self.low / self.step, 6))
        last = math.floor(round(self.high / self.step, 6))
        values = [round(i * self.step, 9) + 0.0 for i in range(first, last + 1)]
        return tuple(Tick(self(value), value) for value in values)


def fit(values: Sequence[float], at_least: float = 0.05, most_ticks: int = 6) -> Scale:
    """Give an axis of round steps that holds 0 and all values.

    Args:
        values: What the axis must hold; may be empty.
        at_least: The axis is never shorter, so that noise does not fill it.
        most_ticks: Steps grow until there are at most this many.
    """
    low, high = min((0.0, *values)), max((0.0, *values))
    if high - low < at_least:
        high = low + at_least
    steps = (m * 10.0**e for e in count(-3) for m in (1, 2, 5))
    too_fine = takewhile(
        lambda step: math.ceil(high / step - 1e-9) - math.floor(low / step + 1e-9) >= most_ticks,
        steps,
    )
    step = _after(list(too_fine))
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)


def _after(steps: Sequence[float]) -> float:
    if not steps:
        return 0.001
    last = steps[-1]
    return round(last * (2.5 if f"{last:e}".startswith("2") else 2), 9)


@dataclass(frozen=True)
class Row:
    """What one row of a chart shows: a point for each series that has one."""

    label: str
    points: Mapping[int, Point] = field(default_factory=dict)


def draw(
    rows: Sequence[Row], scale: Scale | None = None, kind: Literal["dots", "bars"] = "dots"
) -> Chart:
    """Place every row, mark and tick.

    Args:
        rows: From the top down; a series keeps its lane in every row, also where it has no point.
        scale: The axis; by default one that holds every interval and 0.
        kind: `bars` start at 0.
    """
    if scale is None:
        scale = fit(
            [
                end
                for row in rows
                for point in row.points.values()
                for end in (point.low, point.high, *point.expected)
            ]
        )
    lanes = {series: i for i, series in enumerate(sorted({s for row in rows for s in row.points}))}
    height = len(lanes) * LANE + GAP
    placed = tuple(
        ChartRow(
            label=clipped(one_line(row.label), LABEL_LENGTH),
            y=TOP + (i + 0.5) * height,
            marks=tuple(
                _mark(
                    series, point, scale, TOP + i * height + GAP / 2 + (lanes[series] + 0.5) * LANE
                )
                for series, point in sorted(row.points.items())
            ),
        )
        for i, row in enumerate(rows)
    )
    bottom = TOP + len(rows) * height
    return Chart(
        kind=kind,
        width=WIDTH,
        height=bottom + AXIS,
        left=scale.left,
        right=scale.right,
        top=TOP,
        bottom=bottom,
        rows=placed,
        ticks=scale.ticks(),
        x_zero=scale(0.0),
    )


def strip(points: Mapping[int, Point], scale: Scale) -> Chart:
    """Place one row without labels, for a card: narrow, and its lanes close together."""
    narrow = Scale(scale.low, scale.high, scale.step, left=6.0, right=274.0)
    lane = 9.5
    n_lanes = max(points, default=0) + 1
    marks = tuple(
        _mark(series, point, narrow, 4 + (series + 0.5) * lane)
        for series, point in sorted(points.items())
    )
    bottom = 4 + n_lanes * lane
    return Chart(
        kind="dots",
        width=280.0,
        height=bottom + 14,
        left=narrow.left,
        right=narrow.right,
        top=2.0,
        bottom=bottom + 2,
        rows=(ChartRow("", bottom / 2, marks),),
        ticks=narrow.ticks(),
        x_zero=narrow(0.0),
    )


def _mark(series: int, point: Point, scale: Scale, y: float) -> Mark:
    return Mark(
        series=series,
        point=point,
        x=scale(point.value),
        x_low=scale(point.low),
        x_high=scale(point.high),
        x_expected=tuple(scale(value) for value in point.expected),
        y=y,
        is_bound=point.is_bound,
        is_small=point.n < SMALL_N,
    )
