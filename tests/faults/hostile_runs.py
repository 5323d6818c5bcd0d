"""Run folders and histories of strangers, through every command that reads one.

A folder may come by mail or from a hub: each of its files may be a link to the reader's own, a pipe
that never ends, a hole of a terabyte, or JSON in which any name is an attack and any number absurd.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import yaml  # type: ignore[import-untyped]  # ships no types

from audit import cli
from audit.records import Ungraded
from audit.store import encode
from reports.exports.tables import FORMULA
from tests.faults.row import Row

EVIL = (
    "=<script>alert(1)</script>\"'[/bold][link=http://x]y[/link]\x1b]0;title\x07\x9b2J\u202e"
    "../../../victim`|\n::add-mask::x\n---\nconfigs: [a]\n# x\n"
)
SECRET = "a secret of the reader's own"
NUMBERS = (10**30, -1, 1e300)
JSONS = ("audit.json", "gates.json", "manifest.json")
COMMANDS: dict[str, tuple[str, ...]] = {
    "report": ("report", "run"),
    "redacted": ("report", "run", "--redact"),
    "export": ("export", "run", "--format", "sarif,junit,csv,model-card,bom,in-toto"),
    "attach": ("attach", "run", "--to", "gh:owner/repo@v1", "--dry-run"),
    "compare": ("compare", "run", "whole"),
    "gate": ("gate", "run", "--history", "history"),
    "accept": ("accept", "run", "--history", "history"),
    "history": ("history", "history"),
}
IMPORTED = (
    "audit.flips", "audit.history", "audit.publish.attach", "audit.tables",
    *(f"reports.exports.{form}" for form in ("bom", "intoto", "junit", "sarif", "tables")),
)  # fmt: skip
ENDS = {0, 1, 2, 3, 4, 74, 75}
MOST_S = 60
MOST_BYTES = 8 << 30
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Case = tuple[str, Callable[[Path], object]]
"""A name, and what is done to a copy of a whole run."""


def measure(full: bool) -> Iterator[Row]:
    """Give the row on run folders; the short form takes every fortieth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = folder / "whole"
        _audit(whole)
        for module in IMPORTED:  # here, and not in each of a thousand processes
            import_module(module)
        cases = [*_files(), *_records(), *_renamed(whole), *_leaves(whole)][:: 1 if full else 40]
        wrong = tuple(problem for case in cases for problem in _problems(folder, case))
    yield Row(
        "run folders and histories of strangers",
        f"{len(cases)} of them through {len(COMMANDS)} commands; {len(wrong)} bad ends",
        "600 or more (15 in the short form): nothing outside is written or sent, no hang, one line "
        "and a documented status; nothing acts in a report, table, card or terminal",
        not wrong and len(cases) >= (600 if full else 15),
        wrong,
    )


def _audit(whole: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "audit", "run", "--limit", "2", "--out", whole, "--quiet"],
        cwd=whole.parent,
        check=False,
        capture_output=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    if not (whole / "audit.json").exists():
        raise AssertionError(done.stderr[-500:])


# --- what a case does --------------------------------------------------------------------------


def _problems(folder: Path, case: Case) -> Iterator[str]:
    name, spoil = case
    place = folder / "place"
    victim = place / "victim" / "file"
    victim.parent.mkdir(parents=True)
    victim.write_text(SECRET)
    for copied in ("run", "whole"):
        shutil.copytree(folder / "whole", place / copied)
    spoil(place / "run")
    for command, arguments in COMMANDS.items():
        code, said = _heard(place, arguments)
        if code not in ENDS:
            yield f"{name}, {command}: ended in {code}: {said.strip()[-200:]!r}"
        if _UNSEEN.search(said):
            yield f"{name}, {command}: acts on the terminal"
        if SECRET in said:
            yield f"{name}, {command}: sends or shows a file from elsewhere"
    if list(victim.parent.iterdir()) != [victim] or victim.read_text() != SECRET:
        yield f"{name}: a file elsewhere was written"
    yield from (f"{name}: {problem}" for problem in _acting(place / "run"))
    shutil.rmtree(place)


