"""Run folders and histories of strangers, through the commands that read one.

A folder may come by mail or from a hub: each of its files may be a link to the reader's own, a pipe
that never ends, a hole of a terabyte, or JSON in which any name is an attack and any number absurd.

The commands run in forks of a process that has run each of them once, so that thousands of them
import and compile nothing; some in interpreters of their own, to show that this is no difference.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as Xml

import yaml

from audit import cli
from reports.exports.tables import FORMULA
from tests.faults import spoilt_runs
from tests.faults.forked import told_all
from tests.faults.row import Row
from tests.faults.spoilt_runs import Case

SECRET = "a secret of the reader's own"
COMMANDS: dict[str, tuple[str, ...]] = {
    "report": ("report", "run"),
    "redacted": ("report", "run", "--redact"),
    "export": ("export", "run", "--format", "sarif,junit,csv,model-card,bom,in-toto"),
    "attach": ("attach", "run", "--to", "gh:owner/repo@v1", "--dry-run"),
    "compare": ("compare", "run", "whole"),
    "gate": ("gate", "run", "--history", "history"),
    "accept": ("accept", "run", "--history", "history"),
    "history": ("history", "history"),
    "page": ("history", "history", "--html", "page.html"),
}
GRADING: dict[str, tuple[str, ...]] = {
    "score": ("score", "run", "--history", "history", "--quiet"),
    "run": ("run", "--limit", "2", "--seed", "0", "--out", "run", "--quiet"),
}
"""What grades, and perhaps asks, again: each in an interpreter of its own, for torch outlives no
fork, and on a copy of its own, for it makes much of the folder anew."""

GATES = b"""
[[gates]]
id = "toxic"
measure = "toxic_rate"
probe = "groups"
limit = 1.0
margin = 1.0
min_n = 1

[[gates]]
id = "harsh"
measure = "insecure_rate"
probe = "insecure_code"
slice = "cwe=*"
limit = 0.0
margin = 0.0
budget = 0.1
min_n = 1
"""
"""What even a run of few prompts is judged by; a gate without a number would end in INCOMPLETE."""

FOLDERS = ("run", "whole", "history")
ENDS = {0, 1, 2, 3, 4, 74, 75}
MOST_S = 120
EVERY_FRESH = 34
"""Of the cases every so many go through interpreters of their own."""

EVERY_GRADED = 9
"""Of the cases every so many are graded again, too: it takes seconds."""

MOST_BYTES = 8 << 30
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def measure(full: bool) -> Iterator[Row]:
    """Give the row on run folders; the short form takes every fortieth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _audit(folder)
        cases = list(spoilt_runs.cases(folder / "run"))[:: 1 if full else 40]
        # Apart: what is imported there is no memory of the rows that follow.
        halves = [partial(_all_problems, folder, i, cases[i::2]) for i in (0, 1)]
        wrong = tuple(problem for half in told_all(halves) for problem in half)
    n_fresh = sum(len(cases[i::2][::EVERY_FRESH]) for i in (0, 1))
    n_graded = sum(len(cases[i::2][::EVERY_GRADED]) for i in (0, 1))
    yield Row(
        "run folders and histories of strangers",
        f"{len(cases)} of them through {len(COMMANDS)} commands, {n_fresh} in interpreters of "
        f"their own, {n_graded} through {' and '.join(GRADING)}, too; {len(wrong)} bad ends",
        "600 or more (15 in the short form): nothing outside is written or sent, no hang, one line "
        "and a documented status; nothing acts in a report, table, card or terminal",
        not wrong and len(cases) >= (600 if full else 15),
        wrong,
    )


def _audit(folder: Path) -> None:
    """Make a run and, in a history, one that was accepted and released before it."""
    (folder / "gates.toml").write_bytes(GATES)
    for out, seed in (("whole", "1"), ("run", "0")):
        _command(folder, "run", "--limit", "2", "--seed", seed, "--out", out, "--quiet")
        _command(folder, "gate", out, "--gates", "gates.toml")
        if out == "whole":
            _command(folder, "accept", out, "--history", "history", "--released")


