"""How a command ends from outside: it is stopped, or nobody reads what it says."""

from __future__ import annotations

import signal
from types import FrameType


class Stopped(BaseException):
    """SIGTERM came; the batch under way is dropped, everything before it is on disk."""


class ReaderGone(BaseException):
    """Who read our output has closed the pipe: nobody is left to tell, and nothing is wrong."""


def stop(_signal: int, _frame: FrameType | None) -> None:
    """Raise `Stopped` where the program is; a second SIGTERM ends it at once."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Stopped
