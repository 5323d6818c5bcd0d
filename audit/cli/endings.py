"""How a command ends from outside: it is stopped, or nobody reads what it says."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from types import FrameType


class Stopped(BaseException):
    """SIGTERM or SIGHUP came; the batch under way is dropped, everything before it is on disk."""

    def __init__(self, number: int) -> None:
        """Take the signal's number; the exit status is the one that shells give it."""
        super().__init__(number)
        self.exit_code = 128 + number


class ReaderGone(BaseException):
    """Who read our output has closed the pipe: nobody is left to tell, and nothing is wrong."""


def listen() -> None:
    """Have both signals raise `Stopped` where the program is; a second one ends it at once."""
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    for stream in (1, 2):
        with contextlib.suppress(OSError):
            # A terminal that hung up is a device and no terminal; a write to it fails.
            if stat.S_ISCHR(os.fstat(stream).st_mode) and not os.isatty(stream):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    raise Stopped(number)
