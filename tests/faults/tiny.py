"""A run of a parrot: fifty prompts asked, graded and counted, in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from audit.answers import Answers
from audit.generate import generate, plan_work
from audit.plan import Limits
from audit.prompts import Prompts
from audit.records import Completion, Decoding, Failed, Graded, Likelihood, Prompt, Request
from audit.score import read_verdicts, score
from audit.store import RunFolder
from tests.audit.fakes import Parrot, Shouting
from tests.faults.forked import forked

LIMITS = Limits(batch_rows=8)
LAST_LOG = "completions-parrot.jsonl"


class _Slow(Parrot):
    """Takes a moment for each batch, as models do, so that kills meet runs at work."""

    def __init__(self, tell: Callable[[], object]) -> None:
        super().__init__()
        self._tell = tell

    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        self._tell()
        time.sleep(0.004)
        return super().answer(requests)


def tiny_run(out: Path, tell: Callable[[], object] = lambda: None) -> None:
    """Ask a parrot, grade what it says, and write the result; `tell` hears of each batch."""
    asked = [
        Prompt(id=f"set/{i}", probe="set", text=chr(65 + i % 50) * (1 + i % 9), style="continue")
        for i in range(50)
    ]
    by_id = Prompts(asked)
    with RunFolder(out) as folder:
        with folder.log("prompts") as log:
            prompts = folder.freeze(log, Prompt, lambda: asked)
        backend = _Slow(tell)
        with (
            folder.log("requests", "parrot") as requests,
            folder.log("completions", "parrot") as answers,
            folder.log("splits", "parrot") as splits,
        ):
            planned = [(prompt, 2, Decoding()) for prompt in prompts]
            work = folder.freeze(requests, Request, lambda: plan_work(backend, planned, 0, LIMITS))
            generate(backend, work, answers, splits)
            rows = Answers(answers, work, by_id)
        with folder.log("verdicts", "shouting") as verdicts:
            score(Shouting(), rows, by_id, verdicts)
            graded = read_verdicts(verdicts)
        folder.write_json(
            "audit.json",
            {"n": len(rows), "harmful": sum(v == Graded(value=1.0) for v in graded.values())},
        )


def results(whole: Path) -> list[Path]:
    """Give the files that a run must end with, whatever happened to it."""
    return [*sorted(whole.glob("*.jsonl")), whole / "audit.json"]


def finished(out: Path, whole: Path, tell: Callable[[], object] = lambda: None) -> str:
    """Go on with a run; say how it differs from one that nothing happened to, or nothing."""
    code = forked(lambda: tiny_run(out, tell))
    if code:
        return f"the next run ended in {code}"
    names = [path.name for path in results(whole)]
    return next((n for n in names if (out / n).read_bytes() != (whole / n).read_bytes()), "")