def _heard(folder: Path, arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run a command in a process of its own; give its status and what it printed."""
    said = folder / ".said"
    pid = os.fork()
    if pid == 0:
        _become(folder, said, arguments)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, said.read_bytes().decode("utf-8", "replace")


def _become(folder: Path, said: Path, arguments: tuple[str, ...]) -> None:
    code = 99
    try:
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.chdir(folder)
        signal.alarm(MOST_S)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        sys.argv = ["phi-audit", *arguments]
        cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        os._exit(code)


def _acting(run: Path) -> Iterator[str]:
    """Say what in the files that we wrote would act on who opens them."""
    for name in ("report.html", "report.redacted.html"):
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


# --- the cases ---------------------------------------------------------------------------------


def _files() -> Iterator[Case]:
    """Links out of the folder, pipes, holes and folders in the place of files."""
    written = ("report.html", "report.redacted.html", "summary.md", "verdict.json", "samples.csv")
    read = (*JSONS, "samples.jsonl.gz", "finished.json", "prompts.jsonl", "prompts.frozen", "lock")
    for name in (*written, *read):
        for partial in ("", ".partial"):
            yield f"{name}{partial} is a link", _put(name + partial, _link_to_the_victim)
        yield f"{name} is a pipe", _put(name, os.mkfifo)
        yield f"{name} is a device", _put(name, lambda path: path.symlink_to("/dev/zero"))
        yield f"{name} is a folder", _put(name, Path.mkdir)
        yield f"{name} is a link to itself", _put(name, lambda path: path.symlink_to(path.name))
    for name in read:
        yield f"{name} is a hole", _put(name, _hole)
    for name in (".eval_results", "dataset"):
        yield f"{name} is a link", _put(name, lambda path: path.symlink_to("../victim"))


def _put(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    def spoil(run: Path) -> None:
        (run / name).unlink(missing_ok=True)
        make(run / name)

    return spoil


def _link_to_the_victim(path: Path) -> None:
    path.symlink_to("../victim/file")


def _hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _records() -> Iterator[Case]:
    """Whole lines with a right checksum that hold another kind of record, and packed bombs."""
    foreign = encode(0, Ungraded(reason=EVIL))
    for stage in ("prompts", "requests", "completions", "splits", "verdicts", "probes", "model"):
        yield f"a foreign record in {stage}", _each(f"{stage}*.jsonl", foreign)
        yield f"no number in {stage}", _each(f"{stage}*.frozen", EVIL.encode())
    yield "a foreign history", lambda run: _history(run, "runs.jsonl", foreign)
    yield "a foreign pin", lambda run: _history(run, "accepted-embedded.json", b"{}")
    yield "samples that are none", _samples(gzip.compress(b"{}\n"))
    yield "samples that are a bomb", _samples(gzip.compress(bytes(1 << 29)))
    yield "samples that are cut off", _samples(gzip.compress(b"{}\n" * 99)[:-9])
    yield "samples that are not packed", _samples(b"{}")


def _each(pattern: str, data: bytes) -> Callable[[Path], object]:
    return lambda run: [path.write_bytes(data) for path in run.glob(pattern)]


def _history(run: Path, name: str, data: bytes) -> None:
    folder = run.parent / "history"
    folder.mkdir()
    (folder / name).write_bytes(data)


def _samples(data: bytes) -> Callable[[Path], object]:
    def spoil(run: Path) -> None:
        (run / "samples.jsonl.gz").write_bytes(data)
        audit = json.loads((run / "audit.json").read_bytes())
        audit["samples_sha256"] = hashlib.sha256(data).hexdigest()
        (run / "audit.json").write_text(json.dumps(audit))

    return spoil


def _renamed(whole: Path) -> Iterator[Case]:
    """Every name of a run, in all its files at once, so that each still speaks of the others."""
    audit = json.loads((whole / "audit.json").read_bytes())
    names = {audit["name"], *audit["graders"].values()}
    names |= {value for model in audit["models"] for value in model.values() if _is_name(value)}
    names |= {value for probe in audit["probes"] for value in probe.values() if _is_name(value)}
    names |= {rate[key] for rate in audit["rates"] for key in ("name", "slice")}
    sample = audit["samples"][0]
    names |= {sample["prompt"]["id"], sample["prompt"]["text"], *sample["prompt"]["tags"].values()}
    for name in sorted(names - {"target", "baseline", "raw", "instruct-output", "causal"}):
        yield f"{name[:40]} renamed", _with_name(name)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) > 1


def _with_name(name: str) -> Callable[[Path], object]:
    def spoil(run: Path) -> None:
        lines = gzip.decompress((run / "samples.jsonl.gz").read_bytes()).splitlines()
        rows = (json.dumps(_swapped(json.loads(line), name)) for line in lines)
        for file in JSONS:
            value = _swapped(json.loads((run / file).read_bytes()), name)
            (run / file).write_text(json.dumps(value))
        _samples(gzip.compress("".join(f"{row}\n" for row in rows).encode()))(run)

    return spoil


def _swapped(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        # What was asked is checked as a plan is: the rest would never be reached.
        return {
            _swapped(key, name): inner if key == "asked" else _swapped(inner, name)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_swapped(inner, name) for inner in value]
    return EVIL if value == name else value


def _leaves(whole: Path) -> Iterator[Case]:
    """Each kind of text and number in each JSON file, alone."""
    for file in JSONS:
        seen = set()
        for path, value in _walked(json.loads((whole / file).read_bytes()), ()):
            kind = tuple("*" if isinstance(part, int) else part for part in path)
            if kind in seen or isinstance(value, bool):
                continue
            seen.add(kind)
            for new in (EVIL,) if isinstance(value, str) else NUMBERS:
                yield f"{file} {'.'.join(kind)} = {str(new)[:12]!r}", _with_leaf(file, path, new)


Way = tuple[str | int, ...]


def _walked(value: Any, path: Way) -> Iterator[tuple[Way, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walked(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _walked(inner, (*path, i))
    elif value is not None:
        yield path, value


def _with_leaf(file: str, path: Way, new: object) -> Callable[[Path], object]:
    def spoil(run: Path) -> None:
        whole = json.loads((run / file).read_bytes())
        holder = whole
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = new
        (run / file).write_text(json.dumps(whole))

    return spoil
