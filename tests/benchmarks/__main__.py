"""Measure each stage against what a user would pick instead: `nox -s bench -- [STAGE ...]`.

Both sides do the same work in one process, alternating A B B A, and must give equal results. What
is written is the ratio of medians: times move with the machine, ratios far less.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import torch

STAGES = ("generation", "perplexity", "toxicity", "linting")
WHOLE = ("end_to_end", "scale", "tables")
"""Of a whole audit, with a way of their own to be measured; and the page that shows all."""

PACKAGES = ("torch", "transformers", "bandit", "semgrep", "phi-audit")
RESULTS = Path(__file__).parent / "results"


class Pair(NamedTuple):
    """The same work, done our way and another."""

    peer: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    equal: Callable[[object, object], bool]
    n: int

    n_theirs: int = 0
    """Items that the other side does, where it is too slow for all; the ratio is by item."""

    is_floor: bool = False
    """The other side is the least that the work can take."""

    note: str = ""
    """What a reader of the ratio must know."""

    n_threads: int = 1
    """Of torch."""

    clock: Callable[[], float] = time.perf_counter
    """CPU time repeats better on a shared machine, where no other process does the work."""


class Timed(NamedTuple):
    """What one side did, where it knows better how long that took: in another process."""

    seconds: float
    result: object


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*STAGES, *WHOLE, []], default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", nargs="+", default=[], help="words of a line of the results: that part alone"
    )
    options = parser.parse_args()
    for stage in options.stages or STAGES:
        if stage in WHOLE:
            import_module(f"tests.benchmarks.{stage}").main()
            continue
        pairs: list[Pair] = import_module(f"tests.benchmarks.{stage}").pairs()
        asked = [pair for pair in pairs if all(word in label(pair) for word in options.only)]
        for pair in asked:
            keep(stage, pairs, pair, measure(stage, pair, options.rounds))


def label(pair: Pair) -> str:
    return f"{pair.peer}, {pair.n_threads} thread(s), {pair.note}"


def keep(stage: str, pairs: list[Pair], pair: Pair, row: dict[str, object]) -> None:
    """Put a row in its place among those measured before; drop those no longer asked."""
    file = RESULTS / f"{stage}.json"
    old = json.loads(file.read_text()) if file.is_file() else []
    found = {(one["peer"], one.get("n_threads"), one["n"]): one for one in old}
    found[pair.peer, pair.n_threads, pair.n] = row
    places = [(one.peer, one.n_threads, one.n) for one in pairs]
    rows = [found[place] for place in places if place in found]
    file.write_text(json.dumps(rows, indent=1) + "\n")


def measure(stage: str, pair: Pair, rounds: int) -> dict[str, object]:
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    results: dict[str, object] = {}
    for turn in range(rounds):
        order = ("ours", "theirs") if turn % 2 == 0 else ("theirs", "ours")
        for side in order:
            torch.set_num_threads(pair.n_threads)
            start = pair.clock()
            done = getattr(pair, side)()
            if not isinstance(done, Timed):
                done = Timed(pair.clock() - start, done)
            times[side].append(done.seconds)
            results[side] = done.result
    ours, theirs = statistics.median(times["ours"]), statistics.median(times["theirs"])
    ratio = round(theirs / (pair.n_theirs or pair.n) * pair.n / ours, 2)
    row: dict[str, object] = {
        "stage": stage,
        "ours": round(ours, 4),
        "peer": pair.peer,
        "peer_s": round(theirs, 4),
        "ratio": ratio,
        "n": pair.n,
        **({"n_theirs": pair.n_theirs} if pair.n_theirs else {}),
        **({"share_of_floor": ratio} if pair.is_floor else {}),
        **({"note": pair.note} if pair.note else {}),
        "equal_results": pair.equal(results["ours"], results["theirs"]),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "n_threads": pair.n_threads,
        "time": "CPU" if pair.clock is time.process_time else "wall",
        "versions": {name: version(name) for name in PACKAGES},
    }
    print(
        f"{stage}: {row['ratio']}x {pair.peer} ({ours:.2f} s against {theirs:.2f} s, n = {pair.n}, "
        f"{pair.n_threads} thread(s), equal results: {row['equal_results']})"
    )
    return row


if __name__ == "__main__":
    # As the stages import it: run by its name alone, this file would know another `Timed`.
    import_module("tests.benchmarks.__main__").main()
