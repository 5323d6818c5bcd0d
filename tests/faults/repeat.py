"""The same plan gives the same bytes, and a run says nothing that it must keep to itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.row import Row

CANARY = "hf_" + "CanaryThatMustNotBeWritten"
SECRETS = (
    "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN", "SEMGREP_APP_TOKEN", "PHI_AUDIT_CANARY",
)  # fmt: skip
ELSEWHERE = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LANG": "C", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "3", "TZ": "UTC", "COLUMNS": "40", "NO_COLOR": "1"},
)
LIMIT = 6


def measure(full: bool) -> Iterator[Row]:
    """Give the rows on repeatability and secrets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = _run(folder, "first", {"PYTHONHASHSEED": "0"} | dict.fromkeys(SECRETS, CANARY))
        yield _same_bytes(folder, ELSEWHERE if full else ELSEWHERE[:1])
        yield _secrets(folder, first)


def _run(folder: Path, name: str, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "audit",
         *(arguments or ("run", "--limit", str(LIMIT), "--out", name))],
        cwd=folder, check=False, capture_output=True, text=True, timeout=600,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "SOURCE_DATE_EPOCH": "0", **environment},
    )  # fmt: skip
    return done.stdout + done.stderr


def _same_bytes(folder: Path, places: tuple[dict[str, str], ...]) -> Row:
    wrong = []
    for number, place in enumerate(places):
        _run(folder, f"again-{number}", place)
        wrong += [
            f"{place}: {name}" for name in _differing(folder / "first", folder / f"again-{number}")
        ]
    return Row(
        "the same bytes in other processes, hash seeds, time zones and locales",
        f"{len(places) + 1} runs, {len(wrong)} files differ",
        "logs, audit.json, report.html and exports: 0 differ",
        not wrong and (folder / "first" / "audit.json").exists(),
        tuple(wrong),
    )


def _differing(one: Path, other: Path) -> list[str]:
    names = sorted(path.name for path in one.iterdir() if path.name not in {"lock"})
    return [
        name
        for name in names
        if (one / name).is_file()
        and (
            not (other / name).exists() or (one / name).read_bytes() != (other / name).read_bytes()
        )
    ]


def _secrets(folder: Path, said: str) -> Row:
    said += _run(folder, "", dict.fromkeys(SECRETS, CANARY), "doctor")
    said += _run(folder, "", dict.fromkeys(SECRETS, CANARY), "run", "absent.toml", "--debug")
    where = ["the terminal"] if CANARY in said else []
    where += [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    return Row(
        "a secret in the environment",
        f"found {len(where)} times in the run folder, report and terminal",
        "0 times",
        not where,
        tuple(where),
    )
