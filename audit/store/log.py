"""One append-only file of records, each with its row number and a checksum.

A line is `{"i":17,"c":"<crc32>","v":{...}}`, ASCII JSON, valid for jq; the checksum is over
`17:` and the body. A batch of records is one write and one fsync: after a kill at any moment the
log holds whole batches and perhaps a torn tail, which is cut off when it is opened again. A line
whose checksum is wrong is set aside and its record made anew: nothing is trusted, nothing deleted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

from pydantic import ValidationError

from audit.errors import StoreError
from audit.records import Record
from audit.rows import Rows
from audit.store.files import NO_FOLLOW, broken, canonical, refuse_odd

_LINE = re.compile(rb'\{"i":(0|[1-9]\d{0,17}),"c":"([0-9a-f]{8})","v":(.*)\}')
_VALUE = b',"v":'
T = TypeVar("T")

_MAX_LINE_BYTES = 1 << 28
"""No record comes near: a longer line is a file without end."""


def encode(i: int, record: Record) -> bytes:
    """Give the log line of one record, newline included."""
    body = canonical(record).encode()
    return b'{"i":%d,"c":"%s","v":%s}\n' % (i, _crc(i, body), body)


def _crc(i: int, body: bytes) -> bytes:
    return b"%08x" % zlib.crc32(b"%d:" % i + body)


class Log:
    """One append-only file of records, each under its row number.

    Opening it repairs a torn tail and sets damaged lines aside; `done` then holds the rows that
    need not be made again. A row that stands twice counts once, the first time.

    Args:
        path: Of the file.
        before: The same log as this process had it open before: what was found then is not looked
            for again, if the file is as it was left.

    Raises:
        StoreError: If the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, before: Log | None = None) -> None:
        self.path = path
        self.done = Rows()
        self.n_damaged = 0
        self.n_conflicting = 0
        """Rows that stand twice with different content: the run is not repeatable."""

        self.heard: Callable[[int, Record], None] = _by_nobody
        """Told of every record that is appended, once it is on disk."""

        self._left = (-1, -1)
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_FOLLOW, 0o600)
        except OSError as error:
            raise broken(path, error) from error
        try:
            refuse_odd(self._fd)
            if before and before._left == _state(self._fd):
                self.done = before.done
                self.n_damaged, self.n_conflicting = before.n_damaged, before.n_conflicting
            else:
                self._recover()
        except OSError as error:
            os.close(self._fd)
            raise broken(path, error) from error

    def __enter__(self) -> Self:
        """Give the log itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file; everything appended is already on disk."""
        self.close()

    def close(self) -> None:
        """Close the file; everything appended is already on disk."""
        self._left = _state(self._fd)
        os.close(self._fd)
        self.heard = _by_nobody  # a closed log is kept for what was found in it

    def append(self, records: Iterable[tuple[int, Record]]) -> None:
        """Write records under their rows, all or (after a failure) none, and put them on disk.

        Raises:
            StoreError: If the disk refuses; what was there before is intact.
        """
        rows = list(records)
        if rows:
            self._save(rows)
        for i, record in rows:
            self.heard(i, record)

    def _save(self, rows: Sequence[tuple[int, Record]]) -> None:
        data = b"".join(encode(i, record) for i, record in rows)
        end = os.lseek(self._fd, 0, os.SEEK_END)
        try:
            view = memoryview(data)
            while view:  # a short write is legal; a lost tail is not
                view = view[os.write(self._fd, view) :]
            os.fsync(self._fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, end)
            raise broken(self.path, error, len(self.done)) from error
        for i, _ in rows:
            self.done.add(i)

    def read(self) -> Iterator[tuple[int, bytes]]:
        """Give `(row, JSON of the record)` in the file's order, each row once, none damaged.

        Raises:
            StoreError: If the file cannot be read.
        """
        for i, _, _, body in self._sound():
            yield i, body

    def places(self) -> Iterator[tuple[int, int, int, int]]:
        """Give `(row, where its line begins, its bytes, its CRC-32)` for what `read` gives.

        Raises:
            StoreError: If the file cannot be read.
        """
        for i, start, line, _ in self._sound():
            yield i, start, len(line), zlib.crc32(line)

    def records(self, parse: Callable[[bytes], T]) -> Iterator[tuple[int, T]]:
        """Give `(row, record)` in the order of `read`.

        Args:
            parse: Makes a record of its JSON, or raises pydantic's `ValidationError`.

        Raises:
            StoreError: If the file cannot be read, or a whole line holds no such record.
        """
        for i, body in self.read():
            yield i, self._record(i, body, parse)

    def parsed(self, i: int, line: bytes, parse: Callable[[bytes], T]) -> T:
        """Give the record of a line that `places` told of.

        Raises:
            StoreError: If it holds no such record.
        """
        return self._record(i, line[line.index(_VALUE) + len(_VALUE) : line.rindex(b"}")], parse)

    def _record(self, i: int, body: bytes, parse: Callable[[bytes], T]) -> T:
        try:
            return parse(body)
        except ValidationError as error:
            raise StoreError(
                f"{self.path}: row {i} is not what this version writes; it was changed, or "
                "another version wrote it: start a new run with --out"
            ) from error

    def _sound(self) -> Iterator[tuple[int, int, bytes, bytes]]:
        seen = Rows()
        start = 0
        try:
            with self.path.open("rb") as file:
                for line in _lines(file):
                    parsed = _check(line)
                    if parsed and parsed[0] not in seen:
                        seen.add(parsed[0])
                        yield parsed[0], start, line, parsed[1]
                    start += len(line)
        except OSError as error:
            raise broken(self.path, error) from error

    def _recover(self) -> None:
        twice: set[int] = set()
        damaged: list[bytes] = []
        good_end = 0
        with self.path.open("rb") as file:
            for line in _lines(file):
                if not line.endswith(b"\n"):
                    break
                good_end += len(line)
                parsed = _check(line)
                if parsed is None:
                    damaged.append(line)
                elif parsed[0] in self.done:
                    twice.add(parsed[0])
                else:
                    self.done.add(parsed[0])
        if good_end < os.fstat(self._fd).st_size:
            os.ftruncate(self._fd, good_end)
            os.fsync(self._fd)
        self.n_damaged = len(damaged)
        self.n_conflicting = self._count_conflicts(twice) if twice else 0
        if damaged:
            _set_aside(self.path.with_suffix(".damaged"), damaged)

    def _count_conflicts(self, twice: set[int]) -> int:
        first: dict[int, bytes] = {}
        n = 0
        with self.path.open("rb") as file:
            for i, body in filter(None, map(_check, _lines(file))):
                if i in twice:
                    n += first.setdefault(i, body) != body
        return n


def _state(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_size, status.st_mtime_ns


def _by_nobody(_i: int, _record: Record) -> None:
    """Tell nobody."""


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file, the last perhaps without its end."""
    for line in iter(partial(file.readline, _MAX_LINE_BYTES), b""):
        if len(line) == _MAX_LINE_BYTES:
            raise OSError(errno.EFBIG, "a line has no end")
        yield line


def _check(line: bytes) -> tuple[int, bytes] | None:
    match = _LINE.fullmatch(line.rstrip(b"\n"))
    if match is None:
        return None
    i, crc, body = int(match[1]), match[2], match[3]
    return (i, body) if _crc(i, body) == crc else None


def _set_aside(path: Path, lines: list[bytes]) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW, 0o600)
    try:
        os.write(fd, b"".join(lines))
        os.fsync(fd)
    finally:
        os.close(fd)
