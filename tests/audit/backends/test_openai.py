"""A server's answer is the model's whole answer, or a failure with its reason; never empty text."""

from __future__ import annotations

import gzip
import json
import math
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from audit.backends import server
from audit.backends.openai import OpenAIBackend, load
from audit.errors import RefusedError, UsageError
from audit.generate import generate, plan_work
from audit.plan import Limits, ModelPlan, Server
from audit.records import ANSWER, Completion, Decoding, Failed, Likelihood, Prompt, Request
from audit.store import Log
from tests.audit.backends.web import Answer, Reply, said, web

GREEDY = Decoding(strategy="greedy", max_new_tokens=8)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FIRST_WAIT_S", 0.01)


def request(i: int = 0, text: str = "Say it.", **more: Any) -> Request:
    fields: dict[str, Any] = {"decoding": GREEDY, "sample": 0, "seed": 7, "n_tokens": 2} | more
    return Request(i=i, prompt_id=f"set/{i}", text=text, batch=0, **fields)


@contextmanager
def served(answer: Answer, mode: str = "raw", **settings: Any) -> Iterator[tuple[Any, Any]]:
    with web(answer) as there, closing(load(model(there.url, mode, **settings))) as backend:
        yield backend, there


def model(url: str, mode: str = "raw", **settings: Any) -> ModelPlan:
    table = {"name": "m", "id": "tiny", "role": "target", "backend": "openai", "url": url}
    return ModelPlan.model_validate(
        {**table, "prompt_mode": mode, "server": Server(**{"retries": 3, **settings})}
    )


def only(backend: OpenAIBackend, asked: Request | None = None) -> Completion | Likelihood | Failed:
    (answer,) = backend.answer([asked or request()])
    return answer


def test_a_completion_is_asked_as_planned_and_counted() -> None:
    decoding = Decoding(temperature=0.7, top_p=0.9, max_new_tokens=5)
    with served(lambda *_: said(" yes", "length")) as (backend, there):
        answer = only(backend, request(decoding=decoding, seed=2**40 + 3))
    path, body, _ = there.asked[0]
    assert path == "/v1/completions"
    assert body["prompt"] == "Say it."
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.7, 0.9, 5)
    assert body["seed"] == 3
    assert isinstance(answer, Completion)
    assert (answer.text, answer.finish_reason) == (" yes", "length")
    assert answer.usage is not None
    assert answer.usage.model_dump() == {
        "n_requests": 1,
        "n_prompt_tokens": 3,
        "n_new_tokens": 2,
    }


def test_stop_strings_are_asked_for_and_cut_where_a_server_ignores_them() -> None:
    decoding = Decoding(max_new_tokens=5, stop=("\n\n",))
    with served(lambda *_: said(" yes\n\nno", "length")) as (backend, there):
        answer = only(backend, request(decoding=decoding))
    assert there.asked[0][1]["stop"] == ["\n\n"]
    assert isinstance(answer, Completion)
    assert (answer.text, answer.finish_reason) == (" yes", "stop")


def test_a_chat_is_one_message_of_the_user_and_its_refusal_is_its_text() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not."}
    with served(lambda *_: said(None, message=message), "chat") as (backend, there):
        answer = only(backend)
    path, body, _ = there.asked[0]
    assert path == "/v1/chat/completions"
    assert body["messages"] == [{"role": "user", "content": "Say it."}]
    assert isinstance(answer, Completion)
    assert answer.text == "I will not."


AZURE = {"error": {"code": "content_filter", "message": "filtered"}}
NOT_AN_ANSWER = {
    "content filter": said("", "content_filter"),
    "content filter ": Reply(json.dumps(AZURE).encode(), 400),
    "tool call": said("", "tool_calls"),
    "unknown end": said("text", "because"),
    "no text": said(None),
    "not one choice": Reply(b'{"choices": []}'),
    "not one choice ": Reply(b'{"choices": [{"text": "a"}, {"text": "b"}]}'),
    "not one choice  ": Reply(b'{"choices": "many"}'),
    "no JSON object": Reply(b"<html>Bad gateway</html>"),
    "no JSON object ": Reply(b"[1]"),
    "no JSON object  ": Reply(b'{"a":' * 50_000),
    "redirect": Reply(b"", 302, {"Location": "file:///etc/passwd"}),
    "compressed body": Reply(gzip.compress(b"0" * 10**6), 200, {"Content-Encoding": "gzip"}),
    "server status 400": Reply(b'{"error": {"message": "too long"}}', 400),
}


