"""Commands that hand a run to others: its report, release files, model page and issues."""

from __future__ import annotations

from typing import Annotated

import typer

from audit.cli.options import DryRunOption, RunArgument
from audit.cli.output import write
from audit.safe_text import safe_text


def report(
    run: RunArgument,
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave out every prompt and completion.")
    ] = False,
) -> None:
    """Write the report of a finished run again, from its audit.json."""
    from audit.steps.finish import show

    write(show(run, redact=redact))


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
        write(path)


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
        write(f"{upload.sha256}  {len(upload.data):>9,}  {upload.name}")
    for line in attachment.change:
        write(safe_text(line))
    write(f"nothing was sent to {to}" if dry_run else f"sent: {send(attachment)}")


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
        write(safe_text(f"{step.act}: {step.title}"))
        if not dry_run:
            take(step, repo)
