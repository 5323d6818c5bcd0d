"""A backend that dies in every way a real one can, as the text of a request tells it to."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from audit.errors import OutOfMemoryError, RefusedError
from audit.plan import ModelPlan
from audit.records import Completion, Failed, Likelihood, Request
from tests.audit.fakes import Parrot


def load(model: ModelPlan) -> Faulty:
    if model.id == "refused":
        raise RefusedError("refused: this model is refused")
    if model.id == "dies":
        os.abort()
    return Faulty()


class Faulty(Parrot):
    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        print("a library prints")  # noqa: T201  # as libraries do: it must not reach the answers
        for request in requests:
            _fail(request.text)
        return [
            Failed(prompt_id=request.prompt_id, sample=request.sample, reason="nonfinite")
            if request.text == "nonfinite"
            else answer
            for request, answer in zip(requests, super().answer(requests), strict=True)
        ]


def _fail(text: str) -> None:
    match text.split():
        case ["segfault"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case ["assert"]:
            os.abort()
        case ["killed"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["hang"]:
            time.sleep(1e6)
        case ["does", "not", "fit"]:
            raise OutOfMemoryError
        case ["bug"]:
            raise IndexError("out of range")
        case ["once", path]:  # the machine's fault, gone at the second try
            if not Path(path).exists():
                Path(path).touch()
                os.abort()
