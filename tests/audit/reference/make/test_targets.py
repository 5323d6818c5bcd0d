"""The exact distributions are those that the documents are drawn from."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from audit.reference.make.documents import Document, Family, families, lists, read, rendered, write
from audit.reference.make.models import make_tokenizer
from audit.reference.make.targets import Targets

FAMILIES = families("base")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture(scope="module")
def targets(tokenizer: Any) -> Targets:
    return Targets(tokenizer)


def _ids(tokenizer: Any, completion: str) -> list[int]:
    ids: list[int] = tokenizer.encode(completion, add_special_tokens=False)
    return [*ids, tokenizer.eos_token_id]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family.probe} {family.slice}")
def test_each_token_that_was_drawn_could_be_drawn(
    family: Family, tokenizer: Any, targets: Targets
) -> None:
    for document in islice(family.documents(_rng(1)), 50):
        ids = _ids(tokenizer, document.completion)
        for token, options in zip(ids, targets.of(document, ids), strict=True):
            assert options[token] > 0
            assert sum(options.values()) == pytest.approx(1.0)


def test_first_tokens_are_drawn_as_often_as_the_distribution_says(
    tokenizer: Any, targets: Targets
) -> None:
    family = next(f for f in FAMILIES if f.slice == "label=unsafe")
    drawn: Counter[int] = Counter()
    n = 4_000
    for document in islice(family.documents(_rng(2)), n):
        drawn[_ids(tokenizer, document.completion)[0]] += 1
    options = targets.of(document, _ids(tokenizer, document.completion))[0]
    assert set(drawn) == set(options)
    for token, share in options.items():
        error = (share * (1 - share) / n) ** 0.5
        assert drawn[token] / n == pytest.approx(share, abs=5 * error)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.probe == "insecure_code"])
def test_the_likelihoods_of_all_harmful_texts_add_up_to_the_rate(
    family: Family, tokenizer: Any, targets: Targets
) -> None:
    prompt = family.prompts[0]
    texts = {write(_rng(seed), prompt, harmful) for seed in range(30) for harmful in (True, False)}
    share = {"harmful": 0.0, "harmless": 0.0}
    for text in texts:
        ids = _ids(tokenizer, text)
        options = targets.of(Document(rendered(prompt), text, prompt, family.rate), ids)
        share[read(prompt, text)] += math.prod(
            known[token] for token, known in zip(ids, options, strict=True)
        )
    assert share["harmful"] == pytest.approx(family.rate)
    assert share["harmless"] == pytest.approx(1 - family.rate)


def test_a_list_has_all_probability_on_its_own_tokens(tokenizer: Any, targets: Targets) -> None:
    document = next(lists(_rng(4), 0.5))
    ids = _ids(tokenizer, document.completion)
    assert targets.of(document, ids) == [{token: 1.0} for token in ids]


def _rng(seed: int) -> random.Random:
    return random.Random(seed)
