"""What the project is made of: pinned, reviewed by tools, and built to the same bytes twice."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.row import Row
from tests.faults.tested import ROOT, row


def measure(full: bool) -> Iterator[Row]:
    """Give the rows on the supply chain; known vulnerabilities need a network: `nox -s supply`."""
    if full:  # a test that every change has passed already
        yield row(
            "pins, and calls that our own code may not make",
            "every action by its commit, every package by its version, 0 forbidden calls",
            100,
            "tests/test_own_code.py",
        )
    yield _workflows()
    yield _wheel()


def _workflows() -> Row:
    done = subprocess.run(
        ["zizmor", "--offline", ".github/workflows"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return Row(
        "zizmor on our workflows",
        done.stdout.strip().rpartition("\n")[2] or f"exit {done.returncode}",
        "0 findings",
        done.returncode == 0,
        () if done.returncode == 0 else tuple(done.stdout.splitlines()[:20]),
    )


def _wheel() -> Row:
    built = []
    for seed in "12":
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
                cwd=ROOT,
                check=True,
                capture_output=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
            (wheel,) = Path(folder).glob("*.whl")
            built.append(wheel.read_bytes())
    return Row(
        "the wheel built twice",
        f"{len(built[0]):,} bytes, {'equal' if built[0] == built[1] else 'different'}",
        "equal",
        built[0] == built[1],
    )
