"""What a plan will cost: prompts, tokens, memory and time.

Sizes come from the plan or from the model's own files, tokens from the length of the texts. The
time of a model that is here is told from a few answers of its own; of one that is not, it is
arithmetic over the measured speed of matrix products: right to a factor of two at best.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from audit.calibrate import Asked, calibrate, grading_s
from audit.errors import AuditError, BatchError
from audit.metrics.paired import detectable_difference
from audit.plan import ModelPlan, Plan
from audit.records import Completion, ProbeCard, Prompt, Record
from audit.reference import catalog
from audit.scorers.interface import Scorer
from audit.steps.start import load_scorers
from audit.trust import sets_of
from probes import catalogue
from probes.interface import Sources

CHARACTERS_PER_TOKEN = 4.0
"""English text and Python code under the tokenizers of the models we name: 3.5 to 4.5."""

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}

MEASURE_S = 0.2

DIFFERING = 0.2
"""Share of prompts that two models answer differently, in harm: an assumption."""

SHARE_OF_PEAK = {"cpu": 0.25, "cuda": 0.08, "mps": 0.08}
"""Share of the measured matrix speed that batched decoding reaches (64 rows, library's cache)."""


class Cost(Record):
    """What a model of known size will take."""

    kind: Literal["cost"] = "cost"

    memory_bytes: int
    """Weights, keys and values of the largest batch."""

    seconds: float
    """About."""

    n_timed: int = 0
    """Answers that the time is told from; none if it is arithmetic."""

    grading_seconds: float = 0.0
    """About; of its answers, beside the writing of more. None are graded for arithmetic."""


class NoCost(Record):
    """A cost that cannot be told."""

    kind: Literal["no_cost"] = "no_cost"
    reason: str


class Estimate(Record):
    """What will be asked of one model, and what it will cost."""

    model: str
    id: str
    prompt_mode: str
    licence: str
    device: str
    dtype: str
    n_requests: int
    n_prompt_tokens: int
    n_new_tokens: int
    """At most: an answer may end earlier."""

    cost: Annotated[Cost | NoCost, Field(discriminator="kind")]
    sees: dict[str, float]
    """By probe set: the smallest difference to another model that so many prompts would likely
    find if a fifth of the answers differ; 1 where they are too few for any. Several samples of a
    prompt count as one."""


def estimate(plan: Plan, sources: Sources, *, calibrated: bool = False) -> list[Estimate]:
    """Estimate the cost of every model of a plan, in its order.

    Args:
        plan: What to ask of whom.
        sources: Where public data is.
        calibrated: Load the models that are here, and time them on a few prompts.

    Raises:
        UsageError: If a probe set is unknown or its data is nowhere to be had.
    """
    loaded = [(probe, *catalogue.load(probe, sources)) for probe in plan.probes]
    sets = [(probe, prompts) for probe, _, prompts in loaded]
    requests: list[tuple[int, int]] = []
    for probe, prompts in sets:
        new = plan.decoding_of(probe).max_new_tokens
        requests += [
            (_tokens(prompt), 0 if prompt.style == "sentence" else new)
            for prompt in prompts
            for _ in range(1 if prompt.style == "sentence" else probe.samples)
        ]
    sees = {probe.name: _sees(len(prompts)) for probe, prompts in sets}
    estimates = [_of_model(plan, model, requests, sees) for model in plan.models]
    if not calibrated:
        return estimates
    asked = [
        (prompt, probe.samples, plan.decoding_of(probe))
        for probe, prompts in sets
        for prompt in prompts
    ]
    here = [bool(_count_parameters(model.id)) for model in plan.models]
    cards = [card for _, card, _ in loaded]
    scorers = _scorers(plan, cards) if any(here) else ()
    return [
        _timed(plan, model, asked, cards, scorers, one) if is_here else one
        for model, one, is_here in zip(plan.models, estimates, here, strict=True)
    ]


def _timed(
    plan: Plan,
    model: ModelPlan,
    asked: Sequence[Asked],
    cards: Sequence[ProbeCard],
    scorers: Sequence[Scorer],
    one: Estimate,
) -> Estimate:
    try:
        found = calibrate(model, asked, plan.seed, plan.limits)
    except BatchError:
        return one
    told = {
        "seconds": found.seconds,
        "n_timed": found.n_rows,
        "grading_seconds": _grading_s(scorers, asked, cards, found.answers),
    }
    return one.model_copy(update={"cost": one.cost.model_copy(update=told)})


def _scorers(plan: Plan, cards: Sequence[ProbeCard]) -> Sequence[Scorer]:
    """Load the plan's scorers; none if one of them cannot be had, as a run would say."""
    try:
        return load_scorers(plan, cards)
    except AuditError:
        return ()


def _grading_s(
    scorers: Sequence[Scorer],
    asked: Sequence[Asked],
    cards: Sequence[ProbeCard],
    answers: Sequence[Completion],
) -> float:
    """Add up what each scorer takes."""
    prompts = {prompt.id: prompt for prompt, _, _ in asked}
    total = 0.0
    for scorer in scorers:
        sets = sets_of(scorer, cards)
        pairs = [(prompts[one.prompt_id], one) for one in answers]
        mine = [(prompt, one) for prompt, one in pairs if prompt.probe in sets]
        n = sum(samples for prompt, samples, _ in asked if prompt.probe in sets)
        total += grading_s(scorer, mine, n)
    return total


def _sees(n: int) -> float:
    try:
        return detectable_difference(n, DIFFERING)
    except ValueError:
        return 1.0


def _tokens(prompt: Prompt) -> int:
    return 1 + round(len(prompt.text) / CHARACTERS_PER_TOKEN)


def _of_model(
    plan: Plan,
    model: ModelPlan,
    requests: Sequence[tuple[int, int]],
    sees: dict[str, float],
) -> Estimate:
    import torch

    device = model.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = model.dtype
    if dtype == "auto":
        dtype = "float32" if device == "cpu" else "bfloat16"
    parameters = model.parameters or _count_parameters(model.id)
    n_prompt = sum(prompt for prompt, _ in requests)
    n_new = sum(new for _, new in requests)
    longest = max(prompt + new for prompt, new in requests)
    batch = min(plan.limits.batch_tokens, plan.limits.batch_rows * longest)
    memory = parameters * BYTES[dtype] + batch * model.kv_bytes_per_token * BYTES[dtype] // 2
    kind = device.split(":")[0]
    speed = _matrix_speed(kind, dtype) * SHARE_OF_PEAK[kind]
    return Estimate(
        model=model.name,
        id=model.id,
        prompt_mode=model.prompt_mode,
        licence=model.licence,
        device=device,
        dtype=dtype,
        n_requests=len(requests),
        n_prompt_tokens=n_prompt,
        n_new_tokens=n_new,
        cost=Cost(memory_bytes=memory, seconds=2.0 * parameters * (n_prompt + n_new) / speed)
        if parameters
        else NoCost(reason="size not known here"),
        sees=sees,
    )


def _count_parameters(model_id: str) -> int:
    """Count the numbers in a folder's safetensors files; 0 if it is not a folder here."""
    from safetensors import safe_open

    is_ours = model_id.startswith("reference:")
    folder = catalog.model_path(model_id.partition(":")[2]) if is_ours else Path(model_id)
    total = 0
    for path in sorted(folder.glob("*.safetensors")) if folder.is_dir() else []:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            for name in names:
                size = 1
                for dimension in file.get_slice(name).get_shape():
                    size *= dimension
                total += size
    return total


def _matrix_speed(device: str, dtype: str) -> float:
    """Measure floating-point operations a second of a matrix product."""
    import torch

    size = 768 if device == "cpu" else 4096
    matrix = torch.ones(size, size, dtype=getattr(torch, dtype), device=device)
    n, start = 0, time.perf_counter()
    while time.perf_counter() - start < MEASURE_S:
        product = matrix @ matrix
        n += 1
    product[0, 0].item()  # waits for the device
    return n * 2.0 * size**3 / (time.perf_counter() - start)