@pytest.mark.parametrize("reason", NOT_AN_ANSWER)
def test_what_is_no_answer_of_the_model_fails_with_its_reason(reason: str) -> None:
    with served(lambda *_: NOT_AN_ANSWER[reason]) as (backend, there):
        answer = only(backend)
    assert isinstance(answer, Failed)
    assert answer.reason == reason.strip()
    assert len(there.asked) == 1  # asking again could hide that it happened


def test_a_body_without_end_is_cut_off() -> None:
    endless = Reply(b"x" * (server.MAX_BODY_BYTES + 100_000))
    with served(lambda *_: endless) as (backend, _):
        answer = only(backend)
    assert isinstance(answer, Failed)
    assert answer.reason == "endless body"


def test_a_limit_or_error_is_asked_again_unchanged_and_counted() -> None:
    replies = [Reply(b"", 429, {"Retry-After": "0.3"}), Reply(b"", 503), said("now")]
    with served(lambda _, times: replies[times - 1]) as (backend, there):
        start = time.monotonic()
        answer = only(backend)
    assert time.monotonic() - start >= 0.3
    assert isinstance(answer, Completion)
    assert answer.text == "now"
    assert answer.usage is not None
    assert answer.usage.n_requests == 3
    assert there.bodies[0] == there.bodies[1] == there.bodies[2]


def test_one_limit_holds_every_request_back() -> None:
    moments: list[float] = []

    def answer(_: object, times: int) -> Reply:
        moments.append(time.monotonic())
        return Reply(b"", 429, {"Retry-After": "0.4"}) if len(moments) == 1 else said()

    with served(answer, concurrency=1) as (backend, _):
        backend.answer([request(0, "a"), request(1, "b")])
    assert min(moment - moments[0] for moment in moments[1:]) >= 0.39


def test_a_request_that_always_fails_is_a_failure_of_its_own() -> None:
    def answer(body: dict[str, Any], _: int) -> Reply:
        return Reply(b"", 500) if body["prompt"] == "poison" else said()

    with served(answer) as (backend, _):
        answers = backend.answer([request(0, "poison"), request(1, "water")])
    assert [one.kind for one in answers] == ["failed", "completion"]
    assert isinstance(answers[0], Failed)
    assert answers[0].reason == "server error 500"
    assert answers[0].usage is not None
    assert answers[0].usage.n_requests == 4


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b"", 429), "rate limit"),
        (Reply(b"", 429, {"Retry-After": "86400"}), "asks to wait 86400 s"),
        (Reply(b"", 401), "does not take the key"),
        (Reply(b"", 500), "fails at all 2 requests"),
    ],
)
def test_a_server_of_which_nothing_can_be_had_ends_the_run(reply: Reply, says: str) -> None:
    with served(lambda *_: reply) as (backend, _), pytest.raises(RefusedError, match=says):
        backend.answer([request(0, "a"), request(1, "b")])


def test_a_server_that_hangs_or_drips_is_timed_out() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    models = json.dumps({"data": []}).encode()
    opened: list[socket.socket] = []

    def serve() -> None:
        for turn in range(3):
            there, _ = listener.accept()
            opened.append(there)
            there.recv(65536)
            if turn == 0:
                head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                there.sendall(head % len(models) + models)
            else:
                there.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(20 if turn == 2 else 0):  # a byte at a time, for ever
                    time.sleep(0.1)
                    try:
                        there.sendall(b"x")
                    except OSError:
                        break
            if turn == 0:
                there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    with closing(load(model(url, retries=1, timeout_s=0.5))) as backend:
        answer = only(backend)
    assert isinstance(answer, Failed)
    assert answer.reason == "time-out"
    thread.join()
    for one in (listener, *opened):
        one.close()


def test_a_server_that_is_gone_ends_the_run() -> None:
    with web(lambda *_: said()) as there:
        backend = load(model(there.url, retries=1))
    with closing(backend), pytest.raises(RefusedError, match="no connection"):
        only(backend)


def test_a_model_the_server_does_not_have_is_refused() -> None:
    with web(lambda *_: said()) as there, pytest.raises(RefusedError, match="has no model"):
        load(model(there.url).model_copy(update={"id": "other"}))


# --- keys --------------------------------------------------------------------------------------


def test_a_key_is_sent_and_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-canary-0123456789")

    def echo(*_: object) -> Reply:
        return said("your key is sk-canary-0123456789")

    with served(echo, key_variable="A_KEY") as (backend, there):
        answer = only(backend)
    assert there.asked[0][2]["Authorization"] == "Bearer sk-canary-0123456789"
    assert "canary" not in answer.model_dump_json() + backend.card.model_dump_json()


