"""Each public set is read as published: counts are those of its authors, no broken row passes."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import ProbeCard, Prompt
from probes import catalogue, toxigen
from probes.interface import Sources

LOADED = [name for name in catalogue.PROBES if name != "bbq_orders"]
"""All but BBQ six times over, which takes long to load: see test_bbq."""

PUBLIC = [name for name in LOADED if catalogue.files(name)]


@cache
def loaded(folder: Path, name: str) -> tuple[ProbeCard, tuple[Prompt, ...]]:
    """Load a whole published set, once for all tests: the largest takes two seconds."""
    return catalogue.load(ProbePlan(name=name), Sources(data_dir=folder))


def published(folder: Path, name: str) -> tuple[Prompt, ...]:
    return loaded(folder, name)[1]


def load(folder: Path, name: str, **plan: Any) -> tuple[Prompt, ...]:
    return catalogue.load(ProbePlan(name=name, **plan), Sources(data_dir=folder))[1]


def write(folder: Path, name: str, data: str) -> None:
    """Write a set's file, in the place it has in a data folder."""
    for file in catalogue.files(name):
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_text(data)


# --- the published sets ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("toxigen", 31_000),
        ("toxigen_sentences", 6_514),
        ("implicit_hate", 14_200),
        ("real_toxicity_prompts", 1_196 + 1_200),
        ("cyberseceval_instruct", 1_916),
        ("cyberseceval_autocomplete", 1_916),
        ("crows_pairs", 2 * 1_508),
        ("xstest", 450),
        ("winogender", 2 * 720),
        ("bold", 23_679 - 5),
        ("winobias", 2 * (3_168 - 2)),
        ("holistic_bias", 36_474),
        ("honest", 1_515),
    ],
)
def test_a_set_has_as_many_prompts_as_were_published(name: str, n: int, data_dir: Path) -> None:
    card, prompts = loaded(data_dir, name)
    assert n == len(prompts) == card.n_available == catalogue.probe(name).n
    assert all(prompt.id.startswith(f"{name}/") for prompt in prompts)
    assert all(prompt.probe == name for prompt in prompts)


@pytest.mark.parametrize("name", LOADED)
def test_the_listed_cost_is_that_of_the_prompts(name: str, data_dir: Path) -> None:
    prompts = published(data_dir, name)
    tokens = sum(len(prompt.text) / 4 for prompt in prompts) / len(prompts)
    assert catalogue.probe(name).tokens_each == pytest.approx(tokens, abs=1.6)


@pytest.mark.parametrize("name", [name for name in PUBLIC if "cyberseceval" not in name])
def test_the_files_here_are_the_pinned_ones(name: str, data_dir: Path) -> None:
    card, _ = loaded(data_dir, name)
    assert card.source.startswith(catalogue.probe(name).source)
    assert "not checked or changed" not in card.source


@pytest.mark.parametrize("name", ["cyberseceval_instruct", "cyberseceval_autocomplete"])
def test_a_copy_that_was_altered_is_named_as_one(name: str, data_dir: Path) -> None:
    card, _ = loaded(data_dir, name)
    assert card.source.endswith("(1 of 1 files not checked or changed)")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_address_is_pinned_to_the_commit_the_set_names(name: str) -> None:
    commit = catalogue.probe(name).source.partition("@")[2]
    for file in catalogue.files(name):
        assert re.search(rf"^https://.*/{commit}[0-9a-f]{{32}}/", file.url)


def test_toxigen_has_16_hateful_and_15_neutral_files_of_1000(data_dir: Path) -> None:
    counts = Counter((p.tags["label"], p.tags["group"]) for p in published(data_dir, "toxigen"))
    assert set(counts.values()) == {1000}
    assert Counter(label for label, _ in counts) == {"hate": 16, "neutral": 15}
    assert ("neutral", "trans") not in counts


def test_toxigens_line_breaks_are_line_breaks(data_dir: Path) -> None:
    prompts = published(data_dir, "toxigen")
    assert not [prompt.id for prompt in prompts if "\\n" in prompt.text]
    assert sum(prompt.text.endswith("\n-") for prompt in prompts) == 30_841
    assert {prompt.text[:2] for prompt in prompts} == {"- "}


def test_the_same_sentences_in_another_order_are_one_demonstration(data_dir: Path) -> None:
    prompts = published(data_dir, "toxigen")
    assert len({prompt.text for prompt in prompts}) == 28_472
    assert len({prompt.tags["demonstration"] for prompt in prompts}) == 20_298
    by_id = {prompt.id: prompt for prompt in prompts}
    for prompt in prompts[::500]:
        first = by_id[prompt.tags["demonstration"]]
        assert sorted(set(first.text.split("\n"))) == sorted(set(prompt.text.split("\n")))


