"""The program around a model: load it, answer lines about it, die alone.

A line is a word, a space and JSON; so is its answer. The standard output carries answers only:
what a library prints goes to the standard error. When the parent is gone, so is this process, in
the middle of a batch if need be: nobody could save the batch.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any

from pydantic import TypeAdapter

from audit.backends.interface import Backend
from audit.errors import AuditError, BatchError
from audit.plan import ModelPlan
from audit.records import Prompt, Request

PROMPTS: TypeAdapter[tuple[Prompt, ...]] = TypeAdapter(tuple[Prompt, ...])
REQUESTS: TypeAdapter[tuple[Request, ...]] = TypeAdapter(tuple[Request, ...])


def main() -> None:
    """Serve until the other end closes."""
    out = os.dup(1)
    os.dup2(2, 1)
    lines: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    backend: list[Backend] = []
    while True:
        word, _, body = lines.get().partition(b" ")
        _write(out, *_answer(backend, word.decode(), body))


def _listen(lines: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def _answer(backend: list[Backend], word: str, body: bytes) -> tuple[str, Any]:
    try:
        return "done", _do(backend, word, body)
    except BatchError as error:
        return "halve", error.reason
    except AuditError as error:
        return "refused", [type(error).__name__, str(error)]
    except BaseException:  # noqa: BLE001  # whatever it is, the parent must hear of it
        return "bug", traceback.format_exc()


def _do(backend: list[Backend], word: str, body: bytes) -> Any:
    if word == "load":
        loader = importlib.import_module(sys.argv[1])
        backend[:] = [loader.load(ModelPlan.model_validate_json(body))]
        card = backend[0].card.model_dump(mode="json")
        return {"card": card, "max_positions": backend[0].max_positions}
    if word == "render":
        return backend[0].render(PROMPTS.validate_json(body))
    if word == "count":
        return backend[0].count_tokens(json.loads(body))
    answers = backend[0].answer(REQUESTS.validate_json(body))
    return [answer.model_dump(mode="json") for answer in answers]


def _write(out: int, word: str, body: Any) -> None:
    data = memoryview(word.encode() + b" " + json.dumps(body).encode() + b"\n")
    while data:
        data = data[os.write(out, data) :]


if __name__ == "__main__":
    main()