@pytest.mark.parametrize(
    "models",
    [
        Reply(b'{"error": {"message": "no rights: Bearer sk-canary\\"0123456789"}}', 418),
        Reply(b'{"data": [{"id": "sk-\\u0063anary\\"0123456789"}]}'),
    ],
    ids=["in an error", "as a model's name"],
)
def test_a_key_that_a_server_repeats_at_the_start_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, models: Reply
) -> None:
    monkeypatch.setenv("A_KEY", 'sk-canary"0123456789')
    with web(lambda *_: said(), models) as there, pytest.raises(RefusedError) as refused:
        load(model(there.url, key_variable="A_KEY"))
    assert "canary" not in str(refused.value)
    assert "[key]" in str(refused.value)


def test_no_key_is_sent_unless_the_plan_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    with served(lambda *_: said()) as (backend, there):
        only(backend)
    assert "Authorization" not in there.asked[0][2]


def test_a_key_does_not_travel_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-canary-0123456789")
    with pytest.raises(UsageError, match="unencrypted"):
        load(model("http://models.example/v1", key_variable="A_KEY"))
    monkeypatch.delenv("A_KEY")
    with pytest.raises(UsageError, match="A_KEY is not set"):
        load(model("https://models.example/v1", key_variable="A_KEY"))


# --- likelihood --------------------------------------------------------------------------------


def echoed(tokens: Sequence[str], values: Sequence[float | None]) -> Reply:
    return said("", "length", logprobs={"tokens": tokens, "token_logprobs": values})


def measured(reply: Reply, text: str, part: tuple[tuple[int, int], ...] = ()) -> Any:
    with served(lambda *_: reply) as (backend, _):
        return only(backend, request(text=text, decoding=None, part=part))


def test_likelihood_is_the_sum_over_the_text_and_not_over_what_follows() -> None:
    answer = measured(echoed(["A", " b", " c", " more"], [None, -1.0, -2.5, -9.0]), "A b c")
    assert (answer.n_tokens, answer.log_likelihood) == (2, -3.5)
    assert answer.n_tokens_bos == 0


def test_with_a_start_token_every_token_and_part_counts() -> None:
    reply = echoed(["<s>", "A", " b", " c", "!"], [None, -0.5, -1.0, -2.5, -9.0])
    answer = measured(reply, "A b c", part=((1, 3),))
    assert (answer.n_tokens, answer.log_likelihood) == (3, -4.0)
    assert (answer.n_tokens_bos, answer.log_likelihood_bos) == (3, -4.0)
    assert (answer.n_tokens_part, answer.log_likelihood_part) == (1, -1.0)


@pytest.mark.parametrize(
    "reply",
    [
        said("A b c"),  # a server that ignores `logprobs`
        echoed(["other", " text"], [None, -1.0]),
        echoed(["A", " b c"], [None, -math.inf]),
        echoed(["A b", " cd"], [None, -1.0]),
        echoed(["A", " b c"], [None]),
    ],
)
def test_a_likelihood_of_anything_else_is_none(reply: Reply) -> None:
    answer = measured(reply, "A b c")
    assert isinstance(answer, Failed)
    assert answer.reason == "no log-likelihoods"


# --- a run -------------------------------------------------------------------------------------


def test_a_run_that_was_cut_off_asks_nothing_again_and_loses_nothing(tmp_path: Path) -> None:
    prompts = [
        Prompt(id=f"set/{i}", probe="set", text=f"Question {i}", style="continue")
        for i in range(24)
    ]
    cut = threading.Event()

    def answer(body: dict[str, Any], _: int) -> Reply:
        if len(there.asked) > 13 and not cut.is_set():
            return Reply(b"", 429, {"Retry-After": "9999"})
        return said(body["prompt"].upper())

    with (
        served(answer, concurrency=2) as (backend, there),
        Log(tmp_path / "answers.jsonl") as log,
        Log(tmp_path / "splits.jsonl") as splits,
    ):
        limits = Limits(batch_rows=4)
        work = tuple(plan_work(backend, [(prompt, 1, GREEDY) for prompt in prompts], 0, limits))
        with pytest.raises(RefusedError, match="asks to wait"):
            generate(backend, work, log, splits)
        kept = {work[i].text for i in log.done}
        assert len(kept) == 12
        before = len(there.asked)
        cut.set()
        with closing(load(model(there.url))) as again:
            generate(again, work, log, splits)
        answers = {i: ANSWER.validate_json(body) for i, body in log.read()}
    assert {body["prompt"] for body in there.bodies[before:]} == {r.text for r in work} - kept
    for row in work:
        got = answers[row.i]
        assert isinstance(got, Completion)
        assert got.text == row.text.upper()
