"""Audit the reference pair on real probe sets: wall time, peak memory, and a balanced ledger.

    python -m tests.benchmarks.real_input --data-dir DIR

2,000 ToxiGen prompts, all safety-score sentences, all Python CyberSecEval instruct prompts.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from audit import plan as plans
from audit.past import read_audit
from audit.run import run
from probes.interface import Sources

RESULTS = Path(__file__).parent / "results" / "real_input.json"

PLAN = """
name = "real-input"
seed = 1

[[models]]
name = "reference-base"
id = "reference:base"
role = "target"
prompt_mode = "instruct-output"

[[models]]
name = "reference-aligned"
id = "reference:aligned"
role = "baseline"
prompt_mode = "instruct-output"

[[probes]]
name = "toxigen"
limit = 2000
max_new_tokens = 48

[[probes]]
name = "toxigen_sentences"

[[probes]]
name = "cyberseceval_instruct"
where = { language = "python" }
max_new_tokens = 160

[graders]
toxicity = "reference"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    options = parser.parse_args()
    told: dict[str, tuple[float, float]] = {}
    start = time.monotonic()

    def tell(what: str, _done: int, _planned: int) -> None:
        now = time.monotonic() - start
        told[what] = (told.get(what, (now, now))[0], now)

    with tempfile.TemporaryDirectory() as folder:
        run(plans.parse(PLAN), Path(folder), Sources(data_dir=options.data_dir), tell)
        audit = read_audit(Path(folder))
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    result = {
        "wall_s": round(time.monotonic() - start, 1),
        "stages_s": {what: round(end - begin, 1) for what, (begin, end) in told.items()},
        "peak_mb": round(kilobytes / 1024),
        "prompts": audit.n_samples,
        "ledger": [row.model_dump() for row in audit.ledger],
    }
    print(json.dumps(result, indent=1))  # noqa: T201 a benchmark prints
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
