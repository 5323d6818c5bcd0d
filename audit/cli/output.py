"""Where a command writes: results to stdout, all else to stderr."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from audit.cli.endings import ReaderGone


def write(text: object, end: str = "\n") -> None:
    """Write a result to stdout.

    Raises:
        ReaderGone: If who read it has closed the pipe.
    """
    try:
        print(text, end=end, flush=True)  # noqa: T201  # where results go
    except BrokenPipeError as error:  # typer would end the process with status 1
        raise ReaderGone from error


def write_table(table: Table, *lines: str) -> None:
    """Write a table, as wide as the terminal, and lines below it."""
    # Not printed by rich: it ends the process itself when the reader of a pipe has gone.
    console = Console()
    with console.capture() as shown:
        console.print(table)
    write(shown.get(), end="")
    for line in lines:
        write(line)


def note(text: str) -> None:
    """Write a line to stderr: what a person should know, and a machine need not read."""
    stderr().print(Text(text), soft_wrap=True)


def stderr() -> Console:
    """Give the console that progress and notes go to."""
    return Console(stderr=True)


def coloured() -> bool:
    """Tell whether what is printed may have colour (no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain
