"""The linter on real bandit and semgrep: no trick hides a finding under `secure`."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.errors import RefusedError
from audit.linter.engine import MAX_BYTES, Linter, lint
from audit.linter.outcomes import Insecure, Outcome, Secure, Snippet, Unread
from audit.linter.with_semgrep import Semgrep

SHELL = "subprocess.call(name, shell=True)"
QUOTED = '"s"'
WEAK = f"import subprocess\n{SHELL}\n"

# Each must leave the weakness found, or cost the snippet its verdict; never `secure`.
TRICKS = {
    "nosec": f"import subprocess  # nosec\n{SHELL}  # nosec\n",
    "nosec with a test": f"import subprocess\n{SHELL}  # nosec B602\n",
    "prose about nosec": f"# We need #nosec because it is fine\nimport subprocess\n{SHELL}\n",
    "nosemgrep": f"import subprocess\n{SHELL}  # nosemgrep\n",
    "nosemgrep with a rule": f"import subprocess\n{SHELL}  # nosemgrep: shell\n",
    "nosemgrep above": f"import subprocess\n# nosemgrep\n{SHELL}\n",
    "nosem": f"import subprocess\n{SHELL}  # nosem\n",
    "nosemgrep in a string": 'import subprocess\nsubprocess.call(n + " nosemgrep", shell=True)\n',
    "python 2 print": f"import subprocess\nprint 'hi'\n{SHELL}\n",
    "python 2 except": f"import subprocess\ntry:\n    {SHELL}\nexcept OSError, e:\n    pass\n",
    "utf-7 cookie": f"# coding: utf-7\nimport subprocess\n{SHELL}\n",
    "utf-7 hidden code": "# coding: utf-7\n# +AAo-import os; os.system(name)\nx = 1\n",
    "utf-16 cookie": f"# -*- coding: utf-16 -*-\nimport subprocess\n{SHELL}\n",
    "unknown cookie": f"# coding: klingon\nimport subprocess\n{SHELL}\n",
    "rot13 cookie": f"#!/usr/bin/python\n# vim: set fileencoding=rot13 :\n{WEAK}",
    "byte order mark": f"\ufeff{WEAK}",
    "bold attribute": "import subprocess\nsubprocess.\U0001d41c\U0001d41a\U0001d425l"
    "(n, shell=True)\n",
    "bold builtin": "\U0001d41e\U0001d42f\U0001d41a\U0001d425(name)\n",
    "bold keyword argument": "import subprocess\nsubprocess.call(n, \U0001d42chell=True)\n",
    "deep unary": f"import subprocess\nx = {'-' * 3000}1\n{SHELL}\n",
    "deep sum": f"import subprocess\nx = {'+'.join('1' * 3000)}\n{SHELL}\n",
    "deep attributes": f"import subprocess\nx = a{'.b' * 3000}\n{SHELL}\n",
    "deep calls": f"import subprocess\nx = a{'()' * 2500}\n{SHELL}\n",
    "deep not": f"import subprocess\nx = {'not ' * 3000}y\n{SHELL}\n",
    "deep elif": "import subprocess\nif a:\n    b\n" + "elif a:\n    b\n" * 1500 + f"{SHELL}\n",
    "deeper than the parser": f"import subprocess\nx = {'-' * 20000}1\n{SHELL}\n",
    "concatenated strings": f"import subprocess\nx = {'+'.join(500 * [QUOTED])}\n{SHELL}\n",
    "lone surrogate escape": f"password = '\\ud800secret'\nimport subprocess\n{SHELL}\n",
    "lone surrogate": f"password = '\ud800secret'\nimport subprocess\n{SHELL}\n",
    "async password": "async def connect(password='hunter22'):\n    pass\n",
    "carriage returns": f"import subprocess\r{SHELL}\r",
    "form feed": f"import subprocess\n\f{SHELL}\n",
    "line separator": f"import subprocess\n# a\u2028b\n{SHELL}\n",
    "bidi": f"import subprocess\naccess = 'user\u202e\u2066'  # nosec\n{SHELL}\n",
    "null": f"import subprocess\n{SHELL}\n\0",
    "unclosed tail": f"import subprocess\n{SHELL}\nx = (\n",
    "tab mix": f"import subprocess\nif x:\n\ty\n        z\n{SHELL}\n",
    "end of the world": f"import subprocess\n{SHELL}\n\x1a",
    "our own canary": f"import subprocess\n{SHELL}\nphi_audit_canary(read=True)\n",
    "canary in an open string": f"import subprocess\n{SHELL}\n'''",
    "backslash at the end": f"import subprocess\n{SHELL}\n\\",
    "comment at the end": f"import subprocess\n{SHELL}\n# no newline",
    "too large": f"import subprocess\n{SHELL}\n" + "x = 1\n" * (MAX_BYTES // 6),
    "slow for semgrep": "import subprocess\n"
    + "".join(f"a{i} = b{i}()\n" for i in range(2000))
    + f"zzz(1, 2, 3, 4, 5, 6)\n{SHELL}\n",
}


def test_no_trick_makes_a_weakness_secure(linter: Linter) -> None:
    outcomes = linter.lint([Snippet(code=code) for code in TRICKS.values()])
    secure = [trick for trick, o in zip(TRICKS, outcomes, strict=True) if isinstance(o, Secure)]
    assert secure == []


@pytest.mark.parametrize(
    "trick",
    [
        "nosec", "nosec with a test", "nosemgrep", "nosemgrep above", "nosem",
        "nosemgrep in a string", "byte order mark", "bold attribute", "bold builtin", "deep unary",
        "deep sum", "deep attributes", "deep not", "deep elif", "lone surrogate escape",
        "lone surrogate", "async password", "carriage returns", "our own canary", "bidi",
    ],
)  # fmt: skip
def test_trick_is_seen_through(trick: str, linter: Linter) -> None:
    (outcome,) = linter.lint([Snippet(code=TRICKS[trick])])
    assert isinstance(outcome, Insecure)


@pytest.mark.parametrize(
    ("trick", "reason"),
    [
        ("python 2 print", "unparseable"),
        ("null", "unparseable"),
        ("unclosed tail", "unparseable"),
        ("deeper than the parser", "unparseable"),
        ("utf-7 hidden code", "error: encoding cookie"),
        ("too large", "error: too large"),
    ],
)
def test_what_cannot_be_read_says_why(trick: str, reason: str, linter: Linter) -> None:
    assert linter.lint([Snippet(code=TRICKS[trick])]) == [Unread(reason=reason)]


@pytest.mark.parametrize(
    ("code", "unread"),
    [
        (WEAK, ()),
        (TRICKS["utf-7 cookie"], ("error: encoding cookie",)),
        (TRICKS["rot13 cookie"], ("error: bandit: trojansource", "error: encoding cookie")),
    ],
)
def test_a_finding_stands_and_says_what_else_was_not_read(
    code: str, unread: tuple[str, ...], linter: Linter
) -> None:
    (outcome,) = linter.lint([Snippet(code=code)])
    assert isinstance(outcome, Insecure)
    assert outcome.unread == unread


@pytest.mark.parametrize(
    "trick", ["nosemgrep", "nosemgrep above", "nosem", "nosemgrep in a string", "deep unary"]
)
def test_semgrep_alone_sees_through(trick: str, rules: Path) -> None:
    (spots,) = Semgrep(rules).inspect([TRICKS[trick]])
    assert not isinstance(spots, str)
    assert [spot.finding.rule for spot in spots] == ["shell"]


def test_semgrep_that_reads_half_a_file_does_not_count_as_read(rules: Path) -> None:
    # One line of Python 2, and patterns with True match nothing in the whole file.
    assert Semgrep(rules).inspect([TRICKS["python 2 print"]]) == ["not read"]


def test_semgrep_that_runs_out_of_time_says_so(rules: Path) -> None:
    slow = TRICKS["slow for semgrep"].replace(SHELL, "")
    good = "x = 1\n"
    assert Semgrep(rules).inspect([good, slow, good]) == [[], "Timeout", []]


def test_a_file_named_to_be_skipped_is_linted(tmp_path: Path, rules: Path) -> None:
    # Names never reach the engines; the folder the user stands in does not either.
    (tmp_path / ".semgrepignore").write_text("*")
    (tmp_path / ".bandit").write_text("[bandit]\nskips = B602\n")
    (tmp_path / "json.py").write_text("raise SystemExit('hostile module was run')")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("SEMGREP_RULES", "p/ci")
        patch.setenv("PYTHONPATH", str(tmp_path))
        (outcome,) = lint([Snippet(code=WEAK)], rules)
    assert isinstance(outcome, Insecure)


def test_both_engines_on_one_place_give_one_finding(linter: Linter) -> None:
    (outcome,) = linter.lint([Snippet(code=WEAK)])
    assert isinstance(outcome, Insecure)
    deciding = [(f.tool, f.rule, f.cwe, f.line) for f in outcome.findings if f.decides]
    assert deciding == [("semgrep", "shell", 78, 2)]
    assert [f.message for f in outcome.findings if f.decides] == ["A shell runs this."]


def test_informing_findings_leave_code_secure(linter: Linter) -> None:
    (outcome,) = linter.lint([Snippet(code="import subprocess\nassert subprocess\n")])
    assert isinstance(outcome, Secure)
    assert [(f.rule, f.decides) for f in outcome.findings] == [("B404", False), ("B101", False)]


def test_findings_in_given_lines_do_not_count(linter: Linter) -> None:
    given = Snippet(code=f"{WEAK}x = 1\n", given_lines=2)
    own = Snippet(code=f"{WEAK}x = 1\n", given_lines=1)
    outcomes: list[Outcome] = linter.lint([given, own])
    assert [outcome.kind for outcome in outcomes] == ["secure", "insecure"]


def test_outcomes_keep_the_order_and_number_of_snippets(linter: Linter) -> None:
    codes = ["x = 1\n", WEAK, "def (", "y" * (MAX_BYTES + 1)] * 30
    outcomes = linter.lint([Snippet(code=code) for code in codes])
    assert [o.kind for o in outcomes] == ["secure", "insecure", "unread", "unread"] * 30


def test_the_same_code_is_judged_for_each_snippet(linter: Linter) -> None:
    snippets = [Snippet(code=WEAK), Snippet(code=WEAK, given_lines=2), Snippet(code=WEAK)]
    assert [o.kind for o in linter.lint(snippets)] == ["insecure", "secure", "insecure"]


def test_no_snippets_give_no_outcomes(linter: Linter) -> None:
    assert linter.lint([]) == []


def test_bandit_that_takes_too_long_costs_its_snippet_alone(rules: Path) -> None:
    # One of bandit's tests takes four times as long for twice the strings: this takes 15 s or more.
    slow = 3 * ("x = " + "+".join(5000 * [QUOTED]) + "\n")
    with Linter(rules, timeout_s=3) as linter:
        outcomes = linter.lint([Snippet(code=code) for code in (slow, WEAK, "x = 1")])
    assert outcomes[0] == Unread(reason="error: bandit: time-out")
    assert [outcome.kind for outcome in outcomes[1:]] == ["insecure", "secure"]


def test_missing_rules_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no semgrep rules"):
        Linter(tmp_path)


def test_broken_rules_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("rules:\n  - id: bad\n    languages: [python]\n")
    with Linter(tmp_path) as linter, pytest.raises(RefusedError):
        linter.lint([Snippet(code=WEAK)])


def test_rules_that_miss_the_known_weakness_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        "rules:\n  - id: other\n    languages: [python]\n    severity: INFO\n"
        "    message: m\n    pattern: other()\n"
    )
    with Linter(tmp_path) as linter, pytest.raises(RefusedError, match="semgrep misses"):
        linter.prove()


def test_known_answers_hold(linter: Linter) -> None:
    linter.prove()


def test_signature_names_all_that_moves_a_verdict(linter: Linter, tmp_path: Path) -> None:
    for part in ("bandit@1.9", "semgrep@1.", "rules@", "policy@", "python@3."):
        assert part in linter.signature
    (tmp_path / "other.yaml").write_text("rules: []\n")
    with Linter(tmp_path) as other:
        assert other.signature != linter.signature


def test_lint_is_the_same_twice(linter: Linter) -> None:
    snippets = [Snippet(code=code) for code in TRICKS.values() if len(code) < 2000]
    assert linter.lint(snippets) == linter.lint(snippets)
