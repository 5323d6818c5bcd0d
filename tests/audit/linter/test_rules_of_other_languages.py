"""Rules for the languages beside Python: each finds what its sample says, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audit.languages import LANGUAGES
from audit.linter import catalog
from audit.linter.with_semgrep import RULES, Semgrep, rules_in

MARK = re.compile(r"\s*// (ruleid|ok): (\S+)")
FOLDERS = sorted(folder.name for folder in RULES.iterdir() if folder.name not in {"python", "flow"})

SECURE_TWIN_AND_NEAR_MISS = 2


def samples(language: str) -> list[Path]:
    return [p for p in sorted((RULES / language).iterdir()) if p.suffix != ".yaml"]


def marks(path: Path, word: str) -> set[int]:
    lines = path.read_text().splitlines()
    return {
        number + 1
        for number, line in enumerate(lines, 1)
        if (mark := MARK.fullmatch(line)) and mark.groups() == (word, path.stem)
    }


@pytest.mark.parametrize(
    ("folder", "language"),
    [*((name, name) for name in FOLDERS), ("javascript", "typescript"), ("c", "cpp")],
)
def test_every_sample_holds(folder: str, language: str) -> None:
    paths = samples(folder)
    assert [path.stem for path in paths] == [path.stem for path in rules_in(RULES / folder)]
    answers = Semgrep().inspect([path.read_text() for path in paths], language=language)
    wrong = []
    for path, spots in zip(paths, answers, strict=True):
        assert marks(path, "ruleid"), path.name
        assert len(marks(path, "ok")) >= SECURE_TWIN_AND_NEAR_MISS, path.name
        if isinstance(spots, str):
            wrong.append((path.name, spots))
            continue
        found = {s.finding.line for s in spots if s.finding.rule == path.stem}
        if found != marks(path, "ruleid"):
            wrong.append((path.name, f"{sorted(found)} not {sorted(marks(path, 'ruleid'))}"))
    assert not wrong


def test_every_rule_is_of_a_covered_language_and_can_be_explained() -> None:
    for folder in FOLDERS:
        assert folder in LANGUAGES
        for path in rules_in(RULES / folder):
            rule = catalog.find(f"semgrep/{path.stem}")
            assert folder in rule.languages
            assert rule.cwe
            assert rule.bad
            assert rule.good
