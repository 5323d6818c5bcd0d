"""Long runs: how soon a log of millions of records is open again, and what keeping them costs."""

from __future__ import annotations

import resource
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from audit import plan as plans
from audit import store
from audit.records import Completion
from audit.run import run
from audit.store import Log, canonical
from probes.interface import Sources
from tests.faults.forked import told
from tests.faults.row import Row, limit_s, limit_said

MOST_MB = 500


def measure(full: bool) -> Iterator[Row]:
    """Give the rows on long logs; what the store costs is measured in a whole audit."""
    yield _reopened(*((10_000_000, 60) if full else (100_000, 1)), full=full)
    if full:
        yield _reopened(1_000_000, 10, full=full)
        yield _overhead()


def _reopened(n: int, goal_s: float, *, full: bool) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "completions.jsonl"
        _write(path, n)
        found, seconds, peak_mb = told(lambda: _open(path))
        size = path.stat().st_size
    return Row(
        f"opening a log of {n:,} records again",
        f"{found:,} records, {size / 1e6:,.0f} MB, in {seconds:.1f} s of processor with {peak_mb} "
        "MB of memory",
        f"all of them within {limit_said(goal_s, full=full)} and {MOST_MB} MB",
        found == n and seconds <= limit_s(goal_s, full=full) and peak_mb < MOST_MB,
    )


def _write(path: Path, n: int) -> None:
    """Write what `encode` would, faster: the same record under each row."""
    completion = Completion(
        prompt_id="set/0",
        sample=0,
        text="A reply of the usual length, some twenty words of it. " * 2,
        token_ids=tuple(range(20)),
        finish_reason="stop",
    )
    body = canonical(completion.model_dump(mode="json")).encode()
    with path.open("wb") as file:
        for i in range(n):
            crc = zlib.crc32(b"%d:" % i + body)
            file.write(b'{"i":%d,"c":"%08x","v":%s}\n' % (i, crc, body))


def _open(path: Path) -> tuple[int, float, int]:
    begun = time.process_time()
    with Log(path) as log:
        found = len(log.done)
    seconds = time.process_time() - begun
    return found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _overhead() -> Row:
    # The least of three: others who write to the disk only add.
    share, kept_s, whole_s = min((kept / whole, kept, whole) for kept, whole in _timed_audits())
    return Row(
        "what keeping records costs a run of the embedded audit",
        f"{kept_s:.2f} s of {whole_s:.0f} s in writes and fsyncs, {share:.2%}, least of three",
        "less than 1 %, of models that are a thousand times faster than real ones",
        share < 0.01,
    )


def _timed_audits() -> Iterator[tuple[float, float]]:
    for _ in range(3):
        yield tuple(told(_timed_audit))


def _timed_audit() -> tuple[float, float]:
    spent = 0.0

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def instead(*arguments: Any, **named: Any) -> Any:
            nonlocal spent
            begun = time.monotonic()
            try:
                return call(*arguments, **named)
            finally:
                spent += time.monotonic() - begun

        return instead

    # Neither calls the other; records are made before, and come as an iterator to `append`.
    Log.append = timed(Log.append)  # type: ignore[method-assign]  # in a process that ends here
    store.write_atomic = timed(store.write_atomic)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        run(plans.find("embedded"), Path(folder) / "run", Sources(None, None))
        return spent, time.monotonic() - begun
