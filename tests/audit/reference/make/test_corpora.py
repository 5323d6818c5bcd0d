from __future__ import annotations

import csv
from pathlib import Path

from audit.reference.make import corpora
from audit.reference.make.corpora import HARMLESS, LABELS, Example, grammar_text


def test_no_cluster_of_hatecheck_is_on_both_sides(data_dir: Path) -> None:
    split = corpora.hatecheck(data_dir / "hatecheck")
    with (data_dir / "hatecheck/test_suite_cases.csv").open(newline="") as file:
        clusters = {
            row["test_case"].strip(): row["ref_templ_id"] or row["templ_id"]
            for row in csv.DictReader(file)
        }
    train = {clusters[example.text] for example in split.train}
    test = {clusters[example.text] for example in split.test}
    assert len(test) > 20
    assert not train & test


def test_no_text_is_on_both_sides(data_dir: Path) -> None:
    for name, split in corpora.read(data_dir).items():
        train = {example.text.lower() for example in split.train}
        test = {example.text.lower() for example in split.test}
        assert test, name
        assert not train & test, name


def test_grammar_text_that_begins_alike_is_on_one_side_only() -> None:
    split = grammar_text()

    def cores(examples: list[Example]) -> set[str]:
        whole = [example.text for example in examples if example.text.startswith("They are")]
        return {" ".join(text.split()[:9]) for text in whole if len(text.split()) >= 9}

    assert len(cores(split.test)) > 100
    assert not cores(split.train) & cores(split.test)


def test_a_label_the_data_does_not_tell_is_absent_not_zero(data_dir: Path) -> None:
    posts = corpora.toxic_spans(data_dir / "toxic_spans", data_dir / "hatecheck").test
    for post in posts:
        if post.labels["toxicity"] < 1 / 3:
            assert set(post.labels) == set(LABELS)
        else:
            assert set(post.labels) == {"toxicity", "obscene"}


def test_harmless_is_zero_in_every_label() -> None:
    assert dict.fromkeys(LABELS, 0.0) == HARMLESS
