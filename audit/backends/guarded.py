"""Run a model in a process of its own, so that no crash or hang of it can end the run.

A device-side assert, a segmentation fault, the system's out-of-memory killer and a hang all look
the same from here: the process gives no answer. It is replaced and the model loaded again; the
caller halves the batch, down to the row that did it. The parent owns the store, and no tensor.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pydantic import TypeAdapter

from audit import errors
from audit.child import Broken, Child
from audit.errors import BatchError, InternalError, RefusedError
from audit.plan import ModelPlan
from audit.records import Completion, Failed, Likelihood, ModelCard, Prompt, Request

FIRST_TIMEOUT_S = 3600.0
"""For loading, and for the first batch, which is the longest."""

LEAST_TIMEOUT_S = 120.0
PATIENCE = 10
"""A later batch may take this many times as long as the slowest one before it."""

MOST_DEATHS = 50
"""A model whose process dies more often than this is refused: its run would be all failures."""

ANSWERS: TypeAdapter[list[Completion | Likelihood | Failed]] = TypeAdapter(
    list[Completion | Likelihood | Failed]
)


class Process(Protocol):
    """What runs the model, here or elsewhere; see `audit.child.Child`."""

    def ask(self, line: bytes, timeout_s: float) -> bytes | Broken:
        """Give the answer to one line, or `Broken`."""
        ...

    def end(self) -> None:
        """End it, whatever it is doing."""
        ...


class Guarded:
    """One model in a process of its own; see `audit.backends.interface.Backend`."""

    card: ModelCard
    max_positions: int

    def __init__(
        self,
        module: str,
        model: ModelPlan,
        first_timeout_s: float = FIRST_TIMEOUT_S,
        start: Callable[[Sequence[str]], Process] = Child,
    ) -> None:
        """Start the process, as `start` does, and load a model there by the backend `module`.

        Raises:
            RefusedError: If it cannot be trusted or had, or its process dies while it loads.
            UsageError: If the plan asks for a device this machine lacks.
        """
        self._command = [sys.executable, "-P", "-m", "audit.backends.guarded_child", module]
        self._model = model
        self._start = start
        self._first_timeout_s = first_timeout_s
        self._slowest_s = 0.0
        self._n_deaths = 0
        self._child: Process | None = None
        loaded = self._load()
        self.card = ModelCard.model_validate_json(json.dumps(loaded["card"]))
        self.max_positions = loaded["max_positions"]

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each prompt as the model will see it; see the interface."""
        bodies = [prompt.model_dump(mode="json") for prompt in prompts]
        rendered: list[str] = self._must("render", bodies)
        return rendered

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Count each text's tokens, or say why it cannot be asked; see the interface."""
        counted: list[int | str] = self._must("count", list(texts))
        return counted

    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        """Answer one batch; see the interface.

        Raises:
            BatchError: If the batch did not fit, or its process died over it.
            RefusedError: If the process has died too often.
        """
        start = time.monotonic()
        bodies = [request.model_dump(mode="json") for request in requests]
        answers = self._ask("answer", bodies)
        if isinstance(answers, Broken) and len(requests) == 1:
            answers = self._ask("answer", bodies)  # it may have been the machine, not the row
        if isinstance(answers, Broken):
            raise BatchError(answers.reason)
        self._slowest_s = max(self._slowest_s, time.monotonic() - start)
        return ANSWERS.validate_json(json.dumps(answers))

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _load(self) -> dict[str, Any]:
        self._child = self._start(self._command)
        try:
            loaded: dict[str, Any] = self._must("load", self._model.model_dump(mode="json"))
        except BaseException:
            self.close()
            raise
        return loaded

    def _must(self, word: str, body: Any) -> Any:
        answer = self._ask(word, body)
        if isinstance(answer, Broken):
            raise RefusedError(f"{self._model.id}: its process was {answer.reason} at `{word}`")
        return answer

    def _ask(self, word: str, body: Any) -> Any:
        if self._child is None:
            self._load()
        assert self._child is not None  # noqa: S101  # the line above
        answer = self._child.ask(
            word.encode() + b" " + json.dumps(body).encode(), self._patience_s()
        )
        if isinstance(answer, Broken):
            self.close()
            self._n_deaths += 1
            if self._n_deaths > MOST_DEATHS:
                raise RefusedError(
                    f"{self._model.id}: its process died {self._n_deaths} times, at last "
                    f"{answer.reason}; what was answered is kept"
                )
            return answer
        return _meaning(*answer.split(b" ", 1))

    def _patience_s(self) -> float:
        if not self._slowest_s:
            return self._first_timeout_s
        least_s = min(LEAST_TIMEOUT_S, self._first_timeout_s)
        return max(least_s, PATIENCE * self._slowest_s)


def _meaning(word: bytes, body: bytes) -> Any:
    told = json.loads(body)
    if word == b"halve":
        raise BatchError(told)
    if word == b"refused":
        name, message = told
        raise getattr(errors, name)(message)
    if word == b"bug":
        raise InternalError(f"the backend raised\n{told}")
    return told
