"""`[tool.phi-audit.lint]` of the nearest pyproject.toml: what fails, and what is left out.

A model may write a pyproject.toml too. So a file inside a folder that is linted configures nothing,
a rule is left out only with a reason, and all that is left out is counted and shown.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from audit.errors import UsageError
from audit.linter import catalog
from audit.records import Record

FailOn = Literal["low", "medium", "high", "none"]


class Config(Record):
    """How `phi-audit lint` is set up."""

    fail_on: FailOn = "low"
    """The least severity that makes the exit status 1; `none`: no finding does."""

    exclude: dict[str, str] = {}
    """Rules whose findings do not count, as `tool/rule`, each with the reason."""

    leave_out: tuple[str, ...] = Field((), strict=False)
    """Paths that are not linted, from the folder of the file; `*` stands for any text."""

    folder: str = "."
    """Absolute: where the paths to leave out begin."""

    def leaves_out(self, path: Path) -> bool:
        """Tell whether a path, or a folder it lies in, is to be left out."""
        if not self.leave_out:
            return False
        try:
            inside = path.resolve().relative_to(self.folder)
        except (ValueError, RuntimeError):  # outside, or links in a circle
            return False
        names = [inside.as_posix(), *(parent.as_posix() for parent in inside.parents)][:-1]
        return any(
            fnmatch.fnmatchcase(name, pattern.rstrip("/"))
            for name in names
            for pattern in self.leave_out
        )


def find(start: Path, linted: Sequence[Path]) -> Config:
    """Read the configuration of the nearest pyproject.toml that is not itself linted.

    Args:
        start: The working folder; it is looked for here and upward.
        linted: What is to be linted; a file inside one of these folders is passed over.

    Raises:
        UsageError: If the file or its table cannot be read, or holds an unknown key or rule, or a
            rule is left out without a reason.
    """
    folders = [path.resolve() for path in linted if path.is_dir()]
    for folder in (start.resolve(), *start.resolve().parents):
        if any(folder.is_relative_to(inside) for inside in folders):
            continue
        if (folder / "pyproject.toml").is_file():
            return _read(folder / "pyproject.toml")
    return Config()


def _read(path: Path) -> Config:
    try:
        table = tomllib.loads(path.read_bytes().decode())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    for key in ("tool", "phi-audit", "lint"):
        table = table.get(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: `{key}` must be a table")
    return _checked(table, path)


def _checked(table: dict[str, Any], path: Path) -> Config:
    place = f"{path}: [tool.phi-audit.lint]"
    known = {"fail-on", "exclude", "leave-out"}
    if unknown := sorted(set(table) - known):
        raise UsageError(f"{place} has no key {unknown[0]!r}; it takes {', '.join(sorted(known))}")
    try:
        fields = {key.replace("-", "_"): value for key, value in table.items()}
        config = Config.model_validate({**fields, "folder": str(path.parent)})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]).replace("_", "-")
        raise UsageError(f"{place} `{key}`: {first['msg']}") from None
    reasons = {}
    for rule, reason in config.exclude.items():
        if not reason.strip():
            raise UsageError(f"{place} leaves out {rule} without a reason; write why")
        reasons[catalog.find(rule).id] = reason
    return config.model_copy(update={"exclude": reasons})
