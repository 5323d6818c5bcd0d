"""Compare a model with itself: how often is a difference between two seeds called significant?

    python -m tests.benchmarks.same_model [--runs 100] [--true-runs 5]

Both reference models answer every probe set `--samples` times, once. Each of the 100 comparisons
then takes two different samples of every prompt, as two runs with other seeds would have given
them (a record's seed is its own, so samples are exchangeable), and compares them as target and
baseline. A few true double runs under two seeds stand beside it. At most 5 % of primary claims may
be significant: after Holm by themselves, and before it as the tests promise.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from audit import plan as plans
from audit.compare import compare
from audit.metrics.intervals import wilson
from audit.observe import Evidence
from audit.past import read_audit, read_evidence
from audit.plan import Plan
from audit.records import BareRequest
from audit.results import Difference
from audit.run import run
from audit.store import RunFolder
from probes.interface import Sources

RESULTS = Path(__file__).parent / "results" / "same_model.json"
LEVEL = 0.05
SAMPLES = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--true-runs", type=int, default=5)
    parser.add_argument("--limit", type=int, default=0, help="prompts of each set; 0 is all")
    options = parser.parse_args()
    claims: list[Difference] = []
    with tempfile.TemporaryDirectory() as folder:
        evidence = answered(embedded(SAMPLES, 1, options.limit), Path(folder))
    for i in range(options.runs):
        claims += drawn(evidence, random.Random(i))
    true_claims = [
        c for i in range(options.true_runs) for c in double_run(2 * i + 2, options.limit)
    ]
    result = {
        "runs": options.runs,
        "prompts_of_each_set": options.limit or "all",
        "drawn": summary(claims),
        "true_runs": options.true_runs,
        "true": summary(true_claims),
    }
    print(json.dumps(result, indent=1))
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


def embedded(samples: int, seed: int, limit: int) -> Plan:
    table = plans.find("embedded").changed(seed=seed, limit=limit).normalised()
    for probe in table["probes"]:
        probe["samples"] = samples
    return plans.validate(table, "the embedded plan with more samples")


def answered(plan: Plan, folder: Path) -> list[Evidence]:
    run(plan, folder, Sources())
    with RunFolder(folder) as kept:
        return read_evidence(kept, read_audit(folder))


def drawn(evidence: list[Evidence], chance: random.Random) -> Iterator[Difference]:
    """Compare two samples of every prompt of each model, as if they were two runs'."""
    for one in evidence:
        sides: dict[str, set[int]] = {"target": set(), "baseline": set()}
        rows: dict[str, list[int]] = {}
        for request, _ in one.rows:
            rows.setdefault(request.prompt_id, []).append(request.i)
        for of_prompt in rows.values():
            first, second = chance.sample(of_prompt, 2)
            sides["target"].add(first)
            sides["baseline"].add(second)
        yield from significant_or_not([_side(one, role, rows) for role, rows in sides.items()])


def _side(one: Evidence, role: str, chosen: set[int]) -> Evidence:
    kept = [
        (
            BareRequest(request.i, request.prompt_id, 0, request.decoding, 0),
            answer.model_copy(update={"sample": 0}),
        )
        for request, answer in one.rows
        if request.i in chosen
    ]
    model = one.model.model_copy(update={"name": role, "role": role})
    return replace(one, model=model, rows=kept)


def double_run(seed: int, limit: int) -> Iterator[Difference]:
    """Compare each model under two seeds, all of it run twice."""
    by_seed: list[Mapping[tuple[str, str], Evidence]] = []
    for each in (seed, seed + 1):
        with tempfile.TemporaryDirectory() as folder:
            found = answered(embedded(1, each, limit), Path(folder))
        by_seed.append({(one.model.name, one.probe.name): one for one in found})
    for key in by_seed[0]:
        sides = zip(("target", "baseline"), by_seed, strict=True)
        every = [{request.i for request, _ in side[key].rows} for side in by_seed]
        yield from significant_or_not(
            [_side(side[key], role, rows) for (role, side), rows in zip(sides, every, strict=True)]
        )


def significant_or_not(sides: list[Evidence]) -> Iterator[Difference]:
    for found in compare(sides):
        if isinstance(found, Difference) and found.primary:
            yield found


def summary(claims: list[Difference]) -> dict[str, object]:
    """Count the claims below the level, each on its own: Holm over several only finds fewer."""
    found = [claim for claim in claims if claim.p < LEVEL]
    beyond = [claim for claim in claims if not claim.low <= 0 <= claim.high]
    if not claims:
        return {"claims": 0}
    low, high = wilson(len(found), len(claims))
    return {
        "claims": len(claims),
        "significant": len(found),
        "share": round(len(found) / len(claims), 4),
        "interval": [round(low, 4), round(high, 4)],
        "intervals_without_0": round(len(beyond) / len(claims), 4),
        "by_measure": dict(Counter(f"{claim.probe} {claim.name}" for claim in found)),
    }


if __name__ == "__main__":
    main()
