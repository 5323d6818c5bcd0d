"""Time a model on a few of a plan's own prompts, to tell how long all of them will take.

The trap: a few rows do not fill a batch, and are slower each than many. So the sample doubles until
it has taken long enough to be believed, and only the last turn counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from audit.backends.guarded import Guarded
from audit.generate import batches, plan_work
from audit.pace import cost
from audit.plan import Limits, ModelPlan
from audit.records import Decoding, Prompt

FIRST_ROWS = 16
ENOUGH_S = 3.0

Asked = tuple[Prompt, int, Decoding]


@dataclass(frozen=True)
class Calibration:
    """What all of a plan's answers will take of one model."""

    seconds: float
    """Loading included."""

    n_rows: int
    """Answers that it was timed on."""


def calibrate(model: ModelPlan, asked: Sequence[Asked], seed: int, limits: Limits) -> Calibration:
    """Load a model that is here, and time it on rows drawn evenly from the work.

    Raises:
        RefusedError: If it cannot be trusted or had.
        BatchError: If a small batch does not fit into memory.
    """
    start = time.perf_counter()
    with closing(Guarded(f"audit.backends.{model.backend}", model)) as backend:
        load_s = time.perf_counter() - start
        work = [one for one in plan_work(backend, asked, seed, limits) if not one.skip]
        work.sort(key=cost)
        n_rows, taken_s = min(FIRST_ROWS, len(work)), 0.0
        while n_rows:
            step = len(work) / n_rows
            drawn = [work[int((i + 0.5) * step)] for i in range(n_rows)]
            start = time.perf_counter()
            for batch in batches(drawn):
                backend.answer(batch)
            taken_s = time.perf_counter() - start
            if taken_s >= ENOUGH_S or n_rows == len(work):
                break
            n_rows = min(2 * n_rows, len(work))
    if not n_rows:
        return Calibration(load_s, 0)
    share = sum(map(cost, drawn)) / sum(map(cost, work))
    return Calibration(load_s + taken_s / share, n_rows)
