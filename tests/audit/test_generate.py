"""Every planned row is answered once, in the company it was planned in, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest

from audit.answers import Answers
from audit.errors import InternalError, StoreError
from audit.generate import batches, generate, plan_work, seed_of
from audit.plan import Limits
from audit.prompts import Prompts
from audit.records import Completion, Decoding, Failed, Likelihood, Prompt, Request, Skipped
from audit.store import Log
from tests.audit.fakes import CARD, Parrot

DECODING = Decoding(max_new_tokens=10)
LIMITS = Limits(batch_rows=4, batch_tokens=100)


def prompts(n: int = 11) -> Iterator[tuple[Prompt, int, Decoding]]:
    for i in range(n):
        style: Literal["sentence", "continue"] = "sentence" if i % 3 == 2 else "continue"
        text = chr(97 + i) * (5 * i + 1)
        yield Prompt(id=f"set/{i}", probe="set", text=text, style=style), 2, DECODING


def work(backend: Parrot) -> tuple[Request, ...]:
    return tuple(plan_work(backend, prompts(), seed=3, limits=LIMITS))


def read(logs: Logs, rows: Sequence[Request], asked: Sequence[Prompt] = ()) -> Answers:
    return Answers(logs.answers, rows, Prompts(asked or [prompt for prompt, _, _ in prompts()]))


class Logs:
    def __init__(self, folder: Path) -> None:
        self.answers = Log(folder / "answers.jsonl")
        self.splits = Log(folder / "splits.jsonl")

    def close(self) -> None:
        self.answers.close()
        self.splits.close()


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    both = Logs(tmp_path)
    yield both
    both.close()


def test_every_prompt_has_its_samples_and_a_sentence_has_one() -> None:
    rows = work(Parrot())
    assert [row.i for row in rows] == list(range(len(rows)))
    assert sum(row.prompt_id == "set/0" for row in rows) == 2
    assert sum(row.prompt_id == "set/2" for row in rows) == 1


def test_batches_keep_to_the_limits_and_go_longest_first() -> None:
    for batch in batches(work(Parrot())):
        assert len(batch) <= LIMITS.batch_rows
        new = batch[0].decoding.max_new_tokens if batch[0].decoding else 0
        lengths = [row.n_tokens for row in batch]
        assert lengths == sorted(lengths, reverse=True)
        assert len({str(row.decoding) for row in batch}) == 1
        assert len(batch) == 1 or len(batch) * (lengths[0] + new) <= LIMITS.batch_tokens


def test_a_batch_holds_as_many_turns_as_the_model_takes() -> None:
    backend = Parrot()
    backend.card = CARD.model_copy(update={"turns": 3})
    asked = [(prompt, 9, DECODING) for prompt, _, _ in prompts()]
    grouped = list(batches(tuple(plan_work(backend, asked, 0, LIMITS))))
    for batch in grouped:
        (in_flight,) = {row.in_flight for row in batch}
        longest = batch[0].n_tokens + (DECODING.max_new_tokens if batch[0].decoding else 0)
        assert in_flight == 1 or in_flight <= LIMITS.batch_rows
        assert in_flight == 1 or in_flight * longest <= LIMITS.batch_tokens
        assert len(batch) <= in_flight * (3 if batch[0].decoding else 1)
    assert any(len(batch) == 3 * LIMITS.batch_rows for batch in grouped)


def test_who_is_in_a_batch_does_not_depend_on_the_order_of_the_plan() -> None:
    def company(asked: Sequence[tuple[Prompt, int, Decoding]]) -> list[list[tuple[str, int]]]:
        rows = tuple(plan_work(Parrot(), asked, 0, LIMITS))
        return [[(row.prompt_id, row.sample) for row in batch] for batch in batches(rows)]

    asked = list(prompts(40))
    assert company(asked) == company(asked[::-1]) == company([*asked[7:], *asked[:7]])


def test_half_a_batch_has_half_its_rows_in_flight(logs: Logs) -> None:
    class Noted(Parrot):
        def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
            seen.append((len(requests), {request.in_flight for request in requests}))
            return super().answer(requests)

    seen: list[tuple[int, set[int]]] = []
    text = Prompt(id="set/0", probe="set", text="x" * 10, style="continue")
    limits = Limits(batch_rows=4, batch_tokens=1000)
    backend = Noted(room=20)
    generate(
        backend,
        tuple(plan_work(backend, [(text, 4, DECODING)], 0, limits)),
        logs.answers,
        logs.splits,
    )
    assert seen == [(4, {4}), (2, {2}), (2, {2})]


def test_a_seed_depends_on_the_plan_the_prompt_and_the_sample_alone() -> None:
    seeds = {seed_of(1, "a", 0), seed_of(2, "a", 0), seed_of(1, "b", 0), seed_of(1, "a", 1)}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seed_of(1, "a", 0) == seed_of(1, "a", 0)


def test_what_cannot_be_asked_is_skipped_with_its_reason(logs: Logs) -> None:
    asked = [
        (Prompt(id="set/long", probe="set", text="x" * 95, style="continue"), 1, DECODING),
        (Prompt(id="set/odd", probe="set", text="odd", style="continue"), 1, DECODING),
        (Prompt(id="set/fits", probe="set", text="x" * 90, style="continue"), 1, DECODING),
    ]
    backend = Parrot()
    rows = tuple(plan_work(backend, asked, 0, LIMITS))
    generate(backend, rows, logs.answers, logs.splits)
    answers = [answer for _, answer in read(logs, rows, [prompt for prompt, _, _ in asked])]
    assert [getattr(answer, "reason", "") for answer in answers] == [
        "too long",
        "tokenizer failed",
        "",
    ]
    assert isinstance(answers[0], Skipped)


def test_every_row_is_answered_with_its_own_text(logs: Logs) -> None:
    backend = Parrot()
    rows = work(backend)
    generate(backend, rows, logs.answers, logs.splits)
    pairs = read(logs, rows)
    assert [(told.i, told.prompt_id, told.sample, told.batch) for told, _ in pairs] == [
        (row.i, row.prompt_id, row.sample, row.batch) for row in rows
    ]
    for request, (_, answer) in zip(rows, pairs, strict=True):
        if request.decoding is None:
            assert isinstance(answer, Likelihood)
        else:
            assert isinstance(answer, Completion)
            assert answer.text == request.text


def test_a_killed_run_repeats_the_same_batches_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def tell(_what: str, done: int, _planned: int, _note: str = "") -> None:
        if done >= stop:
            raise Killed

    def once(folder: Path) -> list[tuple[int, ...]]:
        logs = Logs(folder)
        backend = Parrot(room=60)
        try:
            generate(backend, work(backend), logs.answers, logs.splits, tell)
        except Killed:
            pass
        finally:
            logs.close()
        return backend.asked

    stop = 10**9
    (tmp_path / "whole").mkdir()
    whole_batches = set(once(tmp_path / "whole"))
    whole = (tmp_path / "whole" / "answers.jsonl").read_bytes()
    for stop_at in range(1, len(work(Parrot()))):
        folder = tmp_path / str(stop_at)
        folder.mkdir()
        stop = stop_at
        assert set(once(folder)) <= whole_batches
        stop = 10**9
        assert set(once(folder)) <= whole_batches
        assert (folder / "answers.jsonl").read_bytes() == whole


def test_a_batch_that_does_not_fit_is_halved_and_a_row_alone_fails(logs: Logs) -> None:
    backend = Parrot(room=40)
    rows = work(backend)
    generate(backend, rows, logs.answers, logs.splits)
    answers = read(logs, rows)
    assert len(answers) == len(rows)
    assert logs.splits.done
    for request, (_, answer) in zip(rows, answers, strict=True):
        assert isinstance(answer, Failed) == (request.n_tokens > 40)
        if isinstance(answer, Failed):
            assert answer.reason == "out of memory"


def test_a_split_is_remembered_so_that_a_resumed_run_does_not_try_again(logs: Logs) -> None:
    first = Parrot(room=60)
    rows = work(first)
    generate(first, rows, logs.answers, logs.splits)
    too_large = [asked for asked in first.asked if asked not in _good(first, rows)]
    assert too_large
    logs.answers.done.clear()
    again = Parrot(room=60)
    generate(again, rows, logs.answers, logs.splits)
    assert not set(too_large) & set(again.asked)


def _good(backend: Parrot, rows: tuple[Request, ...]) -> list[tuple[int, ...]]:
    return [
        asked
        for asked in backend.asked
        if max(rows[i].n_tokens for i in asked) * len(asked) <= backend.room
    ]


def test_a_backend_that_answers_other_rows_stops_the_run(logs: Logs) -> None:
    class Confused(Parrot):
        def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
            return super().answer(requests)[::-1]

    backend = Confused()
    with pytest.raises(InternalError, match="other rows"):
        generate(backend, work(backend), logs.answers, logs.splits)


def test_an_answer_of_another_request_is_not_taken(logs: Logs) -> None:
    backend = Parrot()
    rows = work(backend)
    logs.answers.append([(0, Failed(prompt_id="set/9", sample=0, reason=""))])
    with pytest.raises(StoreError, match="set/9"):
        list(read(logs, rows))
