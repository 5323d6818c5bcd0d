"""Every task of the project: `nox -l` lists them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["audit"]
nox.options.default_venv_backend = "virtualenv"  # pip takes the pinned torch from where it lies

PINS = ("-c", "constraints.txt")
PROJECT = nox.project.load_toml("pyproject.toml")


def group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECT, name)


@nox.session(reuse_venv=True)
def audit(session: nox.Session) -> None:
    """Audit the embedded reference models, or `-- PLAN.toml [OPTIONS]`, and write a report."""
    session.install(*PINS, ".")
    session.run("phi-audit", "run", *session.posargs)


@nox.session(reuse_venv=True)
def tests(session: nox.Session) -> None:
    """Run the tests on all cores, or `-- ARGUMENTS` for pytest, such as `-n 0`."""
    session.install(*PINS, "-e", ".", *group("tests"))
    # A file stays in one process, with what it made once; threads that wait must not spin.
    command = ("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)
    session.run(*command, env={"OMP_WAIT_POLICY": "PASSIVE"})


@nox.session(reuse_venv=True)
def ray(session: nox.Session) -> None:
    """Run the tests of `--engine ray` on a local cluster of two nodes: Ray is 240 MB, so apart."""
    session.install(*PINS, "-e", ".[ray]", *group("tests"))
    session.run("pytest", "tests/audit/backends/test_ray.py", *session.posargs)


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check style, formatting and the layers of the house."""
    session.install(*PINS, *group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    # The layers are read from the source: nothing of the project is imported or installed.
    session.run("lint-imports", env={"PYTHONPATH": "."})


@nox.session(reuse_venv=True)
def types(session: nox.Session) -> None:
    """Check types, tests included."""
    session.install(*PINS, "-e", ".", *group("types"), *group("tests"), "nox")
    session.run("mypy")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it alone, and audit with it from another folder."""
    session.install("build")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", "dist")
    (built,) = (Path(p).resolve() for p in Path("dist").glob("*.whl"))
    constraints = Path("constraints.txt").resolve()
    session.install("-c", str(constraints), str(built))
    elsewhere = session.create_tmp()
    session.chdir(elsewhere)
    shutil.rmtree("runs", ignore_errors=True)
    session.run("phi-audit", "list")
    session.run("phi-audit", "doctor")
    session.run("phi-audit", "run", "--out", "runs/wheel")
    if not Path("runs/wheel/report.html").is_file():
        session.error("the installed wheel wrote no report")


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Measure speed against what a user would pick instead; `-- --gpu` on a GPU."""
    session.install(*PINS, "-e", ".")
    asked = [one for one in session.posargs if one != "--gpu"]
    module = "tests.benchmarks.gpu" if "--gpu" in session.posargs else "tests.benchmarks"
    session.run("python", "-m", module, *asked)


@nox.session(reuse_venv=True)
def faults(session: nox.Session) -> None:
    """Meet faults and hostile input in a short form, or all of it with `-- --full`."""
    session.install(*PINS, "-e", ".", *group("tests"), *group("faults"))
    if "--full" in session.posargs:
        session.install(*PINS, *group("fuzz"))
    session.run("python", "-m", "tests.faults", *session.posargs)


@nox.session
def supply(session: nox.Session) -> None:
    """Look up known vulnerabilities of every pinned package, and write a bill of materials."""
    session.install(*PINS, ".", *group("supply"))
    Path("dist").mkdir(exist_ok=True)
    bill = "dist/phi-audit.cdx.json"
    session.run("cyclonedx-py", "environment", "--output-reproducible", "-o", bill)
    # Strict: a package that could not be looked up would else end in "none known".
    asked = ("--strict", "--requirement", "constraints.txt", "--no-deps", "--disable-pip")
    session.run("pip-audit", *asked)


@nox.session(reuse_venv=True)
def reference(session: nox.Session) -> None:
    """Make the reference models and the classifier anew: `-- models` or `-- classifier`."""
    session.install(*PINS, "-e", ".")
    data = os.environ.get("PHI_AUDIT_DATA", "../shared/data")
    for part in session.posargs or ("models", "classifier"):
        options = ("--data-dir", data) if part == "classifier" else ()
        session.run("python", "-m", "audit.reference.make", part, *options)
