"""A process of our own that is asked one line and answers one line, with a time limit.

What may crash, hang or eat all memory runs in such a process: a model, a linter. The parent keeps
the store. Lines are bytes without a newline inside; nothing is ever pickled.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, cast


@dataclass(frozen=True)
class Broken:
    """An item whose process gave no answer."""

    reason: str
    """`time-out`, `out of memory`, `killed` or `crashed`."""


class Child:
    """One process and its two pipes; it ends with them."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        folder: str | None = None,
    ) -> None:
        """Start the process.

        Args:
            command: Program and arguments.
            environment: All its variables; ours if not said.
            folder: Where it stands; where we do if not said.
        """
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for us: a batch in flight may still be saved
        )
        # Given as PIPE above.
        self._questions = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._buffer = bytearray()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, line: bytes, timeout_s: float) -> bytes | Broken:
        """Give the answer to one line; a process that is `Broken` must be ended."""
        try:
            self._questions.write(line + b"\n")
            self._questions.flush()
        except BrokenPipeError:
            return self._death()
        return self.hear(timeout_s)

    def hear(self, timeout_s: float) -> bytes | Broken:
        """Give the next line it writes, or `Broken` if there is none in time."""
        out = self._answers.fileno()
        deadline = time.monotonic() + timeout_s
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                return Broken("time-out")
            chunk = os.read(out, 1 << 20)
            if not chunk:
                return self._death()
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        for pipe in (self._questions, self._answers):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._process.wait()

    def _death(self) -> Broken:
        # -9 is how the system ends who takes the last of the memory.
        killed = self._process.wait() == -signal.SIGKILL
        return Broken("killed" if killed else "crashed")
