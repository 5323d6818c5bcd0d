"""The command line: it parses, calls one function and prints. No logic lives here.

Results go to stdout, progress and messages to stderr. An error is one line that says what to do,
and the exit status is the error's own (see `audit.errors`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.exceptions import TyperException

from audit.errors import AuditError
from audit.safe_text import safe_text
from audit.terminal import Bars

app = typer.Typer(
    name="phi-audit",
    help="Audit a language model before its release: toxicity, bias, refusals, insecure code.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

PlanArgument = Annotated[
    str,
    typer.Argument(
        metavar="PLAN", help="A plan.toml; `embedded`, `nightly`, `release`; or a run to ask again."
    ),
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="PHI_AUDIT_DATA", help="Folder of public data sets."),
]
HistoryOption = Annotated[
    Path | None,
    typer.Option(
        "--history", metavar="DIR", envvar="PHI_AUDIT_HISTORY", help="Runs before; runs/history."
    ),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="End in status 4 where a gate could not tell.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


@app.command()
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
        _print_estimates(
            [e.model_dump() for e in estimate(chosen, sources, calibrated=True)], as_json
        )
        return
    folder = out or run_folder(chosen)
    with _resumable(folder), Bars(_err(), quiet=quiet) as bars:
        judgement = do_run(
            chosen, folder, sources, bars.tell, history=history_folder(history), engine=engine
        )
    _print_outcome(folder, history, as_json)
    raise typer.Exit(exit_code(judgement, strict=strict))


@app.command()
def score(
    run: RunArgument,
    history: HistoryOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Grade a finished run again, without its models, and write its report."""
    from audit.run import rescore
    from audit.steps.finish import exit_code, history_folder

    with Bars(_err(), quiet=quiet) as bars:
        judgement = rescore(run, bars.tell, history=history_folder(history))
    _print_outcome(run, history, as_json)
    raise typer.Exit(exit_code(judgement))


@app.command()
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
        _print(judgement.model_dump_json(indent=1))
    else:
        table, lines = tables.gates(judgement)
        _show(table, *lines)
    for line in failures(judgement):
        _err().print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(exit_code(judgement, strict=strict))


@app.command()
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

    _print(do_accept(run, history or HISTORY))
    if released:
        _print(do_accept(run, history or HISTORY, "released"))


@app.command()
def report(
    run: RunArgument,
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave out every prompt and completion.")
    ] = False,
) -> None:
    """Write the report of a finished run again, from its audit.json."""
    from audit.steps.finish import show

    _print(show(run, redact=redact))


@app.command()
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
        _print(comparison.model_dump_json(indent=1))
        return
    for table, lines in tables.comparison(comparison):
        _show(table, *lines)


@app.command()
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
    from audit.history import nights
    from audit.steps.finish import HISTORY, show_history

    if html:
        _print(show_history(folder or HISTORY, html))
        return
    found = nights(folder or HISTORY)
    if as_json:
        _print(json.dumps([night.model_dump(mode="json") for night in found], indent=1))
        return
    _show(tables.nights(found))


@app.command()
def export(
    run: RunArgument,
    forms: Annotated[
        str,
        typer.Option(
            "--format", help="Of sarif,junit,csv,parquet,model-card,bom,in-toto by comma; or all."
        ),
    ] = "all",
    benchmark: Annotated[
        list[str] | None,
        typer.Option(metavar="SET=DATASET:TASK", help="Also name SET in .eval_results."),
    ] = None,
) -> None:
    """Write release files into a run folder, and SHA256SUMS over all of them."""
    from reports.exports.catalog import FORMATS, parsed_benchmarks
    from reports.exports.catalog import export as do_export

    names = list(FORMATS) if forms == "all" else [name.strip() for name in forms.split(",")]
    for path in do_export(run, names, parsed_benchmarks(benchmark or [])):
        _print(path)


