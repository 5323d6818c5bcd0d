"""Write the tables of docs/performance.md from the results: `python -m tests.benchmarks tables`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`, where NAME is a file of results.
What stands around the tables is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
RESULTS = Path(__file__).parent / "results"

_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    PAGE.write_text(_BLOCK.sub(_block, PAGE.read_text()))


def _block(found: re.Match[str]) -> str:
    name = found[2]
    file = RESULTS / f"{name}.json"
    table = _TABLES.get(name, pairs)(json.loads(file.read_text())) if file.is_file() else "Not run."
    return f"{found[1]}{table}\n{found[3]}"


def pairs(rows: list[dict[str, Any]]) -> str:
    """Write what `tests.benchmarks.__main__` measures."""
    lines = [
        [
            row["peer"],
            f"{row['ratio']:.2f}",
            f"{row['ours']:.4g}",
            f"{row['peer_s']:.4g}",
            f"{row['n']:,}" + (f", theirs {row['n_theirs']:,}" if "n_theirs" in row else ""),
            f"{row['n_threads']}, {row['time']}",
            "yes" if row["equal_results"] else "no",
        ]
        for row in rows
    ]
    head = ["against", "times ours", "ours, s", "theirs, s", "items", "threads, time", "equal"]
    return "\n".join([_table(head, lines), "", *_machine(rows)])


def end_to_end(rows: list[dict[str, Any]]) -> str:
    lines = [
        [
            f"{row['n']:,}",
            f"{row['ours_s']:.1f}",
            f"{row['slowest']}, {row['alone_s'][row['slowest']]:.1f}",
            f"{row['times_the_slowest']:.2f}",
            f"{row['peer_s']:,.0f}",
            f"{row['ratio']:.1f}",
            "yes" if row["equal_results"] else "no",
        ]
        for row in rows
    ]
    head = [
        "answers", "whole audit, s", "slowest stage alone, s", "whole / slowest",
        "peers, s", "peers / whole", "equal",
    ]  # fmt: skip
    return "\n".join([_table(head, lines), "", *_machine(rows)])


def scale(rows: list[dict[str, Any]]) -> str:
    lines = [
        [
            row["models"],
            f"{row['n']:,}",
            f"{row['wall_s']:,.0f}",
            f"{row['cpu_ms_a_prompt']:.2f}",
            f"{row['peak_memory_gb']:.2f}",
            f"{100 * row['store_share']:.2f} %",
            f"{row['second_run_s']:.2f}",
            f"{row['run_folder_mb']:,.0f}",
        ]
        for row in rows
    ]
    head = [
        "models", "prompts", "wall, s", "CPU ms a prompt", "peak memory, GB",
        "store's share of CPU", "finished run again, s", "run folder, MB",
    ]  # fmt: skip
    return "\n".join([_table(head, lines), "", *_machine(rows)])


def _machine(rows: list[dict[str, Any]]) -> list[str]:
    told = {row["machine"] for row in rows}
    versions = {
        ", ".join(f"{name} {number}" for name, number in row.get("versions", {}).items())
        for row in rows
    }
    return [f"Machine: {'; '.join(sorted(told))}. {'; '.join(sorted(versions))}".rstrip(". ") + "."]


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


_TABLES: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "end_to_end": end_to_end,
    "scale": scale,
}

if __name__ == "__main__":
    main()
