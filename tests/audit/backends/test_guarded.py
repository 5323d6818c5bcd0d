"""A model's process may die in any way: the run goes on, and no answer is lost or made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from audit.backends.guarded import MOST_DEATHS, Guarded
from audit.errors import BatchError, InternalError, RefusedError
from audit.generate import generate
from audit.plan import ModelPlan
from audit.records import ANSWER, Completion, Decoding, Failed, Prompt, Request
from audit.store import Log
from tests.audit.fakes import CARD, Parrot

MODULE = "tests.audit.backends.faulty"


def plan(model: str = "fake") -> ModelPlan:
    return ModelPlan(name="fake", id=model, role="target")


def request(i: int, text: str) -> Request:
    return Request(
        i=i,
        prompt_id=f"p/{i}",
        sample=0,
        seed=i,
        text=text,
        n_tokens=len(text),
        decoding=Decoding(),
        batch=0,
    )


@pytest.fixture
def backend() -> Iterator[Guarded]:
    with closing(Guarded(MODULE, plan(), first_timeout_s=20)) as guarded:
        yield guarded


def test_it_is_the_same_backend_through_the_pipe(backend: Guarded) -> None:
    prompts = [Prompt(id=f"p/{i}", probe="p", text=t, style="continue") for i, t in enumerate("aé")]
    assert backend.card == CARD
    assert backend.max_positions == Parrot.max_positions
    assert backend.render(prompts) == ["a", "é"]
    assert backend.count_tokens(["odd", "a\nb"]) == ["tokenizer failed", 3]
    asked = [request(0, "one\ntwo"), request(1, "\u2028")]
    assert backend.answer(asked) == Parrot().answer(asked)


@pytest.mark.parametrize(
    ("fault", "reason"), [("segfault", "crashed"), ("assert", "crashed"), ("killed", "killed")]
)
def test_a_death_costs_the_row_that_caused_it(
    fault: str, reason: str, backend: Guarded, tmp_path: Path
) -> None:
    work = [request(i, fault if i == 2 else "x") for i in range(5)]
    with Log(tmp_path / "a") as answers, Log(tmp_path / "s") as splits:
        generate(backend, work, answers, splits)
        got = {i: ANSWER.validate_json(body) for i, body in answers.read()}
        reasons = [body for _, body in splits.read()]
    assert got[2] == Failed(prompt_id="p/2", sample=0, reason=reason)
    assert all(isinstance(got[i], Completion) for i in (0, 1, 3, 4))
    assert all(reason.encode() in body for body in reasons)


def test_a_fault_that_does_not_come_back_costs_nothing(backend: Guarded, tmp_path: Path) -> None:
    asked = [request(0, f"once {tmp_path / 'tried'}")]
    assert backend.answer(asked) == Parrot().answer(asked)


def test_a_hang_ends_at_the_time_limit() -> None:
    with closing(Guarded(MODULE, plan(), first_timeout_s=3)) as backend:
        with pytest.raises(BatchError, match="time-out"):
            backend.answer([request(0, "x"), request(1, "hang")])
        assert backend.answer([request(0, "x")])


def test_its_errors_are_ours(backend: Guarded) -> None:
    with pytest.raises(RefusedError, match="this model is refused"):
        Guarded(MODULE, plan("refused"))
    with pytest.raises(RefusedError, match="was crashed at `load`"):
        Guarded(MODULE, plan("dies"))
    with pytest.raises(InternalError, match="IndexError: out of range"):
        backend.answer([request(0, "bug")])
    with pytest.raises(BatchError, match="out of memory"):
        backend.answer([request(0, "does not fit")])


def test_a_model_that_keeps_dying_is_refused() -> None:
    with closing(Guarded(MODULE, plan(), first_timeout_s=20)) as backend:
        backend._n_deaths = MOST_DEATHS  # fifty real deaths would take a minute
        with pytest.raises(RefusedError, match="died 51 times"):
            backend.answer([request(0, "assert"), request(1, "x")])