@app.command()
def attach(
    run: RunArgument,
    to: Annotated[str, typer.Option(help="hf:OWNER/MODEL or gh:OWNER/REPO@TAG.")],
    whole: Annotated[
        bool, typer.Option("--whole", help="With every prompt and completion.")
    ] = False,
    dry_run: DryRunOption = False,
) -> None:
    """Put the report and the decision of a run on a model's page or a GitHub release."""
    from audit.publish.attach import prepare, send

    attachment = prepare(run, to, whole=whole)
    for upload in attachment.uploads:
        _print(f"{upload.sha256}  {len(upload.data):>9,}  {upload.name}")
    for line in attachment.change:
        _print(safe_text(line))
    _print(f"nothing was sent to {to}" if dry_run else f"sent: {send(attachment)}")


@app.command()
def issues(
    run: RunArgument,
    repo: Annotated[str, typer.Option(metavar="OWNER/REPO", help="Where the issues are.")],
    link: Annotated[str, typer.Option(help="To the run, for whoever reads an issue.")] = "",
    dry_run: DryRunOption = False,
) -> None:
    """Open an issue on GitHub for each gate that fails, and close those of gates that pass."""
    from audit.past import read_judgement
    from audit.publish.issues import steps, take

    for step in steps(read_judgement(run), repo, link):
        _print(safe_text(f"{step.act}: {step.title}"))
        if not dry_run:
            take(step, repo)


@app.command()
def lint(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Source files, folders, or JSONL.")
    ],
    form: Annotated[
        Literal["text", "json", "sarif"], typer.Option("--format", help="How to print.")
    ] = "text",
    fail_on: Annotated[
        Literal["low", "medium", "high", "none"] | None,
        typer.Option("--fail-on", help="Least severity that ends in status 1."),
    ] = None,
) -> None:
    """Find weaknesses in code a model wrote: files, folders, or a JSONL file of completions."""
    from audit.lint import lint_paths
    from audit.linter import config

    chosen = config.find(Path.cwd(), paths)
    if fail_on:
        chosen = chosen.model_copy(update={"fail_on": fail_on})
    result = lint_paths(paths, form, chosen, colour=_coloured())
    for line in result.lines:
        _print(line)
    for note in result.notes:
        _err().print(Text(note), soft_wrap=True)
    raise typer.Exit(result.exit_code)


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Leave out to list all.")] = "",
) -> None:
    """Say what a rule of the linter finds, and what to do about it."""
    from audit.linter import catalog

    for line in catalog.explained(rule) if rule else catalog.listed():
        _print(line)


@app.command(name="list")
def list_(as_json: JsonOption = False) -> None:
    """List probe sets, scorers and shipped plans."""
    from audit import plan as plans
    from audit.scorers import SCORERS
    from probes import catalogue

    sets = catalogue.describe()
    if as_json:
        value = {
            "probes": [vars(probe) for probe in sets],
            "scorers": sorted(SCORERS),
            "plans": sorted(plans.shipped()),
        }
        _print(json.dumps(value, indent=1))
        return
    table = Table("probe set", "measures", "prompts", "their tokens", "licence", "source", box=None)
    for column in table.columns:
        column.overflow = "fold"
    for probe in sets:
        size = f"{probe.n:,}" if probe.n else "varies"
        cost = f"{probe.n * probe.tokens_each:,}" if probe.n else "varies"
        table.add_row(probe.name, probe.kind, size, cost, probe.licence, probe.source)
    _show(table, f"\nscorers: {', '.join(SCORERS)}\nplans: {', '.join(plans.shipped())}")


