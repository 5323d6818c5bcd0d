"""Run folders and histories of strangers, through every command that reads one.

A folder may come by mail or from a hub: each of its files may be a link to the reader's own, a pipe
that never ends, a hole of a terabyte, or JSON in which any name is an attack and any number absurd.

The commands run in forks of a process that has run each of them once, so that thousands of them
import and compile nothing; some in interpreters of their own, to show that this is no difference.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
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
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import yaml

from audit import cli
from audit.records import Ungraded
from audit.store import Log, canonical, encode
from reports.exports.tables import FORMULA
from tests.faults.forked import told_all
from tests.faults.row import Row

EVIL = (
    "=<script>alert(1)</script>\"'[/bold][link=http://x]y[/link]\x1b]0;title\x07\x9b2J\u202e"
    "../../../victim`|\n::add-mask::x\n---\nconfigs: [a]\n# x\n"
)
SECRET = "a secret of the reader's own"
NUMBERS = (10**30, -1, 1e300)
JSONS = ("audit.json", "gates.json", "manifest.json")
HISTORY = "../history"
PINS = tuple(f"{HISTORY}/{name}-embedded.json" for name in ("accepted", "released"))
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

MOST_BYTES = 8 << 30
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Case = tuple[str, Callable[[Path], object]]
"""A name, and what is done to a copy of a whole run."""


def measure(full: bool) -> Iterator[Row]:
    """Give the row on run folders; the short form takes every fortieth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _audit(folder)
        run = folder / "run"
        all_cases = [*_files(), *_records(), *_renamed(run), *_leaves(run)]
        cases = all_cases[:: 1 if full else 40]
        # Apart: what is imported there is no memory of the rows that follow.
        halves = [partial(_all_problems, folder, i, cases[i::2]) for i in (0, 1)]
        wrong = tuple(problem for half in told_all(halves) for problem in half)
    n_fresh = sum(len(cases[i::2][::EVERY_FRESH]) for i in (0, 1))
    yield Row(
        "run folders and histories of strangers",
        f"{len(cases)} of them through {len(COMMANDS)} commands, {n_fresh} in interpreters of "
        f"their own; {len(wrong)} bad ends",
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
        _copy(folder, place)
        found += _problems(place, case, fresh=i % EVERY_FRESH == 0)
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


def _problems(place: Path, case: Case, *, fresh: bool) -> Iterator[str]:
    name, spoil = case
    victim = place / "victim" / "file"
    victim.parent.mkdir(parents=True)
    victim.write_text(SECRET)
    spoil(place / "run")
    for command, arguments in COMMANDS.items():
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


# --- the cases ---------------------------------------------------------------------------------


def _files() -> Iterator[Case]:
    """Links out of the folder, pipes, holes and folders in the place of files."""
    written = ("report.html", "report.redacted.html", "summary.md", "verdict.json", "samples.csv")
    read = (*JSONS, "samples.jsonl.gz", "finished.json", "prompts.jsonl", "prompts.frozen", "lock")
    for name in (*written, *read):
        for end in ("", ".partial"):
            yield f"{name}{end} is a link", _put(name + end, _link_to_the_victim)
        yield f"{name} is a pipe", _put(name, os.mkfifo)
        yield f"{name} is a device", _put(name, lambda path: path.symlink_to("/dev/zero"))
        yield f"{name} is a folder", _put(name, Path.mkdir)
        yield f"{name} is a link to itself", _put(name, lambda path: path.symlink_to(path.name))
    for name in read:
        yield f"{name} is a hole", _put(name, _hole)
    for name in (f"{HISTORY}/runs.jsonl", f"{HISTORY}/lock", *PINS):
        yield f"{name} is a link", _put(name, _link_to_the_victim)
        yield f"{name} is a pipe", _put(name, os.mkfifo)
        yield f"{name} is a device", _put(name, lambda path: path.symlink_to("/dev/zero"))
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
    (run.parent / "history" / name).write_bytes(data)


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


def _leaves(run: Path) -> Iterator[Case]:
    """Each kind of text, number and list in each JSON file, and in a line of the history, alone."""
    for file in (*JSONS, *PINS):
        for where, way, new in _changes(json.loads((run / file).read_bytes())):
            yield f"{file} {where}", partial(_with_leaf, file=file, way=way, new=new)
    for where, way, new in _changes(_night(run)):
        yield f"a run in the history: {where}", partial(_with_night, way=way, new=new)


Way = tuple[str | int, ...]


def _changes(value: object) -> Iterator[tuple[str, Way, object]]:
    seen = set()
    for way, leaf in _walked(value, ()):
        kind = tuple("*" if isinstance(part, int) else part for part in way)
        if kind in seen or isinstance(leaf, bool):
            continue
        seen.add(kind)
        for new in _instead(leaf):
            yield f"{'.'.join(kind)} = {str(new)[:12]!r}", way, new


def _instead(leaf: object) -> tuple[object, ...]:
    if isinstance(leaf, list):
        return ([],)
    return (EVIL,) if isinstance(leaf, str) else NUMBERS


def _walked(value: Any, way: Way) -> Iterator[tuple[Way, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walked(inner, (*way, key))
    elif isinstance(value, list):
        if value:
            yield way, value
        for i, inner in enumerate(value):
            yield from _walked(inner, (*way, i))
    elif value is not None:
        yield way, value


def _with_leaf(run: Path, *, file: str, way: Way, new: object) -> None:
    whole = json.loads((run / file).read_bytes())
    _set(whole, way, new)
    (run / file).write_text(json.dumps(whole))


def _with_night(run: Path, *, way: Way, new: object) -> None:
    night = _night(run)
    _set(night, way, new)
    body = canonical(night).encode()
    line = b'{"i":0,"c":"%08x","v":%s}\n' % (zlib.crc32(b"0:" + body), body)
    (run / HISTORY / "runs.jsonl").write_bytes(line)


def _night(run: Path) -> Any:
    with Log(run / HISTORY / "runs.jsonl") as log:
        return json.loads(dict(log.read())[0])


def _set(whole: Any, way: Way, new: object) -> None:
    for part in way[:-1]:
        whole = whole[part]
    whole[way[-1]] = new
