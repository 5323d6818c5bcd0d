"""Say in one line what is wrong with a record that somebody wrote by hand."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ValidationError


def explain(error: ValidationError, kind: type[BaseModel], whole: str) -> str:
    """Name the first place at fault, and what is wrong there; of an unknown key, a near one.

    Args:
        error: What pydantic found.
        kind: What the record should be.
        whole: What to call it where no place in it is at fault, such as `plan` or `row`.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or whole
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        near = get_close_matches(key, _fields(kind, first["loc"][:-1]), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; remove it"
        return f"unknown key {where}{hint}"
    message = re.sub(r"^Value error, ", "", first["msg"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {message}{more}"


def _fields(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Give the keys that may stand at a place in a record."""
    for part in loc:
        if isinstance(part, int):
            continue
        annotation = kind.model_fields[part].annotation if part in kind.model_fields else None
        for candidate in (annotation, *get_args(annotation)):
            for inner in (candidate, *get_args(candidate)):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    kind = inner
    return list(kind.model_fields)
