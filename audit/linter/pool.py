"""Run one function over hostile items in confined worker processes.

Workers are fresh interpreters (`-P -I`: no current folder, no user site, no PYTHON* variables) in
an empty folder of their own. They speak JSON lines, never pickle. An item that kills its worker, or
outlives the time limit, costs that item alone: the worker is replaced and the item is `Broken`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from audit.child import Broken, Child
from audit.errors import RefusedError

WORKER = Path(__file__).with_name("worker.py")
START_TIMEOUT_S = 60.0
MEMORY_BYTES = 1 << 30
N_PROCESSES = min(8, os.cpu_count() or 1)
"""How many processes of a kind work at a time where nothing else does."""


class Pool:
    """Worker processes that run one function, started on first use and ended with the pool."""

    def __init__(
        self,
        function: str,
        *,
        n_workers: int = N_PROCESSES,
        timeout_s: float = 10.0,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        """Name the function and its limits.

        Args:
            function: `package.module:name`, called with one JSON value, returning another.
            n_workers: Processes.
            timeout_s: Longest wall time for one item.
            memory_bytes: Address space a worker may take beyond its own stack.
        """
        self._command = [sys.executable, "-P", "-I", str(WORKER), function, str(memory_bytes)]
        self._n_workers = n_workers
        self._timeout_s = timeout_s
        self._idle: SimpleQueue[Child] = SimpleQueue()
        self._workers: list[Child] = []
        self._folder = tempfile.TemporaryDirectory(prefix="phi-audit-")
        self._closer = weakref.finalize(self, _close, self._workers, self._folder)

    def start(self) -> None:
        """Start one worker, so that a missing tool shows before any work is lost.

        Raises:
            RefusedError: If the function, or what it imports, cannot be had.
        """
        self._idle.put(self._take())

    def close(self) -> None:
        """End the workers; the pool cannot be used after."""
        self._closer()

    def map(self, items: Sequence[Any]) -> list[Any]:
        """Give the function's answer to each item, in order, or `Broken`.

        Raises:
            RefusedError: If a worker cannot be started.
        """
        with ThreadPoolExecutor(self._n_workers) as threads:
            return list(threads.map(self._ask, items))

    def _ask(self, item: Any) -> Any:
        worker = self._take()
        said = _told(worker.ask(json.dumps(item).encode(), self._timeout_s))
        if isinstance(said, Broken):
            self._end(worker)
            return said
        self._idle.put(worker)
        return said["answer"]

    def _take(self) -> Child:
        """Give an idle worker, or a new one: each thread of `map` has one at a time."""
        with contextlib.suppress(Empty):
            return self._idle.get_nowait()
        worker = Child(
            self._command,
            # Nothing of ours: no tokens, no proxies, no PYTHON* or tool settings.
            {"PATH": os.defpath, "HOME": self._folder.name, "LANG": "C.UTF-8"},
            folder=self._folder.name,
        )
        self._workers.append(worker)
        hello = _told(worker.hear(START_TIMEOUT_S))
        if hello != {"ready": True}:
            self._end(worker)
            why = hello.reason if isinstance(hello, Broken) else hello.get("refused", "no answer")
            raise RefusedError(f"a linter worker did not start: {why}")
        return worker

    def _end(self, worker: Child) -> None:
        worker.end()
        self._workers.remove(worker)


def _told(line: bytes | Broken) -> Any:
    """Give what a worker's line says, or why there is none."""
    if isinstance(line, Broken):
        return line
    said = json.loads(line)
    return Broken(said["broken"]) if "broken" in said else said


def _close(workers: list[Child], folder: tempfile.TemporaryDirectory[str]) -> None:
    for worker in workers:
        worker.end()
    workers.clear()
    folder.cleanup()
