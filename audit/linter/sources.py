"""Read what `phi-audit lint` is to lint: source files, folders of them, files of completions.

What cannot be read is an item with the reason, never a gap: a pipe, a folder that is closed, a link
to what is not read under a name of its own. What is no source is counted.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from audit.errors import UsageError
from audit.languages import canonical
from audit.linter.config import Config
from audit.linter.items import Item

SUFFIXES = {
    ".py": "python", ".pyw": "python", ".pyi": "python",
    ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".ts": "typescript",
    ".tsx": "typescript", ".java": "java", ".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp",
    ".hpp": "cpp", ".cs": "csharp", ".php": "php", ".rs": "rust", ".go": "go", ".rb": "ruby",
}  # fmt: skip
"""Source files of a folder; files of other kinds are counted."""

SKIPPED_FOLDER = ".git"
LINK = "error: link elsewhere"
MAX_FILE_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 26
"""Of a file of completions: a longer line was made to fill the memory."""


def items(path: Path, config: Config, left_out: list[str], others: Counter[str]) -> Iterator[Item]:
    """Give what a path holds, in order.

    Args:
        path: A `.jsonl` file holds one completion a line; a folder is read with those below it; any
            other file is source.
        config: What is left out.
        left_out: Takes the paths that are.
        others: Takes how many files of a folder are no source, by suffix.

    Raises:
        UsageError: If a folder holds no source file, a file of completions is no plain file, or a
            line of one is broken.
    """
    if path.is_dir():
        yield from _of_folder(path, config, left_out, others)
    elif config.leaves_out(path):
        left_out.append(path.as_posix())
    elif path.suffix == ".jsonl":
        yield from _completions(path)
    else:
        yield _source(path)


def _of_folder(
    folder: Path, config: Config, left_out: list[str], others: Counter[str]
) -> Iterator[Item]:
    found = sorted([*_walked(folder, others)])
    if not found:
        raise UsageError(f"{folder} holds no source file; give a folder that does")
    has_links = any(reason == LINK for _, reason in found)
    read = {path.resolve() for path, reason in found if not reason} if has_links else set()
    for path, reason in found:
        if config.leaves_out(path):
            left_out.append(path.as_posix())
        elif not reason:
            yield _source(path)
        elif not (reason == LINK and _is_read(path, folder, read)):
            language = SUFFIXES.get(path.suffix.lower(), "unknown")
            yield Item(path.as_posix(), language, "", completion=False, reason=reason)


def _walked(top: Path, others: Counter[str]) -> Iterator[tuple[Path, str]]:
    """Give each source file, and each thing in the place of one with why it is not read."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            yield folder, f"error: {error.strerror}"
            continue
        for entry in entries:
            path = folder / entry.name
            is_source = path.suffix.lower() in SUFFIXES
            if entry.is_symlink():
                if is_source or _may_be_folder(path):
                    yield path, LINK
                else:
                    others[path.suffix] += 1
            elif entry.is_dir():
                if entry.name == SKIPPED_FOLDER:
                    others[f"{SKIPPED_FOLDER}/"] += 1
                else:
                    folders.append(path)
            elif is_source:
                yield path, "" if entry.is_file() else "error: not a file"
            else:
                others[path.suffix] += 1


def _may_be_folder(link: Path) -> bool:
    try:
        return link.is_dir()
    except OSError:  # it leads to what may not be looked at
        return True


def _is_read(link: Path, folder: Path, read: set[Path]) -> bool:
    """Tell whether what a link leads to is read under a name of its own."""
    try:
        end = link.resolve(strict=True)
    except (OSError, RuntimeError):  # to nothing, or in a circle
        return False
    if end in read:
        return True
    top = folder.resolve()
    inside = end == top or top in end.parents
    return end.is_dir() and inside and SKIPPED_FOLDER not in end.relative_to(top).parts


def _source(path: Path) -> Item:
    language = SUFFIXES.get(path.suffix.lower(), "unknown")
    name = path.as_posix()
    if not path.is_file():
        return Item(name, language, "", completion=False, reason="error: not a file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            return Item(name, language, "", completion=False, reason="error: too large")
        return Item(name, language, data.decode("utf-8-sig"), completion=False)
    except UnicodeDecodeError:
        return Item(name, language, "", completion=False, reason="error: not UTF-8")
    except OSError as error:
        return Item(name, language, "", completion=False, reason=f"error: {error.strerror}")


def _completions(path: Path) -> Iterator[Item]:
    if not path.is_file():  # a pipe or a device has no end
        raise UsageError(f"{path} is not a plain file; write the completions into one")
    try:
        with path.open("rb") as file:
            lines = iter(partial(file.readline, MAX_LINE_BYTES), b"")
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _completion(line, f"{path}:{number}")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _completion(line: bytes, place: str) -> Item:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UsageError(f"{place}: not JSON in UTF-8; write one object a line") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise UsageError(f"{place}: needs `id` and `text`; write one object a line")
    identifier, language = row.get("id"), row.get("language") or "python"
    if not isinstance(identifier, str | int) or not isinstance(language, str):
        raise UsageError(f"{place}: `id` and `language` must be text")
    return Item(str(identifier), canonical(language), row["text"], completion=True)