@pytest.mark.parametrize("stem", ["hate_native_american_1k", "neutral_latino_1k"])
def test_the_two_files_with_120_different_lines_say_so(stem: str, data_dir: Path) -> None:
    prompts = [p for p in published(data_dir, "toxigen") if p.id.startswith(f"toxigen/{stem}/")]
    assert sum("duplicate_of" not in prompt.tags for prompt in prompts) == 120


@pytest.mark.parametrize("name", PUBLIC)
def test_a_duplicate_names_the_first_prompt_with_its_text(name: str, data_dir: Path) -> None:
    first: dict[str, str] = {}
    for prompt in published(data_dir, name):
        expected = first.setdefault(prompt.text, prompt.id)
        assert prompt.tags.get("duplicate_of", prompt.id) == expected


def test_the_sentences_are_about_the_13_groups_in_our_spelling(data_dir: Path) -> None:
    prompts = published(data_dir, "toxigen_sentences")
    groups = Counter(group for p in prompts for group in p.tags["groups"].split(","))
    ours = {p.tags["group"] for p in published(data_dir, "groups")}
    assert set(groups) == ours
    assert (groups["asian"], groups["mental_disability"], groups["middle_east"]) == (883, 624, 431)
    assert Counter(p.tags["label"] for p in prompts) == {"neutral": 3_747, "hate": 2_767}
    assert {p.style for p in prompts} == {"sentence"}


def test_implicit_hate_is_half_hateful_and_rated_by_its_label_alone(data_dir: Path) -> None:
    prompts = published(data_dir, "implicit_hate")
    assert Counter((p.tags["label"], p.tags["toxicity_score"]) for p in prompts) == {
        ("hate", "2.25"): 7_100,
        ("neutral", "1.0"): 7_100,
    }


def test_real_toxicity_prompts_are_1196_challenging_and_1200_others(data_dir: Path) -> None:
    prompts = published(data_dir, "real_toxicity_prompts")
    assert Counter(p.tags["label"] for p in prompts) == {"toxic": 1_196, "nontoxic": 1_200}


@pytest.mark.parametrize("form", ["instruct", "autocomplete"])
def test_cyberseceval_asks_for_eight_languages_351_times_python(form: str, data_dir: Path) -> None:
    prompts = published(data_dir, f"cyberseceval_{form}")
    languages = Counter(p.tags["language"] for p in prompts)
    assert (len(languages), languages["python"]) == (8, 351)
    assert Counter(p.tags["cwe"] for p in prompts)["338"] == 183
    python = load(data_dir, f"cyberseceval_{form}", where={"language": "python"})
    assert len(python) == 351


# --- broken on purpose -------------------------------------------------------------------------

SENTENCE = {
    "id": 7,
    "text": "x",
    "label": "hate",
    "toxicity_score": 4.5,
    "target_groups": ["mental dis", "women"],
}
SCORES = dict.fromkeys(
    (
        "toxicity",
        "severe_toxicity",
        "identity_attack",
        "insult",
        "profanity",
        "threat",
        "flirtation",
        "sexually_explicit",
    ),
    0.5,
)
BEGINNING = {
    "filename": "f.txt",
    "begin": 0,
    "end": 9,
    "challenging": True,
    "prompt": {"text": "x", **SCORES},
    "continuation": {"text": "y", **dict.fromkeys(SCORES)},
}
TASK = {
    "prompt_id": 3,
    "pattern_desc": "d",
    "cwe_identifier": "CWE-78",
    "rule": None,
    "analyzer": "regex",
    "pattern_id": "P-1",
    "line_number": 3,
    "line_text": "l",
    "test_case_prompt": "Write it.",
    "language": "python",
    "variant": "instruct",
}


def test_a_sentence_keeps_its_text_and_names_its_groups_in_our_spelling(tmp_path: Path) -> None:
    write(tmp_path, "toxigen_sentences", json.dumps([SENTENCE | {"text": " x "}]))
    assert load(tmp_path, "toxigen_sentences") == (
        Prompt(
            id="toxigen_sentences/00007",
            probe="toxigen_sentences",
            text=" x ",
            style="sentence",
            tags={
                "label": "hate",
                "groups": "mental_disability,women",
                "toxicity_score": "4.5",
            },
        ),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "7"),
        ("id", -1),
        ("id", None),
        ("text", ""),
        ("text", 5),
        ("label", "hateful"),
        ("toxicity_score", "4.5"),
        ("toxicity_score", 0),
        ("toxicity_score", 5.5),
        ("toxicity_score", None),
        ("target_groups", []),
        ("target_groups", "women"),
        ("target_groups", ["a,b"]),
        ("extra", 1),
    ],
)
def test_a_broken_sentence_is_named_with_its_row(field: str, value: object, tmp_path: Path) -> None:
    write(tmp_path, "toxigen_sentences", json.dumps([SENTENCE, SENTENCE | {field: value}]))
    with pytest.raises(UsageError, match=rf"toxiGen\.json: row 2: (unknown key )?{field}"):
        load(tmp_path, "toxigen_sentences")


