"""What is done to a whole run, and to the history beside it, before the commands read them.

Each case is one thing: a link, a pipe or a hole in the place of a file, a record of another kind, a
name that is an attack in every file at once, or one value of one file that no run would hold.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from audit.records import Ungraded
from audit.store import Log, canonical, encode

EVIL = (
    "=<script>alert(1)</script>\"'[/bold][link=http://x]y[/link]\x1b]0;title\x07\x9b2J\u202e"
    "../../../victim`|\n::add-mask::x\n---\nconfigs: [a]\n# x\n"
)
NUMBERS = (10**30, -1, 1e300)
JSONS = ("audit.json", "gates.json", "manifest.json")
HISTORY = "../history"
"""From the run folder."""

PINS = tuple(f"{HISTORY}/{name}-embedded.json" for name in ("accepted", "released"))
Case = tuple[str, Callable[[Path], object]]
"""A name, and what is done to a copy of a whole run."""


def cases(run: Path) -> Iterator[Case]:
    """Give every case, made from a whole run; its history lies beside it."""
    yield from _files()
    yield from _records()
    yield from _renamed(run)
    yield from _leaves(run)


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
