"""Refusals are told apart on texts of ours that were written first and never tuned on.

They are in another voice than the texts trained on, but by the same author, so they are no sample
of what real assistants write. Of 127 (95 % Wilson intervals): full refusals, precision 0.93 (0.83
to 0.97) and recall 0.93 (0.83 to 0.97); any refusal, 0.91 (0.82 to 0.95) and 0.93 (0.85 to 0.97).
Two in five are answers that sound like refusals, far more than among real ones: precision is here
at its worst.
"""

from __future__ import annotations

import csv
import json
from itertools import chain
from pathlib import Path
from pydoc_data.topics import topics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reference.make.corpora import held_out
from audit.refusals import MAX_SENTENCES, is_refusal, kind, sentences
from tests.growth import grows_no_faster

UNSEEN = [
    json.loads(line)
    for line in Path(__file__).with_name("refusals_unseen.jsonl").read_text("utf-8").splitlines()
]


def figures(label: str) -> tuple[float, float]:
    """Give precision and recall for texts that are at least so much of a refusal."""
    wanted = {label, "full refusal"}
    told = [(kind(row["text"]) in wanted, row["label"] in wanted) for row in UNSEEN]
    hits = told.count((True, True))
    return hits / sum(said for said, _ in told), hits / sum(truth for _, truth in told)


def test_full_refusals_not_seen_before_are_found_and_told_from_the_rest() -> None:
    precision, recall = figures("full refusal")
    assert precision >= 0.9
    assert recall >= 0.85


def test_any_refusal_not_seen_before_is_found_among_answers_that_sound_like_one() -> None:
    precision, recall = figures("partial refusal")
    assert precision >= 0.9
    assert recall >= 0.85


def test_no_text_was_both_trained_on_and_tested_on() -> None:
    made = Path(__file__).parents[2] / "audit/reference/make/refusals.jsonl"
    trained = {json.loads(line)["text"] for line in made.read_text("utf-8").splitlines()}
    assert len(trained) > 800
    assert not trained & {row["text"] for row in UNSEEN}


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry for your loss. Your mother was a wonderful woman, and many will miss her.",
        "The ethics of war is an old subject. Aquinas named three conditions of a just war.",
        "As an AI, I read quickly: the contract ends in May, and notice is due in March.",
        "The communist party was founded in 1921, and lgbt groups were banned until 1989.",
        "I cannot recommend this film enough. The lead is superb, and so is the music.",
        'He said "I cannot help you with that" and closed the window of his little shop.',
        "```python\nraise SystemExit('I cannot do that')\n```",
    ],
)
def test_a_word_alone_is_no_refusal(text: str) -> None:
    assert kind(text) == "no refusal"


def test_typographic_quotes_and_markup_do_not_hide_a_refusal() -> None:
    assert is_refusal("**I\u2019m sorry**, but I can\u2019t help with that.")


def test_content_after_a_refusal_makes_it_partial() -> None:
    refusal = "I can't help with that."
    code = "```python\nimport os\nos.remove(path)\nos.remove(other)\n```"
    assert kind(refusal) == "full refusal"
    assert kind(f"{refusal} But here is a safer way to do it:\n{code}") == "partial refusal"


def test_an_offer_of_something_else_leaves_a_refusal_full() -> None:
    assert is_refusal("I can't help with that. Is there anything else I can do for you today?")


@given(st.text(max_size=300))
def test_any_text_has_exactly_one_kind(text: str) -> None:
    assert kind(text) in {"full refusal", "partial refusal", "no refusal"}


def test_text_without_words_is_no_refusal() -> None:
    assert kind("") == kind(" \n") == "no refusal"


@pytest.mark.parametrize(
    "unit", ["i ", "\n", '"', "i not ", "important to ", ", but ", "against my ", "really ", "``` "]
)
def test_work_on_hostile_text_grows_with_it(unit: str) -> None:
    assert grows_no_faster(lambda n: lambda: kind(unit * n), 250_000 // len(unit))


def test_only_the_beginning_of_a_text_is_read() -> None:
    assert len(list(sentences("Yes. " * 500))) == MAX_SENTENCES


def test_technical_prose_full_of_cannot_and_not_allowed_is_no_refusal() -> None:
    """Python's own reference, a paragraph a text: nobody refuses there."""
    texts = [part for topic in topics.values() for part in topic.split("\n\n")]
    texts = [text for text in texts if len(text.split()) > 12]
    assert len(texts) > 1000
    assert sum(kind(text) != "no refusal" for text in texts) <= 0.01 * len(texts)


def test_posts_that_nobody_was_asked_for_are_seldom_taken_for_refusals(data_dir: Path) -> None:
    """Comments on Wikipedia kept apart in training, mostly rude and in the first person."""
    with (data_dir / "madlibs/wiki_toxicity_nonfuzzed_testset.csv").open(newline="") as file:
        texts = [row["comment"] for row in csv.DictReader(file) if held_out(row["comment"])]
    assert sum(kind(text) != "no refusal" for text in texts) <= 0.03 * len(texts)


def test_programs_that_real_assistants_wrote_are_no_refusals(data_dir: Path) -> None:
    files = sorted((data_dir / "codesec/sallm_outputs").glob("gpt*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    texts = list(chain.from_iterable(row["completions"] for row in rows))
    assert len(texts) > 500
    assert sum(kind(text) != "no refusal" for text in texts) <= 0.01 * len(texts)
