"""Every completion has one verdict per scorer, or the run stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from audit.errors import InternalError
from audit.records import Completion, Failed, Graded, Prompt, Request, Ungraded, Verdict
from audit.score import BATCH, read_verdicts, score
from audit.store import Log
from tests.audit.fakes import Shouting

N = BATCH + 40


def answers() -> list[tuple[Request, Completion | Failed]]:
    pairs: list[tuple[Request, Completion | Failed]] = []
    for i in range(N):
        request = Request(
            i=i, prompt_id=f"p/{i}", sample=0, seed=i, text="", n_tokens=1, decoding=None, batch=0
        )
        text = ("SHOUT", "calm", "  ")[i % 3]
        answer = Completion(
            prompt_id=f"p/{i}", sample=0, text=text, token_ids=(), finish_reason="stop"
        )
        failed = Failed(prompt_id=f"p/{i}", sample=0, reason="nonfinite")
        pairs.append((request, failed if i % 10 == 9 else answer))
    return pairs


PROMPTS = {f"p/{i}": Prompt(id=f"p/{i}", probe="p", text="?", style="continue") for i in range(N)}


def test_each_completion_has_a_verdict_and_a_failure_has_none(tmp_path: Path) -> None:
    with Log(tmp_path / "v.jsonl") as log:
        score(Shouting(), answers(), PROMPTS, log)
        verdicts = read_verdicts(log)
    assert set(verdicts) == {i for i in range(N) if i % 10 != 9}
    assert verdicts[0] == Graded(value=1.0)
    assert verdicts[1] == Graded(value=0.0)
    assert verdicts[2] == Ungraded(reason="empty")


def test_what_is_graded_already_is_not_graded_again(tmp_path: Path) -> None:
    scorer = Shouting()
    with Log(tmp_path / "v.jsonl") as log:
        score(scorer, answers(), PROMPTS, log)
        graded = scorer.n_graded
        score(scorer, answers(), PROMPTS, log)
    assert scorer.n_graded == graded


def test_grading_afterwards_saves_in_the_order_of_the_batches_as_beside_the_model(
    tmp_path: Path,
) -> None:
    rows = [
        (request.model_copy(update={"batch": int(request.i < N - BATCH)}), answer)
        for request, answer in answers()
    ]
    with Log(tmp_path / "v.jsonl") as log:
        score(Shouting(), rows, PROMPTS, log)
        saved = [i for i, _ in log.read()]
    graded = [i for i in (*range(N - BATCH, N), *range(N - BATCH)) if i % 10 != 9]
    assert saved == graded


def test_a_scorer_that_leaves_one_out_stops_the_run(tmp_path: Path) -> None:
    class Forgetful(Shouting):
        def score(self, pairs: Sequence[tuple[Prompt, Completion]]) -> Iterator[Verdict]:
            return islice(super().score(pairs), len(pairs) - 1)

    with Log(tmp_path / "v.jsonl") as log, pytest.raises(InternalError, match="verdicts on"):
        score(Forgetful(), answers(), PROMPTS, log)
