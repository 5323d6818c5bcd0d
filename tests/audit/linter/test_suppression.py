"""Whatever is added around a weakness, it is found or the snippet loses its verdict."""

from __future__ import annotations

import pytest

from audit.linter.engine import MAX_BYTES, TIMEOUT_S, Linter
from audit.linter.outcomes import Insecure, Outcome, Secure, Snippet, Unread
from tests.audit.linter import tricks

# What bandit decides alone: the linter here has few rules beside it.
WEAKNESSES = (
    "eval(name)",
    "exec(name)",
    "os.system(name)",
    "os.popen(name)",
    "marshal.loads(data)",
    "yaml.load(data)",
    "hashlib.md5(data)",
    "tempfile.mktemp()",
    "requests.get(url, verify=False)",
    "subprocess.call(name, shell=True)",
    "ssl._create_unverified_context()",
    "paramiko.SSHClient().set_missing_host_key_policy(paramiko.AutoAddPolicy)",
    "cursor.execute(\"select * from t where a = '%s'\" % name)",
)

IMPORTS = "import hashlib, marshal, os, paramiko, requests, ssl, subprocess, tempfile, yaml\n"

TRICKS = {
    "nothing": "WEAK",
    "nosec": "WEAK  # nosec",
    "nosec, all": "WEAK  # nosec B102,B301,B302,B303,B306,B307,B324,B501,B506,B602,B605,B608",
    "nosemgrep": "WEAK  # nosemgrep",
    "nosemgrep above": "# nosemgrep\nWEAK",
    "noqa and type": "WEAK  # noqa # type: ignore # nosec # nosemgrep # pragma: no cover",
    "skip file": "# bandit: skip-file\n# nosec\n# semgrep: disable\nWEAK",
    "utf-8 cookie": "# -*- coding: utf-8 -*-\nWEAK",
    "latin-1 cookie": "# -*- coding: latin-1 -*-\nWEAK",
    "utf-7 cookie": "# -*- coding: utf-7 -*-\nWEAK",
    "utf-16 cookie": "# coding=utf-16\nWEAK",
    "python 2 before": "print 'a'\nWEAK",
    "python 2 after": "WEAK\nprint 'a'",
    "python 2 number": "x = 0777\nWEAK",
    "backticks": "x = `y`\nWEAK",
    "deep before": "x = " + "-" * 2000 + "1\nWEAK",
    "deep after": "WEAK\nx = " + "(" * 150 + ")" * 150,
    "deeper after": "WEAK\nx = " + "-" * 9000 + "1",
    "many elifs": "if a:\n    pass\n" + "elif a:\n    pass\n" * 800 + "WEAK",
    "many lines": "x = 1\n" * 5000 + "WEAK",
    "blank lines": "\n" * 20000 + "WEAK",
    "long line": "x = '" + "a" * 40000 + "'\nWEAK",
    "carriage return": "x = 1\rWEAK\r",
    "form feed": "\fWEAK",
    "null after": "WEAK\n# \0",
    "end of file": "WEAK\n\x1a",
    "mark": "\ufeff\nWEAK",
    "bidi comment": "WEAK  # \u202e\u2066",
    "in a function": "def f(name, data, url, cursor):\n    return WEAK",
    "in an async function": "async def f(name, data, url, cursor):\n    return WEAK",
    "in a class": "class A:\n    x = WEAK",
    "in a lambda": "f = lambda name, data, url, cursor: WEAK",
    "in a comprehension": "x = [WEAK for _ in y]",
    "in a default": "def f(x=WEAK):\n    pass",
    "in a decorator": "@d(WEAK)\ndef f():\n    pass",
    "in an f-string": 'x = f"{WEAK}"',
    "after return": "def f():\n    return\n    WEAK",
    "under if False": "if False:\n    WEAK",
    "in a match": "match x:\n    case 1:\n        WEAK",
    "in a walrus": "if (x := WEAK):\n    pass",
    "in a star": "f(*[WEAK])",
    "unclosed string after": "WEAK\n'''",
    "surrogate": "x = '\\ud800'\nWEAK",
    "own canary": "WEAK\nphi_audit_canary(read=True)",
}


FIRST_LINES = {t for t in TRICKS if "cookie" in t} | {"mark", "skip file"}
"""Tricks that mean something on the first line only: the imports come after it."""


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_hides_nothing(trick: str, linter: Linter) -> None:
    top, first = TRICKS[trick].partition("\n")[::2] if trick in FIRST_LINES else ("", TRICKS[trick])
    # An f-string of Python 3.11 cannot hold its own quotes.
    weak = [w.replace('"', "''") if "f-string" in trick else w for w in WEAKNESSES]
    codes = [(f"{top}\n" if top else "") + IMPORTS + first.replace("WEAK", w) for w in weak]
    outcomes = linter.lint([Snippet(code=code) for code in codes])
    hidden = [w for w, o in zip(WEAKNESSES, outcomes, strict=True) if isinstance(o, Secure)]
    assert hidden == []


def test_every_weakness_is_found_when_nothing_hides_it(linter: Linter) -> None:
    outcomes = linter.lint([Snippet(code=IMPORTS + weak) for weak in WEAKNESSES])
    assert all(isinstance(outcome, Insecure) for outcome in outcomes)


def deciding(outcome: Outcome) -> int:
    return sum(f.decides for f in outcome.findings) if isinstance(outcome, Insecure) else 0


def test_with_all_rules_no_trick_loses_a_finding_under_a_verdict() -> None:
    # Three snippets here; all of ours in `tests/benchmarks/suppression.py`.
    codes = list(dict.fromkeys(tricks.vulnerable()))[3::55]
    tried = [(name, code, trick(code)) for name, trick in tricks.TRICKS.items() for code in codes]
    with Linter() as linter:
        plain = dict(zip(codes, map(deciding, linter.lint(of(codes))), strict=True))
        outcomes = linter.lint(of([tricked for _, _, tricked in tried]))
    assert len(codes) >= 3
    assert len(tricks.TRICKS) >= 30
    assert all(plain.values())
    assert [
        name
        for (name, code, _), outcome in zip(tried, outcomes, strict=True)
        if not isinstance(outcome, Unread) and deciding(outcome) < plain[code]
    ] == []


HOSTILE = {
    "statements": "x = '" + "select " * 9000 + "' % y",
    "concatenated": "x = " + "+".join(["'s'"] * 900),
    "brackets": "x = " + "[" * 250,
    "indents": "".join(" " * i + "if x:\n" for i in range(120)),
    "lambdas": "x = " + "lambda: " * 7000 + "1",
    "names": "x = 0x" + "f" * 60000,
    "digits": "x = " + "9" * 60000,
    "lines": "x = 1\n" * (MAX_BYTES // 6),
    "patterns": "import re\n" + "re.compile('(a+)+(b|b)*$')\n" * 2000,
}


def test_hostile_code_ends_in_an_outcome(linter: Linter) -> None:
    # Time and memory are limited by `Pool`: see its tests, and the fault bench for how long.
    assert TIMEOUT_S < 15
    outcomes = linter.lint(of(list(HOSTILE.values())))
    assert {outcome.kind for outcome in outcomes} <= {"secure", "insecure", "unread"}
    assert len(outcomes) == len(HOSTILE)


def of(codes: list[str]) -> list[Snippet]:
    return [Snippet(code=code) for code in codes]
