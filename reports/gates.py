"""The gates of a run, what changed since others, and the number of each gate over the nights.

The trap: a gate that could not tell is not a gate that passed. Every state has a word and a sign of
its own, and the first screen names each gate that stops a release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.judgement import Changes, GateResult, Judgement, Pin, State
from audit.results import Difference, Rate
from reports.anchors import anchor, search_for
from reports.cast import Cast
from reports.measures import Unit, measure
from reports.rates import Cell, slice_label

SIGNS: Mapping[State, str] = {
    "PASS": "✓",
    "FAIL": "✗",
    "ERROR": "✗",
    "WARN": "▲",
    "INCONCLUSIVE": "?",
    "SKIPPED": "\N{EN DASH}",
}


@dataclass(frozen=True)
class GateRow:
    """A gate as its table shows it."""

    anchor: str
    result: GateResult
    sign: str
    measure: str
    good: str
    unit: Unit
    cell: Cell
    samples: str
    """The part of an address after `#` that finds its samples."""

    is_waived: bool


@dataclass(frozen=True)
class GatesView:
    """All gates, and what they say together."""

    deciding: tuple[GateRow, ...]
    groups: tuple[GateRow, ...]
    """Gates of every value of a tag: they warn, and fail only when they warned before."""

    failing: tuple[GateRow, ...]
    """Those that stop a release."""

    unsure: tuple[GateRow, ...]
    """Deciding gates that could not tell, or have no number."""

    waived: tuple[GateRow, ...]
    reasons: tuple[str, ...]
    """Of the word, but for those that a row of the table says."""

    n_pass: int
    accepted: Pin | None
    released: Pin | None
    is_accepted: bool
    """The run is the accepted one itself; `accepted` is the one before it."""

    changes: Changes
    newly_failing: tuple[GateRow, ...]
    still_failing: tuple[GateRow, ...]
    newly_harmful: tuple[tuple[str, str], ...]
    """Id and anchor of the first prompts whose answers turned harmful since the accepted run."""

    has_past: bool

    @property
    def n(self) -> int:
        """Count all gates."""
        return len(self.deciding) + len(self.groups)


def gates_view(cast: Cast, judgement: Judgement) -> GatesView:
    """Put the gates in order, and name those that decided."""
    rows = [_row(cast, i, result) for i, result in enumerate(judgement.gates, start=1)]
    by_id = {row.result.id: row for row in rows}
    changes = judgement.changes
    told = {f"{one.id}: {one.sentence}" for one in judgement.gates}
    deciding = tuple(row for row in rows if row.result.primary)
    return GatesView(
        deciding=deciding,
        groups=tuple(row for row in rows if not row.result.primary),
        failing=tuple(row for row in rows if row.result.state == "FAIL" and not row.is_waived),
        unsure=tuple(row for row in deciding if row.result.state in {"ERROR", "INCONCLUSIVE"}),
        waived=tuple(row for row in rows if row.is_waived),
        reasons=tuple(reason for reason in judgement.reasons if reason not in told),
        n_pass=sum(row.result.state == "PASS" for row in deciding),
        accepted=judgement.accepted,
        released=judgement.released,
        is_accepted=judgement.is_accepted,
        changes=changes,
        newly_failing=_named(changes.newly_failing, by_id),
        still_failing=_named(changes.still_failing, by_id),
        newly_harmful=tuple((id_, anchor(id_)) for id_ in changes.newly_harmful),
        has_past=bool(changes.since),
    )


def since_accepted(judgement: Judgement | None, rate: Rate) -> Difference | None:
    """Give how a rate differs from the accepted run's; `None` if no gate compared it."""
    for gate in judgement.gates if judgement else ():
        if (gate.measure, gate.model, gate.probe) != (rate.name, rate.model, rate.probe):
            continue
        for check in gate.checks:
            is_same = gate.slice == rate.slice and check.kind == "margin"
            if is_same and isinstance(check.difference, Difference):
                return check.difference
    return None


def _row(cast: Cast, place: int, result: GateResult) -> GateRow:
    rate = result.rate
    signature = cast.numbers.get(str(rate.signature), 0) if isinstance(rate, Rate) else 0
    about = measure(result.measure)
    return GateRow(
        anchor=f"gate-{place}",
        result=result,
        sign=SIGNS[result.state],
        measure=about.title + ("" if result.slice == "all" else f", {slice_label(result.slice)}"),
        good=about.good,
        unit=about.unit,
        cell=Cell(result.rate, signature, about.unit),
        samples=search_for(result.probe, result.slice),
        is_waived=result.waived,
    )


def _named(ids: Sequence[str], rows: Mapping[str, GateRow]) -> tuple[GateRow, ...]:
    return tuple(rows[id_] for id_ in ids if id_ in rows)
