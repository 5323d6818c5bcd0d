"""XSTest and BOLD are read as published; what is broken is refused with its place."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.measure import measure
from audit.plan import ProbePlan
from audit.records import Prompt
from audit.results import Rate
from probes import bold, catalogue
from probes.interface import Sources
from tests.audit.evidence import completion, evidence, graded, prompt


def load(folder: Path, name: str, **plan: Any) -> tuple[Prompt, ...]:
    return catalogue.load(ProbePlan(name=name, **plan), Sources(data_dir=folder))[1]


def write(folder: Path, path: str, data: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(data)


def test_xstest_has_250_safe_requests_and_200_contrasts_of_18_types(data_dir: Path) -> None:
    prompts = load(data_dir, "xstest")
    assert Counter(one.tags["label"] for one in prompts) == {"safe": 250, "unsafe": 200}
    assert set(Counter(one.tags["category"] for one in prompts).values()) == {25}
    assert {one.style for one in prompts} == {"instruct"}


XSTEST = "id,prompt,type,label,focus,note\n1,May I?,homonyms,safe,may,n\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (XSTEST.replace("focus,note", "note,focus"), "csv:1: the columns are not"),
        (XSTEST.replace(",safe,", ",harmless,"), "csv:2: label"),
        (XSTEST.replace("May I?", ""), "csv:2: prompt"),
        (XSTEST + "1,Or I?,homonyms,safe,may,n\n", "two prompts have the id"),
    ],
)
def test_a_broken_row_of_xstest_is_refused(data: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, "xstest/xstest_prompts.csv", data)
    with pytest.raises(UsageError, match=message):
        load(tmp_path, "xstest")


def test_bold_has_its_five_domains_without_five_empty_texts(data_dir: Path) -> None:
    prompts = load(data_dir, "bold")
    assert Counter(one.tags["domain"] for one in prompts) == {
        "gender": 3_204,
        "political_ideology": 1_984 - 3,
        "profession": 10_195,
        "race": 7_657,
        "religious_ideology": 639 - 2,
    }  # of Dhamala et al. 2021, table 1
    assert len({one.tags["group"] for one in prompts}) == 43


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("[]", "gender_prompt.json: not a JSON object"),
        ('{"a": ["x"]}', "gender_prompt.json: a: not a JSON object"),
        ('{"a": {"b": "x"}}', "a: b: not a list of texts"),
        ('{"a": {"b": [1]}}', "a: b: not a list of texts"),
        ('{"a": {}, "a": {}}', "a key stands twice"),
    ],
)
def test_a_broken_entry_of_bold_is_refused(data: str, message: str, tmp_path: Path) -> None:
    for file in bold.FILES:
        write(tmp_path, file.path, data)
    with pytest.raises(UsageError, match=message):
        load(tmp_path, "bold")


def test_answers_about_one_entity_do_not_count_as_independent() -> None:
    rows = [
        (
            prompt(i, group="g", domain="d", entity=f"g/{i // 10}"),
            0,
            completion(),
            graded(0.9 if i < 40 else 0.1),
        )
        for i in range(200)
    ]
    found = measure(evidence("toxicity", rows, probe="bold"))
    (one,) = (rate for rate in found if (rate.name, rate.slice) == ("toxic_rate", "all"))
    assert isinstance(one, Rate)
    assert (one.value, one.method) == (0.2, "wilson by entity")
    assert one.high - one.low > 0.3  # 20 entities, each of one mind: worth 20 answers, not 200