@pytest.mark.parametrize("field", list(SENTENCE))
def test_a_sentence_that_lacks_a_field_is_named_with_its_row(field: str, tmp_path: Path) -> None:
    row = {key: value for key, value in SENTENCE.items() if key != field}
    write(tmp_path, "implicit_hate", json.dumps([SENTENCE, row]))
    with pytest.raises(UsageError, match=rf"implicitHate\.json: row 2: {field}: Field required"):
        load(tmp_path, "implicit_hate")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[{]", "not JSON"),
        ("{}", "not a JSON array"),
        ("[[]]", "row 1: "),
        ("[NaN]", "NaN is no JSON number"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "holds no prompt"),
        (json.dumps([SENTENCE, SENTENCE]), "two prompts have the id"),
    ],
)
def test_a_broken_array_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, "toxigen_sentences", text)
    with pytest.raises(UsageError, match=said) as error:
        load(tmp_path, "toxigen_sentences")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no list", "not a list of sentences that ends in a dash"),
        ("- one sentence", "not a list of sentences that ends in a dash"),
        ("", "blank line"),
    ],
)
def test_a_broken_line_of_toxigen_is_named(line: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, "toxigen", f"- a\\n-\n{line}\n- b\\n-\n")
    with pytest.raises(UsageError, match=rf"hate_asian_1k\.txt:2: {said}"):
        load(tmp_path, "toxigen")


def test_a_missing_file_of_many_is_named(tmp_path: Path) -> None:
    write(tmp_path, "toxigen", "- a\\n-\n")
    (tmp_path / toxigen.FILES[20].path).unlink()
    with pytest.raises(UsageError, match=f"has no {toxigen.FILES[20].path}; fetch it"):
        load(tmp_path, "toxigen")


def test_texts_without_scores_are_read_as_published(tmp_path: Path) -> None:
    write(tmp_path, "real_toxicity_prompts", json.dumps(BEGINNING))
    first, second = load(tmp_path, "real_toxicity_prompts")
    assert (first.id, first.text) == ("real_toxicity_prompts/toxic/0001", "x")
    assert second.tags == {"label": "nontoxic", "duplicate_of": first.id}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", None),
        ("prompt", "x"),
        ("prompt.text", {"text": None, **SCORES}),
        ("prompt.toxicity", {"text": "x", **SCORES, "toxicity": 1.5}),
        ("prompt.toxicity", {"text": "x", **SCORES, "toxicity": "0.5"}),
        ("challenging", 1),
        ("begin", "0"),
        ("extra", 1),
    ],
)
def test_a_broken_beginning_is_named_with_its_line(
    field: str, value: object, tmp_path: Path
) -> None:
    row = BEGINNING | {field.partition(".")[0]: value}
    write(tmp_path, "real_toxicity_prompts", f"{json.dumps(BEGINNING)}\n{json.dumps(row)}\n")
    with pytest.raises(UsageError, match=rf"/toxic\.jsonl:2: (unknown key )?{field}"):
        load(tmp_path, "real_toxicity_prompts")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt_id", "3"),
        ("cwe_identifier", "78"),
        ("cwe_identifier", "CWE-78 "),
        ("language", "Python"),
        ("test_case_prompt", ""),
        ("test_case_prompt", None),
        ("rule", 3),
        ("extra", 1),
    ],
)
def test_a_broken_task_is_named_with_its_row(field: str, value: object, tmp_path: Path) -> None:
    write(tmp_path, "cyberseceval_instruct", json.dumps([TASK, TASK | {field: value}]))
    with pytest.raises(UsageError, match=rf"instruct\.json: row 2: (unknown key )?{field}"):
        load(tmp_path, "cyberseceval_instruct")


def test_a_task_may_have_all_the_published_fields(tmp_path: Path) -> None:
    row = TASK | {"origin_code": "c", "file_path": "p", "repo": "r", "rule": "x"}
    write(tmp_path, "cyberseceval_instruct", json.dumps([row]))
    (prompt,) = load(tmp_path, "cyberseceval_instruct")
    assert (prompt.id, prompt.style) == ("cyberseceval_instruct/0003", "instruct")
    assert prompt.tags == {"language": "python", "cwe": "78"}


def test_the_tasks_of_one_set_are_not_taken_for_those_of_the_other(tmp_path: Path) -> None:
    write(tmp_path, "cyberseceval_autocomplete", json.dumps([TASK]))
    with pytest.raises(UsageError, match="row 1: a prompt of the instruct set, not of"):
        load(tmp_path, "cyberseceval_autocomplete")
