"""Meet every goal for faults and hostile input, or say which is not met.

    python -m tests.faults [--full] [--out faults.json] [--only WORD]

The short form takes minutes and runs on every change; the full one is for the night. Prints the
table and writes it as JSON: `row`, `figure`, `goal`, `met`, and what went wrong in `detail`.
Exits 1 if a goal is not met.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from tests.faults import (
    bad_inputs,
    code,
    fuzz,
    hostile_outputs,
    hostile_runs,
    long_logs,
    models,
    places,
    repeat,
    store,
    supply,
)
from tests.faults.row import Row

PARTS: dict[str, Callable[[bool], Iterable[Row]]] = {
    "store": store.measure,
    "places": places.measure,
    "long": long_logs.measure,
    "inputs": bad_inputs.measure,
    "outputs": hostile_outputs.measure,
    "runs": hostile_runs.measure,
    "parsers": fuzz.measure,
    "code": code.measure,
    "models": models.measure,
    "repeat": repeat.measure,
    "supply": supply.measure,
}


def main() -> None:
    """Measure, print, write, and say by the exit status whether all goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="as every night; else a short form")
    parser.add_argument("--out", type=Path, default=Path("faults.json"))
    parser.add_argument("--only", choices=PARTS, help="this part alone")
    options = parser.parse_args()
    rows: list[Row] = []
    for name, measure in PARTS.items():
        if options.only in {None, name}:
            start = time.monotonic()
            for row in _measured(name, measure, options.full):
                rows.append(row)
                _print(row)
                options.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
            print(f"        ({name}: {time.monotonic() - start:.0f} s)\n", flush=True)
    n_met = sum(row.met for row in rows)
    print(f"{n_met} of {len(rows)} goals met; written to {options.out}")
    sys.exit(n_met < len(rows))


def _measured(name: str, measure: Callable[[bool], Iterable[Row]], full: bool) -> Iterator[Row]:
    """Give a part's rows; one that breaks is a goal not met, and costs no other part its own."""
    try:
        yield from measure(full)
    except Exception as error:  # noqa: BLE001  # whatever it was
        told = tuple(traceback.format_exc().splitlines()[-10:])
        yield Row(
            f"{name}: the rest of it", f"it broke: {error}", "it ends", met=False, detail=told
        )


def _print(row: Row) -> None:
    print(f"{'met    ' if row.met else 'NOT MET'} {row.row}")
    print(f"        {row.figure}\n        goal: {row.goal}", flush=True)
    for problem in row.detail[:10]:
        print(f"        - {problem}", flush=True)


if __name__ == "__main__":
    main()
