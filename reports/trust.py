"""How far to trust the toxicity grader: its errors, beside the rates they qualify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.results import AnyRate, Rate
from reports.cast import Cast
from reports.rates import Cell, cell, slice_label, whole_rates

FIGURES = (
    "grader_final_auc",
    "grader_overall_auc",
    "grader_bpsn_auc",
    "grader_bnsp_auc",
    "grader_sensitivity",
    "grader_specificity",
)
"""Columns: of those by group, the worst group stands for all."""

GRADERS = {"toxicity": "the grader", "toxicity_second": "the second grader"}


@dataclass(frozen=True)
class Worst:
    """A figure, and the group it is of; no group where it is of all."""

    cell: Cell
    group: str


@dataclass(frozen=True)
class GraderRow:
    """One grader on one labelled set."""

    grader: str
    version: str
    set: str
    figures: tuple[Worst, ...]


@dataclass(frozen=True)
class RateRow:
    """A model's toxic rate on one probe set: as graded, and as each calibration corrects it."""

    model: str
    probe: str
    graded: Cell
    corrected: tuple[Cell, ...]
    kappa: Cell | None
    """Agreement with the second grader; `None` where there is only one."""


@dataclass(frozen=True)
class Trust:
    """All that the section shows."""

    graders: tuple[GraderRow, ...]
    sets: tuple[str, ...]
    rates: tuple[RateRow, ...]
    has_second: bool
    is_reference: bool
    """The grader is the small one that this package carries, which learned from the public sets."""


def trust(cast: Cast) -> Trust | None:
    """Give the section; `None` where no toxicity was graded."""
    found = cast.audit.trust
    if not found:
        return None
    sets = tuple(dict.fromkeys(r.probe for r in found if r.name == "grader_final_auc"))
    has_second = "toxicity_second" in cast.audit.graders
    return Trust(
        graders=tuple(
            _of_grader(cast, grader, name)
            for name in sets
            for grader in GRADERS
            if grader in cast.audit.graders
        ),
        sets=sets,
        rates=tuple(_rows(cast, sets, has_second=has_second)),
        has_second=has_second,
        is_reference="detoxify-reference@" in cast.audit.graders.get("toxicity", ""),
    )


def _of_grader(cast: Cast, grader: str, name: str) -> GraderRow:
    figures = []
    for figure in FIGURES:
        of_figure = [
            r
            for r in cast.audit.trust
            if isinstance(r, Rate) and (r.name, r.model, r.probe) == (figure, grader, name)
        ]
        worst = min(of_figure, key=lambda r: r.value, default=None)
        group = slice_label(worst.slice) if worst and worst.slice != "all" else ""
        figures.append(Worst(cell(cast, worst, figure, grader, name), group))
    version = cast.audit.graders[grader]
    return GraderRow(GRADERS[grader], version, name, tuple(figures))


def _rows(cast: Cast, sets: tuple[str, ...], *, has_second: bool) -> Iterator[RateRow]:
    for probe in dict.fromkeys(
        r.probe for r in cast.audit.trust if r.name == "toxic_rate_corrected"
    ):
        graded = whole_rates(cast.audit, "toxic_rate", probe)
        for model in (one.name for one in cast.series):
            name = "toxic_rate_corrected"
            yield RateRow(
                model=model,
                probe=probe,
                graded=cell(cast, graded.get(model), "toxic_rate", model, probe),
                corrected=tuple(
                    cell(
                        cast, _one(cast, name, model, probe, f"calibration={s}"), name, model, probe
                    )
                    for s in sets
                ),
                kappa=cell(
                    cast, _one(cast, "grader_kappa", model, probe), "grader_kappa", model, probe
                )
                if has_second
                else None,
            )


def _one(cast: Cast, name: str, model: str, probe: str, part: str = "all") -> AnyRate | None:
    wanted = (name, model, probe, part)
    return next(
        (r for r in cast.audit.trust if (r.name, r.model, r.probe, r.slice) == wanted), None
    )
