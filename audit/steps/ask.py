"""Have every model answer what it is asked, and grade its answers while it writes the next.

The trap: graders that lag must hold the model back, not fill the memory; and a grader that breaks
must end the run, not leave rows without a verdict. Each scorer has a lane of its own (`audit.lane`)
and gets an answer once it is on disk; in the end every planned row has come to every scorer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from importlib import import_module
from typing import Literal, Protocol, runtime_checkable

from audit.answers import own
from audit.backends.guarded import Guarded
from audit.backends.interface import Backend
from audit.errors import InternalError, RefusedError
from audit.generate import batches, generate, plan_work
from audit.lane import Lane
from audit.pace import Pace, roof
from audit.past import verdict_log
from audit.plan import ModelPlan, Plan
from audit.progress import Tell
from audit.prompts import Prompts
from audit.records import (
    ANSWER,
    Completion,
    Decoding,
    Failed,
    Likelihood,
    ModelCard,
    ProbeCard,
    Prompt,
    Record,
    Request,
    Skipped,
)
from audit.score import Grading
from audit.scorers.interface import Scorer
from audit.steps.start import labelled_texts
from audit.store import RunFolder
from audit.trust import FIRST, SECOND, grade_labelled, sets_of

IN_PROCESS = frozenset({"openai", "recorded"})
"""Backends that run no model here: there is nothing that could take our process down."""


class Closable(Backend, Protocol):
    """A backend that holds something open."""

    def close(self) -> None:
        """Let it go."""
        ...


@runtime_checkable
class Foreseeing(Protocol):
    """A backend that begins on batches before they are asked for."""

    def expect(self, batches: Iterable[Sequence[Request]]) -> None:
        """Begin on batches that will be asked for in this order."""
        ...


Engine = Literal["process", "ray"]
"""Where models run that are not served: in a process here, or on a Ray cluster."""


def ask(
    folder: RunFolder,
    plan: Plan,
    cards: Sequence[ProbeCard],
    prompts: Sequence[Prompt],
    graders: Callable[[], Sequence[Scorer]],
    tell: Tell,
    *,
    engine: Engine,
) -> None:
    """Have every model answer what it has not answered yet; most of it is graded then too.

    Args:
        folder: The run's.
        plan: What to ask of whom.
        cards: Of the probe sets.
        prompts: Of all sets.
        graders: Waits until they are loaded, beside the first model, and gives them: a missing one
            shows before hours of generation.
        tell: Told how far it is.
        engine: Where models run.

    Raises:
        RefusedError: If a model is refused, is another than when the run began, or a grader breaks.
        StoreError: If the disk refuses.
        InternalError: If an answer did not come to a scorer.
    """
    by_id = Prompts(prompts)
    with ExitStack() as logs, ExitStack() as lanes:  # a log is open for as long as its lane works
        lane_of: dict[str, Lane] = {}
        for model in plan.models:
            if is_answered(folder, model):
                continue
            mine = for_model(tell, model)
            with closing(_loaded(model, engine, tell)) as backend:
                scorers = graders()
                for scorer in scorers:
                    if scorer.name not in lane_of:
                        lane_of[scorer.name] = lanes.enter_context(Lane(scorer.name))
                        if scorer.name in {FIRST, SECOND}:
                            log = logs.enter_context(
                                verdict_log(folder, scorer.name, scorer.signature, "labelled")
                            )
                            texts = labelled_texts(folder)
                            lane_of[scorer.name].put(partial(grade_labelled, scorer, texts, log))
                work = _work(folder, plan, backend, prompts)
                gradings = [
                    Grading(
                        scorer,
                        (one for one in work if by_id.set_of(one.prompt_id) in sets),
                        by_id,
                        logs.enter_context(
                            verdict_log(folder, scorer.name, scorer.signature, model.name)
                        ),
                        mine,
                    )
                    for scorer in scorers
                    for sets in [sets_of(scorer, cards)]
                ]
                _answer(
                    folder,
                    backend,
                    work,
                    [(one, lane_of[one.scorer.name]) for one in gradings],
                    model,
                    tell,
                )
            left = {one.scorer.name: one.n_left for one in gradings if one.n_left}
            if left:
                raise InternalError(f"answers of {model.name} did not come to be graded: {left}")


def is_answered(folder: RunFolder, model: ModelPlan) -> bool:
    """Tell whether a model has answered every row of its frozen work."""
    with (
        folder.log("requests", model.name) as requests_log,
        folder.log("completions", model.name) as answers_log,
    ):
        n = folder.n_frozen(requests_log)
        return n is not None and all(i in answers_log.done for i in range(n))


def for_model(tell: Tell, model: ModelPlan, pace: object = "") -> Tell:
    """Give who tells of a model by its name, and at what pace it answers."""
    return lambda what, done, planned, _="", /: tell(
        f"{what} {model.name}", done, planned, str(pace)
    )


def _loaded(model: ModelPlan, engine: Engine, tell: Tell) -> Closable:
    tell(f"load {model.name}", 0, 1)
    module = f"audit.backends.{model.backend}"
    backend: Closable
    if model.backend in IN_PROCESS:
        backend = import_module(module).load(model)
    elif engine == "ray":
        backend = import_module("audit.backends.ray").Fleet(module, model)
    else:
        # A process for each: two models may not fit at once, and no death of one ends the run.
        backend = Guarded(module, model)
    tell(f"load {model.name}", 1, 1)
    return backend


def _work(
    folder: RunFolder, plan: Plan, backend: Backend, prompts: Sequence[Prompt]
) -> Sequence[Request]:
    name = backend.card.name
    with folder.log("model", name) as card_log, folder.log("requests", name) as requests_log:
        (card,) = folder.freeze(card_log, ModelCard, lambda: [backend.card])
        if card != backend.card:
            field = next(field for field, value in card if getattr(backend.card, field) != value)
            raise RefusedError(
                f"{name} is not the model that this run began with (its {field} differs); bring "
                "that one back, or start a new run with --out"
            )
        return folder.freeze(
            requests_log,
            Request,
            lambda: plan_work(backend, _asked(plan, prompts), plan.seed, plan.limits),
        )


def _asked(plan: Plan, prompts: Iterable[Prompt]) -> Iterator[tuple[Prompt, int, Decoding]]:
    by_name = {probe.name: probe for probe in plan.probes}
    for prompt in prompts:
        probe = by_name[prompt.probe]
        yield prompt, probe.samples, plan.decoding_of(probe)


def _answer(
    folder: RunFolder,
    backend: Backend,
    work: Sequence[Request],
    gradings: Sequence[tuple[Grading, Lane]],
    model: ModelPlan,
    tell: Tell,
) -> None:
    """Answer what is left of a model's work; pass on every answer, old or new, to be graded."""
    name = backend.card.name

    def pass_on(i: int, answer: Record) -> None:
        if not isinstance(answer, Completion | Likelihood | Failed | Skipped):
            raise InternalError(f"{name}: row {i} got a {type(answer).__name__} for an answer")
        for grading, lane in gradings:
            if batch := grading.take(i, answer):
                lane.put(partial(grading.grade, batch))

    with folder.log("completions", name) as answers_log, folder.log("splits", name) as splits_log:
        for grading, _ in gradings if model.backend == "openai" else ():
            grading.check_kept(answers_log.done)
        # In the order of the log, in which they were graded: so it is the same after a kill.
        for i, answer in answers_log.records(ANSWER.validate_json):
            if i < len(work):
                pass_on(i, own(answers_log.path, work[i], answer))
        pace = Pace(work, answers_log.done, roof(backend.card, model.kv_bytes_per_token, work))

        def heard(i: int, answer: Record) -> None:
            pace.heard(i, answer)
            pass_on(i, answer)

        answers_log.heard = heard
        if isinstance(backend, Foreseeing):
            left = (
                batch for batch in batches(work) if any(r.i not in answers_log.done for r in batch)
            )
            backend.expect(left)
        generate(backend, work, answers_log, splits_log, for_model(tell, model, pace))
