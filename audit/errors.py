"""Every error a user can cause or meet, and the exit status it ends in.

    AuditError
    ├── UsageError      2    a plan, an option or a path is wrong
    ├── RefusedError    3    a model, probe set or grader is refused; or a tool is broken
    ├── StoreError      74   the run folder cannot be read or written
    ├── LockedError     75   another process holds the run folder
    └── InternalError   70   a promise of ours does not hold: a bug

A message is one line that says what happened and what to do. Only `audit.cli.main` catches
`AuditError`; anything else that escapes is a bug and ends in 70.
"""

from __future__ import annotations

from typing import ClassVar


class AuditError(Exception):
    """Base of all our errors."""

    exit_code: ClassVar[int] = 70


class UsageError(AuditError):
    """A plan, an option or a path is wrong."""

    exit_code = 2


class RefusedError(AuditError):
    """A model, probe set or grader cannot be trusted or had; or a tool did not run to its end."""

    exit_code = 3


class StoreError(AuditError):
    """The run folder cannot be read or written."""

    exit_code = 74


class LockedError(AuditError):
    """Another process holds the run folder."""

    exit_code = 75


class InternalError(AuditError):
    """A promise of ours does not hold."""

    exit_code = 70


class BatchError(Exception):
    """A backend could not answer a batch as a whole: the caller halves it. Never reaches a user."""

    def __init__(self, reason: str) -> None:
        """Say why, in a short phrase that is the same for the same cause."""
        super().__init__(reason)
        self.reason = reason


class OutOfMemoryError(BatchError):
    """The batch does not fit into the device's memory."""

    def __init__(self, _detail: str = "") -> None:
        """Give every lack of memory the same reason."""
        super().__init__("out of memory")
