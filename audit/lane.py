"""A thread that does jobs in order beside the work of the caller, who waits when it falls behind.

What a job raises is raised where the next job is handed in, or where the lane is closed: nothing
that went wrong beside the work goes unseen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Self

ROOM = 4
"""Jobs that may wait: what is in memory is bounded, however slow the lane."""

LOOK_S = 0.2
"""How often one who waits for room looks whether the lane has failed."""


class Lane:
    """One thread and its short queue.

    Leaving it in peace waits for every job; leaving it by an exception drops the jobs that wait.
    """

    def __init__(self, name: str) -> None:
        self._jobs: Queue[Callable[[], object] | None] = Queue(ROOM)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name=name)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        """End the thread.

        Raises:
            BaseException: What a job raised, if nothing else is being raised.
        """
        if kind is not None:
            self._drop()
        self._jobs.put(None)
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def put(self, job: Callable[[], object]) -> None:
        """Hand in a job; wait while too many of them wait.

        Raises:
            BaseException: What an earlier job raised.
        """
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._jobs.put(job, timeout=LOOK_S)
            except Full:
                continue
            return

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is None:
                try:
                    job()
                except BaseException as error:  # noqa: BLE001  # raised again in the caller
                    self._error = error

    def _drop(self) -> None:
        while True:
            try:
                self._jobs.get_nowait()
            except Empty:
                return
