"""Commands that judge runs: by their gates, against each other, over the nights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.options import HistoryOption, JsonOption, RunArgument, StrictOption
from audit.cli.output import note, write, write_table


def gate(
    run: RunArgument,
    gates: Annotated[
        Path | None, typer.Option("--gates", metavar="FILE", help="TOML with [[gates]].")
    ] = None,
    history: HistoryOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a finished run by its gates: status 0, or 1 if one fails."""
    from audit import tables
    from audit.steps.finish import exit_code, history_folder
    from audit.steps.finish import gate as do_gate
    from reports.workflow import failures

    judgement = do_gate(run, gates, history_folder(history))
    if as_json:
        write(judgement.model_dump_json(indent=1))
    else:
        table, lines = tables.gates(judgement)
        write_table(table, *lines)
    for line in failures(judgement):
        note(line)
    raise typer.Exit(exit_code(judgement, strict=strict))


def accept(
    run: RunArgument,
    history: HistoryOption = None,
    released: Annotated[
        bool, typer.Option("--released", help="Also as the release that budgets run from.")
    ] = False,
) -> None:
    """Pin a finished run: later runs are held against it."""
    from audit.steps.finish import HISTORY
    from audit.steps.finish import accept as do_accept

    write(do_accept(run, history or HISTORY))
    if released:
        write(do_accept(run, history or HISTORY, "released"))


def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="Another, held against it.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: equal answers, flipped ones, and how far each number moved."""
    from audit import tables
    from audit.flips import compare_runs

    comparison = compare_runs(first, second)
    if as_json:
        write(comparison.model_dump_json(indent=1))
        return
    for table, lines in tables.comparison(comparison):
        write_table(table, *lines)


def history(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", envvar="PHI_AUDIT_HISTORY")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Write trends, and what failed since when, as a page."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs of a history and how each gate went; runs/history if none is named."""
    from audit import tables
    from audit.history import nights, pins
    from audit.steps.finish import HISTORY, show_history

    if html:
        write(show_history(folder or HISTORY, html))
        return
    found = nights(folder or HISTORY)
    if as_json:
        write(json.dumps([night.model_dump(mode="json") for night in found], indent=1))
        return
    write_table(tables.nights(found, pins(folder or HISTORY, {night.plan for night in found})))
