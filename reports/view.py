"""What the report shows, named and computed; templates only place it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from audit.judgement import Judgement, State
from audit.records import Kind, ModelCard
from audit.results import AnyDifference, Audit, Difference, Ledger, Manifest, NoRate, Planted, Rate
from reports import charts, differences, safety, trend
from reports.cast import Cast, all_signatures, cast
from reports.charts import Chart, Plot, Point, Row, Series
from reports.decision import Decision, decide
from reports.differences import DifferenceRow, claim
from reports.explorer import Explorer, explorer
from reports.gates import SIGNS, GatesView, gates_view, since_accepted
from reports.heat import Heat, heat
from reports.measures import is_whole, measure
from reports.rates import Cell, KindSection, cell, points, sections, slice_label, whole_rates
from reports.safety import SafetyHeadline, SafetyRow
from reports.samples import Card, cards
from reports.trend import Trend, TrendRow
from reports.trust import Trust, trust

MAX_STATIC_CARDS = 200
"""Samples that can be read without JavaScript."""

MAX_EXPLORATIONS = 200
"""Differences shown besides the primary claims; `audit.json` has them all."""

HEADLINES: tuple[tuple[str, Kind, str, str], ...] = (
    ("toxicity", "toxicity", "toxic_rate", "Toxic completions"),
    ("bias", "bias", "toxic_rate", "Counterfactual toxicity"),
    ("under-refusal", "refusal", "under_refusal_rate", "Unsafe requests complied with"),
    ("over-refusal", "refusal", "over_refusal_rate", "Safe requests refused"),
    ("code", "code", "insecure_rate", "Insecure code"),
    ("stereotype", "stereotype", "stereotype_rate", "Stereotypes likelier"),
)
"""Cards of the first screen: id, kind of probe set, measure, title."""


@dataclass(frozen=True)
class Headline:
    """A card of the first screen."""

    id: str
    title: str
    good: str
    """Which way is good."""

    cell: Cell
    planted: tuple[float, ...]
    """What a reference model was made to do; else nothing."""

    differences: tuple[AnyDifference, ...]
    since: Difference | None
    """How it differs from the accepted run; `None` if that was not compared."""

    others: tuple[Rate, ...]
    """The same number of the target's other prompt modes."""

    strip: Chart


@dataclass(frozen=True)
class Coverage:
    """Where the planned records of the run went, all models and stages together."""

    answers: int
    answers_ok: int
    failed: int
    skipped: int
    grades: int
    grades_ok: int
    ungraded: int
    partly: int
    """Of the grades: given on what was found, though not all of it was read."""

    lowest: Ledger | None
    """The row with the lowest coverage; `None` if nothing was planned."""


@dataclass(frozen=True)
class SelfTest:
    """Measured against planted."""

    cells: tuple[Planted, ...]
    n_hold: int
    plot: Plot


@dataclass(frozen=True)
class Page:
    """The whole report."""

    audit: Audit
    manifest: Manifest | None
    redact: bool
    decision: Decision
    target: ModelCard
    targets: tuple[ModelCard, ...]
    baselines: tuple[ModelCard, ...]
    series: tuple[Series, ...]
    decodings: tuple[str, ...]
    coverage: Coverage
    headlines: tuple[Headline, ...]
    safety_headline: SafetyHeadline | None
    self_test: SelfTest | None
    gates: GatesView | None
    """`None` where nobody judged."""

    signs: Mapping[State, str]
    """A gate's state to its sign."""

    trends: tuple[Trend, ...]
    nights: tuple[TrendRow, ...]
    heat: Heat | None
    sections: tuple[KindSection, ...]
    trust: Trust | None
    safety_rows: tuple[SafetyRow, ...]
    safety_plot: Plot | None
    safety_unknown: tuple[NoRate, ...]
    claims: tuple[DifferenceRow, ...]
    explorations: tuple[DifferenceRow, ...]
    n_explorations: int
    difference_plots: tuple[Plot, ...]
    signatures: tuple[str, ...]
    cards: tuple[Card, ...]
    explorer: Explorer


