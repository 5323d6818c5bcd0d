"""Workers are confined, replaced when they die, and leave nothing behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.child import Broken
from audit.errors import RefusedError
from audit.linter.pool import Pool


@pytest.fixture
def echo() -> Iterator[Pool]:
    pool = Pool("tests.audit.linter.tasks:act", n_workers=2, timeout_s=2, memory_bytes=200 << 20)
    yield pool
    pool.close()


def test_answers_come_in_order(echo: Pool) -> None:
    assert echo.map([["echo", i] for i in range(50)]) == list(range(50))


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("sleep", "time-out"),
        ("exit", "crashed"),
        ("segfault", "crashed"),
        ("eat", "out of memory"),
        ("raise", "crashed (ValueError)"),
    ],
)
def test_an_item_that_breaks_its_worker_costs_itself_alone(
    act: str, reason: str, echo: Pool
) -> None:
    items = [["echo", 1], [act, 0], ["echo", 2], ["echo", 3]]
    assert echo.map(items) == [1, Broken(reason), 2, 3]
    assert echo.map([["echo", 4]]) == [4]


def test_what_a_task_prints_is_no_answer(echo: Pool) -> None:
    assert echo.map([["print", 7]]) == [7]


def test_workers_get_no_secret_and_stand_in_an_empty_folder(
    echo: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "canary")
    ((names, here),) = echo.map([["look", 0]])
    assert "HF_TOKEN" not in names
    assert here == []


def test_a_worker_that_cannot_be_replaced_is_refused_and_waited_for_by_nobody(
    echo: Pool,
) -> None:
    # All workers die at once, and no new one can start.
    assert echo.map([["echo", 1]] * 8) == [1] * 8
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(echo, "_command", [sys.executable, "-c", "raise SystemExit"])
        with pytest.raises(RefusedError, match="did not start: crashed"):
            echo.map([["exit", 0]] * 8)
    assert echo.map([["echo", 2]]) == [2]


def test_closing_ends_every_worker() -> None:
    pool = Pool("tests.audit.linter.tasks:act", n_workers=2)
    pids = set(pool.map([["pid", 0]] * 20))
    assert os.getpid() not in pids
    pool.close()
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_a_function_that_is_not_there_is_refused() -> None:
    pool = Pool("tests.audit.linter.no_such_module:act")
    with pytest.raises(RefusedError, match="no_such_module"):
        pool.start()
    pool.close()
