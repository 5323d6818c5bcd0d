"""Audit the reference pair on real probe sets: wall time, peak memory, and a balanced ledger.

    python -m tests.benchmarks.real_input --data-dir DIR [--plan public]

2,000 ToxiGen prompts, all safety-score sentences, all Python CyberSecEval instruct prompts; or a
shipped plan, whose result is then named after it.
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

RESULTS = Path(__file__).parent / "results"

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


_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--plan", choices=sorted(plans.shipped()))
    options = parser.parse_args()
    plan = plans.find(options.plan) if options.plan else plans.parse(PLAN)
    told: dict[str, tuple[float, float]] = {}
    start = time.monotonic()

    def tell(what: str, _done: int, _planned: int, _note: str = "") -> None:
        now = time.monotonic() - start
        told[what] = (told.get(what, (now, now))[0], now)

    with tempfile.TemporaryDirectory() as folder:
        run(plan, Path(folder), Sources(data_dir=options.data_dir), tell)
        audit = read_audit(Path(folder))
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in _WHO)
    result = {
        "wall_s": round(time.monotonic() - start, 1),
        "stages_s": {what: round(end - begin, 1) for what, (begin, end) in told.items()},
        "peak_mb": round(kilobytes / 1024),
        "cpu_s": round(sum(_cpu_s(who) for who in _WHO), 1),
        "prompts": audit.n_samples,
        "rates": len(audit.rates),
        "rates_without_a_number": sum(rate.kind == "no_rate" for rate in audit.rates),
        "ledger": [row.model_dump() for row in audit.ledger],
    }
    print(json.dumps(result, indent=1))
    name = f"{options.plan or 'real_input'}.json"
    (RESULTS / name).write_text(json.dumps(result, indent=1) + "\n")


def _cpu_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
