"""Ask a model everything a plan asks of it, and lose nothing.

The work of a model is frozen before its first batch: row `i` is one request, and the batch it
belongs to is part of the record. A batch is answered whole and saved whole. So a run that was
killed repeats the same batches in the same company, and its bytes do not depend on the kill.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from audit.backends.interface import Backend
from audit.errors import BatchError, InternalError
from audit.plan import Limits
from audit.progress import Tell, silent
from audit.records import (
    Answer,
    Decoding,
    Failed,
    Prompt,
    Record,
    Request,
    Skipped,
    Spans,
)
from audit.store import Log

RENDERED = 1024
"""Prompts that are in memory, and rendered, together."""


class Split(Record):
    """A batch that could not be answered whole, and is answered in two halves from now on."""

    batch: int
    rows: tuple[int, ...]
    """The rows of the batch that was halved."""

    reason: str = "out of memory"


def seed_of(seed: int, prompt_id: str, sample: int) -> int:
    """Give the seed of one record: 63 bits that depend on nothing else in the run."""
    text = f"{seed}\n{prompt_id}\n{sample}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


def plan_work(
    backend: Backend,
    asked: Iterable[tuple[Prompt, int, Decoding]],
    seed: int,
    limits: Limits,
) -> Iterator[Request]:
    """Plan what a model is asked: every prompt, its number of samples and its decoding.

    Longest first within one decoding, so that a lack of memory shows in the first minute and a
    batch holds texts of like length. Who is in a batch does not depend on the order of the plan.

    Returns:
        The requests in the order of the prompts. The plan is made before the first is given.

    Raises:
        RefusedError: If the model's template fails or loses a prompt.
    """
    drafts: list[_Draft] = []
    left = iter(asked)
    while some := list(islice(left, RENDERED)):
        drafts += _drafts(backend, some)
    places: list[dict[str, int]] = [{"batch": -1}] * len(drafts)
    for number, batch in enumerate(_pack(drafts, limits, backend.card.turns)):
        place = {"batch": number, "in_flight": _in_flight(drafts[batch[0]], limits)}
        for i in batch:
            places[i] = place
    return (
        Request(
            i=i,
            prompt_id=draft.prompt_id,
            sample=draft.sample,
            seed=seed_of(seed, draft.prompt_id, draft.sample),
            text=draft.text,
            n_tokens=draft.n_tokens,
            decoding=draft.decoding,
            skip=draft.skip,
            part=draft.part,
            **places[i],
        )
        for i, draft in enumerate(drafts)
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is known of a request before it has its place in a batch."""

    prompt_id: str
    sample: int
    text: str
    n_tokens: int
    decoding: Decoding | None
    skip: str
    part: Spans


def _drafts(backend: Backend, asked: Sequence[tuple[Prompt, int, Decoding]]) -> Iterator[_Draft]:
    texts = backend.render([prompt for prompt, _, _ in asked])
    lengths = backend.count_tokens(texts)
    for (prompt, samples, decoding), text, length in zip(asked, texts, lengths, strict=True):
        likelihood = prompt.style == "sentence"
        for sample in range(1 if likelihood else samples):
            yield _Draft(
                prompt_id=prompt.id,
                sample=sample,
                text=text,
                n_tokens=length if isinstance(length, int) else 0,
                decoding=None if likelihood else decoding,
                skip=_cannot_ask(length, 0 if likelihood else decoding.max_new_tokens, backend),
                # Escapes of what cannot be encoded move all that stands behind them.
                part=prompt.part if text == prompt.text else (),
            )


def _cannot_ask(length: int | str, new_tokens: int, backend: Backend) -> str:
    if isinstance(length, str):
        return length
    return "too long" if length + new_tokens > backend.max_positions else ""


