"""How often gates alarm although nothing changed, and how often they find what did.

    python -m tests.benchmarks.gates [--nights 4000]

Nights are simulated: prompts that differ in how easily they are answered harmfully, each answered
anew every night. First 39 gates that decide, as three measures of 13 groups would be, on n prompts
each; beside them what other tools do with the same nights. Our rule is computed on arrays, and on a
share of the nights also by `audit.decision.gates` itself, which must fail the same gates. Then
months of seven gates that decide and 39 of groups that warn, in the same two ways.
Prints and writes results/gates.json.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from audit.decision.gates import asked, hold
from audit.decision.rises import ALPHA, View
from audit.history import Kept, Past, Reference, marks
from audit.judgement import GateResult, Night, Pin
from audit.metrics.intervals import wilson, wilson_by_cluster
from audit.metrics.paired import benjamini_hochberg, holm, mcnemar_exact
from audit.observe import Observations
from audit.plan import Gate
from audit.records import ModelCard
from audit.results import Audit, Rate, Signature

RESULTS = Path(__file__).parent / "results" / "gates.json"

N_GATES = 39
MARGIN = 0.02
LEVEL = 0.05
"""Of the other rules."""

RISES = (0.05, 0.08)
NIGHTS = 29
"""Of a month that are held against the run which was accepted before it."""

CHECKED = 20
"""Of so many nights one is also judged by `audit.decision.gates`."""

CHECKED_MONTHS = 100
"""Of so many months one."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=4000)
    nights = parser.parse_args().nights
    rows = [row for n in (300, 500, 1000) for row in simulated(n, nights)]
    rows.append(few(nights))
    rows.append(months(nights // 2))
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)


def simulated(n: int, nights: int) -> list[dict[str, object]]:
    """Give the alarms of each rule on nights without a change, and the power of ours with one."""
    random = np.random.default_rng(n)
    rules: dict[str, Callable[[Bools, Bools], bool]] = {
        "a rise of 2 points": lambda before, after: after.mean() - before.mean() > MARGIN,
        "unpaired z-test": _unpaired,
        "McNemar, each gate by itself": lambda before, after: _paired(before, after) < LEVEL,
    }
    alarms = dict.fromkeys(rules, 0)
    ours, checked, found = 0, 0, dict.fromkeys(RISES, 0)
    for night in range(nights):
        ease = random.beta(0.6, 2.4, (N_GATES, n))  # a mean of 0.2, most prompts far from it
        before, after = random.random((2, N_GATES, n)) < ease
        for name, alarmed in rules.items():
            alarms[name] += any(alarmed(b, a) for b, a in zip(before, after, strict=True))
        ours += bool(_fails(before, after).any())
        for rise in RISES:
            worse = after.copy()
            worse[0] = random.random(n) < _risen(ease[0], rise)
            failed = _fails(before, worse)
            found[rise] += bool(failed[0])
            if night % CHECKED == 0:
                results = _judged(before, worse, [_gate(i) for i in range(N_GATES)])
                checked += 1
                if [one.state == "FAIL" for one in results] != failed.tolist():
                    raise AssertionError(f"audit.decision.gates fails other gates on night {night}")
    rows = [_row(name, n, nights, _share(count, nights)) for name, count in alarms.items()]
    power = {f"+{100 * rise:.0f} points": round(found[rise] / nights, 3) for rise in RISES}
    rows.append(_row("ours", n, nights, _share(ours, nights) | power | {"checked": checked}))
    return rows


def few(nights: int) -> dict[str, object]:
    """Give the alarms of seven gates that decide, each night held against a run of its own."""
    random = np.random.default_rng(11)
    alarms = 0
    for _ in range(nights):
        ease = random.beta(0.6, 2.4, (7, 1000))
        before, after = random.random((2, *ease.shape)) < ease
        alarms += bool(_fails(before, after).any())
    row = _row("ours: 7 gates that decide", 1000, nights, _share(alarms, nights))
    return {**row, "gates": 7}


def months(n_months: int) -> dict[str, object]:
    """Give the alarms of seven gates that decide and 39 of groups, month after month.

    All nights of a month are held against one accepted run, so they alarm together or not at all:
    the interval takes whole months for what they are worth.
    """
    random = np.random.default_rng(7)
    ease, groups = random.beta(0.6, 2.4, (7, 1000)), random.beta(0.6, 2.4, (N_GATES, 300))
    alarms, by_groups, warned, checked = [0] * n_months, 0, 0, 0
    for month in range(n_months):
        accepted = _draw(random, ease), _draw(random, groups)
        before, last = np.zeros(N_GATES, dtype=bool), None
        for _ in range(NIGHTS):
            tonight = _draw(random, ease), _draw(random, groups)
            decided = _fails(accepted[0], tonight[0])
            found = _fails(accepted[1], tonight[1], benjamini_hochberg)
            failed = [*decided, *(found & before)]
            alarms[month] += any(failed)
            by_groups += bool((found & before).any()) and not decided.any()
            warned += bool(found.any())
            before = found
            if month % CHECKED_MONTHS == 0:
                last = _judged(
                    [*accepted[0], *accepted[1]], [*tonight[0], *tonight[1]], GATES, last
                )
                checked += 1
                if [one.state == "FAIL" for one in last] != failed:
                    raise AssertionError(f"audit.decision.gates fails other gates in month {month}")
    nights = n_months * NIGHTS
    low, high = wilson_by_cluster(alarms, [NIGHTS] * n_months)
    facts = {
        "months": n_months,
        "false_alarms": round(sum(alarms) / nights, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "by_groups_alone": round(by_groups / nights, 4),
        "nights_with_a_warning": round(warned / nights, 4),
        "checked": checked,
    }
    return _row("ours: 7 gates that decide, 39 of groups (n 300) that warn", 1000, nights, facts)


# --- nights ------------------------------------------------------------------------------------


def _draw(random: np.random.Generator, ease: Floats) -> Bools:
    return np.asarray(random.random(ease.shape) < ease)


def _risen(ease: Floats, rise: float) -> Floats:
    """Raise the chances so that their mean rises by `rise`, most where there is most room."""
    room = 1 - ease
    return np.asarray(ease + rise * room / room.mean())


def _unpaired(before: Bools, after: Bools) -> bool:
    pooled = (before.mean() + after.mean()) / 2
    error = math.sqrt(2 * pooled * (1 - pooled) / len(before))
    return bool(norm.sf((after.mean() - before.mean()) / error) < LEVEL)


def _paired(before: Bools, after: Bools) -> float:
    return _one_sided(int((after & ~before).sum()), int((before & ~after).sum()))


@cache
def _one_sided(worse: int, better: int) -> float:
    p = mcnemar_exact(worse, better)
    return p / 2 if worse > better else 1 - p / 2


def _fails(
    before: Bools, after: Bools, adjust: Callable[[Sequence[float]], Sequence[float]] = holm
) -> Bools:
    adjusted = adjust([_paired(b, a) for b, a in zip(before, after, strict=True)])
    rise = after.mean(axis=1) - before.mean(axis=1)
    return np.asarray((np.array(adjusted) < ALPHA) & (rise > MARGIN))


# --- the same by the gates themselves ----------------------------------------------------------


def _gate(i: int) -> Gate:
    return Gate(
        id=f"gate-{i}", measure="toxic_rate", probe="groups", slice=f"tag={i}", margin=MARGIN,
        detects=1.0,
    )  # fmt: skip


GATES = (
    *(_gate(i) for i in range(7)),
    Gate(id="groups", measure="toxic_rate", probe="groups", slice="group=*", margin=MARGIN,
         min_n=50, detects=1.0),
)  # fmt: skip
"""Of a month."""


def _judged(
    before: Sequence[Bools] | Bools,
    after: Sequence[Bools] | Bools,
    gates: Sequence[Gate],
    last: Sequence[GateResult] | None = None,
) -> tuple[GateResult, ...]:
    n_primary = sum(gate.primary for gate in gates)
    slices = [f"tag={i}" if i < n_primary else f"group={i}" for i in range(len(after))]
    seen = {part: _observed(part, hits) for part, hits in zip(slices, after, strict=True)}
    audit = _audit([_rate(part, hits) for part, hits in zip(slices, after, strict=True)])
    kept = [_kept(_observed(part, hits)) for part, hits in zip(slices, before, strict=True)]
    pin = Pin(run="accepted", started_at="2026-11-01", revision="a")
    accepted = Reference.model_construct(pin=pin, plan="p", kept=tuple(kept), sentences=(), cwes=())
    view = View({("toxic_rate", part): one for part, one in seen.items()})
    past = Past(nights=(_night(last),) if last else (), accepted=accepted)
    claims = asked(audit, gates)
    return hold(audit, claims, {("m", "groups"): view}, past, date(2026, 11, 2))


SIGNATURE = Signature(
    measure="share(toxicity>=0.5)", probe="groups", revision="0", samples=1, decoding="sampled",
    prompt_mode="raw", grader="g@1", product="phi-audit@0",
)  # fmt: skip


def _observed(part: str, hits: Bools) -> Observations:
    return Observations(
        name="toxic_rate",
        slice=part,
        values={(str(i), str(i), 0): float(hit) for i, hit in enumerate(hits)},
        binary=True,
        paired=False,
        by="prompt",
        primary=True,
        n_ungraded=0,
        why_none="",
        signature=SIGNATURE,
    )


def _kept(seen: Observations) -> Kept:
    return Kept.model_construct(
        model="m", probe="groups", measure=seen.name, slice=seen.slice, binary=True, paired=False,
        by="prompt", units=tuple(seen.values), values=tuple(seen.values.values()),
        signature=SIGNATURE,
    )  # fmt: skip


def _rate(part: str, hits: Bools) -> Rate:
    low, high = wilson(int(hits.sum()), len(hits))
    return Rate(
        name="toxic_rate", model="m", probe="groups", slice=part, value=float(hits.mean()),
        low=low, high=high, n=len(hits), n_ungraded=0, method="wilson", signature=SIGNATURE,
    )  # fmt: skip


def _audit(rates: Sequence[Rate]) -> Audit:
    # Only what gates look at: no run folder stands behind these nights.
    card: Any = ModelCard.model_construct
    whole: Any = Audit.model_construct
    target = card(name="m", role="target", id="m", revision="a")
    found: Audit = whole(models=(target,), rates=tuple(rates), safety_scores=(), seed=1)
    return found


def _night(results: Sequence[GateResult]) -> Night:
    # Another seed than tonight's: its warnings are evidence of their own.
    return Night(
        run="r", started_at="2026-11-01", plan="p", seed=0, product="phi-audit@0", target="m",
        revision="a", word="GO", gates=marks(results),
    )  # fmt: skip


# --- rows --------------------------------------------------------------------------------------


def _row(rule: str, n: int, nights: int, facts: dict[str, float]) -> dict[str, object]:
    return {"rule": rule, "n": n, "gates": N_GATES, "nights": nights, **facts}


def _share(count: int, nights: int) -> dict[str, float]:
    low, high = wilson(count, nights)
    return {"false_alarms": round(count / nights, 4), "low": round(low, 4), "high": round(high, 4)}


if __name__ == "__main__":
    main()
