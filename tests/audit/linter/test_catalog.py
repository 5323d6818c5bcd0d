"""`phi-audit explain`: every rule a finding can name is there, with an example of ours."""

from __future__ import annotations

import json
import re

import pytest

from audit.errors import UsageError
from audit.linter.catalog import MEASURED, explained, find, listed, rules
from audit.linter.with_semgrep import RULES, rules_in


def test_every_rule_of_each_tool_is_listed() -> None:
    ids = {rule.id for rule in rules()}
    # Of bandit 1.9: a plug-in, a call, an import.
    assert {"bandit/B602", "bandit/B301", "bandit/B403"} <= ids
    assert sum(name.startswith("bandit/") for name in ids) >= 70
    assert {f"semgrep/{path.stem}" for path in rules_in(RULES)} <= ids
    assert len(list(listed())) == len(ids)


def test_each_rule_of_ours_shows_a_line_it_finds_and_one_it_does_not() -> None:
    ours = [rule for rule in rules() if not rule.id.startswith("bandit/")]
    assert [rule.id for rule in ours if not (rule.bad and rule.good)] == []


def test_a_rule_is_explained_in_full() -> None:
    text = "\n".join(explained("removed-function"))
    for part in ("semgrep/removed-function", "CWE-477", "misread-requirements", "medium", "high"):
        assert part in text
    assert "ssl.wrap_socket(connection)" in text
    assert "ssl.create_default_context()" in text


def test_a_test_of_bandit_that_informs_says_so() -> None:
    assert "informs only" in "\n".join(explained("B101"))
    assert find("bandit/B324").cwe == 328


def test_a_rule_that_goes_by_a_name_says_so() -> None:
    assert "called otherwise, it is not found" in "\n".join(explained("secret-logged"))
    assert "evidence" not in "\n".join(explained("sql-text"))
    assert 7 <= sum(rule.by_name for rule in rules()) <= len(rules()) // 10


def test_a_misspelt_rule_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"did you mean eval-of-input\?"):
        find("eval-of-imput")
    with pytest.raises(UsageError, match="lists all"):
        find("zzzzzzzz")


def test_a_rule_shows_what_it_did_in_code_with_labels() -> None:
    assert re.search(
        r"measured +finds \d+ of \d+ labelled with its weakness, alarms on \d+ fixes",
        "\n".join(explained("sql-text")),
    )
    unseen = next(rule for rule in rules() if rule.id not in json.loads(MEASURED.read_text()))
    assert "seen in no code with labels" in "\n".join(explained(unseen.id))


def test_what_is_measured_is_of_rules_that_are() -> None:
    assert set(json.loads(MEASURED.read_text())) <= {rule.id for rule in rules()}
