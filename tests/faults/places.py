"""Where a run lies: in company, read-only, gone under its feet, or where clocks jump.

A folder that may not be written is one only to who is not root, so those runs give up being root.
"""

from __future__ import annotations

import functools
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from audit.store import RunFolder
from tests.faults.forked import forked, start
from tests.faults.row import Row
from tests.faults.store import watch
from tests.faults.tiny import LAST_LOG, finished, tiny_run

NOBODY = 65534
DAY_S = 86_400.0


def measure(_full: bool) -> Iterator[Row]:
    """Give the rows on company, places and clocks; they take seconds, so the forms are the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)  # for nobody
        tiny_run(folder / "whole")
        yield _company(folder)
        yield _places(folder)
        yield _clocks(folder)


def _company(folder: Path) -> Row:
    whole, wrong = folder / "whole", []
    held = folder / "held"
    with RunFolder(held):
        if (code := forked(lambda: tiny_run(held))) != 75:
            wrong.append(f"a run on a folder that another holds ended in {code}, not 75")
    if problem := finished(held, whole):
        wrong.append(f"after the other had gone: {problem}")
    shared = folder / "shared"
    pids = [start(lambda: tiny_run(shared)) for _ in range(4)]
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)
    # On a slow machine one may come when another is done: it then finds all there is.
    if codes[0] != 0 or not set(codes) <= {0, 75}:
        wrong.append(f"four runs at once ended in {codes}")
    if problem := finished(shared, whole):
        wrong.append(f"after four at once: {problem}")
    return Row(
        "several runs on one folder",
        f"{len(wrong)} bad ends of 4",
        "one goes on, the others end in 75; no byte differs",
        not wrong,
        tuple(wrong),
    )


def _places(folder: Path) -> Row:
    ends = {
        "below /proc": lambda: tiny_run(Path("/proc/nothing")),
        "below a device": lambda: tiny_run(Path("/dev/null/run")),
        "a folder that vanishes": _vanishing(folder / "gone"),
        "a folder that may not be written": _as_nobody(_closed(folder / "closed")),
        "a log that may not be written": _as_nobody(_sealed(folder / "sealed")),
        "a folder that may no longer be written": _as_nobody(_closing(folder / "closing")),
    }
    wrong = [f"{what}: ended in {c}" for what, act in ends.items() if (c := forked(act)) != 74]
    for name in ("closed", "closing"):
        (folder / name).chmod(0o777)
        if problem := finished(folder / name, folder / "whole"):
            wrong.append(f"{name}, opened again: {problem}")
    return Row(
        "no folder, a vanishing one, and read-only ones to a user who is not root",
        f"{len(wrong)} bad ends of {len(ends) + 2}",
        "status 74, and the same bytes once it may be written again",
        not wrong,
        tuple(wrong),
    )


def _vanishing(out: Path) -> Callable[[], object]:
    def act() -> None:
        def vanish(*_: object) -> None:
            shutil.rmtree(out)

        watch(out, lambda at: vanish if at == ("fsync", LAST_LOG, 1) else None)
        tiny_run(out)

    return act


def _closed(out: Path) -> Callable[[], object]:
    out.mkdir()
    out.chmod(0o555)
    return lambda: tiny_run(out)


def _sealed(out: Path) -> Callable[[], object]:
    tiny_run(out)
    for path in (out, *out.iterdir()):
        path.chmod(0o777 if path.is_dir() else 0o444)
    (out / "lock").chmod(0o666)
    return lambda: tiny_run(out)


def _closing(out: Path) -> Callable[[], object]:
    def act() -> None:
        def close(*_: object) -> None:
            out.chmod(0o555)

        watch(out, lambda at: close if at == ("fsync", LAST_LOG, 1) else None)
        tiny_run(out)

    return act


def _as_nobody(act: Callable[[], object]) -> Callable[[], object]:
    def instead() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        act()

    return instead


def _clocks(folder: Path) -> Row:
    wrong = []
    clocks: dict[str, Callable[[], float]] = {
        "a day to and fro": _jumping(),
        "back a second at each look": functools.partial(next, iter(range(10**9, 0, -1))),
        "1970": lambda: 0.0,
        "2106": lambda: 2.0**32,
    }
    for i, (name, clock) in enumerate(clocks.items()):
        out = folder / f"clock-{i}"

        def act(clock: Callable[[], float] = clock, out: Path = out) -> None:
            time.time = clock
            time.time_ns = lambda: int(clock() * 1e9)
            tiny_run(out)

        code = forked(act)
        problem = f"ended in {code}" if code else finished(out, folder / "whole")
        wrong += [f"{name}: {problem}"] if problem else []
    return Row(
        "clocks that jump",
        f"4 clocks, {len(wrong)} runs differ",
        "a day to and fro, backwards, 1970, 2106: no byte differs",
        not wrong,
        tuple(wrong),
    )


def _jumping() -> Callable[[], float]:
    chance = random.Random(3)
    real = time.time
    return lambda: real() + chance.choice((-DAY_S, 0.0, DAY_S))
