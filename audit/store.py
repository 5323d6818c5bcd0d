"""The run folder: append-only logs with a checksum per record, a lock, and atomic files.

A log line is `{"i":17,"c":"<crc32>","v":{...}}`, ASCII JSON, valid for jq; the checksum is over
`17:` and the body. A batch of records is one write and one fsync: after a kill at any moment the
log holds whole batches and perhaps a torn tail, which is cut off when it is opened again. A line
whose checksum is wrong is set aside and its record made anew: nothing is trusted, nothing deleted.

The trap: a run folder may come from a stranger. A link in it would have us write elsewhere, a pipe
wait for ever, and a whole line need not be a record: all of them are refused.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import socket
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

from pydantic import ValidationError

from audit.errors import LockedError, StoreError
from audit.records import Record
from audit.rows import Rows

_LINE = re.compile(rb'\{"i":(0|[1-9]\d{0,17}),"c":"([0-9a-f]{8})","v":(.*)\}')
R = TypeVar("R", bound=Record)
T = TypeVar("T")

_MAX_LINE_BYTES = 1 << 28
"""No record comes near: a longer line is a file without end."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def slug(name: str) -> str:
    """Make a file name of any name: short, plain, and different for different names."""
    plain = re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.")[:60] or "x"
    if plain == name:
        return plain
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def canonical(value: object) -> str:
    """Write JSON the one way we write it: ASCII, sorted keys, no spaces, no NaN."""
    return json.dumps(
        value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def encode(i: int, record: Record) -> bytes:
    """Give the log line of one record, newline included."""
    body = canonical(record.model_dump(mode="json")).encode()
    return b'{"i":%d,"c":"%s","v":%s}\n' % (i, _crc(i, body), body)


def _crc(i: int, body: bytes) -> bytes:
    return b"%08x" % zlib.crc32(b"%d:" % i + body)


class Log:
    """One append-only file of records, each under its row number.

    Opening it repairs a torn tail and sets damaged lines aside; `done` then holds the rows that
    need not be made again. A row that stands twice counts once, the first time.

    Raises:
        StoreError: If the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done = Rows()
        self.n_damaged = 0
        self.n_conflicting = 0
        """Rows that stand twice with different content: the run is not repeatable."""

        self.heard: Callable[[int, Record], None] = _by_nobody
        """Told of every record that is appended, once it is on disk."""

        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _NO_FOLLOW, 0o600)
        except OSError as error:
            raise _broken(path, error) from error
        try:
            _refuse_odd(self._fd)
            self._recover()
        except OSError as error:
            os.close(self._fd)
            raise _broken(path, error) from error

    def __enter__(self) -> Self:
        """Give the log itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file; everything appended is already on disk."""
        self.close()

    def close(self) -> None:
        """Close the file; everything appended is already on disk."""
        os.close(self._fd)

    def append(self, records: Iterable[tuple[int, Record]]) -> None:
        """Write records under their rows, all or (after a failure) none, and put them on disk.

        Raises:
            StoreError: If the disk refuses; what was there before is intact.
        """
        rows = list(records)
        if not rows:
            return
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
            raise _broken(self.path, error, len(self.done)) from error
        self.done |= Rows(i for i, _ in rows)
        for i, record in rows:
            self.heard(i, record)

    def read(self) -> Iterator[tuple[int, bytes]]:
        """Give `(row, JSON of the record)` in the file's order, each row once, none damaged.

        Raises:
            StoreError: If the file cannot be read.
        """
        seen = Rows()
        try:
            with self.path.open("rb") as file:
                for line in _lines(file):
                    parsed = _check(line)
                    if parsed and parsed[0] not in seen:
                        seen.add(parsed[0])
                        yield parsed
        except OSError as error:
            raise _broken(self.path, error) from error

    def records(self, parse: Callable[[bytes], T]) -> Iterator[tuple[int, T]]:
        """Give `(row, record)` in the order of `read`.

        Args:
            parse: Makes a record of its JSON, or raises pydantic's `ValidationError`.

        Raises:
            StoreError: If the file cannot be read, or a whole line holds no such record.
        """
        for i, body in self.read():
            try:
                yield i, parse(body)
            except ValidationError as error:
                raise StoreError(
                    f"{self.path}: row {i} is not what this version writes; it was changed, or "
                    "another version wrote it: start a new run with --out"
                ) from error

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
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_FOLLOW, 0o600)
    try:
        os.write(fd, b"".join(lines))
        os.fsync(fd)
    finally:
        os.close(fd)


def _refuse_odd(fd: int, most_bytes: int = 1 << 62) -> None:
    """Refuse what is no plain file, or a hole: a read of a pipe or a device need not end."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a plain file")
    if status.st_size > most_bytes:
        raise OSError(errno.EFBIG, f"larger than {most_bytes} bytes")