@app.command()
def doctor(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Check that the tools, the device and the data that an audit needs are here and work."""
    from audit.doctor import examine

    checks = examine(data_dir)
    if as_json:
        _print(json.dumps([vars(check) for check in checks], indent=1))
    else:
        for check in checks:
            _print(f"{check.state:7}  {check.what}: {check.finding}")
    raise typer.Exit(3 if any(check.state == "broken" for check in checks) else 0)


@app.command()
def prefetch(plan: PlanArgument, data_dir: DataOption = None, quiet: QuietOption = False) -> None:
    """Look up and fetch all that PLAN needs, and lock its revisions and hashes beside it."""
    from audit import plan as plans
    from probes.interface import Sources
    from probes.prefetch import prefetch as do_prefetch

    with Bars(_err(), quiet=quiet) as bars:
        lock = do_prefetch(plans.find(plan), Path(plan), bars.tell, Sources(data_dir))
    _print(lock)


def main() -> None:
    """Run the command line; every error is one line, and its exit status says its kind."""
    signal.signal(signal.SIGTERM, _stop)
    # A model, its graders and the linters share the cores: who waits must not spin on one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code = app(arguments, prog_name="phi-audit", standalone_mode=False)
    except AuditError as error:
        code = _say(error, error.exit_code, debug)
    except TyperException as error:
        code = _say(error.format_message(), 2, debug) if error.format_message() else 2
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except _Stopped:
        code = 143
    except _ReaderGone:
        # Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except Exception as error:  # noqa: BLE001 the last resort: a bug of ours, said in one line
        what = f"{type(error).__name__}: {error}; this is a bug, please report it (see --debug)"
        code = _say(what, 70, debug)
    sys.exit(code or 0)


class _Stopped(BaseException):
    """SIGTERM came; the batch under way is dropped, everything before it is on disk."""


class _ReaderGone(BaseException):
    """Who read our output has closed the pipe: nobody is left to tell, and nothing is wrong."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one ends it at once
    raise _Stopped


def _say(error: object, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    line = safe_text(" ".join(str(error).split()))
    with contextlib.suppress(BrokenPipeError):
        print(f"error: {line}", file=sys.stderr)  # noqa: T201 where errors go
    return code


@contextlib.contextmanager
def _resumable(folder: Path):  # type: ignore[no-untyped-def]  # a context manager of nothing
    try:
        yield
    except (KeyboardInterrupt, _Stopped):
        _err().print(
            Text(f"stopped; what was answered is in {folder}: the same command goes on from there"),
            soft_wrap=True,
        )
        raise


def _err() -> Console:
    return Console(stderr=True)


def _print_outcome(folder: Path, history: Path | None, as_json: bool) -> None:
    from audit import tables

    verdict = json.loads((folder / "verdict.json").read_bytes())
    if as_json:
        _print(json.dumps(verdict, indent=1))
        return
    where = f" --history {shlex.quote(str(history))}" if history else ""
    accept = f"phi-audit accept {shlex.quote(str(folder))}{where}"
    table, lines = tables.outcome(verdict, str(folder / "report.html"), accept)
    _show(table, *lines)


def _print_estimates(estimates: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print(json.dumps(estimates, indent=1))
        return
    table = Table(
        "model", "mode", "requests", "tokens in", "out, at most", "memory", "time, about",
        "device", "licence", box=None,
    )  # fmt: skip
    for e in estimates:
        known = bool(e["memory_bytes"])
        table.add_row(
            Text(safe_text(f"{e['model']} ({e['id']})")),
            str(e["prompt_mode"]),
            f"{e['n_requests']:,}",
            f"{e['n_prompt_tokens']:,}",
            f"{e['n_new_tokens']:,}",
            f"{int(str(e['memory_bytes'])) / 1e9:,.1f} GB" if known else "size not known here",
            _about(e) if known else "",
            f"{e['device']} {e['dtype']}",
            Text(safe_text(str(e["licence"]))),
        )
    sees = [
        f"{name}: {'nothing' if size == 1 else f'{100 * size:.1f} points'}"
        for name, size in estimates[0]["sees"].items()
    ]
    _show(
        table,
        "",
        "differences that so many prompts would likely find, if a fifth of the answers differ:",
        *sees,
    )


def _coloured() -> bool:
    """Tell whether what is printed may have colour (no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def _print(text: object, end: str = "\n") -> None:
    try:
        print(text, end=end, flush=True)  # noqa: T201 where results go
    except BrokenPipeError as error:  # typer would end the process with status 1
        raise _ReaderGone from error


def _show(table: Table, *lines: str) -> None:
    # Not printed by rich: it ends the process itself when the reader of a pipe has gone.
    console = Console()
    with console.capture() as shown:
        console.print(table)
    _print(shown.get(), end="")
    for line in lines:
        _print(line)


def _about(e: dict[str, Any]) -> str:
    from audit.pace import duration

    told = f", told from {e['n_timed']} answers" if e["n_timed"] else ""
    beside = e["grading_seconds"]
    grading = f"; grading beside it {duration(beside)}" if beside else ""
    return duration(e["seconds"]) + told + grading
