"""Time a model on a few of a plan's own prompts, and its graders on what it answers to them.

From that is told how long all of them will take. The trap: a few rows do not fill a batch, and are
slower each than many. So the sample doubles until it has taken long enough to be believed, and only
the last turn counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from audit.backends.guarded import Guarded
from audit.generate import batches, plan_work
from audit.pace import cost
from audit.plan import Limits, ModelPlan
from audit.records import Completion, Decoding, Prompt
from audit.score import BATCH
from audit.scorers.interface import Scorer

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

    answers: tuple[Completion, ...] = ()
    """Those of them that can be graded."""


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
            answers = [answer for batch in batches(drawn) for answer in backend.answer(batch)]
            taken_s = time.perf_counter() - start
            if taken_s >= ENOUGH_S or n_rows == len(work):
                break
            n_rows = min(2 * n_rows, len(work))
    if not n_rows:
        return Calibration(load_s, 0)
    share = sum(map(cost, drawn)) / sum(map(cost, work))
    written = tuple(one for one in answers if isinstance(one, Completion))
    return Calibration(load_s + taken_s / share, n_rows, written)


def grading_s(scorer: Scorer, pairs: Sequence[tuple[Prompt, Completion]], n: int) -> float:
    """Tell in how many seconds a scorer grades `n` answers, from two samples of unlike size.

    What a call costs however little it is given, such as the start of a program, counts once for
    each batch of a run.

    Raises:
        RefusedError: If the scorer breaks.
    """
    if not pairs:
        return 0.0
    few, many = (pairs[: len(pairs) // 4], pairs[len(pairs) // 4 :])
    _grade(scorer, pairs[:1])  # what is made ready at the first call is not paid again
    few_s, many_s = _grade(scorer, few), _grade(scorer, many)
    each_s = max(0.0, many_s - few_s) / (len(many) - len(few))
    return math.ceil(n / BATCH) * (many_s - len(many) * each_s) + n * each_s


def _grade(scorer: Scorer, pairs: Sequence[tuple[Prompt, Completion]]) -> float:
    start = time.perf_counter()
    for _ in scorer.score(pairs):
        pass
    return time.perf_counter() - start
