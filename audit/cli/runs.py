"""Commands that make a run: ask, grade again, and fetch what a run needs beforehand."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from audit.cli.endings import Stopped
from audit.cli.options import (
    DataOption,
    HistoryOption,
    JsonOption,
    PlanArgument,
    QuietOption,
    RunArgument,
    StrictOption,
)
from audit.cli.output import note, stderr, write, write_table
from audit.terminal import Bars

if TYPE_CHECKING:  # loaded where one is made: it needs torch
    from audit.estimate import Estimate


def run(
    plan: PlanArgument = "embedded",
    target: Annotated[
        str, typer.Option(metavar="ID", help="Judge this model instead of the plan's.")
    ] = "",
    baseline: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Compare with this model. May repeat.")
    ] = None,
    grader: Annotated[
        str, typer.Option(metavar="NAME", help="Who grades toxicity, such as `unbiased`.")
    ] = "",
    seed: Annotated[int | None, typer.Option(help="Instead of the plan's seed.")] = None,
    limit: Annotated[int, typer.Option(help="Ask at most N prompts of each probe set.")] = 0,
    only: Annotated[
        str, typer.Option(metavar="PROMPT", help="Ask this prompt alone, by its id.")
    ] = "",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The run folder.")] = None,
    data_dir: DataOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost, and stop.")
    ] = False,
    engine: Annotated[
        Literal["process", "ray"], typer.Option(help="Where models run: here, or on a Ray cluster.")
    ] = "process",
    history: HistoryOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Audit models as PLAN says, or go on where a run was stopped, and write a report."""
    from audit import plan as plans

    chosen = plans.find(plan).changed(
        target=target, baselines=baseline or [], grader=grader, seed=seed, limit=limit, only=only
    )
    # After the plan: one that is refused need not wait for these.
    from audit.estimate import estimate
    from audit.run import run as do_run
    from audit.run import run_folder
    from audit.steps.finish import exit_code, history_folder
    from probes.interface import Sources
    from probes.lock import lock_path, read_lock

    # The lock of a run's plan lies where the run was started.
    lock = lock_path(chosen.name if Path(plan).is_dir() else plan)
    chosen, sources = read_lock(lock).applied(chosen), Sources(data_dir, lock)
    if dry_run:
        _tell_estimates(estimate(chosen, sources, calibrated=True), as_json)
        return
    folder = out or run_folder(chosen)
    with _resumable(folder), Bars(stderr(), quiet=quiet) as bars:
        judgement = do_run(
            chosen, folder, sources, bars.tell, history=history_folder(history), engine=engine
        )
    _tell_outcome(folder, history, as_json)
    raise typer.Exit(exit_code(judgement, strict=strict))


def score(
    run: RunArgument,
    history: HistoryOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Grade a finished run again, without its models, and write its report."""
    from audit.run import rescore
    from audit.steps.finish import exit_code, history_folder

    with Bars(stderr(), quiet=quiet) as bars:
        judgement = rescore(run, bars.tell, history=history_folder(history))
    _tell_outcome(run, history, as_json)
    raise typer.Exit(exit_code(judgement))


def prefetch(plan: PlanArgument, data_dir: DataOption = None, quiet: QuietOption = False) -> None:
    """Look up and fetch all that PLAN needs, and lock its revisions and hashes beside it."""
    from audit import plan as plans
    from probes.interface import Sources
    from probes.prefetch import prefetch as do_prefetch

    with Bars(stderr(), quiet=quiet) as bars:
        lock = do_prefetch(plans.find(plan), Path(plan), bars.tell, Sources(data_dir))
    write(lock)


@contextlib.contextmanager
def _resumable(folder: Path) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, Stopped):
        note(f"stopped; what was answered is in {folder}: the same command goes on from there")
        raise


def _tell_outcome(folder: Path, history: Path | None, as_json: bool) -> None:
    from audit import tables

    verdict = json.loads((folder / "verdict.json").read_bytes())
    if as_json:
        write(json.dumps(verdict, indent=1))
        return
    where = f" --history {shlex.quote(str(history))}" if history else ""
    accept = f"phi-audit accept {shlex.quote(str(folder))}{where}"
    table, lines = tables.outcome(verdict, str(folder / "report.html"), accept)
    write_table(table, *lines)


def _tell_estimates(estimates: Sequence[Estimate], as_json: bool) -> None:
    from audit import tables

    if as_json:
        write(json.dumps([one.model_dump() for one in estimates], indent=1))
        return
    table, lines = tables.estimates(estimates)
    write_table(table, *lines)
