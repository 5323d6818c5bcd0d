"""Do something in a process of its own, which it may break, and hear what it gave."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from audit.errors import AuditError


def forked(act: Callable[[], object]) -> int:
    """Run something in a child process; give its exit status, or the negative signal."""
    pid = start(act)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def start(act: Callable[[], object]) -> int:
    """Start something in a child process; give the process's number."""
    pid = os.fork()
    if pid == 0:
        os._exit(_code_of(act))
    return pid


def told(act: Callable[[], object]) -> Any:
    """Run something in a child process, and give what it gave as JSON has it.

    Raises:
        AssertionError: If it did not come to its end.
    """
    return told_all([act])[0]


def told_all(acts: Sequence[Callable[[], object]]) -> list[Any]:
    """Run several things at once, each in a child process; else as `told`."""

    def tell(path: Path, act: Callable[[], object]) -> None:
        path.write_text(json.dumps(act()))

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.json" for i in range(len(acts))]
        pids = [start(partial(tell, *both)) for both in zip(paths, acts, strict=True)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        if any(codes):
            raise AssertionError(f"ended in {codes}")
        return [json.loads(path.read_text()) for path in paths]


def _code_of(act: Callable[[], object]) -> int:
    try:
        act()
    except AuditError as error:
        return error.exit_code
    except BaseException:  # noqa: BLE001  # a forked child must not go on as its parent
        traceback.print_exc()
        return 70
    return 0
