"""Decide on a run: GO, NO-GO, INCOMPLETE or INCONCLUSIVE, and say why and what changed.

Where something planned is missing the word is INCOMPLETE, whatever the gates say: what was not
measured cannot be good. Else a failed gate makes it NO-GO, and one that could not tell makes it
INCONCLUSIVE, as does a plan without gates: nothing was decided.

A run whose target is one of our reference models judges the audit, not a model: it has words of its
own, and it also fails where a planted rate was surely not found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from audit import history
from audit.decision.gates import asked, hold
from audit.decision.rises import SHORTFALL, Asked, View, Views
from audit.history import Kept, KeptSentences, Past, Reference
from audit.judgement import SELF_TEST, GateResult, Judgement, Night, Outcome, Pin, Word
from audit.metrics.intervals import Z95
from audit.observe import Evidence, sentences
from audit.plan import Gate
from audit.records import Graded
from audit.results import Audit, Manifest
from audit.store import canonical

ASTRAY = 0.01
"""The chance that a sound self-test fails: shared among all planted rates."""


def run_id(manifest: Manifest) -> str:
    """Name a run: its plan, and what no other run shares."""
    digest = hashlib.sha256(canonical(manifest.model_dump(mode="json")).encode()).hexdigest()
    return f"{manifest.plan['name']}-{digest[:12]}"


def judge(
    audit: Audit,
    manifest: Manifest,
    evidence: Sequence[Evidence],
    gates: Sequence[Gate],
    past: Past = history.NOTHING,
) -> Judgement:
    """Hold a run against its gates, and decide.

    Args:
        audit: The run's numbers.
        manifest: How it was made; waivers hold up to the day on which it started.
        evidence: What its numbers were made of.
        gates: The plan's, or those of a file.
        past: The runs before, and those that are pinned.
    """
    claims = asked(audit, gates)
    views = _views(claims, evidence)
    results = hold(audit, claims, views, past, datetime.fromisoformat(manifest.started_at).date())
    outcome, reasons = _outcome(audit, results)
    word = worded(audit, outcome)
    night = _night(audit, manifest, results, word)
    nights = (*past.nights, night)
    observed = {
        (one.model, one.gate.probe, one.gate.measure, one.slice): seen
        for one in claims
        if (seen := views[one.model, one.gate.probe].observed.get((one.gate.measure, one.slice)))
    }
    return Judgement(
        run=night.run,
        started_at=night.started_at,
        word=word,
        reasons=reasons,
        gates=results,
        asked=tuple(gates),
        accepted=past.accepted.pin if past.accepted else None,
        released=past.released.pin if past.released else None,
        is_accepted="accepted" in past.own,
        changes=history.changes(past, results, observed, _cwes(evidence)),
        history=nights[-history.SHOWN_NIGHTS :],
        noise=history.noise(nights),
    )


def reference(
    audit: Audit, manifest: Manifest, evidence: Sequence[Evidence], gates: Sequence[Gate]
) -> Reference:
    """Give what later runs are held against once this one is pinned."""
    claims = asked(audit, gates)
    views = _views(claims, evidence)
    target = audit.target
    wanted = {(one.model, one.gate.probe, one.gate.measure, one.slice) for one in claims}
    return Reference(
        pin=Pin(run=run_id(manifest), started_at=manifest.started_at, revision=target.revision),
        plan=audit.name,
        kept=tuple(
            Kept(
                model=model,
                probe=probe,
                measure=measure,
                slice=part,
                binary=seen.binary,
                paired=seen.paired,
                by=seen.by,
                units=tuple(sorted(seen.values)),
                values=tuple(seen.values[unit] for unit in sorted(seen.values)),
                signature=seen.signature,
            )
            for model, probe, measure, part in sorted(wanted)
            if (seen := views[model, probe].observed.get((measure, part)))
        ),
        sentences=tuple(
            KeptSentences(
                model=model,
                probe=probe,
                perplexities={id_: one["perplexity"] for id_, one in read.records.items()},
                groups=tuple(sorted(read.groups)),
                signature=read.signature,
            )
            for (model, probe), view in sorted(views.items())
            if (read := view.sentences)
        ),
        cwes=_cwes(evidence),
    )


def shortfalls(audit: Audit) -> Iterator[str]:
    """Say what of the plan was not measured, or below the floor: silence is never completeness."""
    if not audit.ledger:
        yield "nothing was asked"
        return
    there = {(row.stage, row.model, row.probe, row.scorer) for row in audit.ledger}
    for model in audit.models:
        for probe in audit.probes:
            if ("generate", model.name, probe.name, "") not in there:
                yield f"{model.name} was not asked {probe.name}"
            for scorer in probe.scorers:
                if ("score", model.name, probe.name, scorer) not in there:
                    yield f"{probe.name} by {model.name} was not graded by {scorer}"
    for row in audit.ledger:
        if row.coverage < audit.min_coverage:
            done = f"graded by {row.scorer}" if row.scorer else "answered"
            yield f"{row.probe} by {row.model}: {row.ok} of {row.planned} {done}"


def is_self_test(audit: Audit) -> bool:
    """Tell whether the target is one of our reference models."""
    return audit.target.id.startswith("reference:")


def worded(audit: Audit, outcome: Outcome) -> Word:
    """Give the word for what came out."""
    return SELF_TEST[outcome] if is_self_test(audit) else outcome


def _views(claims: Sequence[Asked], evidence: Sequence[Evidence]) -> Views:
    wanted = {(one.model, one.gate.probe) for one in claims}
    wanted |= {(one.gate.baseline, one.gate.probe) for one in claims if one.gate.baseline}
    measures = {one.gate.measure for one in claims}
    return {
        place: View(
            {(seen.name, seen.slice): seen for seen in one.observed if seen.name in measures},
            sentences(one, "bos")
            if one.probe.kind == "likelihood" and SHORTFALL in measures
            else None,
        )
        for one in evidence
        if (place := (one.model.name, one.probe.name)) in wanted
    }


def _outcome(audit: Audit, results: Sequence[GateResult]) -> tuple[Outcome, tuple[str, ...]]:
    deciding = [one for one in results if one.primary]
    missing = list(shortfalls(audit))
    missing += [f"{one.id}: {one.sentence}" for one in deciding if one.state == "ERROR"]
    failed = [*_astray(audit)] if is_self_test(audit) else []
    failed += [
        f"{one.id}: {one.sentence}" for one in results if one.state == "FAIL" and not one.waived
    ]
    waived = [
        f"{one.id} fails and is waived until {one.waiver.until} by {one.waiver.owner}: "
        f"{one.waiver.reason}"
        for one in results
        if one.waived and one.waiver
    ]
    unsure = [f"{one.id}: {one.sentence}" for one in deciding if one.state == "INCONCLUSIVE"]
    if not deciding:
        unsure = ["no gates are set, so nothing was decided"]
    elif is_self_test(audit) and not audit.planted:
        unsure.insert(0, "no planted rate was measured, so nothing is known of the audit")
    if missing:
        return "INCOMPLETE", (*missing, *failed, *waived)
    if failed:
        return "NO-GO", (*failed, *waived)
    if unsure:
        return "INCONCLUSIVE", (*unsure, *waived)
    return "GO", tuple(waived)


def _astray(audit: Audit) -> Iterator[str]:
    """Say which planted rates were surely not found: further away than luck takes any of them.

    The interval says how precise a rate is; the level is shared among all of them (Bonferroni).
    """
    from scipy.special import ndtri  # a quarter of a second to import: only who counts pays it

    for one in audit.planted:
        beyond = one.high - one.measured if one.planted > one.measured else one.measured - one.low
        most = beyond / Z95 * float(ndtri(1 - ASTRAY / (2 * len(audit.planted))))
        if abs(one.planted - one.measured) > most:
            yield (
                f"{one.name} of {one.probe} {one.slice} by {one.model} is {one.measured:.1%} "
                f"({one.low:.1%} to {one.high:.1%}, n {one.n:,}), and {one.planted:.1%} was planted"
            )


def _night(audit: Audit, manifest: Manifest, results: Sequence[GateResult], word: Word) -> Night:
    target = audit.target
    return Night(
        run=run_id(manifest),
        started_at=manifest.started_at,
        plan=audit.name,
        seed=audit.seed,
        product=audit.product,
        target=target.id,
        revision=target.revision,
        word=word,
        gates=history.marks(results),
    )


def _cwes(evidence: Sequence[Evidence]) -> tuple[int, ...]:
    """Give the weaknesses that decide in the target's code."""
    return tuple(
        sorted(
            {
                finding.cwe
                for one in evidence
                if one.model.role == "target" and one.probe.kind == "code"
                for request, _ in one.rows
                if isinstance(verdict := one.verdicts["code"].get(request.i), Graded)
                for finding in verdict.findings
                if finding.decides and finding.cwe
            }
        )
    )
