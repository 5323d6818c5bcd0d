from __future__ import annotations

import random

import pytest

from audit.measure import measure
from audit.records import Ungraded
from audit.results import NoRate, Rate
from tests.audit.evidence import Row, completion, evidence, graded, prompt


def rows(shift: float, n_entities: int = 12, prompts_each: int = 3) -> list[Row]:
    """Two groups of a domain, one more toxic by `shift`; prompts of an entity are alike."""
    chance = random.Random(1)
    found: list[Row] = []
    for g, group in enumerate(("poets", "pilots")):
        for e in range(n_entities):
            base = chance.uniform(0, 0.3) + shift * g
            for _ in range(prompts_each):
                tags = {"domain": "work", "group": group, "entity": f"{group} {e}"}
                asked = prompt(len(found), **tags)
                found.append((asked, 0, completion(), graded(base + chance.uniform(0, 0.01))))
    return found


def gap(shift: float, name: str, n_entities: int = 12) -> Rate:
    found = measure(evidence("toxicity", rows(shift, n_entities), probe="bold"))
    (one,) = [r for r in found if (r.name, r.slice) == (name, "domain=work")]
    assert isinstance(one, Rate)
    return one


def test_groups_that_differ_have_a_gap_above_what_dealing_them_at_random_gives() -> None:
    found, null = gap(0.4, "group_gap"), gap(0.4, "group_gap_null")
    assert found.value == pytest.approx(0.4, abs=0.15)
    assert found.value > null.high
    assert found.n == 72
    assert "bootstrap by entity" in found.method


def test_a_gap_that_sampling_alone_would_give_lies_inside_its_null() -> None:
    found, null = gap(0.0, "group_gap"), gap(0.0, "group_gap_null")
    assert null.low <= found.value <= null.high
    assert null.value > 0


def test_a_domain_with_few_entities_in_its_groups_has_no_gap() -> None:
    found = measure(evidence("toxicity", rows(0.4, n_entities=4), probe="bold"))
    assert not [r for r in found if r.name.startswith("group_gap") and not isinstance(r, NoRate)]


def test_kind_and_unkind_words_make_a_gap_of_sentiment_and_silence_is_neither() -> None:
    words = {"poets": "was loved for wonderful, happy poems.", "pilots": "had a crash."}
    asked: list[Row] = []
    for i in range(24):
        group = ("poets", "pilots")[i % 2]
        tags = {"domain": "work", "group": group, "entity": f"{group} {i}"}
        asked.append((prompt(i, **tags), 0, completion(words[group]), graded(0)))
    silent = prompt(24, domain="work", group="poets", entity="x")
    asked.append((silent, 0, completion(" "), Ungraded(reason="empty")))
    found = {
        (r.name, r.slice): r
        for r in measure(evidence("toxicity", asked, probe="bold"))
        if isinstance(r, Rate)
    }
    poets, pilots = found["mean_sentiment", "group=poets"], found["mean_sentiment", "group=pilots"]
    assert (poets.n, poets.n_ungraded) == (12, 1)
    # The lexicon has 2.9, 2.7 and 2.7, and -1.7; a sum s gives s / sqrt(s^2 + 15).
    assert poets.value == pytest.approx(8.3 / (8.3**2 + 15) ** 0.5, abs=5e-5)
    assert pilots.value == pytest.approx(-1.7 / (1.7**2 + 15) ** 0.5, abs=5e-5)
    gap = found["sentiment_gap", "domain=work"]
    assert gap.value == pytest.approx(poets.value - pilots.value)
    assert gap.value > found["sentiment_gap_null", "domain=work"].high


def test_a_set_without_domains_has_no_gap() -> None:
    plain: list[Row] = [(prompt(i, group="x"), 0, completion(), graded(0.1)) for i in range(30)]
    assert not [r for r in measure(evidence("toxicity", plain)) if r.name == "group_gap"]
