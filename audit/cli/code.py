"""Commands for code alone: find weaknesses, and explain a rule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from audit.cli.output import coloured, note, write


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
    result = lint_paths(paths, form, chosen, colour=coloured())
    for line in result.lines:
        write(line)
    for line in result.notes:
        note(line)
    raise typer.Exit(result.exit_code)


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Leave out to list all.")] = "",
) -> None:
    """Say what a rule of the linter finds, and what to do about it."""
    from audit.linter import catalog

    for line in catalog.explained(rule) if rule else catalog.listed():
        write(line)
