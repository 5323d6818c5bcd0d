"""The program in a worker process: read a JSON line, call one function, write a JSON line.

Run by path under `-P -I`, never imported. The recursion limit is 20,000 on a large stack: code
nested thousands deep is linted, while CPython's parser is known to survive (at 1,000,000 it does
not).
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECURSION_LIMIT = 20_000
STACK_BYTES = 512 << 20
NEW_OBJECTS = 50_000
"""A search for unused rings of objects begins when this many more were made than freed."""


def main() -> None:
    """Serve until the other end closes."""
    function, memory_bytes = sys.argv[1], int(sys.argv[2])
    # Last, so that nothing of ours can shadow the standard library or a tool.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    limit = memory_bytes + STACK_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What the function prints goes nowhere: the pipe carries answers only.
    out = os.dup(1)
    os.dup2(2, 1)
    sys.setrecursionlimit(RECURSION_LIMIT)
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=_serve, args=(function, out))
    thread.start()
    thread.join()


def _serve(function: str, out: int) -> None:
    try:
        module, _, name = function.partition(":")
        call = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001  # told to the parent, which refuses
        _write(out, {"refused": f"{type(error).__name__}: {error}"})
        return
    # What is loaded stays; each call makes many objects and drops them, so look for rings seldom.
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    _write(out, {"ready": True})
    for line in sys.stdin.buffer:
        _write(out, _answer(call, line))


def _answer(call: Callable[[Any], Any], line: bytes) -> dict[str, Any]:
    try:
        return {"answer": call(json.loads(line))}
    except MemoryError:
        return {"broken": "out of memory"}
    except Exception as error:  # noqa: BLE001  # one item's failure; the parent records it
        return {"broken": f"crashed ({type(error).__name__})"}


def _write(out: int, message: dict[str, Any]) -> None:
    data = memoryview(json.dumps(message).encode() + b"\n")
    while data:
        data = data[os.write(out, data) :]


if __name__ == "__main__":
    main()
