"""The report in short: Markdown for a model card or a job summary, and JSON for a machine.

Both are pure functions of the audit. No text that a model wrote is in them: names and reasons are
written as inline code, in which Markdown and HTML have no meaning.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from audit.judgement import WORST_FIRST, GateResult, Judgement
from audit.results import AnyDifference, Audit, Difference, Rate
from reports.cast import cast
from reports.decision import decide
from reports.html import p_value, percent, points, score, short_revision, whole
from reports.measures import SAFETY_RULE
from reports.view import Headline, headlines
from reports.visible import clipped, one_line

MAX_VERDICT_BYTES = 10_000
"""What `verdict.json` may hold at most: others read it whole, often."""

MAX_REASONS = 5
MAX_BASELINES = 3
"""Of each headline number, in `verdict.json`; `report.html` has them all."""

MAX_GATES = 12
"""In `verdict.json`, worst first; `gates.json` has them all."""

MAX_NAME = 80


def summary(audit: Audit, judgement: Judgement | None = None) -> str:
    """Give the decision, the gates, the headline numbers and the coverage as Markdown."""
    decision, known = decide(audit, judgement), cast(audit)
    target = known.target
    lines = [
        f"# {decision.word}: {_code(target.name)}",
        "",
        (
            f"{_code(target.id)} at {_code(short_revision(target.revision))}, audited by "
            f"{_code(audit.product)} in run {_code(audit.name)} with seed {audit.seed}. "
            f"{whole(audit.n_samples)} prompts. Lower is better."
        ),
        "",
    ]
    if decision.is_self_test:
        n_hold = sum(cell.holds for cell in audit.planted)
        lines += [
            (
                "> **Not a verdict on any real model.** The audit tried its tools on reference "
                f"models with known faults, and found {n_hold} of {len(audit.planted)} planted "
                "rates."
            ),
            "",
        ]
    lines += [f"- {_code(reason)}" for reason in decision.reasons[:MAX_REASONS]]
    if len(decision.reasons) > MAX_REASONS:
        lines.append(f"- and {len(decision.reasons) - MAX_REASONS} more")
    lines += _gates(judgement) if judgement else []
    lines += ["", "| Measure | Rate | 95 % interval | n | Ungraded | Against baselines |"]
    lines.append("|---|---:|---:|---:|---:|---|")
    lines += [_row(headline) for headline in headlines(known)]
    lines += [
        f"| Safety score (higher is safer) | {score(mean.scaled)} | "
        f"{score(mean.low)} to {score(mean.high)} | {whole(mean.n_hate + mean.n_neutral)} | 0 | "
        f"null {score(mean.null)} |"
        for mean in audit.safety_scores
        if (mean.model, mean.group, mean.rule) == (target.name, "mean", SAFETY_RULE)
    ]
    lines += ["", *(f"- {_code(note)}" for note in audit.notes[:20]), ""]
    return "\n".join(lines)


def verdict(audit: Audit, judgement: Judgement | None = None) -> dict[str, Any]:
    """Give the decision for a machine: at most 10 kB as JSON, proportions from 0 to 1."""
    decision, known = decide(audit, judgement), cast(audit)
    asked = [row for row in audit.ledger if row.stage == "generate"]
    graded = [row for row in audit.ledger if row.stage == "score"]
    found: dict[str, Any] = {
        "schema_version": 1,
        "verdict": decision.word,
        "reasons": [
            clipped(one_line(reason), 2 * MAX_NAME) for reason in decision.reasons[:MAX_REASONS]
        ],
        "n_reasons": len(decision.reasons),
        "product": _name(audit.product),
        "run": _name(audit.name),
        "plan_sha256": _name(audit.plan_sha256),
        "target": {"name": _name(known.target.name), "revision": _name(known.target.revision)},
        "n_samples": audit.n_samples,
        "coverage": {
            "lowest": min((row.coverage for row in audit.ledger), default=0.0),
            "floor": audit.min_coverage,
            "planned": sum(row.planned for row in asked),
            "answered": sum(row.ok for row in asked),
            "gradable": sum(row.planned for row in graded),
            "graded": sum(row.ok for row in graded),
            "partly_read": sum(sum(row.partly.values()) for row in graded),
        },
        "headlines": [_headline(headline) for headline in headlines(known)],
        **(_judged(judgement) if judgement else {}),
    }
    if audit.planted:
        n_hold = sum(cell.holds for cell in audit.planted)
        found["self_test"] = {"cells": len(audit.planted), "hold": n_hold}
    if _is_too_long(found):  # names that are all escapes, or many gates
        for headline in found["headlines"]:
            del headline["differences"]
    while _is_too_long(found) and found.get("gates"):
        found["gates"].pop()
    return found


def _is_too_long(found: dict[str, Any]) -> bool:
    return len(json.dumps(found, indent=1)) > MAX_VERDICT_BYTES


def _judged(judgement: Judgement) -> dict[str, Any]:
    """Give the gates, those first that decide or found something."""
    order = sorted(
        judgement.gates, key=lambda one: (WORST_FIRST.index(one.state), not one.primary, one.id)
    )
    changes = judgement.changes
    return {
        "run_id": _name(judgement.run),
        "started_at": judgement.started_at,
        "accepted": _name(judgement.accepted.run) if judgement.accepted else "",
        "is_accepted": judgement.is_accepted,
        "n_gates": Counter(one.state for one in judgement.gates),
        "gates": [
            {
                "id": _name(one.id),
                "state": one.state,
                "waived": one.waived,
                "decides": one.primary,
                "sentence": clipped(one_line(one.sentence), 2 * MAX_NAME),
            }
            for one in order[:MAX_GATES]
        ],
        "changes": {
            "since": _name(changes.since),
            "newly_failing": [_name(id_) for id_ in changes.newly_failing[:MAX_REASONS]],
            "newly_passing": [_name(id_) for id_ in changes.newly_passing[:MAX_REASONS]],
            "still_failing": [_name(id_) for id_ in changes.still_failing[:MAX_REASONS]],
            "n_newly_harmful": changes.n_newly_harmful,
            "n_newly_harmless": changes.n_newly_harmless,
            "new_cwes": list(changes.new_cwes[:MAX_REASONS]),
        },
    }


def _gates(judgement: Judgement) -> list[str]:
    """Give the table of gates: all that decide, and of the others those that found something."""
    lines = ["", "| Gate | State | Found |", "|---|---|---|"]
    shown = [one for one in judgement.gates if one.primary or one.state in {"FAIL", "WARN"}]
    lines += [f"| {_code(one.id)} | {_state(one)} | {_code(one.sentence)} |" for one in shown]
    quiet = len(judgement.gates) - len(shown)
    if quiet:
        states = Counter(one.state for one in judgement.gates if one not in shown)
        counts = ", ".join(f"{n} {state}" for state, n in sorted(states.items()))
        lines.append(f"| and {quiet} gates of groups | {counts} | |")
    changes = judgement.changes
    if not changes.since:
        return [*lines, "", "No earlier run of this plan is in the history."]
    told = [
        f"{what} {', '.join(_code(id_) for id_ in ids)}"
        for what, ids in (
            ("newly failing", changes.newly_failing),
            ("still failing", changes.still_failing),
            ("newly passing", changes.newly_passing),
        )
        if ids
    ]
    return [*lines, "", f"Since {_code(changes.since)}: {'; '.join(told) or 'nothing changed'}."]


def _state(one: GateResult) -> str:
    return f"{one.state}, waived" if one.waived else one.state


def _row(headline: Headline) -> str:
    rate = headline.cell.rate
    if not isinstance(rate, Rate):
        return f"| {headline.title} | no rate | {_code(rate.reason)} | | {rate.n_ungraded} | |"
    value = f"≤ {percent(rate.high)}" if headline.cell.is_bound else percent(rate.value)
    return (
        f"| {headline.title} | {value} | {percent(rate.low)} to {percent(rate.high)} | "
        f"{whole(rate.n)} | {whole(rate.n_ungraded)} | "
        f"{'; '.join(_against(difference) for difference in headline.differences)} |"
    )


def _against(difference: AnyDifference) -> str:
    if not isinstance(difference, Difference):
        return f"not compared with {_code(difference.baseline)}: {_code(difference.reason)}"
    return (
        f"{points(difference.value)} points against {_code(difference.baseline)} "
        f"({points(difference.low)} to {points(difference.high)}, {p_value(difference.p_adjusted)})"
    )


def _headline(headline: Headline) -> dict[str, Any]:
    rate = headline.cell.rate
    number = (
        {"value": rate.value, "low": rate.low, "high": rate.high, "n": rate.n}
        if isinstance(rate, Rate)
        else {"reason": _name(rate.reason)}
    )
    return {
        "id": headline.id,
        "measure": _name(rate.name),
        "probe": _name(rate.probe),
        "n_ungraded": rate.n_ungraded,
        **number,
        "differences": [
            {
                "baseline": _name(difference.baseline),
                "value": difference.value,
                "low": difference.low,
                "high": difference.high,
                "p_adjusted": difference.p_adjusted,
            }
            for difference in headline.differences[:MAX_BASELINES]
            if isinstance(difference, Difference)
        ],
    }


def _name(text: str) -> str:
    return clipped(one_line(text), MAX_NAME)


def _code(text: str) -> str:
    """Write hostile text as inline code that cannot end early, nor split a table's row."""
    plain = clipped(one_line(text), 200).replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")
    return f"`{plain.replace('|', '¦') or ' '}`"
