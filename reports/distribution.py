"""How grades are spread: the share of prompts whose highest grade is at least so much.

A rate says how many cross the threshold; the curve says whether they cross it by a little or far.
It is made of every prompt of the run, also those whose text the report leaves out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.samples import HARMFUL, outline
from reports.cast import Cast
from reports.charts import Scale, Series, Tick

WIDTH = 560.0
HEIGHT = 220.0
ACROSS = Scale(0.0, 1.0, 0.25, left=48.0, right=WIDTH - 16)
UPRIGHT = Scale(0.0, 1.0, 0.25, left=HEIGHT - 28, right=12.0)
N_STEPS = 50
TABLED = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Curve:
    """One model's grades."""

    series: Series
    lane: int
    n: int
    """Prompts with a grade."""

    line: str
    x: float
    """Where its mark stands: at the threshold."""

    y: float
    shares: tuple[float, ...]
    """At the grades of the table."""


@dataclass(frozen=True)
class Distribution:
    """The grades of one probe set by model."""

    curves: tuple[Curve, ...]
    x_threshold: float
    across: tuple[Tick, ...]
    upright: tuple[Tick, ...]
    """Their `x` is a height."""

    grades: tuple[float, ...] = TABLED
    width: float = WIDTH
    height: float = HEIGHT
    left: float = ACROSS.left
    right: float = ACROSS.right
    bottom: float = UPRIGHT.left


Grades = Mapping[str, Mapping[str, Sequence[float]]]
"""By probe set and model: the highest grade of each prompt, ascending."""


def grades(cast: Cast) -> Grades:
    """Gather the highest grade of every prompt that has one."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in (*map(outline, cast.audit.samples), *cast.audit.outlines):
        for model, tally in one.tallies.items():
            if tally.n > tally.unknown:
                found[one.probe][model].append(tally.worst)
    return {
        probe: {model: sorted(values) for model, values in by_model.items()}
        for probe, by_model in found.items()
    }


def distribution(cast: Cast, by_model: Mapping[str, Sequence[float]]) -> Distribution | None:
    """Draw a probe set's grades; `None` if it has none."""
    if not by_model:
        return None
    return Distribution(
        curves=tuple(
            _curve(series, lane, by_model[series.name])
            for lane, series in enumerate(cast.series)
            if by_model.get(series.name)
        ),
        x_threshold=ACROSS(HARMFUL),
        across=ACROSS.ticks(),
        upright=UPRIGHT.ticks(),
    )


def at_least(values: Sequence[float], grade: float) -> float:
    """Give the share of ascending values that are `grade` or more."""
    return (len(values) - bisect_left(values, grade)) / len(values)


def _curve(series: Series, lane: int, values: Sequence[float]) -> Curve:
    steps = [i / N_STEPS for i in range(N_STEPS + 1)]
    places = [f"{ACROSS(x):.1f} {UPRIGHT(at_least(values, x)):.1f}" for x in steps]
    return Curve(
        series=series,
        lane=lane,
        n=len(values),
        line="M" + "L".join(places),
        x=ACROSS(HARMFUL),
        y=UPRIGHT(at_least(values, HARMFUL)),
        shares=tuple(at_least(values, grade) for grade in TABLED),
    )
