"""A model's small files, read as plain bytes and JSON, and named in messages without harm."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from audit.errors import RefusedError

MAX_CONFIG_BYTES = 1_000_000
MAX_TOKENIZER_BYTES = 200_000_000
MAX_DEPTH = 32

_WEB_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_POINTER = b"version https://git-lfs.github.com/spec/"


def one_line(text: str, limit: int = 200) -> str:
    """Write hostile text on one line: no control character, no line break, not endless."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def refuse_stand_in(file: Path, name: str) -> None:
    """Refuse a file that stands where another should: the libraries' words for it help nobody.

    Raises:
        RefusedError: If it is no plain file, empty, too large, an LFS pointer or a web page.
    """
    where = f"{name}: {one_line(file.name)}"
    if not file.is_file():  # a pipe or device would hang the read
        raise RefusedError(f"{where} is not a plain file; fetch the model again")
    if file.suffix != ".safetensors" and file.stat().st_size > MAX_TOKENIZER_BYTES:
        raise RefusedError(f"{where} is larger than {MAX_TOKENIZER_BYTES} bytes; remove it")
    with file.open("rb") as opened:
        start = opened.read(512)
    if not start:
        raise RefusedError(f"{where} is empty; fetch the model again")
    if start.startswith(_POINTER):
        raise RefusedError(f"{where} looks like an LFS pointer; run `git lfs pull` in the folder")
    if _WEB_PAGE.match(start):
        raise RefusedError(f"{where} is a web page, not the file; fetch the model again")


def read_json(file: Path, name: str, max_bytes: int = MAX_CONFIG_BYTES) -> dict[str, Any]:
    """Give the JSON object in a file of the model `name`.

    Raises:
        RefusedError: If it is none, larger than `max_bytes`, or nested too deeply.
    """
    where = f"{name}: {file.name}"
    if not file.is_file():
        raise RefusedError(f"{where} is not a plain file; fetch the model again")
    if file.stat().st_size > max_bytes:
        raise RefusedError(f"{where} is larger than {max_bytes} bytes; this is no configuration")
    try:
        value = json.loads(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RefusedError(f"{where} is not UTF-8; fetch the model again") from error
    except RecursionError as error:
        raise RefusedError(f"{where} is nested too deeply; this is no configuration") from error
    except ValueError as error:
        raise RefusedError(
            f"{where} is not JSON ({one_line(str(error), 80)}); fetch the model again"
        ) from error
    if not isinstance(value, dict):
        raise RefusedError(f"{where} is not a JSON object; fetch the model again")
    if _depth(value) > MAX_DEPTH:
        raise RefusedError(f"{where} is nested too deeply; this is no configuration")
    return value


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [child for item in level for child in _children(item)]
    return depth


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
