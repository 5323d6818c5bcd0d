"""Read what `phi-audit lint` is to lint: source files, folders of them, files of completions.

What cannot be read is an item with the reason, never a gap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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
"""Source files of a folder; files of other kinds are not listed."""

SKIPPED_FOLDERS = frozenset({".git", "__pycache__"})
MAX_FILE_BYTES = 1 << 20


def items(path: Path, config: Config, left_out: list[str]) -> Iterator[Item]:
    """Give what a path holds, in order.

    Args:
        path: A `.jsonl` file holds one completion a line; a folder is read with those below it; any
            other file is source.
        config: What is left out.
        left_out: Takes the paths that are.

    Raises:
        UsageError: If a folder holds no source file, or a line is broken.
    """
    if path.is_dir():
        sources = sorted(_sources(path))
        if not sources:
            raise UsageError(f"{path} holds no source file; give a folder that does")
        for source in sources:
            if config.leaves_out(source):
                left_out.append(source.as_posix())
            else:
                yield _source(source)
    elif config.leaves_out(path):
        left_out.append(path.as_posix())
    elif path.suffix == ".jsonl":
        yield from _completions(path)
    else:
        yield _source(path)


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir() and path.name not in SKIPPED_FOLDERS:
            yield from _sources(path)
        elif path.is_file() and path.suffix.lower() in SUFFIXES:
            yield path


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
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _completion(line, f"{path}:{number}")


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
