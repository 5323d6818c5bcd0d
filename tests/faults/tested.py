"""Goals that are tests already: run them, and count what passed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as Xml

from tests.faults.row import Row

ROOT = Path(__file__).parents[2]


def row(name: str, goal: str, least: int, *paths: str, only: str = "") -> Row:
    """Run test files; the goal is met if at least `least` cases ran and every one passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        chosen = ["-k", only] if only else []
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *chosen, *paths],
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        if not report.exists():
            return Row(name, "the tests did not run", goal, met=False)
        cases = list(Xml.parse(report).iter("testcase"))
    bad = [case for case in cases if len(case.findall("failure") + case.findall("error"))]
    skipped = [case for case in cases if case.find("skipped") is not None]
    n_passed = len(cases) - len(bad) - len(skipped)
    return Row(
        name,
        f"{n_passed} of {len(cases)} cases pass, {len(skipped)} skipped",
        goal,
        n_passed == len(cases) and n_passed >= least,
        tuple(f"{case.get('classname')}::{case.get('name')}" for case in bad),
    )
