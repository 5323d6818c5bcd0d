"""The audit, step by step: ask, answer, grade, count, compare, show.

    plan.toml -> prompts -> completions -> verdicts -> rates -> differences -> report.html

Every step reads what the one before it left in the run folder and adds its own, so each can be
run again alone: grading needs no GPU, the report needs no grader. Nothing here prints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from audit import plan as plans
from audit.answers import Answers
from audit.errors import UsageError
from audit.judgement import Judgement
from audit.observe import Evidence
from audit.past import PRODUCT, read_judgement, read_manifest, verdict_log
from audit.plan import ModelPlan, Plan
from audit.progress import Tell, silent
from audit.prompts import Prompts
from audit.records import ModelCard, ProbeCard, Prompt, Request, Verdict
from audit.results import AnyRate, Audit, Outline, Sample
from audit.samples import SideBySide, outline, packed
from audit.score import read_verdicts, score
from audit.scorers.interface import Scorer
from audit.steps.ask import Engine, ask, for_model, is_answered
from audit.steps.conclude import conclude
from audit.steps.finish import finish, gates_of
from audit.steps.finished import is_finished, keep
from audit.steps.start import (
    check_graders,
    choose_prompts,
    keep_labelled,
    labelled_texts,
    load_scorers,
    start,
)
from audit.store import RunFolder
from audit.trust import FIRST, SECOND, grade_labelled, sets_of, trust
from probes.interface import Sources


def run(
    plan: Plan,
    out: Path,
    sources: Sources,
    tell: Tell = silent,
    *,
    history: Path | None = None,
    engine: Engine = "process",
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
        engine: Where models run; no byte depends on it.

    Raises:
        UsageError: If the plan is wrong, or `out` holds a run of another plan.
        RefusedError: If a model, probe set or grader is refused, or a tool breaks.
        StoreError: If the disk refuses.
        LockedError: If another process holds `out`.
    """
    check_graders(plan)
    with RunFolder(out) as folder:
        if is_finished(folder, plan, history):
            return read_judgement(out)
        start(folder, plan)
        cards, prompts = choose_prompts(folder, plan, sources)
        keep_labelled(folder, cards, sources)
        with ThreadPoolExecutor(1, "graders") as beside:
            loading = beside.submit(load_scorers, plan, cards)
            ask(folder, plan, cards, prompts, loading.result, tell, engine=engine)
        scorers = loading.result()
        audit, evidence = grade(folder, plan, cards, prompts, scorers, tell)
        judgement = finish(folder, audit, evidence, plan.gates, history)
        keep(folder, plan, history)
        return judgement


def rescore(out: Path, tell: Tell = silent, *, history: Path | None = None) -> Judgement:
    """Grade and judge a finished run again with the graders of today, without its models or data.

    Raises:
        UsageError: If `out` is not a run folder, or a model has not answered everything yet.
        StoreError: If what it asked is not there whole.
        RefusedError: If a grader cannot be had or breaks.
    """
    manifest = read_manifest(out)
    plan = plans.validate(dict(manifest.plan), str(out))
    with RunFolder(out) as folder:
        cards = folder.kept(ProbeCard, "probes")
        prompts = folder.kept(Prompt, "prompts")
        for model in plan.models:
            if not is_answered(folder, model):
                raise UsageError(f"{out}: {model.name} has not answered everything; finish the run")
        audit, evidence = grade(folder, plan, cards, prompts, load_scorers(plan, cards), tell)
        return finish(folder, audit, evidence, gates_of(out), history)


def grade(
    folder: RunFolder,
    plan: Plan,
    cards: Sequence[ProbeCard],
    prompts: Sequence[Prompt],
    scorers: Sequence[Scorer],
    tell: Tell = silent,
) -> tuple[Audit, list[Evidence]]:
    """Grade every completion, then count and compare."""
    by_id = Prompts(prompts)
    answers = {model.name: _answers(folder, model, by_id) for model in plan.models}
    verdicts: dict[str, dict[str, Mapping[int, Verdict]]] = defaultdict(dict)
    for scorer in scorers:
        sets = sets_of(scorer, cards)
        for model in plan.models:
            rows = answers[model.name].of_sets(sets)
            with verdict_log(folder, scorer.name, scorer.signature, model.name) as log:
                if rows.lack(log.done):
                    score(scorer, rows, by_id, log, for_model(tell, model))
                verdicts[model.name][scorer.name] = read_verdicts(log)
    graders = {scorer.name: scorer.signature for scorer in scorers}
    samples = SideBySide(prompts, answers, verdicts)
    outlines: list[Outline] = []
    folder.write("samples.jsonl.gz", packed(_outlined(samples, outlines)))
    models = [folder.kept(ModelCard, "model", model.name)[0] for model in plan.models]
    evidence = [
        Evidence(
            model=model,
            probe=card,
            prompts=by_id,
            rows=answers[model.name].of_sets({card.name}),
            verdicts=verdicts.get(model.name, {}),
            graders=graders,
            product=PRODUCT,
        )
        for card in cards
        for model in models
    ]
    trusted = _trust(folder, scorers, evidence)
    audit = conclude(folder, plan, evidence, samples, outlines).model_copy(
        update={"trust": trusted}
    )
    folder.write_json("audit.json", audit)
    return audit, evidence


def _outlined(samples: Iterable[Sample], outlines: list[Outline]) -> Iterator[Sample]:
    """Give samples on, with an outline of each taken: they are read once."""
    for sample in samples:
        outlines.append(outline(sample))
        yield sample


def _trust(
    folder: RunFolder, scorers: Sequence[Scorer], evidence: Sequence[Evidence]
) -> tuple[AnyRate, ...]:
    """Grade the labelled texts, and tell how far to trust the toxicity graders."""
    texts = labelled_texts(folder)
    scores = {}
    for scorer in scorers:
        if scorer.name in {FIRST, SECOND}:
            with verdict_log(folder, scorer.name, scorer.signature, "labelled") as log:
                scores[scorer.name] = grade_labelled(scorer, texts, log)
    return tuple(trust(evidence, texts, scores))


def _answers(folder: RunFolder, model: ModelPlan, prompts: Prompts) -> Answers:
    with folder.log("completions", model.name) as log:
        return Answers(log, folder.kept(Request, "requests", model.name), prompts)


def run_folder(plan: Plan) -> Path:
    """Name the folder of a run: the same plan gives the same one, so that it is gone on with."""
    return Path("runs") / f"{plan.name}-{plan.sha256[:8]}"
