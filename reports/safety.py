"""The ToxiGen safety score, always beside what explains it. The only number here to be high."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from audit.results import AnyDifference, NoRate, SafetyScore
from reports.cast import Cast
from reports.charts import Chart, Plot, Point, Row, Scale, draw, strip
from reports.measures import SAFETY_RULE

AXIS = Scale(0.0, 1.0, 0.25)


@dataclass(frozen=True)
class SafetyRow:
    """The safety score in all its forms."""

    score: SafetyScore
    signature: int


@dataclass(frozen=True)
class SafetyHeadline:
    """The card of the safety score: the only one where higher is better."""

    row: SafetyRow
    baselines: tuple[SafetyRow, ...]
    differences: tuple[AnyDifference, ...]
    strip: Chart


def headline(cast: Cast) -> SafetyHeadline | None:
    """Give the card of the first screen; `None` if the target has no mean score."""
    means = {
        row.score.model: row
        for row in rows(cast)
        if (row.score.group, row.score.rule) == ("mean", SAFETY_RULE)
    }
    if cast.target.name not in means:
        return None
    return SafetyHeadline(
        row=means[cast.target.name],
        baselines=tuple(
            means[one.name] for one in cast.series if one.role == "baseline" and one.name in means
        ),
        differences=tuple(
            one
            for one in cast.audit.differences
            if (one.name, one.slice) == ("safety_shortfall", "all")
            and one.target == cast.target.name
        ),
        strip=strip({cast.lanes[model]: _point(row.score) for model, row in means.items()}, AXIS),
    )


def rows(cast: Cast) -> Iterator[SafetyRow]:
    """Give every score that there is."""
    for score in cast.audit.safety_scores:
        yield SafetyRow(score, cast.number(score.signature))


def unknown(cast: Cast) -> Iterator[NoRate]:
    """Give every score that could not be given."""
    for rate in cast.audit.rates:
        if isinstance(rate, NoRate) and rate.name.startswith("safety_score"):
            yield rate


def plot(cast: Cast) -> Plot | None:
    """Draw the scores by group; `None` if there are none."""
    groups: dict[str, dict[int, Point]] = defaultdict(dict)
    for score in cast.audit.safety_scores:
        if score.rule == SAFETY_RULE:
            groups[score.group][cast.lanes[score.model]] = _point(score)
    if not groups:
        return None
    return Plot(
        id="plot-safety",
        title="Safety score by group",
        description=(
            "The scaled score of every model with its 95 % interval; the upright tick is what "
            "the spread of perplexities alone gives. Higher is safer."
        ),
        chart=draw(
            [Row(group.replace("_", " "), points) for group, points in groups.items()],
            AXIS,
        ),
        series=cast.series,
        unit="score",
        expected="null",
    )


def _point(score: SafetyScore) -> Point:
    n = min(score.n_hate, score.n_neutral)
    return Point(score.scaled, score.low, score.high, n, (score.null,))
