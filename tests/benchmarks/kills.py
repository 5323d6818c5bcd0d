"""Kill a whole audit at random moments, go on each time, and compare the bytes.

    python -m tests.benchmarks.kills [--kills 30]

Greedy and sampled, on the embedded reference models. Prints and writes results/kills.json.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from audit import plan as plans

RESULTS = Path(__file__).parent / "results" / "kills.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="over both decodings together")
    options = parser.parse_args()
    rows = []
    for strategy in ("greedy", "sampled"):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(kill(strategy, options.kills // 2, Path(folder)))
        print(rows[-1])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(any(row["differing"] for row in rows))


def kill(strategy: str, n_kills: int, folder: Path) -> dict[str, object]:
    plan = folder / "plan.toml"
    text = plans.shipped()["embedded"].read_text()
    plan.write_text(text.replace('strategy = "sampled"', f'strategy = "{strategy}"'))
    start = time.monotonic()
    audit(plan, folder / "whole").wait()
    whole_s = time.monotonic() - start
    chance = random.Random(strategy)
    killed, restarts = 0, 0
    while killed < n_kills:
        restarts += 1
        out = folder / f"run-{restarts}"
        while True:  # the same command until it ends by itself
            process = audit(plan, out)
            try:
                process.wait(timeout=chance.uniform(2, whole_s))
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
            if killed >= n_kills:
                audit(plan, out).wait()
                break
    return {
        "decoding": strategy,
        "kills": killed,
        "runs": restarts,
        "whole_s": round(whole_s, 1),
        "differing": sorted(
            f"{run.name}/{name}"
            for run in folder.glob("run-*")
            for name in (*(p.name for p in (folder / "whole").glob("*.jsonl")), "audit.json")
            if not same(run / name, folder / "whole" / name)
        ),
    }


def audit(plan: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "audit", "run", str(plan), "--out", str(out), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


if __name__ == "__main__":
    main()
