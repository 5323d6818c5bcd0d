"""What a person sees while an audit runs: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

PLAIN_EVERY_S = 10.0

WIDE = 100
"""Columns of a terminal that has room for the time that went by, too."""


class Bars:
    """Shows each piece of work as a bar with its pace and the time left.

    Without a terminal: a line when a piece begins and ends, and one every ten seconds between.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            _Name(),
            BarColumn(bar_width=min(30, max(8, console.width - 82))),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            _Pace(table_column=Column(no_wrap=True)),
            *((TimeElapsedColumn(),) if console.width >= WIDE else ()),
            console=console,
            disable=quiet or not console.is_terminal,
        )

    def __enter__(self) -> Self:
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()

    def tell(self, what: str, done: int, planned: int, note: str = "", /) -> None:
        """Show how far a piece of work is: an `audit.progress.Tell`."""
        if self._quiet:
            return
        if self._console.is_terminal:
            if what not in self._tasks:
                self._tasks[what] = self._progress.add_task(what, total=planned, note="")
            self._progress.update(self._tasks[what], completed=done, total=planned, note=note)
        elif done == planned or time.monotonic() - self._told.get(what, -1e9) > PLAIN_EVERY_S:
            self._told[what] = time.monotonic()
            more = f" ({note})" if note else ""
            line = f"{what}: {done} of {planned}{more}"
            self._console.print(line, markup=False, highlight=False)


class _Name(ProgressColumn):
    """What is worked on, cut where there is no room: a bar that jumps between lines is none."""

    def render(self, task: Task) -> Text:
        return Text(task.description, no_wrap=True, overflow="ellipsis")


class _Pace(ProgressColumn):
    """The note of who does the work, or else records a second and the time left."""

    def render(self, task: Task) -> Text:
        if task.fields["note"] or not task.speed or task.finished:
            return Text(task.fields["note"])
        left = f", {task.time_remaining:.0f} s left" if task.time_remaining else ""
        return Text(f"{task.speed:,.1f}/s{left}")
