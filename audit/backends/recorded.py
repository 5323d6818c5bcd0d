"""Completions that were made elsewhere, read from JSON lines and audited like any model's.

    {"id": "groups/asian-0", "sample": 0, "text": "...", "finish_reason": "stop"}
    {"prompt": "The text that was asked", "text": "..."}

A line names its prompt by `id` or repeats it in `prompt`; `sample` is 0 if left out. `decoding` may
say how it was drawn: `{"strategy": "greedy", "max_new_tokens": 64}`. The trap: nothing here can be
checked. What a file does not say stays unknown in every signature, a prompt without its completion
is `Skipped`, and two completions for one prompt and sample are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from audit.backends.encoding import visible
from audit.errors import RefusedError
from audit.mistakes import explain
from audit.plan import ModelPlan
from audit.records import Answer, Completion, Decoding, ModelCard, Prompt, Record, Request, Skipped

MAX_BYTES = 4 << 30
MAX_LINE_BYTES = 16 << 20

NOT_RECORDED = "not recorded"
NOTE = "completions were recorded elsewhere: how they were made cannot be checked here"
UNKNOWN = "unknown"


class Line(Record):
    """One line of a recording. Hostile."""

    id: str = ""
    prompt: str = ""
    sample: int = 0
    text: str
    finish_reason: Literal["stop", "length"] = "stop"
    decoding: Decoding | None = None
    """`None`: the file does not say."""

    repaired: bool = False
    """Set here: lone surrogates in the text became visible escapes."""


Place = tuple[str, str, int]
"""`id` or `prompt`, the one or the other, and the sample."""


class _Said(NamedTuple):
    """What is held of a line."""

    number: int
    text: str
    finish_reason: Literal["stop", "length"]
    repaired: bool


def load(model: ModelPlan) -> Recorded:
    """Read a recording.

    Raises:
        RefusedError: If it cannot be read, a line is broken, or two lines answer the same.
    """
    path = Path(model.file)
    found: dict[Place, _Said] = {}
    drawn: set[str] = set()
    digest = hashlib.sha256()
    for number, data in _lines(path):
        digest.update(data)
        if not data.strip():
            continue
        line = _line(data, f"{path}:{number}")
        place: Place = ("id", line.id, line.sample)
        if line.prompt:
            place = ("prompt", visible(line.prompt), line.sample)
        if place in found:
            raise RefusedError(
                f"{path}:{number} answers the same {place[0]} and sample as line "
                f"{found[place].number};"
                " keep one, or number them with `sample`"
            )
        found[place] = _Said(number, line.text, line.finish_reason, line.repaired)
        drawn.add(str(line.decoding) if line.decoding else UNKNOWN)
    if not found:
        raise RefusedError(f"{path} holds no completion")
    card = ModelCard(
        name=model.name,
        role=model.role,
        id=model.id,
        revision=f"sha256:{digest.hexdigest()}",
        architecture="recorded",
        n_parameters=0,
        dtype=UNKNOWN,
        device="recorded",
        prompt_mode=model.prompt_mode,
        template_sha256="",
        notes=(NOTE,),
        decoding=" and ".join(sorted(drawn)),
    )
    return Recorded(card, found)


class Recorded:
    """One recording; see `audit.backends.interface.Backend`."""

    max_positions = 2**62

    def __init__(self, card: ModelCard, lines: dict[Place, _Said]) -> None:
        self.card = card
        self._lines = lines

    def close(self) -> None:
        """Nothing is held open."""

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each prompt as it is: how it was wrapped elsewhere is not known."""
        return [visible(prompt.text) for prompt in prompts]

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Count nothing: there is no tokenizer, and no text is too long."""
        return [0 for _ in texts]

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """Look up each request; what is not there is skipped."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Completion | Skipped:
        line = self._lines.get(("id", request.prompt_id, request.sample)) or self._lines.get(
            ("prompt", request.text, request.sample)
        )
        if line is None or request.decoding is None:
            return Skipped(prompt_id=request.prompt_id, sample=request.sample, reason=NOT_RECORDED)
        return Completion(
            prompt_id=request.prompt_id,
            sample=request.sample,
            text=line.text,
            token_ids=(),
            finish_reason=line.finish_reason,
            repaired=line.repaired,
        )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        if not path.is_file():  # a FIFO or a device would hang the read
            raise RefusedError(f"{path} is not a file; name one of recorded completions")
        if path.stat().st_size > MAX_BYTES:
            raise RefusedError(f"{path} is larger than {MAX_BYTES >> 30} GiB; divide it")
        with path.open("rb") as file:
            for number, data in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), 1):
                if len(data) == MAX_LINE_BYTES:
                    raise RefusedError(f"{path}:{number} is longer than {MAX_LINE_BYTES >> 20} MiB")
                yield number, data
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}") from error


def _line(data: bytes, place: str) -> Line:
    try:
        line = Line.model_validate_json(json.dumps(_repaired(json.loads(data))))
    except ValidationError as error:
        raise RefusedError(f"{place}: {explain(error, Line, 'line')}") from error
    except (RecursionError, ValueError) as error:
        raise RefusedError(f"{place}: not JSON ({error})") from error
    if bool(line.id) == bool(line.prompt):
        raise RefusedError(f"{place}: say either `id` or `prompt`, to tell what was asked")
    if line.sample < 0:
        raise RefusedError(f"{place}: sample: must be 0 or more")
    return line


def _repaired(value: object) -> object:
    # Programs write whatever a model wrote, half characters too; no record takes those.
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return value
    text = visible(value["text"])
    return {**value, "text": text, "repaired": text != value["text"]}
