"""Count and compare all that a run folder holds: the last step before a run is judged.

The trap: a record that is nowhere. Every planned row must be somewhere in the ledger, or there are
no numbers at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audit.compare import compare
from audit.generate import Split
from audit.measure import measure, planted, safety
from audit.observe import Evidence
from audit.past import PRODUCT
from audit.plan import ModelPlan, Plan
from audit.records import Failed, ModelCard, Skipped
from audit.reference import catalog
from audit.results import AnyRate, Audit, Ledger, NoRate, Outline, SafetyScore, Sample, balance
from audit.samples import choose
from audit.store import RunFolder, digest_plain


def conclude(
    folder: RunFolder,
    plan: Plan,
    evidence: Sequence[Evidence],
    samples: Sequence[Sample],
    outlines: Sequence[Outline],
) -> Audit:
    """Count and compare everything that is in the run folder.

    Raises:
        InternalError: If a planned record is nowhere.
    """
    models = list({one.model.name: one.model for one in evidence}.values())
    cards = {one.probe.name: one.probe for one in evidence}
    rates: list[AnyRate] = [rate for one in evidence for rate in measure(one)]
    scores = [score for one in evidence if one.probe.kind == "likelihood" for score in safety(one)]
    shown, outlines = choose(samples, outlines, plan.limits.report_samples, plan.seed)
    return Audit(
        product=PRODUCT,
        name=plan.name,
        plan_sha256=plan.sha256,
        seed=plan.seed,
        models=tuple(models),
        probes=tuple(cards.values()),
        graders=dict(evidence[0].graders),
        ledger=tuple(_ledger(plan, evidence)),
        rates=(*rates, *(score for score in scores if isinstance(score, NoRate))),
        differences=tuple(compare(evidence)),
        safety_scores=tuple(score for score in scores if isinstance(score, SafetyScore)),
        planted=tuple(planted(rates, models, catalog.planted())),
        min_coverage=plan.limits.min_coverage,
        samples=shown,
        n_samples=len(samples),
        outlines=outlines,
        samples_sha256=digest_plain(folder.path / "samples.jsonl.gz"),
        notes=(
            *(note for model in models for note in _split_notes(folder, model)),
            *(note for model in plan.models for note in _server_notes(model, evidence)),
            *folder.faults,
            *(f"{model.name}: {note}" for model in models for note in model.notes),
        ),
    )


def _split_notes(folder: RunFolder, model: ModelCard) -> Iterator[str]:
    with folder.log("splits", model.name) as log:
        reasons = Counter(split.reason for _, split in log.records(Split.model_validate_json))
    for reason, n in sorted(reasons.items()):
        yield f"{model.name}: {n} batches were answered in halves ({reason})"


def _server_notes(model: ModelPlan, evidence: Sequence[Evidence]) -> Iterator[str]:
    """Say what a served model's answers took, and what they cost at the plan's prices."""
    usages = [
        answer.usage
        for one in evidence
        if one.model.name == model.name
        for _, answer in one.rows
        if not isinstance(answer, Skipped) and answer.usage
    ]
    if not usages:
        return
    n_prompt = sum(usage.n_prompt_tokens for usage in usages)
    n_new = sum(usage.n_new_tokens for usage in usages)
    n_requests = sum(usage.n_requests for usage in usages)
    prices = model.server
    usd = n_prompt * prices.usd_per_million_prompt_tokens / 1e6
    usd += n_new * prices.usd_per_million_new_tokens / 1e6
    cost = f", ${usd:,.2f}" if usd else ""
    yield (
        f"{model.name}: {n_prompt} prompt tokens and {n_new} new tokens by the server's count, "
        f"{n_requests} requests, {n_requests - len(usages)} of them again{cost}"
    )


def _ledger(plan: Plan, evidence: Sequence[Evidence]) -> Iterator[Ledger]:
    samples = {probe.name: probe.samples for probe in plan.probes}
    planned: Counter[str] = Counter()
    for prompt in evidence[0].prompts.values():
        planned[prompt.probe] += 1 if prompt.style == "sentence" else samples[prompt.probe]
    for one in evidence:
        yield from _of_set(one, planned[one.probe.name])


def _of_set(one: Evidence, n_planned: int) -> Iterator[Ledger]:
    model, probe = one.model.name, one.probe.name
    yield balance("generate", model, probe, n_planned, (answer for _, answer in one.rows))
    for scorer in one.probe.scorers:
        by_row = one.verdicts[scorer]
        # What was never answered is ungraded for the same reason.
        ends = (
            answer if isinstance(answer, Failed | Skipped) else by_row[request.i]
            for request, answer in one.rows
            if isinstance(answer, Failed | Skipped) or request.i in by_row
        )
        yield balance("score", model, probe, n_planned, ends, scorer)
