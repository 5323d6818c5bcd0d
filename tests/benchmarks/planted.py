"""Audit the reference models under several seeds: how often does a planted rate hold?

    python -m tests.benchmarks.planted [--seeds 5]

Prints and writes results/planted.json: every cell that does not hold, the share that do, and
whether target and baseline differ significantly in every family.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from audit import plan as plans
from audit.past import read_audit
from audit.run import run
from probes.interface import Sources

RESULTS = Path(__file__).parent / "results" / "planted.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    cells, missed, insignificant = 0, [], []
    for seed in range(1, options.seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            run(plans.find("embedded").changed(seed=seed), Path(folder), Sources())
            audit = read_audit(Path(folder))
        cells += len(audit.planted)
        missed += [(seed, row.model_dump()) for row in audit.planted if not row.holds]
        primary = [d for d in audit.differences if d.kind == "difference" and d.primary]
        insignificant += [(seed, d.probe, d.name) for d in primary if d.p_adjusted >= 0.05]
        print(seed, len(audit.planted), len(missed), len(primary), insignificant)
    share = 1 - len(missed) / cells
    result = {
        "seeds": options.seeds,
        "cells": cells,
        "share_that_hold": round(share, 4),
        "missed": missed,
        "differences_not_significant": insignificant,
    }
    print(json.dumps(result, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
