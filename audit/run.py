"""The audit, step by step: ask, answer, grade, count, compare, show.

    plan.toml -> prompts -> completions -> verdicts -> rates -> differences -> report.html

Every step reads what the one before it left in the run folder and adds its own, so each can be
run again alone: grading needs no GPU, the report needs no grader. Nothing here prints.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from audit.backends.guarded import Guarded
from audit.backends.interface import Backend
from audit.compare import compare
from audit.errors import StoreError, UsageError
from audit.finish import finish, gates_of
from audit.generate import Split, generate, plan_work, read_answers
from audit.judgement import Judgement
from audit.measure import measure, planted, safety
from audit.observe import Evidence
from audit.past import PRODUCT, read_manifest, verdict_log
from audit.plan import ModelPlan, Plan
from audit.progress import Tell, silent
from audit.records import (
    Audit,
    Completion,
    Decoding,
    Failed,
    Graded,
    Ledger,
    Likelihood,
    Manifest,
    ModelCard,
    NoRate,
    ProbeCard,
    Prompt,
    Rate,
    Record,
    Request,
    SafetyScore,
    Sample,
    Skipped,
    Ungraded,
    balance,
)
from audit.reference import catalog
from audit.samples import choose, packed, side_by_side
from audit.score import read_verdicts, score
from audit.scorers import SCORERS
from audit.scorers.interface import Scorer
from audit.store import RunFolder, canonical
from probes import catalogue
from probes.interface import Sources

NUMERIC_PACKAGES = ("torch", "transformers", "tokenizers", "numpy")
"""A model's answers may change with these: a run is not resumed across them."""

PACKAGES = (*NUMERIC_PACKAGES, "detoxify", "bandit", "semgrep", "scipy", "datasets", "pydantic")

R = TypeVar("R", bound=Record)
Rows = list[tuple[Request, Completion | Likelihood | Failed | Skipped]]
Verdicts = Mapping[str, Mapping[str, Mapping[int, Graded | Ungraded]]]
"""By model, scorer and row."""


def run(
    plan: Plan,
    out: Path,
    sources: Sources,
    tell: Tell = silent,
    *,
    history: Path | None = None,
) -> Judgement:
    """Do a whole audit, or what is left of it, and judge it.

    Everything is kept in `out`; the same call after a kill goes on where it stopped and ends in
    the same bytes.

    Args:
        plan: What to ask of whom.
        out: The run folder.
        sources: Where public data is.
        tell: Told how far it is.
        history: Folder of the runs before and of those that are pinned; this one is added.

    Raises:
        UsageError: If the plan is wrong, or `out` holds a run of another plan.
        RefusedError: If a model, probe set or grader is refused, or a tool breaks.
        StoreError: If the disk refuses.
        LockedError: If another process holds `out`.
    """
    with RunFolder(out) as folder:
        start(folder, plan)
        cards, prompts = choose_prompts(folder, plan, sources)
        scorers = load_scorers(plan, cards)  # a missing tool shows before hours of generation
        for model in plan.models:
            answer(folder, plan, model, prompts, tell)
        audit, evidence = grade(folder, plan, cards, prompts, scorers, tell)
        return finish(folder, audit, evidence, plan.gates, history)


def rescore(out: Path, tell: Tell = silent, *, history: Path | None = None) -> Judgement:
    """Grade and judge a finished run again with the graders of today, without its models or data.

    Raises:
        UsageError: If `out` is not a run folder, or a model has not answered everything yet.
        RefusedError: If a grader cannot be had or breaks.
    """
    manifest = read_manifest(out)
    plan = Plan.model_validate_json(json.dumps(manifest.plan))
    with RunFolder(out) as folder:
        cards = _frozen(folder, "probes", ProbeCard)
        prompts = _frozen(folder, "prompts", Prompt)
        for model in plan.models:
            if not _is_answered(folder, model):
                raise UsageError(f"{out}: {model.name} has not answered everything; finish the run")
        audit, evidence = grade(folder, plan, cards, prompts, load_scorers(plan, cards), tell)
        return finish(folder, audit, evidence, gates_of(out), history)


# --- what is asked -----------------------------------------------------------------------------


def start(folder: RunFolder, plan: Plan) -> Manifest:
    """Begin a run, or make sure that this is the same one.

    Raises:
        UsageError: If the folder holds a run of another plan, naming the field that differs; or
            one that was started with other packages.
    """
    if folder.read("manifest.json") is None:
        manifest = Manifest(
            product=PRODUCT,
            plan_sha256=plan.sha256,
            started_at=_now(),
            versions=_versions(),
            machine=_machine(),
            plan=plan.normalised(),
        )
        folder.write_json("manifest.json", manifest)
        return manifest
    manifest = read_manifest(folder.path)
    if manifest.plan_sha256 != plan.sha256:
        field = _first_difference(manifest.plan, plan.normalised())
        raise UsageError(
            f"{folder.path} holds a run of another plan ({field}); name another folder with --out"
        )
    for name in NUMERIC_PACKAGES:
        if manifest.versions[name] != _versions()[name]:
            raise UsageError(
                f"{folder.path} was started with {name} {manifest.versions[name]}, and this is "
                f"{_versions()[name]}; install that one, or start a new run with --out"
            )
    return manifest


