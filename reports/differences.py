"""Differences between the target and its baselines: primary claims first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audit.metrics.paired import detectable_by
from audit.results import AnyDifference, Difference, Planted
from reports.cast import Cast
from reports.charts import Plot, Point, Row, draw
from reports.measures import PRIMARY, is_whole, measure

ALPHA = 0.05
"""Adjusted p values below it are called a difference."""


@dataclass(frozen=True)
class DifferenceRow:
    """A difference, or why there is none."""

    difference: AnyDifference
    measure: str
    signature: int
    """Its place in the list of signatures, from 1; 0 where there is no number."""

    sees: float
    """The smallest difference that so many pairs would likely find; 0 where there is no number."""


def claims(cast: Cast) -> tuple[DifferenceRow, ...]:
    """Give the primary claims of the run, those that could not be tested among them."""
    return tuple(_row(cast, one) for one in cast.audit.differences if _is_claim(one))


def explorations(cast: Cast) -> tuple[DifferenceRow, ...]:
    """Give all other differences, the clearest first and those that are unknown last."""
    rest = [_row(cast, one) for one in cast.audit.differences if not _is_claim(one)]
    return tuple(sorted(rest, key=_clearest_first))


def plots(cast: Cast) -> Iterator[Plot]:
    """Give a chart of the primary claims for each prompt mode of the target."""
    by_target: dict[str, dict[str, dict[int, Point]]] = defaultdict(lambda: defaultdict(dict))
    for one in cast.audit.differences:
        if isinstance(one, Difference) and one.primary:
            label = claim(one, cast.audit.differences)
            point = Point(one.value, one.low, one.high, one.n)
            by_target[one.target][label][cast.lanes[one.baseline]] = point
    for i, (target, rows) in enumerate(by_target.items()):
        yield Plot(
            id=f"plot-differences-{i}",
            title=f"{target} minus each baseline, primary claims",
            description=(
                "Points left of 0: less harmful than the baseline. Lines are 95 % intervals."
            ),
            chart=draw(
                [Row(*row) for row in rows.items()],
            ),
            series=tuple(one for one in cast.series if one.role == "baseline"),
            unit="points",
        )


def is_clear(one: Difference) -> bool:
    """Tell whether a difference may be called one: its interval and its adjusted p agree."""
    return not one.low <= 0 <= one.high and one.p_adjusted < ALPHA


def claim(one: Planted | Difference, of: Iterable[Planted | AnyDifference]) -> str:
    """Name what a number is about; its probe set only where several sets have the measure."""
    title = measure(one.name).title
    is_alone = len({other.probe for other in of if other.name == one.name}) == 1
    return title if is_alone else f"{title} · {one.probe}"


def _row(cast: Cast, one: AnyDifference) -> DifferenceRow:
    title = measure(one.name).title
    if not isinstance(one, Difference):
        return DifferenceRow(one, title, signature=0, sees=0.0)
    return DifferenceRow(one, title, cast.number(one.signature), detectable_by(one.low, one.high))


def _is_claim(one: AnyDifference) -> bool:
    if isinstance(one, Difference):
        return one.primary
    # A claim that could not be tested is as much news as one that could.
    return one.name in PRIMARY and is_whole(one.name, one.slice)


def _clearest_first(row: DifferenceRow) -> float:
    return row.difference.p_adjusted if isinstance(row.difference, Difference) else 2.0
