"""The run folder under kills, failing calls, torn tails, flipped bits and full disks.

Everything happens to real files through the real calls of the system: a child process is forked
and its calls into the run folder are counted; at a chosen one it is killed, or the call fails as
the system would have it. The model is a parrot, so that a run takes milliseconds: what is tested
here is the store. Kills of whole audits of real models are in `tests.benchmarks.kills`.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import random
import resource
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from audit.store import Log
from tests.faults.forked import forked, start
from tests.faults.row import Row
from tests.faults.tiny import finished, results, tiny_run

CALLS = ("open", "write", "pwrite", "fsync", "ftruncate", "replace", "mkdir")
ERRORS = {"disk full": errno.ENOSPC, "input/output error": errno.EIO}
N_BATCHES = 13
"""Of the parrot's hundred rows, eight at a time."""

Step = tuple[str, str, int]
"""A call, the file it is on, and its how-manieth time."""


def measure(full: bool) -> Iterator[Row]:
    """Give the rows of the table that speak of the store."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = folder / "whole"
        steps = _steps(whole)
        yield _random_kills(folder, whole, 200 if full else 20)
        yield _fail_points(folder, whole, steps, 3 if full else 1)
        yield _torn_tails(folder, whole)
        yield _flipped_bits(folder, whole, 10_000 if full else 1_000)
        yield _full_disks(folder, whole, 60 if full else 10)


# --- kills and failing calls -------------------------------------------------------------------


def _random_kills(folder: Path, whole: Path, n_kills: int) -> Row:
    chance = random.Random(1)
    # The least of three: were it too long, most kills would come when a run is over.
    lasts_s = min(_timed(folder / f"timed-{i}") for i in range(3))
    n_killed, n_runs, n_redone, wrong = 0, 0, 0, []
    while n_killed < n_kills:
        out, asked = folder / f"killed-{n_runs}", folder / f"asked-{n_runs}"
        n_runs += 1
        tell = functools.partial(_note, asked)
        act = functools.partial(tiny_run, out, tell)
        n_here = sum(_kill_after(chance.uniform(0, lasts_s), act) for _ in range(6))
        problem = finished(out, whole, tell)
        redone = asked.stat().st_size - N_BATCHES
        if not problem and redone > n_here:
            problem = f"{redone} batches were asked again after {n_here} kills"
        wrong += [f"run {n_runs}: {problem}"] if problem else []
        n_killed, n_redone = n_killed + n_here, n_redone + redone
        shutil.rmtree(out)
    return Row(
        "kill -9 at random moments",
        f"{n_killed} kills in {n_runs} runs: {n_redone} batches asked again; {len(wrong)} runs "
        "differ",
        "200 a night (20 in the short form): no byte differs, nothing lost, nothing twice; at most "
        "one batch asked again for each kill",
        not wrong,
        tuple(wrong),
    )


def _timed(out: Path) -> float:
    begun = time.monotonic()
    forked(lambda: tiny_run(out))
    return time.monotonic() - begun


def _note(asked: Path) -> None:
    """Add a byte for a batch that a model was asked."""
    with asked.open("ab") as file:
        file.write(b".")


def _kill_after(seconds: float, act: Callable[[], object]) -> bool:
    pid = start(act)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def _steps(whole: Path) -> list[Step]:
    """Run once undisturbed; give every call into the run folder."""
    seen = whole.with_name("steps.json")

    def act() -> None:
        counts = watch(whole, lambda step: None)
        tiny_run(whole)
        seen.write_text(json.dumps([[*key, n] for key, n in counts.items()]))

    code = forked(act)
    if code:
        raise AssertionError(f"an undisturbed run ended in {code}")
    return [(call, name, n) for call, name, n in json.loads(seen.read_text())]


def watch(out: Path, at: Callable[[Step], Callable[..., Any] | None]) -> Counter[tuple[str, str]]:
    """Put ourselves before the calls into `out`; `at` may give what to do instead of one."""
    counts: Counter[tuple[str, str]] = Counter()

    def watched(call: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*arguments: Any, **named: Any) -> Any:
            name = _name_in(out, arguments[0])
            if name is None:
                return real(*arguments, **named)
            counts[call, name] += 1
            other = at((call, name, counts[call, name]))
            return (other or real)(*arguments, **named)

        return instead

    for call in CALLS:
        setattr(os, call, watched(call, getattr(os, call)))
    return counts


def _name_in(out: Path, where: Any) -> str | None:
    path = Path(f"/proc/self/fd/{where}").readlink() if isinstance(where, int) else Path(where)
    return path.name if path == out or out in path.parents else None


def _fail_points(folder: Path, whole: Path, steps: Sequence[Step], most: int) -> Row:
    faults = ("killed before", "killed after", "short write", *ERRORS)
    wrong, n, named = [], 0, set()
    for call, name, times in steps:
        for time_ in range(1, min(times, most) + 1):
            for fault in faults:
                if fault == "short write" and call != "write":
                    continue
                n += 1
                named.add((call, name))
                problem = _fail_at(folder / "failing", whole, (call, name, time_), fault)
                if problem:
                    wrong.append(f"{fault} at {call} {name} {time_}: {problem}")
    return Row(
        "fail points: each call into the run folder killed, failed or cut short",
        f"{len(named)} named steps, {n} faults; {len(wrong)} bad ends",
        "every named step, up to 3 occurrences (1 in the short form): 0 bad ends",
        not wrong,
        tuple(wrong),
    )


def _fail_at(out: Path, whole: Path, step: Step, fault: str) -> str:
    shutil.rmtree(out, ignore_errors=True)
    here = (step[0], out.name if step[1] == whole.name else step[1], step[2])
    real = getattr(os, step[0])

    def failing(*arguments: Any, **named: Any) -> Any:
        if fault == "short write":
            return real(arguments[0], arguments[1][: len(arguments[1]) // 2])
        if fault in ERRORS:
            raise OSError(ERRORS[fault], os.strerror(ERRORS[fault]))
        if fault == "killed after":
            with contextlib.suppress(OSError):
                real(*arguments, **named)
        return os.kill(os.getpid(), signal.SIGKILL)

    def act() -> None:
        watch(out, lambda at: failing if at == here else None)
        tiny_run(out)

    code = forked(act)
    expected = {"killed before": -9, "killed after": -9, "short write": 0}.get(fault, 74)
    if code != expected:
        return f"ended in {code}, not {expected}"
    return finished(out, whole)


# --- torn, flipped, full -----------------------------------------------------------------------


def _torn_tails(folder: Path, whole: Path) -> Row:
    data = (whole / "completions-parrot.jsonl").read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    path = folder / "torn.jsonl"
    wrong, n = [], 0
    for tail in (b"", bytes(7), b'{"i":1,"c":"', b"\x93\x00\xff\x7f{:\r\x1a}"):
        for cut in range(ends[-4], len(data)):
            n += 1
            path.write_bytes(data[:cut] + tail)
            with Log(path) as log:
                kept = len(log.done)
            if kept != sum(end <= cut for end in ends):
                wrong.append(f"cut at {cut} with a tail of {tail!r}: {kept} records kept")
    return Row(
        "torn and garbled tails",
        f"{n} cuts at every byte of the last 3 records; {len(wrong)} wrong counts",
        "every byte of the last 3 records: 0 whole records lost, 0 torn ones taken",
        not wrong,
        tuple(wrong),
    )


def _flipped_bits(folder: Path, whole: Path, n: int) -> Row:
    source = whole / "completions-parrot.jsonl"
    data = source.read_bytes()
    with Log(source) as log:
        truth = dict(log.read())
    path = folder / "flipped.jsonl"
    chance = random.Random(2)
    n_taken = 0
    for _ in range(n):
        bit = chance.randrange(len(data) * 8)
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with Log(path) as log:
            n_taken += any(truth.get(i) != body for i, body in log.read())
    return Row(
        "single flipped bits",
        f"{n} flips, {n_taken} accepted",
        "10,000 or more (1,000 in the short form): 0 accepted",
        n_taken == 0,
    )


def _full_disks(folder: Path, whole: Path, n_sizes: int) -> Row:
    largest = max(path.stat().st_size for path in results(whole))
    wrong = []
    sizes = range(1, largest, max(1, largest // n_sizes))
    for size in sizes:
        out = folder / f"full-{size}"

        def act(size: int = size, out: Path = out) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            tiny_run(out)

        code = forked(act)
        if code != 74:
            wrong.append(f"{size} bytes: ended in {code}")
        elif problem := finished(out, whole):
            wrong.append(f"{size} bytes: {problem}")
    return Row(
        "a disk that fills up (no file may grow beyond a size)",
        f"{len(sizes)} sizes; {len(wrong)} bad ends",
        "50 or more (10 in the short form): status 74, nothing lost, always resumable",
        not wrong,
        tuple(wrong),
    )