def _pack(drafts: Sequence[_Draft], limits: Limits, turns: int) -> Iterator[list[int]]:
    """Give the batches, each by its drafts' numbers."""
    batch: list[int] = []
    asked = (i for i, draft in enumerate(drafts) if not draft.skip)
    for i in sorted(asked, key=lambda i: _place(drafts[i])):
        first = drafts[batch[0] if batch else i]
        if batch and (
            drafts[i].decoding != first.decoding or _is_full(len(batch), first, limits, turns)
        ):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _place(request: Request | _Draft) -> tuple[str, int, str, int]:
    """Give a request's place in the work: longest first, the same however the plan is ordered."""
    return (str(request.decoding), -request.n_tokens, request.prompt_id, request.sample)


def _is_full(n: int, first: _Draft, limits: Limits, turns: int) -> bool:
    # A likelihood is done in one go: there are no turns to take.
    return n >= _in_flight(first, limits) * (turns if first.decoding else 1)


def _in_flight(longest: _Draft, limits: Limits) -> int:
    """Give how many rows, none longer than this, may be worked on at a time."""
    new_tokens = longest.decoding.max_new_tokens if longest.decoding else 0
    return max(
        1, min(limits.batch_rows, limits.batch_tokens // max(1, longest.n_tokens + new_tokens))
    )


def generate(
    backend: Backend, work: Sequence[Request], log: Log, splits: Log, tell: Tell = silent
) -> None:
    """Answer every row that `log` does not hold yet, batch by batch.

    A batch that does not fit into memory, or over which the model's process dies, is halved; the
    split is saved before it is used, so that a resumed run repeats it. A single row that cannot be
    answered is `Failed` with the reason.

    Raises:
        StoreError: If the disk refuses.
        InternalError: If the backend breaks its contract.
    """
    skipped = [r for r in work if r.skip and r.i not in log.done]
    log.append(
        (r.i, Skipped(prompt_id=r.prompt_id, sample=r.sample, reason=r.skip)) for r in skipped
    )
    halved = {split.rows for _, split in splits.records(Split.model_validate_json)}
    tell("generate", len(log.done), len(work))
    for batch in batches(work):
        if all(request.i in log.done for request in batch):
            continue
        _answer(backend, batch, log, splits, halved)
        tell("generate", len(log.done), len(work))


def batches(work: Sequence[Request]) -> Iterator[list[Request]]:
    """Give the batches of a model's work in the order in which they are answered.

    The requests of one batch are held at a time.
    """
    grouped: dict[int, array[int]] = {}
    for place, request in enumerate(work):
        if not request.skip:
            grouped.setdefault(request.batch, array("q")).append(place)
    for batch in sorted(grouped):
        yield sorted((work[place] for place in grouped[batch]), key=_place)


def _answer(
    backend: Backend,
    batch: Sequence[Request],
    log: Log,
    splits: Log,
    halved: set[tuple[int, ...]],
) -> None:
    rows = tuple(request.i for request in batch)
    if all(i in log.done for i in rows):
        return
    if rows not in halved:
        answers = _try(backend, batch)
        if not isinstance(answers, BatchError):
            # A damaged line is made anew in its old company, the rest of the batch stays as it is.
            new = zip(batch, answers, strict=True)
            log.append((request.i, answer) for request, answer in new if request.i not in log.done)
            return
        split = Split(batch=batch[0].batch, rows=rows, reason=answers.reason)
        splits.append([(len(splits.done), split)])
        halved.add(rows)
    middle = (len(batch) + 1) // 2
    for half in (batch[:middle], batch[middle:]):
        _answer(backend, [_narrowed(request) for request in half], log, splits, halved)


def _narrowed(request: Request) -> Request:
    """Half the rows, and half of them at a time."""
    return request.model_copy(update={"in_flight": (request.in_flight + 1) // 2})


def _try(backend: Backend, batch: Sequence[Request]) -> Sequence[Answer] | BatchError:
    try:
        answers = backend.answer(batch)
    except BatchError as error:
        if len(batch) > 1:
            return error
        (request,) = batch
        answers = [Failed(prompt_id=request.prompt_id, sample=request.sample, reason=error.reason)]
    if [(a.prompt_id, a.sample) for a in answers] != [(r.prompt_id, r.sample) for r in batch]:
        raise InternalError(f"the backend answered other rows than batch {batch[0].batch} asks")
    return answers
