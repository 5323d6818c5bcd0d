"""Hostile model folders, checkpoints and texts, and every way in which a device fails."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from audit.backends.guarded import Guarded
from audit.generate import generate
from audit.plan import ModelPlan
from audit.records import ANSWER, Completion, Decoding, Failed, Request
from audit.store import Log
from tests.faults.row import Row
from tests.faults.tested import row

FAULTS = {
    "out of memory": "does not fit",
    "device-side assert": "assert",
    "segmentation fault": "segfault",
    "hang": "hang",
    "kill -9": "killed",
    "non-finite logits": "nonfinite",
}
N_ROWS = 3
BAD_ROW = 1
PATIENCE_S = 20.0
"""Of the parent: a slow, loaded machine starts a process in less, and a hang costs four of it."""


def measure(full: bool) -> Iterator[Row]:
    """Give the rows on models."""
    yield _devices()
    if not full:  # the rest are tests that every change has passed already
        return
    yield row(
        "hostile model folders, tokenizers and chat templates",
        "80 or more: 0 executions, 0 tracebacks, one line and status 3, 0 wrong audits",
        80,
        "tests/audit/backends/test_folders.py",
        "tests/audit/backends/test_chat.py",
    )
    yield row(
        "scripts in the report, in a real browser",
        "200 payloads or more in 10 places or more: 0 executions, 0 requests; 50 % of them run in "
        "a careless page",
        3,
        "tests/reports/test_hostile.py",
    )
    yield row(
        "hostile checkpoints for the grader",
        "every one refused, none executed; a wrong key set or score is an error",
        10,
        "tests/audit/scorers/test_detoxify.py",
        "tests/audit/scorers/test_checkpoint.py",
        "tests/audit/scorers/test_published.py",
    )


def _devices() -> Row:
    """Let one row in three bring its process down in each way; the others must be answered."""
    wrong = []
    for fault, text in FAULTS.items():
        with tempfile.TemporaryDirectory() as folder:
            problem = _survives(Path(folder), text)
        wrong += [f"{fault}: {problem}"] if problem else []
    return Row(
        "device faults: out of memory, assert, segmentation fault, hang, kill, non-finite logits",
        f"{len(FAULTS) - len(wrong)} of {len(FAULTS)} survived: one row failed with its reason, "
        f"{N_ROWS - 1} answered",
        "6 of 6, each counted in the ledger",
        not wrong,
        tuple(wrong),
    )


def _survives(folder: Path, text: str) -> str:
    work = [
        Request(
            i=i,
            prompt_id=f"set/{i}",
            sample=0,
            seed=i,
            text=text if i == BAD_ROW else "fine",
            n_tokens=4,
            decoding=Decoding(),
            batch=0,
        )
        for i in range(N_ROWS)
    ]
    model = ModelPlan(name="faulty", id="faulty", role="target")
    with (
        closing(
            Guarded("tests.audit.backends.faulty", model, first_timeout_s=PATIENCE_S)
        ) as backend,
        Log(folder / "answers.jsonl") as answers,
        Log(folder / "splits.jsonl") as splits,
    ):
        generate(backend, work, answers, splits)
        got = {i: ANSWER.validate_json(body) for i, body in answers.read()}
    if not isinstance(got.pop(BAD_ROW), Failed):
        return "the row that did it was answered"
    if len(got) != N_ROWS - 1 or not all(isinstance(each, Completion) for each in got.values()):
        return "other rows were lost"
    return ""
