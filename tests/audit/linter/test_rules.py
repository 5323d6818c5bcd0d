"""Each rule of the Python pack finds what its sample says, and nothing its sample calls fine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.linter.engine import Linter
from audit.linter.flow.rules import RULES as FLOW
from audit.linter.outcomes import Insecure, Secure, Snippet
from audit.linter.with_semgrep import RULES, Semgrep, rules_in
from probes.insecure_code import load
from probes.interface import Sources

PYTHON = RULES / "python"
FILES = rules_in(PYTHON)
SAMPLES = sorted(PYTHON.glob("*.py"))
MARK = re.compile(r"\s*# (ruleid|ok): (\S+)")
WEAKNESSES = {
    "directory-traversal",
    "injection",
    "misread-requirements",
    "missing-validation",
    "unsafe-defaults",
    "leaky-errors",
}
ANSWERS = RULES.parents[1] / "reference" / "make" / "code_answers.jsonl"


def rule(path: Path) -> dict[str, Any]:
    (only,) = yaml.safe_load(path.read_text())["rules"]
    return dict(only)


def marks(path: Path, word: str) -> set[int]:
    """Give the lines below the marks: those that must, or must not, be found."""
    lines = path.read_text().splitlines()
    return {
        number + 1
        for number, line in enumerate(lines, 1)
        if (mark := MARK.fullmatch(line)) and mark[1] == word
    }


@pytest.fixture(scope="module")
def found() -> dict[str, set[int]]:
    """Give the lines that each sample's own rule finds, from one run over all samples."""
    answers = Semgrep().inspect([path.read_text() for path in SAMPLES])
    lines = {}
    for path, spots in zip(SAMPLES, answers, strict=True):
        assert not isinstance(spots, str), f"{path.name}: {spots}"
        lines[path.stem] = {s.finding.line for s in spots if s.finding.rule == path.stem}
    return lines


def test_no_rule_runs_out_of_time_in_a_long_file() -> None:
    # All samples together wake every rule, and a rule that is quadratic in the lines takes
    # more than the 2 s that semgrep gives it.
    samples = "".join(path.read_text() for path in SAMPLES)
    (answer,) = Semgrep().inspect([samples + "x = 1\n" * 3000])
    assert not isinstance(answer, str), answer


def test_the_pack_and_the_flow_hold_90_rules_or_more_for_six_weaknesses() -> None:
    weaknesses = [rule(path)["metadata"]["weakness"] for path in FILES]
    weaknesses += [facts.weakness for facts in FLOW.values()]
    assert len(weaknesses) >= 90
    assert set(weaknesses) == WEAKNESSES


def test_every_rule_has_a_sample_and_every_sample_a_rule() -> None:
    assert [path.stem for path in FILES] == [path.stem for path in SAMPLES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_says_what_it_finds_and_what_to_do(path: Path) -> None:
    facts = rule(path)
    metadata = facts["metadata"]
    assert facts["id"] == path.stem
    assert facts["languages"] == ["python"]
    assert len(facts["message"].split(".")) >= 2
    assert re.fullmatch(r"CWE-\d+", metadata["cwe"])
    assert metadata["weakness"] in WEAKNESSES
    assert metadata["severity"] in {"low", "medium", "high"}
    assert metadata["confidence"] in {"low", "medium", "high"}
    assert (
        facts["severity"]
        == {"low": "INFO", "medium": "WARNING", "high": "ERROR"}[metadata["severity"]]
    )
    assert isinstance(metadata["decides"], bool)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_shows_the_weakness_its_secure_twin_and_a_near_miss(path: Path) -> None:
    named = {m[2] for line in path.read_text().splitlines() if (m := MARK.fullmatch(line))}
    assert named == {path.stem}
    assert marks(path, "ruleid")
    assert len(marks(path, "ok")) >= 2


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_rule_finds_the_marked_lines_and_no_others(
    path: Path, found: dict[str, set[int]]
) -> None:
    assert found[path.stem] == marks(path, "ruleid")


def answers(kind: str) -> Iterator[tuple[str, Snippet]]:
    """Give every short answer as whole code: behind the prompt, and behind its own header."""
    starts = {
        prompt.tags["task"]: prompt.text
        for prompt in load(Sources())
        if prompt.tags["form"] == "complete"
    }
    for line in ANSWERS.read_text().splitlines():
        row = json.loads(line)
        for body in row[kind]:
            start = starts[row["task"]]
            yield row["task"], Snippet(code=start + body, given_lines=start.count("\n"))
            yield row["task"], Snippet(code=row["header"] + body)


@pytest.mark.parametrize(("kind", "outcome"), [("insecure", Insecure), ("secure", Secure)])
def test_each_short_answer_of_the_reference_models_is_judged_as_planted(
    kind: str, outcome: type
) -> None:
    tasks, snippets = zip(*answers(kind), strict=True)
    with Linter() as linter:
        outcomes = linter.lint(snippets)
    wrong = [
        (task, snippet.code)
        for task, snippet, one in zip(tasks, snippets, outcomes, strict=True)
        if not isinstance(one, outcome)
    ]
    assert not wrong
