"""The run folder: its lock, its logs, what was planned when it began, and its whole files."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeVar

from audit.errors import LockedError, StoreError
from audit.records import Record
from audit.store.files import NO_FOLLOW, broken, indented, read_plain, write_atomic
from audit.store.kept import ByRow, Listed
from audit.store.log import Log

R = TypeVar("R", bound=Record)

APPENDED = 4096
"""Planned records that are in memory, and saved, together."""


def slug(name: str) -> str:
    """Make a file name of any name: short, plain, and different for different names."""
    plain = re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.")[:60] or "x"
    if plain == name:
        return plain
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


class RunFolder:
    """One run on disk, held by one process at a time.

    Raises:
        StoreError: If the folder cannot be made or written.
        LockedError: If another process holds it; names its host and process.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o600)
        except OSError as error:
            raise broken(path, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._lock, 200).decode("ascii", "replace").strip() or "unknown"
            os.close(self._lock)
            raise LockedError(f"{path} is in use by {holder}; wait for it, or stop it") from error
        try:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, f"{socket.gethostname()} process {os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(self._lock)
            raise broken(path, error) from error
        self._found: dict[str, str] = {}
        self._logs: dict[Path, Log] = {}

    def __enter__(self) -> Self:
        """Give the folder itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the folder go."""
        os.close(self._lock)

    def log(self, stage: str, *names: str) -> Log:
        """Open `<stage>-<name>.jsonl`, repaired, for reading and appending."""
        path = self.path / ("-".join([stage, *map(slug, names)]) + ".jsonl")
        log = self._logs[path] = Log(path, self._logs.get(path))
        if log.n_damaged:
            self._found[f"{log.path.name} damaged"] = (
                f"{log.path.name}: {log.n_damaged} damaged lines were set aside, made anew"
            )
        if log.n_conflicting:
            self._found[f"{log.path.name} conflicting"] = (
                f"{log.path.name}: {log.n_conflicting} rows stand twice with different content; "
                "the first was counted, and this run is not repeatable"
            )
        return log

    @property
    def faults(self) -> tuple[str, ...]:
        """What was wrong with the logs opened so far, one line each, in order of name."""
        return tuple(self._found[key] for key in sorted(self._found))

    def freeze(self, log: Log, kind: type[R], plan: Callable[[], Iterable[R]]) -> Sequence[R]:
        """Give the records of `log` as they were when the run started, or plan and keep them now.

        What is planned must be the same each time: a line that was damaged since is made anew. It
        stays on disk: a record is read each time it is asked for.

        Raises:
            StoreError: If what is planned now is not what was kept.
        """
        frozen = self.frozen(log, kind)
        if frozen is not None:
            return frozen
        saved = ByRow(log, kind.model_validate_json)
        planned = enumerate(plan())
        n = 0
        while some := list(islice(planned, APPENDED)):
            for i, record in some:
                if i in saved and saved[i] != record:
                    raise StoreError(
                        f"{log.path}: row {i} is not what would be planned now (other data, model "
                        "or version?); start a new run with --out"
                    )
            log.append((i, record) for i, record in some if i not in saved)
            n += len(some)
        # Written last: it exists only if every row does.
        self.write(log.path.stem + ".frozen", b"%d\n" % n)
        return Listed(ByRow(log, kind.model_validate_json), n)

    def frozen(self, log: Log, kind: type[R]) -> Sequence[R] | None:
        """Give the records that `freeze` kept; `None` if it has not, or a line is damaged."""
        count = self.n_frozen(log)
        if count is None or len(log.done) != count:
            return None
        saved = ByRow(log, kind.model_validate_json)
        return Listed(saved, count) if len(saved) == count else None

    def kept(self, kind: type[R], stage: str, *names: str) -> Sequence[R]:
        """Give the records of `<stage>-<name>.jsonl` that `freeze` kept.

        Raises:
            StoreError: If it has not, or a line is damaged.
        """
        with self.log(stage, *names) as log:
            records = self.frozen(log, kind)
            if records is None:
                raise StoreError(f"{log.path} is not whole; run the same plan again to mend it")
            return records

    def n_frozen(self, log: Log) -> int | None:
        """Give how many records `freeze` kept, numbered from 0; `None` if it has not.

        Raises:
            StoreError: If what it wrote down is no number.
        """
        name = log.path.stem + ".frozen"
        count = self.read(name)
        if count is None:
            return None
        if not re.fullmatch(rb"\d{1,18}\n", count):
            raise StoreError(f"{self.path / name} is damaged; remove it and run it again")
        return int(count)

    def write_json(self, name: str, record: Record | Mapping[str, Any]) -> None:
        """Write a whole JSON file: complete under its name, or not there."""
        self.write(name, indented(record))

    def write(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write a whole file, all at once or in pieces: complete under its name, or not there.

        Raises:
            StoreError: If the disk refuses, or the name's own folder is a link out of the run.
        """
        path = self.path / name
        if path.parent != self.path:
            try:
                path.parent.mkdir(exist_ok=True)
            except OSError as error:
                raise broken(path.parent, error) from error
            if path.parent.is_symlink():
                raise StoreError(f"{path.parent} is a link; remove it: it leads elsewhere")
        write_atomic(path, data)

    def read(self, name: str) -> bytes | None:
        """Give a file's bytes, or `None` if the run has not come to it yet.

        Raises:
            StoreError: If it is there and cannot be read.
        """
        try:
            return read_plain(self.path / name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise broken(self.path / name, error) from error
