"""The run folder under kills, failing calls, torn tails, flipped bits, full disks and company.

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

from audit.errors import AuditError
from audit.generate import generate, plan_work, read_answers
from audit.plan import Limits
from audit.records import Completion, Decoding, Failed, Graded, Likelihood, Prompt, Request
from audit.score import read_verdicts, score
from audit.store import Log, RunFolder, encode
from tests.audit.fakes import Parrot, Shouting
from tests.faults.row import Row

LIMITS = Limits(batch_rows=8)
CALLS = ("open", "write", "pwrite", "fsync", "ftruncate", "replace", "mkdir")
ERRORS = {"disk full": errno.ENOSPC, "input/output error": errno.EIO}
LAST_LOG = "completions-parrot.jsonl"
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
        yield _company(folder)
    with tempfile.TemporaryDirectory() as name:
        yield _resume(Path(name), 1_000_000 if full else 100_000)


# --- a run of a parrot -------------------------------------------------------------------------


class _Slow(Parrot):
    """Takes a moment for each batch, as models do, so that kills meet runs at work."""

    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        time.sleep(0.004)
        return super().answer(requests)


def tiny_run(out: Path) -> None:
    """Ask a parrot fifty prompts, grade what it says, and write the result."""
    asked = [
        Prompt(id=f"set/{i}", probe="set", text=chr(65 + i % 50) * (1 + i % 9), style="continue")
        for i in range(50)
    ]
    by_id = {prompt.id: prompt for prompt in asked}
    with RunFolder(out) as folder:
        with folder.log("prompts") as log:
            prompts = folder.freeze(log, Prompt, lambda: asked)
        backend = _Slow()
        with (
            folder.log("requests", "parrot") as requests,
            folder.log("completions", "parrot") as answers,
            folder.log("splits", "parrot") as splits,
        ):
            planned = [(prompt, 2, Decoding()) for prompt in prompts]
            work = folder.freeze(requests, Request, lambda: plan_work(backend, planned, 0, LIMITS))
            generate(backend, work, answers, splits)
            rows = read_answers(answers, work)
        with folder.log("verdicts", "shouting") as verdicts:
            score(Shouting(), rows, by_id, verdicts)
            graded = read_verdicts(verdicts)
        folder.write_json(
            "audit.json",
            {"n": len(rows), "harmful": sum(v == Graded(value=1.0) for v in graded.values())},
        )


def _forked(act: Callable[[], object]) -> int:
    """Run something in a child process; give its exit status, or the negative signal."""
    pid = os.fork()
    if pid == 0:
        os._exit(_code_of(act))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _code_of(act: Callable[[], object]) -> int:
    try:
        act()
    except AuditError as error:
        return error.exit_code
    except BaseException:  # noqa: BLE001  a forked child must not go on as its parent
        return 70
    return 0


def _finished(out: Path, whole: Path) -> str:
    """Go on with a run; say how it differs from one that nothing happened to."""
    code = _forked(lambda: tiny_run(out))
    if code:
        return f"the next run ended in {code}"
    return next(
        (p.name for p in _results(whole) if (out / p.name).read_bytes() != p.read_bytes()), ""
    )


def _results(whole: Path) -> list[Path]:
    return [*sorted(whole.glob("*.jsonl")), whole / "audit.json"]


# --- kills and failing calls -------------------------------------------------------------------


def _random_kills(folder: Path, whole: Path, n_kills: int) -> Row:
    chance = random.Random(1)  # noqa: S311  moments, not secrets
    start = time.monotonic()
    _forked(lambda: tiny_run(folder / "timed"))
    lasts_s = time.monotonic() - start
    n_killed, n_runs, wrong = 0, 0, []
    while n_killed < n_kills:
        out = folder / f"killed-{n_runs}"
        n_runs += 1
        for _ in range(6):
            n_killed += _kill_after(chance.uniform(0, lasts_s), functools.partial(tiny_run, out))
        if problem := _finished(out, whole):
            wrong.append(f"run {n_runs}: {problem}")
        shutil.rmtree(out)
    return Row(
        "kill -9 at random moments",
        f"{n_killed} kills in {n_runs} runs; {len(wrong)} runs differ",
        "200 a night (20 in the short form): no byte differs, nothing lost, nothing twice",
        not wrong,
        tuple(wrong),
    )


def _kill_after(seconds: float, act: Callable[[], object]) -> bool:
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            act()
        os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def _steps(whole: Path) -> list[Step]:
    """Run once undisturbed; give every call into the run folder."""
    seen = whole.with_name("steps.json")

    def act() -> None:
        counts = _watch(whole, lambda step: None)
        tiny_run(whole)
        seen.write_text(json.dumps([[*key, n] for key, n in counts.items()]))

    code = _forked(act)
    if code:
        raise AssertionError(f"an undisturbed run ended in {code}")
    return [(call, name, n) for call, name, n in json.loads(seen.read_text())]


def _watch(out: Path, at: Callable[[Step], Callable[..., Any] | None]) -> Counter[tuple[str, str]]:
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
            real(*arguments, **named)
        return os.kill(os.getpid(), signal.SIGKILL)

    def act() -> None:
        _watch(out, lambda at: failing if at == here else None)
        tiny_run(out)

    code = _forked(act)
    expected = {"killed before": -9, "killed after": -9, "short write": 0}.get(fault, 74)
    if code != expected:
        return f"ended in {code}, not {expected}"
    return _finished(out, whole)


# --- torn, flipped, full -----------------------------------------------------------------------


def _torn_tails(folder: Path, whole: Path) -> Row:
    data = (whole / "completions-parrot.jsonl").read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    path = folder / "torn.jsonl"
    wrong, n = [], 0
    for tail in (b"", bytes(7), b'{"i":1,"c":"', os.urandom(9).replace(b"\n", b"")):
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
    chance = random.Random(2)  # noqa: S311  places, not secrets
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
    largest = max(path.stat().st_size for path in _results(whole))
    wrong = []
    for size in range(1, largest, max(1, largest // n_sizes)):
        out = folder / f"full-{size}"

        def act(size: int = size, out: Path = out) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            tiny_run(out)

        code = _forked(act)
        if code != 74:
            wrong.append(f"{size} bytes: ended in {code}")
        elif problem := _finished(out, whole):
            wrong.append(f"{size} bytes: {problem}")
    return Row(
        "a disk that fills up (no file may grow beyond a size)",
        f"{n_sizes} sizes; {len(wrong)} bad ends",
        "50 or more (10 in the short form): status 74, nothing lost, always resumable",
        not wrong,
        tuple(wrong),
    )


def _company(folder: Path) -> Row:
    """Start two runs on one folder; take a folder away; point at what is no folder."""
    wrong = []
    shared = folder / "shared"
    pids = []
    for _ in range(2):
        pids.append(os.fork())
        if pids[-1] == 0:
            os._exit(_code_of(lambda: tiny_run(shared)))
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)
    if codes != [0, 75]:
        wrong.append(f"two runs at once ended in {codes}")
    wrong += [
        f"{place}: not ended in 74"
        for place in (Path("/proc/nothing"), Path("/dev/null/run"))
        if _forked(functools.partial(tiny_run, place)) != 74
    ]
    gone = folder / "gone"

    def vanish() -> None:
        _watch(gone, lambda at: _remove(gone) if at == ("fsync", LAST_LOG, 1) else None)
        tiny_run(gone)

    if (ended := _forked(vanish)) != 74:
        wrong.append(f"a folder that vanishes: ended in {ended}")
    return Row(
        "two runs on one folder; no folder; a vanishing folder",
        f"{len(wrong)} bad ends of 4",
        "one goes on and the other ends in 75; the rest in 74",
        not wrong,
        tuple(wrong),
    )


def _remove(out: Path) -> None:
    shutil.rmtree(out)


# --- large runs --------------------------------------------------------------------------------


def _resume(folder: Path, n: int) -> Row:
    path = folder / "completions.jsonl"
    with path.open("wb") as file:
        for i in range(n):
            file.write(
                encode(
                    i,
                    Completion(
                        prompt_id=f"set/{i}",
                        sample=0,
                        text="A reply of the usual length, some twenty words of it. " * 2,
                        token_ids=tuple(range(20)),
                        finish_reason="stop",
                    ),
                )
            )
    told = folder / "told.json"

    def act() -> None:
        start = time.monotonic()
        with Log(path) as log:
            found = len(log.done)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told.write_text(json.dumps([found, time.monotonic() - start, peak]))

    _forked(act)
    found, seconds, peak_mb = json.loads(told.read_text())
    return Row(
        "opening a long log again",
        f"{found:,} records in {seconds:.1f} s, {peak_mb} MB",
        "a million records in 10 s and 500 MB (a tenth of both in the short form)",
        found == n and seconds <= 10 * n / 1_000_000 and peak_mb < 500,
    )
