"""Stop strings: what the library's own `stop_strings` stops at, and the text before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from audit.backends import transformers as engine
from audit.plan import parse
from audit.records import Completion, Decoding
from tests.audit.backends import tiny

N_NEW = 24


@pytest.mark.parametrize("kind", ["phi", "gpt_neo"])
def test_a_text_ends_before_the_stop_string_at_which_generate_stops(
    kind: str, tmp_path: Path
) -> None:
    """Phi writes in slots, GPT-Neo by the library's `generate`."""
    folder = tiny.save(tmp_path, kind)
    backend = engine.load(tiny.plan(folder))
    model = tiny.network(kind)
    tokens = tiny.LIBRARY.AutoTokenizer.from_pretrained(folder)
    greedy = Decoding(strategy="greedy", max_new_tokens=N_NEW)
    whole = [one.text for one in answers(backend, greedy)]
    # Half a character is a text of its own here, and none to the library.
    stop = tuple(re.findall(r"[ -~]{2}", text[4:])[0] for text in whole[:2])
    found = answers(backend, greedy.model_copy(update={"stop": stop}))
    for sentence, answer, text in zip(tiny.SENTENCES, found, whole, strict=True):
        given = tokens(sentence, return_tensors="pt")
        written = model.generate(
            **given,
            max_new_tokens=N_NEW,
            do_sample=False,
            pad_token_id=0,
            stop_strings=list(stop),
            tokenizer=tokens,
        )[0, given["input_ids"].shape[1] :]
        theirs = tokens.decode(
            written, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        assert theirs.startswith(answer.text)
        assert len(answer.token_ids) in {len(written), len(written) - 1}
        assert not any(one in answer.text for one in stop)
        if answer.text != text:
            assert answer.finish_reason == "stop"
            assert any(theirs[len(answer.text) :].startswith(one) for one in stop)
    assert sum(one.text != text for one, text in zip(found, whole, strict=True)) >= 2


def test_the_neighbours_of_a_stopped_text_are_as_without(tmp_path: Path) -> None:
    backend = engine.load(tiny.plan(tiny.save(tmp_path, "phi")))
    greedy = Decoding(strategy="greedy", max_new_tokens=N_NEW)
    whole = answers(backend, greedy)
    stop = (whole[0].text[4:8],)
    for one, plain in zip(
        answers(backend, greedy.model_copy(update={"stop": stop})), whole, strict=True
    ):
        assert one.text == plain.text.split(stop[0])[0]


def test_stop_strings_come_from_the_plan_and_stand_in_the_signature() -> None:
    plan = parse(
        """
        [[models]]
        name = "m"
        id = "reference:base"
        role = "target"

        [[probes]]
        name = "groups"

        [decoding]
        strategy = "greedy"
        stop = ["\\n\\n", "Instruct:"]

        [graders]
        toxicity = "reference"
        """
    )
    assert plan.decoding.stop == ("\n\n", "Instruct:")
    assert str(plan.decoding) == 'greedy,max=64,stop=["\\n\\n", "Instruct:"]'


def test_a_text_is_cut_at_whichever_stop_string_comes_first() -> None:
    decoding = Decoding(stop=("c", "bc"))
    assert decoding.cut("abcd") == "a"
    assert decoding.cut("xyz") == "xyz"


def answers(backend: engine.TransformersBackend, decoding: Decoding) -> list[Any]:
    asked = [tiny.request(text, decoding, seed=i) for i, text in enumerate(tiny.SENTENCES)]
    found = backend.answer(asked)
    assert all(isinstance(one, Completion) for one in found)
    return found
