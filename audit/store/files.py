"""Whole files: read only if they are plain, written complete or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from audit.errors import StoreError
from audit.records import Record

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def canonical(value: object) -> str:
    """Write JSON the one way we write it: ASCII, sorted keys, no spaces, no NaN."""
    return _CANONICAL.encode(value)


def _fields(record: object) -> dict[str, Any]:
    if isinstance(record, Record):
        return vars(record)
    raise TypeError(f"{type(record).__name__} is no record")


def _plain(value: object) -> Any:
    return vars(value) if isinstance(value, Record) else to_jsonable_python(value)


_CANONICAL = json.JSONEncoder(
    check_circular=False,
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
    default=_fields,
)

_INDENTED = json.JSONEncoder(allow_nan=False, sort_keys=True, indent=1, default=_plain)

WORDS = 10_000
"""Of JSON that are written together."""


def indented(value: object) -> Iterator[bytes]:
    """Write JSON for people, piece by piece: ASCII, sorted keys, a field a line, no NaN.

    A long run's results are never in memory as one text.
    """
    words = _INDENTED.iterencode(value)
    while piece := "".join(islice(words, WORDS)):
        yield piece.encode()
    yield b"\n"


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
        raise broken(path, error) from error


def _open_plain(path: Path, most_bytes: int) -> BufferedReader:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        refuse_odd(fd, most_bytes)
    except OSError:
        os.close(fd)
        raise
    return os.fdopen(fd, "rb")


def write_atomic(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a whole file, all at once or in pieces: complete under its name, or not there.

    Raises:
        StoreError: If the disk refuses.
    """
    begun = path.with_name(path.name + ".partial")
    try:
        begun.unlink(missing_ok=True)  # a killed run's, or a stranger's link to another place
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            for piece in (data,) if isinstance(data, bytes) else data:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise broken(path, error) from error


def refuse_odd(fd: int, most_bytes: int = 1 << 62) -> None:
    """Refuse what is no plain file, or a hole: a read of a pipe or a device need not end.

    Raises:
        OSError: If it is a pipe or a device, or larger than `most_bytes`.
    """
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a plain file")
    if status.st_size > most_bytes:
        raise OSError(errno.EFBIG, f"larger than {most_bytes} bytes")


def broken(path: Path, error: OSError, n_saved: int = 0) -> StoreError:
    """Give the error to raise when the disk refused, saying how many records are safe on it."""
    saved = f"; {n_saved} records are safe" if n_saved else ""
    return StoreError(
        f"{path}: {error.strerror or error}{saved}; mend the disk or folder and run it again"
    )
