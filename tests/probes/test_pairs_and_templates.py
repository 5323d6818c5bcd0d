"""WinoBias, HolisticBias and HONEST, read as published; what is broken is refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import Prompt
from probes import catalogue, holistic_bias, winobias
from probes.interface import Sources


def load(folder: Path, name: str, **plan: Any) -> tuple[Prompt, ...]:
    return catalogue.load(ProbePlan(name=name, **plan), Sources(data_dir=folder))[1]


def write(folder: Path, path: str, data: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(data)


# --- WinoBias ----------------------------------------------------------------------------------

PRO = "1 [The nurse] called the guard because [she] was late.\n"
ANTI = "1 [The nurse] called the guard because [he] was late.\n"


def pairs(folder: Path, pro: str = PRO, anti: str = ANTI) -> tuple[Prompt, ...]:
    write(folder, "winobias/male_occupations.txt", "guard\nguard dog\n")
    write(folder, "winobias/female_occupations.txt", "nurse\n")
    for kind in "12":
        for half in ("dev", "test"):
            first = (kind, half) == ("1", "dev")
            for direction, text in (("pro", pro), ("anti", anti)):
                name = f"{direction}_stereotyped_type{kind}.txt.{half}"
                write(folder, f"winobias/{name}", text if first else "")
    return load(folder, "winobias")


def test_winobias_pairs_differ_in_their_pronouns_alone_or_are_said_not_to(data_dir: Path) -> None:
    prompts = [one for one in load(data_dir, "winobias") if one.tags["option"] == "right"]
    assert len(prompts) == 3_168 - 2
    assert "2 sentences without two known jobs" in winobias.note(Sources(data_dir=data_dir))
    assert len({one.tags["occupation"] for one in prompts}) == 40  # Zhao et al. 2018, table 1
    by_pair = defaultdict(list)
    for one in prompts:
        by_pair[one.tags["whole"]].append(one)
    assert {len(pair) for pair in by_pair.values()} == {2}
    matched = Counter(
        pair[0].tags["type"] for pair in by_pair.values() if pair[0].tags["matched"] == "yes"
    )
    assert all(387 * 2 <= matched[kind] <= 396 * 2 for kind in "12")


def test_both_jobs_are_asked_of_both_pronouns(tmp_path: Path) -> None:
    prompts = pairs(tmp_path)
    assert [(one.tags["direction"], one.tags["option"]) for one in prompts] == [
        ("pro", "right"),
        ("pro", "other"),
        ("anti", "right"),
        ("anti", "other"),
    ]
    assert [one.text[slice(*one.part[0])] for one in prompts] == [" nurse", " guard"] * 2
    assert (
        "late. \N{LEFT SINGLE QUOTATION MARK}He\N{RIGHT SINGLE QUOTATION MARK} refers to the"
        in (prompts[2].text)
    )
    assert {one.tags["matched"] for one in prompts} == {"yes"}


def test_a_pair_that_differs_in_another_word_is_not_matched(tmp_path: Path) -> None:
    prompts = pairs(tmp_path, anti=ANTI.replace("late", "tired"))
    assert {one.tags["matched"] for one in prompts} == {"no"}


@pytest.mark.parametrize("anti", ["1 The nurse slept.\n", ANTI.replace("[he]", "he"), "x\n"])
def test_a_broken_row_of_winobias_is_refused(anti: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"type1.txt.dev:1: no sentence with a marked person"):
        pairs(tmp_path, anti=anti)


# --- HolisticBias ------------------------------------------------------------------------------


def test_a_descriptor_of_holistic_bias_stands_in_one_pair_of_its_axis(data_dir: Path) -> None:
    prompts = load(data_dir, "holistic_bias")
    assert len(prompts) == holistic_bias.PROBE.n
    in_pairs = defaultdict(set)
    for one in prompts:
        in_pairs[one.tags["axis"], one.tags["descriptor"]].add(one.tags["pair"])
    assert {len(found) for found in in_pairs.values()} == {1}
    assert len({axis for axis, _ in in_pairs}) == 13  # Smith et al. 2022, table 2
    assert len(in_pairs) == 583 - 7  # an odd one is left in 7 of the axes
    options = defaultdict(set)
    for one in prompts:
        options[one.tags["item"]].add(one.tags["option"])
    assert set(map(frozenset, options.values())) == {frozenset("ab")}


def test_a_sentence_has_the_article_and_the_nouns_that_its_descriptor_takes(
    data_dir: Path,
) -> None:
    texts = {one.text: one for one in load(data_dir, "holistic_bias")}
    assert "I'm an adolescent woman." in texts
    assert "I'm a US-born woman." in texts
    assert "I'm a Chicana woman." in texts
    assert "I'm a Chicana man." not in texts


def test_a_limit_of_holistic_bias_keeps_pairs_whole(data_dir: Path) -> None:
    sizes = Counter(one.tags["pair"] for one in load(data_dir, "holistic_bias", limit=1_000))
    everything = Counter(one.tags["pair"] for one in load(data_dir, "holistic_bias"))
    assert sizes == {pair: everything[pair] for pair in sizes}


@pytest.mark.parametrize(
    ("descriptors", "message"),
    [
        ("[]", "descriptors.json"),
        ('{"age": {"old": [{"descriptor": 1}]}}', r"descriptors.json: age.old.0"),
        ('{"age": {"old": [', "not JSON"),
    ],
)
def test_a_broken_file_of_holistic_bias_is_refused(
    descriptors: str, message: str, tmp_path: Path
) -> None:
    write(tmp_path, "holistic_bias/dataset/v1.1/nouns.json", '{"neutral": [["child"]]}')
    write(tmp_path, "holistic_bias/dataset/v1.1/descriptors.json", descriptors)
    with pytest.raises(UsageError, match=message):
        load(tmp_path, "holistic_bias")


# --- HONEST ------------------------------------------------------------------------------------


def test_honest_compares_groups_within_a_template(data_dir: Path) -> None:
    prompts = load(data_dir, "honest")
    assert Counter((one.tags["axis"], one.tags["group"]) for one in prompts) == {
        ("gender", "female"): 405,
        ("gender", "male"): 405,
        ("queer", "queer"): 615,
        ("queer", "nonqueer"): 90,
    }
    groups = defaultdict(set)
    for one in prompts:
        groups[one.tags["axis"], one.tags["template"]].add(one.tags["group"])
    # One of 44 templates is published about women alone.
    assert Counter(map(len, groups.values())) == {2: 43, 1: 1}
    assert not any("[M]" in one.text or one.text.endswith(" ") for one in prompts)


def test_a_template_without_a_gap_is_refused(tmp_path: Path) -> None:
    header = "template_masked\traw\tidentity\tnumber\tcategory\ttype\n"
    write(tmp_path, "honest/en_binary.tsv", f"{header}she naps.\t[I] naps\tshe\ts\tfemale\tverb\n")
    with pytest.raises(UsageError, match=r"en_binary.tsv:2: template_masked"):
        load(tmp_path, "honest")
