"""What goes wrong beside the work is seen, and a lane that lags holds the caller back."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from audit.lane import ROOM, Lane


def test_jobs_are_done_in_order_and_all_of_them_before_it_is_left() -> None:
    done: list[int] = []
    with Lane("test") as lane:
        for i in range(50):
            lane.put(partial(done.append, i))
    assert done == list(range(50))


def test_a_lane_that_lags_holds_the_caller_back() -> None:
    go = threading.Event()
    handed = 0
    with Lane("test") as lane:

        def hand_in() -> None:
            nonlocal handed
            for _ in range(20):
                lane.put(go.wait)
                handed += 1

        caller = threading.Thread(target=hand_in)
        caller.start()
        while handed < ROOM + 1:
            time.sleep(0.01)
        time.sleep(0.1)  # time enough to hand in more, were there room
        assert handed == ROOM + 1
        go.set()
        caller.join()
    assert handed == 20


def test_what_a_job_raises_reaches_the_caller_even_at_the_end() -> None:
    def fail() -> None:
        raise ValueError("broken grader")

    with pytest.raises(ValueError, match="broken grader"), Lane("test") as lane:
        lane.put(fail)
    done: list[str] = []

    def go_on(lane: Lane) -> None:
        lane.put(fail)
        for _ in range(100):
            lane.put(lambda: done.append("never"))

    with pytest.raises(ValueError, match="broken grader"), Lane("test") as lane:
        go_on(lane)
    assert not done


def test_when_the_caller_fails_waiting_jobs_are_dropped_and_the_one_under_way_ends() -> None:
    done: list[str] = []
    started = threading.Event()

    def slow() -> None:
        started.set()
        time.sleep(0.2)
        done.append("slow")

    def hand_in_and_fail(lane: Lane) -> None:
        lane.put(slow)
        lane.put(lambda: done.append("never"))
        started.wait()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Lane("test") as lane:
        hand_in_and_fail(lane)
    assert done == ["slow"]
