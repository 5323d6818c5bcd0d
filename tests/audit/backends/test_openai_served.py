"""Against a real server of another project: `transformers serve` with a reference model.

Its limits (5.23): any temperature is greedy, log-probabilities are ignored, and a chat with a model
that has no template ends in status 500.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from audit.backends import openai, server, transformers
from audit.errors import RefusedError
from audit.plan import ModelPlan, ProbePlan, Server
from audit.records import Completion, Decoding, Failed, Prompt, PromptMode, Request
from audit.reference import catalog
from probes import catalogue
from probes.interface import Sources

GREEDY = Decoding(strategy="greedy", max_new_tokens=24)
MODEL = str(catalog.model_path("base"))
START_S = 120


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("fastapi", reason="transformers serve needs transformers[serving]")
    pytest.importorskip("openai", reason="transformers serve needs transformers[serving]")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", MODEL]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"],
        cwd=tmp_path_factory.mktemp("server"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{address}/health").status_code == 200:
                break
        except httpx2.TransportError:
            assert process.poll() is None, "the server has ended"
            time.sleep(0.2)
    yield f"{address}/v1"
    process.kill()
    process.wait()


def model(url: str, mode: PromptMode = "raw") -> ModelPlan:
    return ModelPlan(
        name="served",
        id=MODEL,
        role="target",
        backend="openai",
        url=url,
        prompt_mode=mode,
        server=Server(concurrency=4, retries=4),
    )


def request(i: int, prompt: Prompt, decoding: Decoding | None = GREEDY) -> Request:
    return Request(
        i=i,
        prompt_id=prompt.id,
        sample=0,
        seed=i,
        text=prompt.text,
        n_tokens=0,
        decoding=decoding,
        batch=0,
    )


def prompts() -> tuple[Prompt, ...]:
    _, found = catalogue.load(ProbePlan(name="groups", limit=12), Sources())
    return found


def test_a_served_model_writes_what_the_engine_writes(url: str) -> None:
    asked = [request(i, prompt) for i, prompt in enumerate(prompts())]
    with closing(openai.load(model(url))) as backend:
        served = backend.answer(asked)
    here = transformers.load(ModelPlan(name="here", id=MODEL, role="target", device="cpu"))
    for there, own in zip(served, here.answer(asked), strict=True):
        assert isinstance(there, Completion)
        assert isinstance(own, Completion)
        assert (there.text, there.finish_reason) == (own.text, own.finish_reason)
        assert there.usage is not None
        assert there.usage.n_requests == 1
        assert there.usage.n_new_tokens >= len(own.token_ids)


def test_its_missing_likelihoods_are_failures_not_numbers(url: str) -> None:
    with closing(openai.load(model(url))) as backend:
        (answer,) = backend.answer([request(0, prompts()[0], None)])
    assert isinstance(answer, Failed)
    assert answer.reason == "no log-likelihoods"


def test_a_chat_without_a_template_ends_the_run(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FIRST_WAIT_S", 0.01)
    asked = [request(i, prompt) for i, prompt in enumerate(prompts()[:2])]
    with (
        closing(openai.load(model(url, "chat"))) as backend,
        pytest.raises(RefusedError, match="fails at all 2 requests of a batch"),
    ):
        backend.answer(asked)
