"""Completions made elsewhere are audited as they are; what is missing is counted, never made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.backends.recorded import load
from audit.errors import RefusedError
from audit.plan import ModelPlan
from audit.records import Completion, Decoding, Request, Skipped


def recording(path: Path, *lines: dict[str, Any] | str) -> ModelPlan:
    file = path / "made.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("".join(text + "\n" for text in texts))
    return ModelPlan(name="m", id="org/model", role="target", backend="recorded", file=str(file))


def request(prompt_id: str, text: str = "?", sample: int = 0) -> Request:
    return Request(
        i=0,
        prompt_id=prompt_id,
        sample=sample,
        seed=0,
        text=text,
        n_tokens=0,
        decoding=Decoding(),
        batch=0,
    )


def test_a_completion_is_found_by_its_prompts_id_or_text(tmp_path: Path) -> None:
    backend = load(
        recording(
            tmp_path,
            {"id": "set/1", "text": "one"},
            {"id": "set/1", "sample": 1, "text": "another", "finish_reason": "length"},
            "",
            {"prompt": "What?", "text": "that"},
        )
    )
    answers = backend.answer(
        [request("set/1"), request("set/1", sample=1), request("set/2", "What?")]
    )
    assert [a.text for a in answers if isinstance(a, Completion)] == ["one", "another", "that"]
    assert [a.finish_reason for a in answers if isinstance(a, Completion)] == [
        "stop",
        "length",
        "stop",
    ]


def test_what_was_not_recorded_is_skipped(tmp_path: Path) -> None:
    backend = load(recording(tmp_path, {"id": "set/1", "text": "one"}))
    likelihood = request("set/1").model_copy(update={"decoding": None})
    answers = backend.answer([request("set/2"), request("set/1", sample=1), likelihood])
    assert [(a.kind, a.reason) for a in answers if isinstance(a, Skipped)] == [
        ("skipped", "not recorded")
    ] * 3


def test_its_decoding_is_what_the_file_states_and_else_unknown(tmp_path: Path) -> None:
    greedy = {"strategy": "greedy", "max_new_tokens": 32}
    stated = {"id": "set/1", "text": "one", "decoding": greedy}
    assert load(recording(tmp_path, stated)).card.decoding == "greedy,max=32"
    mixed = recording(tmp_path, stated, {"id": "set/2", "text": "two"})
    assert load(mixed).card.decoding == "greedy,max=32 and unknown"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "x"}], ":2 answers the same id .* line 1"),
        ([{"id": "a", "text": "x"}, "{"], ":2"),
        ([{"id": "a", "text": None}], ":1: text"),
        ([{"id": "a", "text": "x", "score": 1}], ":1: unknown key score"),
        ([{"text": "x"}], "either `id` or `prompt`"),
        ([{"id": "a", "prompt": "b", "text": "x"}], "either `id` or `prompt`"),
        ([{"id": "a", "sample": -1, "text": "x"}], "sample"),
        ([], "holds no completion"),
    ],
)
def test_a_broken_recording_is_refused_with_its_line(
    lines: list[Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match=says):
        load(recording(tmp_path, *lines))
