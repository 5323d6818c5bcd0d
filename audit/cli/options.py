"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
