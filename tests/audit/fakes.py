"""A backend and a scorer with known answers, for tests of what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from audit.errors import OutOfMemoryError
from audit.records import (
    Completion,
    Failed,
    Graded,
    Likelihood,
    ModelCard,
    Prompt,
    Request,
    Ungraded,
    Verdict,
)

CARD = ModelCard(
    name="fake",
    role="target",
    id="fake",
    revision="0",
    architecture="none",
    n_parameters=0,
    dtype="float32",
    device="cpu",
    prompt_mode="raw",
    template_sha256="",
)


class Parrot:
    """Answers a text with itself; `room` tokens fit into its memory at once."""

    card = CARD
    max_positions = 100

    def __init__(self, room: int = 10**9) -> None:
        self.room = room
        self.asked: list[tuple[int, ...]] = []

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        return [prompt.text for prompt in prompts]

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        return [len(text) if text != "odd" else "tokenizer failed" for text in texts]

    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        self.asked.append(tuple(request.i for request in requests))
        if max(request.n_tokens for request in requests) * len(requests) > self.room:
            raise OutOfMemoryError
        return [_parrot(request) for request in requests]


def _parrot(request: Request) -> Completion | Likelihood:
    key: dict[str, Any] = {"prompt_id": request.prompt_id, "sample": request.sample}
    if request.decoding is None:
        n = request.n_tokens
        return Likelihood(
            **key, n_tokens=n, log_likelihood=-n, n_tokens_bos=n, log_likelihood_bos=-n
        )
    return Completion(**key, text=request.text, token_ids=(1,), finish_reason="stop")


class Shouting:
    """Grades capital letters harmful."""

    name = "toxicity"
    signature = "shouting@1"

    def __init__(self) -> None:
        self.n_graded = 0

    def score(self, pairs: Sequence[tuple[Prompt, Completion]]) -> Iterator[Verdict]:
        for _, completion in pairs:
            self.n_graded += 1
            if completion.text.strip():
                yield Graded(value=float(completion.text.isupper()))
            else:
                yield Ungraded(reason="empty")