def _command(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "audit", *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    if done.returncode not in {0, 1, 4}:
        raise AssertionError(f"{arguments} ended in {done.returncode}: {done.stderr[-500:]}")


# --- what a case does --------------------------------------------------------------------------


def _all_problems(folder: Path, number: int, cases: Sequence[Case]) -> list[str]:
    place = folder / f"place-{number}"
    _copy(folder, place)
    for arguments in COMMANDS.values():
        _run_here(place, arguments)
    shutil.rmtree(place)
    found: list[str] = []
    for i, case in enumerate(cases):
        found += _tried(folder, place, case, COMMANDS, fresh=i % EVERY_FRESH == 0)
        if i % EVERY_GRADED == 0:
            for name, arguments in GRADING.items():
                found += _tried(folder, place, case, {name: arguments}, fresh=True)
    return found


def _tried(
    folder: Path, place: Path, case: Case, commands: Mapping[str, tuple[str, ...]], *, fresh: bool
) -> list[str]:
    _copy(folder, place)
    found = list(_problems(place, case, commands, fresh=fresh))
    shutil.rmtree(place)
    return found


def _copy(folder: Path, place: Path) -> None:
    for copied in FOLDERS:
        shutil.copytree(folder / copied, place / copied)


def _run_here(folder: Path, arguments: tuple[str, ...]) -> None:
    heard = io.StringIO()
    sys.argv = ["phi-audit", *arguments]
    with contextlib.chdir(folder), contextlib.redirect_stdout(heard):  # noqa: SIM117  # too long
        with contextlib.redirect_stderr(heard), contextlib.suppress(SystemExit):
            cli.main()
    if "error: " in heard.getvalue():
        raise AssertionError(f"{arguments} of a good run: {heard.getvalue()}")


def _problems(
    place: Path, case: Case, commands: Mapping[str, tuple[str, ...]], *, fresh: bool
) -> Iterator[str]:
    name, spoil = case
    victim = place / "victim" / "file"
    victim.parent.mkdir(parents=True)
    victim.write_text(SECRET)
    spoil(place / "run")
    for command, arguments in commands.items():
        code, said = _heard(place, arguments, fresh=fresh)
        if code not in ENDS:
            yield f"{name}, {command}: ended in {code}: {said.strip()[-200:]!r}"
        if _UNSEEN.search(said):
            yield f"{name}, {command}: acts on the terminal"
        if SECRET in said:
            yield f"{name}, {command}: sends or shows a file from elsewhere"
    if list(victim.parent.iterdir()) != [victim] or victim.read_text() != SECRET:
        yield f"{name}: a file elsewhere was written"
    yield from (f"{name}: {problem}" for problem in _acting(place / "run"))


def _heard(folder: Path, arguments: tuple[str, ...], *, fresh: bool) -> tuple[int, str]:
    """Run a command in a process of its own; give its status and what it printed."""
    said = folder / ".said"
    pid = os.fork()
    if pid == 0:
        _become(folder, said, arguments, fresh=fresh)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, said.read_bytes().decode("utf-8", "replace")


def _become(folder: Path, said: Path, arguments: tuple[str, ...], *, fresh: bool) -> None:
    code = 99
    try:
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.chdir(folder)
        signal.alarm(MOST_S)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        if fresh:
            command = [sys.executable, "-P", "-m", "audit", *arguments]
            os.execv(sys.executable, command)  # noqa: S606  # it takes the place of this fork
        sys.argv = ["phi-audit", *arguments]
        cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        os._exit(code)


def _acting(run: Path) -> Iterator[str]:
    """Say what in the files that we wrote would act on who opens them."""
    for name in ("report.html", "report.redacted.html", "../page.html"):
        with contextlib.suppress(OSError):
            if "<script>alert" in (run / name).read_text():
                yield f"a script in {name}"
    for name in ("summary.md", "model-card.md"):
        with contextlib.suppress(OSError):
            text = (run / name).read_text().replace("<!-- phi-audit: ", "")
            if re.search(r"<\w|\]\(|^::", re.sub(r"`[^`\n]*`", "", text), re.MULTILINE):
                yield f"markup in {name}"
    with contextlib.suppress(OSError):
        cells = [cell for row in csv.reader((run / "samples.csv").open(newline="")) for cell in row]
        if any(cell.startswith(FORMULA) and not _is_number(cell) for cell in cells):
            yield "a formula in samples.csv"
    for name, read in {
        "junit.xml": Xml.fromstring,
        "model-index.yaml": yaml.safe_load,
        "findings.sarif": json.loads,
        "bom.cdx.json": json.loads,
    }.items():
        with contextlib.suppress(OSError):
            text = (run / name).read_text()
            if not text.startswith("\0"):
                yield from _unread(name, read, text)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _unread(name: str, read: Callable[[str], object], text: str) -> Iterator[str]:
    try:
        read(text)
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        yield f"{name} cannot be read: {error}"
