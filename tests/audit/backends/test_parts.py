"""The likelihood of a part of a text is the model's own, given all that stands before it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from audit.backends import transformers as engine
from audit.generate import plan_work
from audit.plan import Limits
from audit.records import Decoding, Likelihood, Prompt, Request, Spans
from tests.audit.backends import tiny

CONTEXT = "Rain again; the river rose, and the ferry"
OPTION = " stayed on the far side"
TEXT = CONTEXT + OPTION


def asked(text: str, *part: tuple[int, int]) -> Request:
    return tiny.request(text, None).model_copy(update={"part": part})


def by_hand(model: Any, given: list[int], wanted: list[int]) -> float:
    """Give log p(wanted | given) from the logits of one plain forward pass."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*given, *wanted]])).logits[0].double()
    terms = logits.log_softmax(-1)
    return float(sum(terms[len(given) - 1 + i, token] for i, token in enumerate(wanted)))


@pytest.mark.parametrize("adds_bos", [False, True])
@pytest.mark.parametrize("kind", ["phi", "gemma2"])
def test_an_option_is_scored_given_its_context(kind: str, adds_bos: bool, tmp_path: Path) -> None:
    tokens = tiny.tokenizer(adds_bos=adds_bos)
    backend = engine.load(tiny.plan(tiny.save(tmp_path, kind, tokens=tokens)))
    # In company, so that padding is part of the test.
    company = [asked(tiny.SENTENCES[0]), asked(TEXT, (len(CONTEXT), len(TEXT)))]
    _, answer = backend.answer(company)
    context, option = (
        tokens(some, add_special_tokens=False)["input_ids"] for some in (CONTEXT, OPTION)
    )
    assert isinstance(answer, Likelihood)
    assert answer.n_tokens_part == len(option)
    expected = by_hand(tiny.network(kind), [0, *context], option)
    assert answer.log_likelihood_part == pytest.approx(expected, abs=1e-3)


def test_parts_that_cover_a_text_sum_to_the_whole(tmp_path: Path) -> None:
    backend = engine.load(tiny.plan(tiny.save(tmp_path)))
    cuts = [0, len("Rain again;"), len(CONTEXT), len(TEXT)]
    pieces: Spans = tuple(pairwise(cuts))
    answers = backend.answer([asked(TEXT, piece) for piece in pieces] + [asked(TEXT, *pieces)])
    parts = [answer.log_likelihood_part for answer in answers if isinstance(answer, Likelihood)]
    whole = answers[0]
    assert isinstance(whole, Likelihood)
    assert sum(parts[:3]) == pytest.approx(whole.log_likelihood_bos)
    assert parts[3] == pytest.approx(whole.log_likelihood_bos)


def test_a_token_that_crosses_the_border_leaves_no_part(tmp_path: Path) -> None:
    tokens = tiny.tokenizer()
    backend = engine.load(tiny.plan(tiny.save(tmp_path, tokens=tokens)))
    ends = {0}
    for token in tokens(TEXT)["input_ids"]:
        ends.add(max(ends) + len(tokens.decode([token])))
    crossed = next(place for place in range(len(TEXT)) if place not in ends)
    (answer,) = backend.answer([asked(TEXT, (crossed, len(TEXT)))])
    assert isinstance(answer, Likelihood)
    assert (answer.n_tokens_part, answer.log_likelihood_part) == (0, 0)
    assert answer.log_likelihood_bos < 0  # the text as a whole has one all the same


def test_a_part_is_planned_unless_the_text_had_to_be_mended(tmp_path: Path) -> None:
    backend = engine.load(tiny.plan(tiny.save(tmp_path)))
    whole, mended = (
        Prompt(id=f"p/{i}", probe="p", text=text, style="sentence", part=((2, 5),))
        for i, text in enumerate(("A text.", "\ud800 text."))
    )
    work = tuple(plan_work(backend, [(one, 1, Decoding()) for one in (whole, mended)], 0, Limits()))
    assert [request.part for request in work] == [((2, 5),), ()]
