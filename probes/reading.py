"""Read the files of public sets and of users strictly: every row is checked, none is run or lost.

A public file is looked for in the data folder, then where `phi-audit prefetch` keeps what it
fetched. One whose hash is not the published one is read all the same (people mend and trim sets),
but the set's card says so; one whose hash is not the locked one is refused.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from audit.errors import RefusedError, UsageError
from audit.mistakes import explain
from audit.records import Prompt, Record
from probes.interface import PublicFile, Sources
from probes.lock import Lock, read_lock

MAX_FILE_BYTES = 256_000_000
"""The largest public set has 17 MB; more than this is a mistake or an attack."""

R = TypeVar("R", bound=Record)
M = TypeVar("M", bound=BaseModel)


# --- where files are ---------------------------------------------------------------------------


def cached(file: PublicFile) -> Path:
    """Give where `prefetch` keeps a file; the file of another commit has another place."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = hashlib.sha256(file.url.encode()).hexdigest()[:12]
    return caches / "phi-audit" / "probes" / place / file.path


def find(file: PublicFile, sources: Sources) -> Path:
    """Give where a public file is: in the data folder, or else in the cache.

    Raises:
        UsageError: If it is in neither, with how to get it.
    """
    if sources.data_dir and (sources.data_dir / file.path).is_file():
        return sources.data_dir / file.path
    if cached(file).is_file():
        return cached(file)
    where = f"{sources.data_dir} has no {file.path}"
    if not sources.data_dir:
        where = f"{file.path} is not here"
    raise UsageError(
        f"{where}; fetch it with `phi-audit prefetch PLAN.toml`, or name a folder that has it with "
        "--data-dir"
    )


def is_here(file: PublicFile, sources: Sources) -> bool:
    """Tell whether a public file is in the data folder or the cache."""
    in_folder = sources.data_dir is not None and (sources.data_dir / file.path).is_file()
    return in_folder or cached(file).is_file()


def read(file: PublicFile, sources: Sources) -> tuple[str, bytes]:
    """Give a public file's path, for messages, and its bytes.

    Raises:
        UsageError: If it is nowhere to be had, too large or cannot be read.
        RefusedError: If its hash is not the locked one.
    """
    path = find(file, sources)
    data = read_bytes(path)
    locked = _lock(sources).files.get(file.path, "")
    if locked and hashlib.sha256(data).hexdigest() != locked:
        raise RefusedError(
            f"{path} is not the file that {sources.lock} names; fetch it again with `phi-audit "
            "prefetch`, or remove the lock to accept this one"
        )
    return str(path), data


def n_changed(files: Sequence[PublicFile], sources: Sources) -> int:
    """Count the files that are not as they were published, or that we cannot tell of."""
    return sum(
        not file.sha256 or hashlib.sha256(read(file, sources)[1]).hexdigest() != file.sha256
        for file in files
    )


def read_bytes(path: Path) -> bytes:
    """Give a plain file's bytes.

    Raises:
        UsageError: If it is not a plain file, compressed, too large or cannot be read.
    """
    try:
        if not path.is_file():  # a pipe or device would hang the read
            raise UsageError(
                f"{path} is not a file; name a file of prompts, one JSON object a line"
            )
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path} is larger than {MAX_FILE_BYTES} bytes; split it")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if data.startswith(b"\x1f\x8b") or path.suffix == ".gz":  # a small one may hold terabytes
        raise UsageError(f"{path} is compressed; unpack it first")
    return data


def _lock(sources: Sources) -> Lock:
    return read_lock(sources.lock) if sources.lock else Lock()


# --- what is in them ---------------------------------------------------------------------------


def lines(data: bytes, path: str) -> Iterator[tuple[int, str]]:
    """Give a text file's lines with their 1-based numbers.

    A byte order mark, CRLF, blank lines at the end and a missing final newline are accepted.

    Raises:
        UsageError: If a line is not UTF-8, or is blank with others after it.
    """
    # Cut as bytes: as text it would be cut at separators that may stand inside a JSON string too.
    rows = data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n \t").splitlines()
    for number, row in enumerate(rows, start=1):
        try:
            line = row.decode()
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}:{number}: not UTF-8 (byte {error.start})") from error
        if not line.strip():
            raise UsageError(f"{path}:{number}: blank line; remove it")
        yield number, line


def json_lines(data: bytes, path: str, kind: type[R]) -> Iterator[tuple[int, R]]:
    """Give the rows of a file of one JSON object a line, with their line numbers.

    Raises:
        UsageError: If a row is broken, with file and line.
    """
    for number, line in lines(data, path):
        yield number, row_of(parse(line, f"{path}:{number}"), kind, f"{path}:{number}")


def json_array(data: bytes, path: str, kind: type[R]) -> list[R]:
    """Give the rows of a file that is one JSON array of objects.

    Raises:
        UsageError: If the file or a row is broken, with the 1-based number of the row.
    """
    rows = parse(_text(data, path), path)
    if not isinstance(rows, list):
        raise UsageError(f"{path}: not a JSON array of rows")
    return [row_of(row, kind, f"{path}: row {number}") for number, row in enumerate(rows, 1)]


def json_whole(data: bytes, path: str, kind: type[M]) -> M:
    """Give a file that is one JSON value of a known shape.

    Raises:
        UsageError: If it is not, with what is wrong where.
    """
    return row_of(parse(_text(data, path), path), kind, path)


def table(
    data: bytes, path: str, kind: type[R], header: Sequence[str], *, tabs: bool = False
) -> list[R]:
    """Give the rows of a file of comma-separated values, or of tab-separated ones without quotes.

    Args:
        data: The file.
        path: For messages.
        kind: Its fields are the columns, in their order.
        header: The first line, as published.
        tabs: Whether the columns are cut at tabs.

    Raises:
        UsageError: If the header is another one or a row is broken, with file and line.
    """
    lines_of = io.StringIO(_text(data, path), newline="")
    if tabs:
        reader = csv.reader(lines_of, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(lines_of, strict=True)
    try:
        if next(reader, None) != list(header):
            raise UsageError(f"{path}:1: the columns are not {', '.join(header)}")
        return [_cells(row, kind, f"{path}:{reader.line_num}") for row in reader]
    except csv.Error as error:
        raise UsageError(f"{path}:{reader.line_num}: {error}") from error


def _text(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 (byte {error.start})") from error


def _cells(row: Sequence[str], kind: type[R], where: str) -> R:
    fields = list(kind.model_fields)
    if len(row) != len(fields):
        raise UsageError(f"{where}: {len(row)} columns instead of {len(fields)}")
    return row_of(dict(zip(fields, row, strict=True)), kind, where)


def parse(text: str, where: str) -> Any:
    """Parse JSON strictly: no NaN, no key twice.

    Raises:
        UsageError: If it is not JSON; `where` begins the message.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise UsageError(f"{where}: nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"{where}: not JSON ({error})") from error


def row_of(value: object, kind: type[M], where: str) -> M:
    """Check one row.

    Raises:
        UsageError: If a field is missing, unknown or of another type; `where` begins the message.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise UsageError(f"{where}: {explain(error, kind, 'row')}") from error


def tag_duplicates(prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    """Tag each prompt whose text an earlier one has with `duplicate_of`, the first one's id.

    Published sets repeat texts; answers to them are not independent, and statistics must know.
    """
    first: dict[str, str] = {}
    return tuple(
        prompt
        if first.setdefault(prompt.text, prompt.id) == prompt.id
        else prompt.model_copy(update={"tags": {**prompt.tags, "duplicate_of": first[prompt.text]}})
        for prompt in prompts
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a key stands twice")
    return row


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
