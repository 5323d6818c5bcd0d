"""Know a finished run by all that it was made of, so that the same command ends at once.

The trap: calling a run finished that would come out otherwise today. So everything is compared:
the plan with its gates, our own code and rules, the packages' versions, a grader's own files, the
history, and every byte that the run folder held when it was finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from audit.errors import StoreError
from audit.plan import Plan
from audit.steps.start import versions
from audit.store import RunFolder, canonical, digest_plain

NAME = "finished.json"
OURS = ("audit", "probes", "reports")
PASSING = (".partial", "lock", NAME)
"""Ends of the names of files that are no part of a result."""


def keep(folder: RunFolder, plan: Plan, history: Path | None) -> None:
    """Say that a run is finished: written last, so that its existence means that it is."""
    files = {
        path.name: _digest(path)
        for path in sorted(folder.path.iterdir())
        if path.is_file() and not path.name.endswith(PASSING)
    }
    folder.write_json(NAME, {"made_of": _made_of(plan, history), "files": files})


def is_finished(folder: RunFolder, plan: Plan, history: Path | None) -> bool:
    """Tell whether the same run would be made again from what is here, byte for byte."""
    data = folder.read(NAME)
    if data is None:
        return False
    try:
        kept = json.loads(data)
        files = dict(kept["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return bool(
        kept["made_of"] == _made_of(plan, history)
        and all(_digest(folder.path / name) == digest for name, digest in files.items())
    )


def _made_of(plan: Plan, history: Path | None) -> str:
    home = Path(__file__).parents[2]
    parts: list[object] = [plan.normalised(), versions()]
    folders = [home / name for name in OURS] + ([history] if history else [])
    for folder in folders:
        parts += [[str(path.relative_to(folder)), _digest(path)] for path in _files(folder)]
    for grader in plan.graders.values():
        # Too large to be read each time; a folder that is changed has other times.
        stats = [(str(path), path.stat()) for path in _files(Path(grader))]
        parts += [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "lock" and "__pycache__" not in path.parts:
            yield path


def _digest(path: Path) -> str:
    try:
        return digest_plain(path)
    except (FileNotFoundError, StoreError, ValueError):  # a name that no file can have, too
        return "absent"
