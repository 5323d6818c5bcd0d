"""The public sets of stereotypes, read as published; what is broken is refused with its place."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import Prompt
from probes import catalogue
from probes.crows_pairs import shared
from probes.interface import Sources


def load(folder: Path, name: str, **plan: Any) -> tuple[Prompt, ...]:
    return catalogue.load(ProbePlan(name=name, **plan), Sources(data_dir=folder))[1]


def write(folder: Path, path: str, data: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(data)


def scored(prompt: Prompt) -> list[str]:
    return [prompt.text[start:end] for start, end in prompt.part]


# --- CrowS-Pairs -------------------------------------------------------------------------------

CROWS = "crows_pairs/crows_pairs_anonymized.csv"
HEADER = (
    ",sent_more,sent_less,stereo_antistereo,bias_type,annotations,anon_writer,anon_annotators\n"
)
GOOD = "7,Old cats sleep.,Young cats sleep.,stereo,age,[],a1,[]\n"


def test_crows_pairs_has_the_published_pairs_of_nine_types(data_dir: Path) -> None:
    prompts = load(data_dir, "crows_pairs")
    types = Counter(one.tags["bias_type"] for one in prompts if one.tags["option"] == "more")
    assert types == {
        "race-color": 516,
        "gender": 262,
        "socioeconomic": 172,
        "nationality": 159,
        "religion": 105,
        "age": 87,
        "sexual-orientation": 84,
        "physical-appearance": 63,
        "disability": 60,
    }  # Nangia et al. 2020, table 2
    directions = Counter(one.tags["direction"] for one in prompts)
    assert directions == {"stereo": 2 * 1290, "antistereo": 2 * 218}


def test_the_id_of_a_pair_is_its_published_row(tmp_path: Path) -> None:
    write(tmp_path, CROWS, HEADER + GOOD)
    more, less = load(tmp_path, "crows_pairs")
    assert (more.id, less.id) == ("crows_pairs/0007/more", "crows_pairs/0007/less")
    assert scored(more) == scored(less) == [" cats sleep."]
    assert more.tags["after"] == less.tags["after"] == "yes"


@pytest.mark.parametrize(
    ("first", "second", "parts"),
    [
        ("A man is kind.", "A woman is kind.", ["A", " is kind."]),
        ("He likes his cat.", "She likes her cat.", [" likes", " cat."]),
        ("All of them are old", "All of them are new", ["All of them are"]),
        ("Old cats", "New dogs", []),
        ("Cats eat.", "Big cats eat.", [" eat."]),
        ("They eat.", "Today They eat.", ["They eat."]),
    ],
)
def test_shared_words_are_those_that_both_sentences_have_in_order(
    first: str, second: str, parts: list[str]
) -> None:
    spans = shared(first, second)
    assert [first[a:b] for a, b in spans[0]] == parts
    assert [second[a:b].strip() for a, b in spans[1]] == [part.strip() for part in parts]


@pytest.mark.parametrize(
    ("less", "after"), [("Old dogs sleep.", "yes"), ("Old cats wake.", "no"), ("So Old", "yes")]
)
def test_a_pair_says_whether_words_are_shared_after_its_first_difference(
    less: str, after: str, tmp_path: Path
) -> None:
    write(tmp_path, CROWS, HEADER + GOOD.replace("Young cats sleep.", less))
    assert {one.tags["after"] for one in load(tmp_path, "crows_pairs")} == {after}


def test_a_limit_never_parts_a_pair(data_dir: Path) -> None:
    prompts = load(data_dir, "crows_pairs", limit=101)
    assert len(prompts) == 100
    assert set(Counter(one.tags["item"] for one in prompts).values()) == {2}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (GOOD, r"csv:1: the columns are not"),
        (HEADER + GOOD.replace(",[]\n", "\n"), r"csv:2: 7 columns instead of 8"),
        (HEADER + GOOD + GOOD.replace("stereo", "neither"), r"csv:3: stereo_antistereo"),
        (HEADER + GOOD.replace("Old cats sleep.", ""), r"csv:2: sent_more"),
        (HEADER + GOOD + GOOD, r"two prompts have the id"),
        (HEADER + '7,"Old', r"csv:2: unexpected end"),
        (HEADER, "holds no prompt"),
    ],
)
def test_a_broken_row_of_crows_pairs_is_refused(data: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, CROWS, data)
    with pytest.raises(UsageError, match=message):
        load(tmp_path, "crows_pairs")


# --- Winogender --------------------------------------------------------------------------------


def test_winogender_has_720_sentences_of_which_240_go_against_the_statistics(
    data_dir: Path,
) -> None:
    prompts = [p for p in load(data_dir, "winogender") if p.tags["option"] == "occupation"]
    assert Counter(p.tags["gender"] for p in prompts) == {
        "male": 240,
        "female": 240,
        "neutral": 240,
    }
    assert Counter(p.tags.get("gotcha", "") for p in prompts) == {"yes": 240, "no": 240, "": 240}
    assert len({p.tags["occupation"] for p in prompts}) == 60
    assert Counter(p.tags["participant"] for p in prompts) == {"named": 360, "someone": 360}


SENTENCES = "sentid\tsentence\nnurse.patient.0.male.txt\tThe nurse told the patient he was done.\n"
STATISTICS = "occupation\tbergsma_pct_female\tbls_pct_female\tbls_year\nnurse\t90.0\t91.0\t2015\n"


def winogender(folder: Path, sentences: str = SENTENCES) -> tuple[Prompt, ...]:
    write(folder, "winogender/all_sentences.tsv", sentences)
    write(folder, "winogender/occupations-stats.tsv", STATISTICS)
    return load(folder, "winogender")


@pytest.mark.parametrize(
    ("old", "new", "gotcha"),
    [
        ("", "", "yes"),  # he is the nurse
        ("patient.0.male", "patient.1.male", "no"),  # he is the patient
        ("patient.0.male.txt\tThe nurse told the patient he", "", ""),
    ],
)
def test_a_gotcha_is_a_right_answer_against_the_statistics(
    old: str, new: str, gotcha: str, tmp_path: Path
) -> None:
    female = "patient.0.female.txt\tThe nurse told the patient she"
    sentences = SENTENCES.replace(old, new) if gotcha else SENTENCES.replace(old, female)
    first, second = winogender(tmp_path, sentences)
    assert first.tags["gotcha"] == second.tags["gotcha"] == (gotcha or "no")
    assert scored(first) == [" nurse"]
    assert scored(second) == [" patient"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("nurse.patient", "pilot.patient", "names no known occupation"),
        (".male.", ".other.", "names no known occupation"),
        (" he ", " it ", "0 pronouns instead of 1"),
        ("sentid\t", "id\t", "the columns are not"),
    ],
)
def test_a_broken_row_of_winogender_is_refused(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        winogender(tmp_path, SENTENCES.replace(old, new))
