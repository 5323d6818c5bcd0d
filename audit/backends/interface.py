"""What a backend is: it loads one model and answers batches of requests.

Contract:
- `load` refuses (RefusedError) a model that cannot be trusted or had; nothing it brings is run.
- `render` applies the prompt mode; the prompt's text must stand verbatim in what it returns.
- `answer` gives one record per request, in order: a row that fails alone is `Failed(reason)`, never
  an exception. A row's answer depends on the batch's shape and on its own seed, on nothing else.
- `answer` raises `audit.errors.BatchError` when the batch cannot be answered as a whole, as when it
  does not fit into memory: the caller halves it. Every other exception is the end of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from audit.plan import ModelPlan
from audit.records import Answer, ModelCard, Prompt, PromptMode, Request


class Backend(Protocol):
    """One loaded model."""

    card: ModelCard
    max_positions: int
    """Longest prompt plus new tokens the model can hold."""

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each prompt as the model will see it.

        Raises:
            RefusedError: If the model's template fails, or loses a prompt's text.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Count each text's tokens, special tokens included; or say why it cannot be asked."""
        ...

    def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Answer one batch: all requests share one decoding, or all measure likelihood."""
        ...


class Loader(Protocol):
    """How a backend is made: the `load` of each module that `ModelPlan.backend` may name."""

    def __call__(self, model: ModelPlan) -> Backend:
        """Load a model.

        Raises:
            RefusedError: If it cannot be trusted or had.
            UsageError: If the plan asks for a device this machine lacks.
        """
        ...


def effective_mode(mode: PromptMode, style: str) -> PromptMode:
    """Give the prompt mode a prompt really gets.

    The instruction form wraps requests only: text to carry on stays text, as on Phi-2's card. A
    chat template wraps everything but sentences, since a chat model is used through nothing else.
    """
    if style == "sentence" or (style == "continue" and mode == "instruct-output"):
        return "raw"
    return mode