def _broken(path: Path, error: OSError, n_saved: int = 0) -> StoreError:
    saved = f"; {n_saved} records are safe" if n_saved else ""
    return StoreError(
        f"{path}: {error.strerror or error}{saved}; mend the disk or folder and run it again"
    )


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
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o600)
        except OSError as error:
            raise _broken(path, error) from error
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
            raise _broken(path, error) from error
        self._found: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Give the folder itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the folder go."""
        os.close(self._lock)

    def log(self, stage: str, *names: str) -> Log:
        """Open `<stage>-<name>.jsonl`, repaired, for reading and appending."""
        log = Log(self.path / ("-".join([stage, *map(slug, names)]) + ".jsonl"))
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

    def freeze(self, log: Log, kind: type[R], plan: Callable[[], Sequence[R]]) -> tuple[R, ...]:
        """Give the records of `log` as they were when the run started, or plan and keep them now.

        What is planned must be the same each time: a line that was damaged since is made anew.

        Raises:
            StoreError: If what is planned now is not what was kept.
        """
        frozen = self.frozen(log, kind)
        if frozen is not None:
            return frozen
        planned = plan()
        saved = dict(log.records(kind.model_validate_json))
        for i, record in enumerate(planned):
            if saved.get(i, record) != record:
                raise StoreError(
                    f"{log.path}: row {i} is not what would be planned now (other data, model or "
                    "version?); start a new run with --out"
                )
        log.append((i, record) for i, record in enumerate(planned) if i not in saved)
        # Written last: it exists only if every row does.
        self.write(log.path.stem + ".frozen", b"%d\n" % len(planned))
        return tuple(planned)

    def frozen(self, log: Log, kind: type[R]) -> tuple[R, ...] | None:
        """Give the records that `freeze` kept; `None` if it has not, or a line is damaged."""
        count = self.n_frozen(log)
        if count is None or len(log.done) != count:
            return None
        saved = dict(log.records(kind.model_validate_json))
        return tuple(saved[i] for i in sorted(saved))

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
        value = record.model_dump(mode="json") if isinstance(record, Record) else record
        text = json.dumps(value, ensure_ascii=True, sort_keys=True, indent=1, allow_nan=False)
        self.write(name, text.encode() + b"\n")

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file: complete under its name, or not there.

        Raises:
            StoreError: If the disk refuses, or the name's own folder is a link out of the run.
        """
        path = self.path / name
        if path.parent != self.path:
            try:
                path.parent.mkdir(exist_ok=True)
            except OSError as error:
                raise _broken(path.parent, error) from error
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
            raise _broken(self.path / name, error) from error


def read_plain(path: Path) -> bytes:
    """Give the bytes of a plain file.

    Raises:
        OSError: If it cannot be read, is a pipe or a device, or is larger than 1 GiB.
    """
    with _open_plain(path, 1 << 30) as file:
        return file.read()


def digest_plain(path: Path) -> str:
    """Give the SHA-256 of a plain file, in hexadecimal.

    Raises:
        FileNotFoundError: If there is none.
        StoreError: If it cannot be read, is a pipe or a device, or is larger than 16 GiB.
    """
    try:
        with _open_plain(path, 1 << 34) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _broken(path, error) from error


def _open_plain(path: Path, most_bytes: int) -> BufferedReader:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _refuse_odd(fd, most_bytes)
    except OSError:
        os.close(fd)
        raise
    return os.fdopen(fd, "rb")


def write_atomic(path: Path, data: bytes) -> None:
    """Write a whole file: complete under its name, or not there.

    Raises:
        StoreError: If the disk refuses.
    """
    begun = path.with_name(path.name + ".partial")
    try:
        begun.unlink(missing_ok=True)  # a killed run's, or a stranger's link to another place
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _broken(path, error) from error