def choose_prompts(
    folder: RunFolder, plan: Plan, sources: Sources
) -> tuple[Sequence[ProbeCard], Sequence[Prompt]]:
    """Load the plan's probe sets and keep their prompts in the run folder."""
    loaded = [catalogue.load(probe, sources) for probe in plan.probes]
    with folder.log("probes") as probes_log, folder.log("prompts") as prompts_log:
        cards = folder.freeze(probes_log, ProbeCard, lambda: [card for card, _ in loaded])
        prompts = folder.freeze(
            prompts_log, Prompt, lambda: [prompt for _, prompts in loaded for prompt in prompts]
        )
    return cards, prompts


def load_scorers(plan: Plan, cards: Sequence[ProbeCard]) -> list[Scorer]:
    """Make ready every scorer that the probe sets need.

    Raises:
        RefusedError: If one cannot be had or does not work.
        UsageError: If the plan does not name its grader.
    """
    needed = {name for card in cards for name in card.scorers}
    graders = {str(name): grader for name, grader in plan.graders.items()}
    return [
        import_module(f"audit.scorers.{module}").load(graders.get(name, ""))
        for name, module in SCORERS.items()
        if name in needed
    ]


# --- what is answered --------------------------------------------------------------------------


def answer(
    folder: RunFolder, plan: Plan, model: ModelPlan, prompts: Sequence[Prompt], tell: Tell
) -> None:
    """Make one model answer all it is asked; it is loaded only if anything is left to do."""
    if _is_answered(folder, model):
        return
    tell(f"load {model.name}", 0, 1)
    # A process for each model: two may not fit at once, and what kills one must not end the run.
    with closing(Guarded(f"audit.backends.{model.backend}", model)) as backend:
        tell(f"load {model.name}", 1, 1)
        _ask(folder, plan, backend, prompts, _for_model(tell, model))


def _ask(
    folder: RunFolder, plan: Plan, backend: Backend, prompts: Sequence[Prompt], tell: Tell
) -> None:
    model = backend.card.name
    with (
        folder.log("model", model) as card_log,
        folder.log("requests", model) as requests_log,
        folder.log("completions", model) as answers_log,
        folder.log("splits", model) as splits_log,
    ):
        folder.freeze(card_log, ModelCard, lambda: [backend.card])
        work = folder.freeze(
            requests_log,
            Request,
            lambda: plan_work(backend, _asked(plan, prompts), plan.seed, plan.limits),
        )
        generate(backend, work, answers_log, splits_log, tell)


def _asked(plan: Plan, prompts: Iterable[Prompt]) -> Iterable[tuple[Prompt, int, Decoding]]:
    by_name = {probe.name: probe for probe in plan.probes}
    for prompt in prompts:
        probe = by_name[prompt.probe]
        yield prompt, probe.samples, plan.decoding_of(probe)


def _is_answered(folder: RunFolder, model: ModelPlan) -> bool:
    with (
        folder.log("requests", model.name) as requests_log,
        folder.log("completions", model.name) as answers_log,
    ):
        work = folder.frozen(requests_log, Request)
        return work is not None and answers_log.done >= {request.i for request in work}


def _for_model(tell: Tell, model: ModelPlan) -> Tell:
    return lambda what, done, planned: tell(f"{what} {model.name}", done, planned)


# --- what is graded, counted and compared ------------------------------------------------------


def grade(
    folder: RunFolder,
    plan: Plan,
    cards: Sequence[ProbeCard],
    prompts: Sequence[Prompt],
    scorers: Sequence[Scorer],
    tell: Tell = silent,
) -> tuple[Audit, list[Evidence]]:
    """Grade every completion, then count and compare."""
    answers = {model.name: _answers(folder, model) for model in plan.models}
    verdicts: dict[str, dict[str, dict[int, Graded | Ungraded]]] = defaultdict(dict)
    by_id = {prompt.id: prompt for prompt in prompts}
    for scorer in scorers:
        sets = {card.name for card in cards if scorer.name in card.scorers}
        for model in plan.models:
            rows = [row for row in answers[model.name] if by_id[row[0].prompt_id].probe in sets]
            with verdict_log(folder, scorer.name, scorer.signature, model.name) as log:
                score(scorer, rows, by_id, log, _for_model(tell, model))
                verdicts[model.name][scorer.name] = read_verdicts(log)
    graders = {scorer.name: scorer.signature for scorer in scorers}
    samples = side_by_side(prompts, answers, verdicts)
    folder.write("samples.jsonl.gz", packed(samples))
    models = [_frozen(folder, "model", ModelCard, model.name)[0] for model in plan.models]
    evidence = [
        Evidence(
            model=model,
            probe=card,
            prompts=by_id,
            rows=[row for row in answers[model.name] if by_id[row[0].prompt_id].probe == card.name],
            verdicts=verdicts.get(model.name, {}),
            graders=graders,
            product=PRODUCT,
        )
        for card in cards
        for model in models
    ]
    audit = conclude(folder, plan, evidence, samples)
    folder.write_json("audit.json", audit)
    return audit, evidence


