"""Where a command writes: results to stdout, all else to stderr."""

from __future__ import annotations

import os
import sys
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

from audit.cli.endings import ReaderGone

PIPE_WIDTH = 160


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
    stdout = console()
    with stdout.capture() as shown:
        stdout.print(table)
    write(shown.get(), end="")
    for line in lines:
        is_long = sys.stdout.isatty() and len(line) > stdout.width
        write(fill(line, stdout.width, break_long_words=False) if is_long else line)


def console() -> Console:
    """Give stdout's console: a pipe is wide, so that names are in one piece for a search."""
    is_told = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console() if is_told else Console(width=PIPE_WIDTH)


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
