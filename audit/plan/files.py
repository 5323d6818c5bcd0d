"""Where plans come from: TOML files, run folders, and those that ship with the package."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.plan.whole import Plan, validate

MAX_PLAN_BYTES = 1_000_000


def read(path: Path) -> Plan:
    """Read a plan, or the `[tool.phi-audit]` table of a pyproject.toml.

    Raises:
        UsageError: If it cannot be read, with the file and the line or key at fault.
    """
    return parse(_text(path), str(path))


def _text(path: Path) -> str:
    if not path.is_file():  # a FIFO or a device would hang the read
        raise UsageError(f"{path} is not a file; name a plan, or none for the embedded one")
    if path.stat().st_size > MAX_PLAN_BYTES:
        raise UsageError(f"{path} is larger than {MAX_PLAN_BYTES} bytes; a plan is short")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def with_gates(table: dict[str, Any], path: Path) -> Plan:
    """Give a plan with the `[[gates]]` of a TOML file in place of its own.

    Raises:
        UsageError: If the file holds anything else, or the gates do not fit the plan.
    """
    found = _table(_text(path), str(path))
    others = sorted(found.keys() - {"gates"})
    if others or not found:
        what = f"has {others[0]}" if others else "is empty"
        raise UsageError(f"{path} {what}; a file of gates holds [[gates]] and nothing else")
    return validate({**table, **found}, str(path))


def find(name: str) -> Plan:
    """Read a plan by its path or, if there is no such file, by the name of a shipped plan.

    A run folder stands for the plan it was made by, with all that its command line changed.

    Raises:
        UsageError: If there is neither.
    """
    path = Path(name)
    if path.is_dir():
        return _of_run(path)
    if not path.exists() and name in shipped():
        path = shipped()[name]
    return read(path)


def _of_run(folder: Path) -> Plan:
    text = _text(folder / "manifest.json")
    try:
        table = json.loads(text)["plan"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{folder}/manifest.json is damaged; name a plan") from error
    return validate(table, str(folder))


def shipped() -> dict[str, Path]:
    """Give the plans that come with the package, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "shipped").glob("*.toml"))}


def parse(text: str, source: str = "plan") -> Plan:
    """Parse a plan from TOML text; `source` names it in errors.

    Raises:
        UsageError: If it is not TOML or not a plan.
    """
    table = _table(text, source)
    if source.endswith("pyproject.toml"):
        tools = table.get("tool")
        table = tools.get("phi-audit", {}) if isinstance(tools, dict) else {}
    return validate(table, source)


def _table(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number of thousands of digits
        raise UsageError(f"{source} is not valid TOML: {error or 'nested too deeply'}") from error