def conclude(
    folder: RunFolder, plan: Plan, evidence: Sequence[Evidence], samples: Sequence[Sample]
) -> Audit:
    """Count and compare everything that is in the run folder.

    Raises:
        InternalError: If a planned record is nowhere.
    """
    models = list({one.model.name: one.model for one in evidence}.values())
    cards = {one.probe.name: one.probe for one in evidence}
    rates: list[Rate | NoRate] = [rate for one in evidence for rate in measure(one)]
    scores = [score for one in evidence if one.probe.kind == "likelihood" for score in safety(one)]
    shown, outlines = choose(samples, plan.limits.report_samples, plan.seed)
    return Audit(
        product=PRODUCT,
        name=plan.name,
        plan_sha256=plan.sha256,
        seed=plan.seed,
        models=tuple(models),
        probes=tuple(cards.values()),
        graders=dict(evidence[0].graders),
        ledger=tuple(row for one in evidence for row in _ledger(one, plan)),
        rates=(*rates, *(score for score in scores if isinstance(score, NoRate))),
        differences=tuple(compare(evidence)),
        safety_scores=tuple(score for score in scores if isinstance(score, SafetyScore)),
        planted=tuple(planted(rates, models, catalog.planted())),
        min_coverage=plan.limits.min_coverage,
        samples=shown,
        n_samples=len(samples),
        outlines=outlines,
        samples_sha256=hashlib.sha256(folder.read("samples.jsonl.gz") or b"").hexdigest(),
        notes=(
            *(note for model in models for note in _split_notes(folder, model)),
            *folder.faults,
            *(f"{model.name}: {note}" for model in models for note in model.notes),
        ),
    )


def _split_notes(folder: RunFolder, model: ModelCard) -> Iterator[str]:
    with folder.log("splits", model.name) as log:
        reasons = Counter(Split.model_validate_json(body).reason for _, body in log.read())
    for reason, n in sorted(reasons.items()):
        yield f"{model.name}: {n} batches were answered in halves ({reason})"


def _ledger(one: Evidence, plan: Plan) -> Iterator[Ledger]:
    model, probe = one.model.name, one.probe.name
    samples = next(p.samples for p in plan.probes if p.name == probe)
    asked = [prompt for prompt in one.prompts.values() if prompt.probe == probe]
    n_planned = sum(1 if prompt.style == "sentence" else samples for prompt in asked)
    yield balance("generate", model, probe, n_planned, (answer for _, answer in one.rows))
    for scorer in one.probe.scorers:
        by_row = one.verdicts[scorer]
        # What was never answered is ungraded for the same reason.
        ends = [
            answer if isinstance(answer, Failed | Skipped) else by_row[request.i]
            for request, answer in one.rows
            if isinstance(answer, Failed | Skipped) or request.i in by_row
        ]
        yield balance("score", model, probe, n_planned, ends, scorer)


def _answers(folder: RunFolder, model: ModelPlan) -> Rows:
    with (
        folder.log("requests", model.name) as requests_log,
        folder.log("completions", model.name) as answers_log,
    ):
        work = folder.frozen(requests_log, Request)
        if work is None:
            raise StoreError(f"{requests_log.path} is damaged; run the same plan again to mend it")
        return read_answers(answers_log, work)


# --- what is kept ------------------------------------------------------------------------------


def _frozen(folder: RunFolder, stage: str, kind: type[R], *names: str) -> tuple[R, ...]:
    with folder.log(stage, *names) as log:
        records = folder.frozen(log, kind)
    if records is None:
        raise UsageError(f"{folder.path} is not finished; run the same plan again")
    return records


def _first_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for key in new:
        if old.get(key) != new[key]:
            return f"{key}: {canonical(old.get(key))[:60]} then, {canonical(new[key])[:60]} now"
    return "an older layout"


def _now() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    when = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return when.isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def _machine() -> dict[str, str]:
    import torch

    machine = {
        "processor": platform.machine(),
        "system": platform.system(),
        "cores": str(os.cpu_count()),
        "torch_threads": str(torch.get_num_threads()),
    }
    if torch.cuda.is_available():
        machine["accelerator"] = torch.cuda.get_device_name()
    return machine


def run_folder(plan: Plan) -> Path:
    """Name the folder of a run: the same plan gives the same one, so that it is gone on with."""
    return Path("runs") / f"{plan.name}-{plan.sha256[:8]}"
