"""The pace that a person reads is arithmetic over what was answered and what may still come."""

from __future__ import annotations

import time

import pytest

from audit.pace import Pace, roof
from audit.records import Completion, Decoding, Request
from tests.audit.fakes import CARD


def request(i: int, n_tokens: int, new: int = 100) -> Request:
    return Request(
        i=i,
        prompt_id=f"p/{i}",
        sample=0,
        seed=0,
        text="",
        n_tokens=n_tokens,
        decoding=Decoding(max_new_tokens=new),
        batch=0,
    )


def completion(n: int) -> Completion:
    return Completion(prompt_id="p", sample=0, text="", token_ids=(1,) * n, finish_reason="stop")


def test_time_left_counts_tokens_and_not_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    # Costs of 1,000, 500 and 500: after the first, half of the work is done.
    work = [request(0, 899), request(1, 399), request(2, 399), request(3, 10**6)]
    pace = Pace(work, done={3}, roof=400.0)
    assert str(pace) == ""
    now[0] = 10.0
    pace.heard(0, completion(80))
    assert str(pace) == "8 tokens/s, 2% of what the card could, 10 s left"
    pace.heard(1, completion(80))
    pace.heard(2, completion(80))
    assert str(pace) == "24 tokens/s, 6% of what the card could"  # nothing is left


def test_the_roof_of_phi_2_on_an_h200_is_the_published_arithmetic() -> None:
    # performance arithmetic by hand: 2.78e9 parameters, 320 KiB of keys and values a token, prompt
    # of 36 tokens and 128 new: 256 rows a step; weights 5.56 GB / 4.3 TB/s = 1.29 ms, computing
    # 2 x 256 x 2.78e9 / 790e12 = 1.80 ms, keys and values 256 x 100 x 327,680 / 4.3e12 = 1.95 ms.
    card = CARD.model_copy(
        update={
            "n_parameters": 2_780_000_000,
            "device": "cuda:0 (NVIDIA H200)",
            "dtype": "bfloat16",
        }
    )
    work = [request(i, 36, 128) for i in range(4)]
    assert roof(card, 327_680, work) == pytest.approx(256 / (1.80e-3 + 1.95e-3), rel=0.01)
    assert roof(card.model_copy(update={"device": "cpu"}), 327_680, work) == 0
