"""Groups that several probe sets ask about: one cell for each group, set and model.

A group that is worst in one set may be so by chance; one that is strong across a row is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.results import Rate
from reports.cast import Cast
from reports.charts import LABEL_LENGTH, WIDTH
from reports.rates import Cell, cell, slice_label
from reports.visible import clipped, one_line

MEASURE = "toxic_rate"
TAG = "group="

LEFT = 200.0
MAX_CELL_WIDTH = 150.0
GAP = 4.0
CELL_HEIGHT = 26.0
TOP = 40.0
MIN_SETS = 2
MIN_ROWS = 3
"""With fewer the charts of the sets say as much."""

MAX_COLUMNS = 8
"""With more only the target is shown."""

MARK = 15.0
LETTER = 6.5
"""Width of most letters, at least, in the fonts that readers have."""

DARKEST = 0.45
"""Opacity of the highest rate: what is written on it can still be read."""


@dataclass(frozen=True)
class HeatColumn:
    """A probe set as one model answered it."""

    probe: str
    model: str
    lane: int
    x: float


@dataclass(frozen=True)
class HeatCell:
    """A rate where it stands; small ones are hollow."""

    cell: Cell
    x: float
    opacity: float


@dataclass(frozen=True)
class HeatRow:
    """One group."""

    label: str
    y: float
    cells: tuple[HeatCell | None, ...]
    """One for each column; `None` where it was not measured."""


@dataclass(frozen=True)
class Heat:
    """The whole map."""

    columns: tuple[HeatColumn, ...]
    rows: tuple[HeatRow, ...]
    height: float
    cell_width: float
    cell_height: float = CELL_HEIGHT - GAP
    width: float = WIDTH

    @property
    def label_length(self) -> int:
        """Give how many letters fit above a cell, beside a mark."""
        return int((self.cell_width - MARK) / LETTER)

    @property
    def has_small(self) -> bool:
        """Tell whether any cell stands on few records."""
        return any(one and one.cell.is_small for row in self.rows for one in row.cells)


def heat(cast: Cast) -> Heat | None:
    """Draw the toxic rates of groups; `None` where fewer than three are in several sets."""
    found: dict[str, dict[tuple[str, str], Rate]] = defaultdict(dict)
    for rate in cast.audit.rates:
        if isinstance(rate, Rate) and rate.name == MEASURE and rate.slice.startswith(TAG):
            found[rate.slice][rate.probe, rate.model] = rate
    shared = {
        part: by_place
        for part, by_place in found.items()
        if len({probe for probe, _ in by_place}) >= MIN_SETS
    }
    if len(shared) < MIN_ROWS:
        return None
    columns = tuple(_columns(cast, shared))
    highest = max(rate.value for by_place in shared.values() for rate in by_place.values())
    ordered = sorted(shared.items(), key=lambda row: _worst_first(cast.target.name, *row))
    return Heat(
        columns=columns,
        rows=tuple(
            HeatRow(
                label=clipped(one_line(slice_label(part)), LABEL_LENGTH),
                y=TOP + i * CELL_HEIGHT,
                cells=tuple(_cell(cast, column, by_place, highest) for column in columns),
            )
            for i, (part, by_place) in enumerate(ordered)
        ),
        height=TOP + len(ordered) * CELL_HEIGHT,
        cell_width=_step(len(columns)) - GAP,
    )


def _columns(
    cast: Cast, found: Mapping[str, Mapping[tuple[str, str], Rate]]
) -> Iterator[HeatColumn]:
    there = {place for by_place in found.values() for place in by_place}
    sets = [card.name for card in cast.audit.probes]
    places = [(p, m.name) for p in sets for m in cast.models if (p, m.name) in there]
    if len(places) > MAX_COLUMNS:
        places = [place for place in places if place[1] == cast.target.name][:MAX_COLUMNS]
    for i, (probe, model) in enumerate(places):
        yield HeatColumn(probe, model, cast.lanes[model], LEFT + i * _step(len(places)))


def _step(n_columns: int) -> float:
    return min(MAX_CELL_WIDTH, (WIDTH - LEFT) / n_columns)


def _cell(
    cast: Cast, column: HeatColumn, by_place: Mapping[tuple[str, str], Rate], highest: float
) -> HeatCell | None:
    rate = by_place.get((column.probe, column.model))
    if rate is None:
        return None
    opacity = DARKEST * rate.value / highest if highest else 0.0
    return HeatCell(cell(cast, rate, MEASURE, column.model, column.probe), column.x, opacity)


def _worst_first(
    target: str, part: str, by_place: Mapping[tuple[str, str], Rate]
) -> tuple[float, str]:
    own = [rate.value for (_, model), rate in by_place.items() if model == target]
    return (-sum(own) / len(own) if own else 1.0, part)