def page(
    audit: Audit, manifest: Manifest | None, judgement: Judgement | None = None, *, redact: bool
) -> Page:
    """Compute all that the report shows."""
    known = cast(audit)
    explorations = differences.explorations(known)
    shown = cards(audit, known.series, redact=redact)
    nights = judgement.history if judgement else ()
    shown_trends = trend.trends(nights, _limits(judgement)) if judgement else ()
    return Page(
        audit=audit,
        manifest=manifest,
        redact=redact,
        decision=decide(audit, judgement),
        target=known.target,
        targets=tuple(model for model in known.models if model.role == "target"),
        baselines=tuple(model for model in known.models if model.role == "baseline"),
        series=known.series,
        decodings=tuple(sorted({s.decoding for s in all_signatures(audit) if s.decoding})),
        coverage=_coverage(audit),
        headlines=tuple(headlines(known, judgement)),
        safety_headline=safety.headline(known),
        self_test=_self_test(known),
        gates=gates_view(known, judgement) if judgement else None,
        signs=SIGNS,
        trends=shown_trends,
        nights=tuple(trend.rows(nights, shown_trends)) if shown_trends else (),
        heat=heat(known),
        sections=tuple(sections(known)),
        trust=trust(known),
        safety_rows=tuple(safety.rows(known)),
        safety_plot=safety.plot(known),
        safety_unknown=tuple(safety.unknown(known)),
        claims=differences.claims(known),
        explorations=explorations[:MAX_EXPLORATIONS],
        n_explorations=len(explorations),
        difference_plots=tuple(differences.plots(known)),
        signatures=tuple(known.numbers),
        cards=shown[:MAX_STATIC_CARDS],
        explorer=explorer(audit, shown, known.series),
    )


def _limits(judgement: Judgement) -> dict[str, float | None]:
    """Give the gates that decide, with their limits."""
    limits = {gate.id: gate.limit for gate in judgement.asked}
    return {gate.id: limits.get(gate.id) for gate in judgement.gates if gate.primary}


def headlines(cast: Cast, judgement: Judgement | None = None) -> Iterator[Headline]:
    """Give a card for each family of measures that the run asked for."""
    target = cast.target.name
    for id_, kind, name, title in HEADLINES:
        probe = next((card.name for card in cast.audit.probes if card.kind == kind), None)
        if probe is None:
            continue
        by_model = whole_rates(cast.audit, name, probe)
        known = {
            cast.lanes[one.model]: (one.planted,)
            for one in cast.audit.planted
            if (one.name, one.probe) == (name, probe) and is_whole(name, one.slice)
        }
        drawn = {
            lane: replace(point, expected=known.get(lane, ()))
            for lane, point in points(cast, by_model).items()
        }
        own = by_model.get(target)
        yield Headline(
            id=id_,
            title=title,
            good=measure(name).good,
            since=since_accepted(judgement, own) if isinstance(own, Rate) else None,
            cell=cell(cast, own, name, target, probe),
            planted=known.get(cast.lanes[target], ()),
            differences=tuple(
                one
                for one in cast.audit.differences
                if (one.name, one.probe, one.target) == (name, probe, target)
                and is_whole(name, one.slice)
            ),
            others=tuple(
                rate
                for one in cast.series[1:]
                if one.role == "target" and isinstance(rate := by_model.get(one.name), Rate)
            ),
            strip=charts.strip(drawn, charts.fit([point.high for point in drawn.values()])),
        )


def _coverage(audit: Audit) -> Coverage:
    asked = [row for row in audit.ledger if row.stage == "generate"]
    graded = [row for row in audit.ledger if row.stage == "score"]
    return Coverage(
        answers=sum(row.planned for row in asked),
        answers_ok=sum(row.ok for row in asked),
        failed=sum(sum(row.failed.values()) for row in asked),
        skipped=sum(sum(row.skipped.values()) for row in asked),
        grades=sum(row.planned for row in graded),
        grades_ok=sum(row.ok for row in graded),
        ungraded=sum(sum(row.failed.values()) for row in graded),
        partly=sum(sum(row.partly.values()) for row in graded),
        lowest=min(audit.ledger, key=lambda row: row.coverage, default=None),
    )


def _self_test(cast: Cast) -> SelfTest | None:
    planted = cast.audit.planted
    if not planted:
        return None
    rows: dict[str, dict[int, Point]] = defaultdict(dict)
    for one in planted:
        part = "" if is_whole(one.name, one.slice) else f" · {slice_label(one.slice)}"
        point = Point(one.measured, one.low, one.high, one.n, (one.planted,))
        rows[claim(one, planted) + part][cast.lanes[one.model]] = point
    return SelfTest(
        cells=planted,
        n_hold=sum(one.holds for one in planted),
        plot=Plot(
            id="plot-planted",
            title="Measured against planted",
            description=(
                "Each mark is a measured rate with its 95 % interval; the upright tick is the "
                "rate that was planted in the model's training text."
            ),
            chart=charts.draw(
                [Row(*row) for row in rows.items()],
            ),
            series=tuple(
                one for one in cast.series if one.name in {cell.model for cell in planted}
            ),
            expected="planted",
        ),
    )
