"""Which findings make code insecure, what weakness each one names, and when two are the same.

Bandit reports much that is only worth a look: importing subprocess, an assert. Such tests inform.
A test decides unless it fires on fixed code about as often as on the vulnerable code it replaced,
or `audit.linter.flow` sees the same more exactly. Measured on the Python pairs of SVEN
(arXiv:2302.05319) and SafeCoder (arXiv:2402.09497) by `tests/benchmarks/labelled_code.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Literal

from audit.linter.outcomes import Spot
from audit.records import Finding

Level = Literal["low", "medium", "high"]

INFORMS = frozenset(
    {
        "B101",  # assert
        "B102",  # exec: `audit.linter.flow` sees whether its text is fixed
        "B103",  # a mode of a file: 0o755 too, which nobody else may write to
        "B105",  # a string that looks like a password
        "B106",  # the same as an argument
        "B110",  # try, except, pass
        "B112",  # try, except, continue
        "B113",  # a request without a time-out
        "B301",  # unpickling: our rules know copies, and bytes whose signature was checked
        "B307",  # eval: the same
        "B308",  # text marked as markup: `audit.linter.flow` sees whether it was escaped
        "B703",  # the same
        "B704",  # the same
        "B601",  # a command for another computer: `audit.linter.flow` sees whether it was quoted
        "B310",  # urlopen: `audit.linter.flow` sees whether its address was checked
        "B314",  # XML parsers: the standard library's refuse external entities by default
        "B602",  # a shell: `audit.linter.flow` sees whether its command is fixed or quoted
        "B604",  # any function told to use a shell
        "B605",  # the same as B602
        "B608",  # text like SQL: `audit.linter.flow` sees what stands in it
        "B606",  # the same by os.spawn and os.exec
        "B603",  # a process without a shell
        "B607",  # a program by its bare name
        *(f"B{n}" for n in range(401, 416)),  # imports: what is done with them decides
    }
)
"""Bandit tests that never decide."""

CWE = {
    "B102": 95, "B307": 95,
    "B103": 732, "B104": 605, "B108": 377, "B201": 489, "B302": 502, "B301": 502,
    "B303": 328, "B324": 328, "B308": 79, "B310": 918, "B323": 295, "B411": 776,
    "B506": 502, "B614": 502, "B610": 89, "B611": 89, "B701": 79, "B702": 79, "B703": 79,
    "B704": 79, "B306": 377, "B110": 390, "B112": 390, "B113": 400,
    **dict.fromkeys(("B105", "B106", "B107"), 259),
    **dict.fromkeys(("B313", "B314", "B315", "B316", "B317", "B318", "B319", "B320"), 611),
    **dict.fromkeys(("B405", "B406", "B407", "B408", "B409", "B410"), 611),
}  # fmt: skip
"""Bandit names another weakness for these tests, or too general a one."""

NEAR = (
    frozenset({94, 95, 96, 1336}),
    frozenset({326, 327, 328, 759, 760, 916, 780, 1240}),
    frozenset({330, 331, 332, 334, 335, 336, 337, 338, 339, 340, 341, 342, 343, 344}),
    frozenset({22, 23, 35, 36, 73, 99, 59}),
    frozenset({77, 78, 88}),
    frozenset({259, 321, 522, 798}),
    frozenset({256, 257, 260, 261, 312, 313, 522, 523}),
    frozenset({79, 80, 83, 87, 116}),
    frozenset({89, 564, 943}),
    frozenset({377, 378, 379}),
    frozenset({611, 776, 827, 409, 112}),
    frozenset({400, 770, 1333, 730, 835}),
    frozenset({390, 391, 396, 703, 754, 755}),
    frozenset({200, 201, 203, 204, 209, 211, 532}),
    frozenset({290, 291, 293, 348, 350}),
    frozenset({345, 346, 347, 940, 942, 1385}),
    frozenset({404, 772, 775}),
    frozenset({252, 253, 273, 754}),
    frozenset({250, 269, 273}),
    frozenset({287, 290, 302, 305, 306, 1390}),
    frozenset({620, 640}),
    frozenset({285, 306, 425, 639, 862, 863}),
    frozenset({276, 732}),
    frozenset({295, 297, 599}),
    frozenset({502, 915}),
    frozenset({20, 1284, 1286, 1287}),
    frozenset({329, 1204}),
    frozenset({215, 489}),
    frozenset({362, 367}),
    frozenset({119, 120, 121, 122, 125, 787}),
    frozenset({345, 346, 347, 353}),
)
"""Weaknesses that name one cause: parents and children within two levels, and near equivalents."""


MAX_FINDINGS = 100
"""Of one snippet: a hostile one could bring thousands."""


def fingerprint() -> str:
    """Give 8 hex digits that change when a table of this module does."""
    tables = [sorted(INFORMS), sorted(CWE.items()), [sorted(family) for family in NEAR]]
    return hashlib.sha256(repr(tables).encode()).hexdigest()[:8]


def near(one: int, other: int) -> bool:
    """Tell whether two CWE numbers name the same weakness, or close relatives."""
    return one == other or any(one in family and other in family for family in NEAR)


def bandit_finding(issue: Any) -> Spot:
    """Give one `bandit.core.issue.Issue` as ours."""
    lines = issue.linerange or [issue.lineno]
    finding = Finding(
        tool="bandit",
        rule=issue.test_id,
        cwe=CWE.get(issue.test_id, issue.cwe.id),
        severity=_level(issue.severity),
        confidence=_level(issue.confidence),
        line=max(1, issue.lineno),
        # A lone surrogate in a literal reaches the message, and can be written nowhere.
        message=issue.text.encode("utf-8", "backslashreplace").decode(),
        decides=issue.test_id not in INFORMS,
    )
    return Spot(finding=finding, last_line=max(finding.line, *lines))


def merge(spots: Iterable[Spot]) -> tuple[Finding, ...]:
    """Give one finding for each weakness and place, by line.

    Of two that overlap and name near weaknesses the one that decides stays, then the more severe,
    then the one from our rules, whose message says what to do. At most `MAX_FINDINGS`, in that
    order of rank.
    """
    kept: list[Spot] = []
    for spot in sorted(spots, key=_rank):
        if len(kept) == MAX_FINDINGS:
            break
        if not any(_same(spot, other) for other in kept):
            kept.append(spot)
    findings = [spot.finding for spot in kept]
    return tuple(sorted(findings, key=lambda f: (f.line, f.cwe, f.tool, f.rule, f.message)))


def _rank(spot: Spot) -> tuple[object, ...]:
    f = spot.finding
    levels = ("high", "medium", "low")
    return (
        not f.decides,
        levels.index(f.severity),
        f.tool == "bandit",
        levels.index(f.confidence),
        f.line,
        f.rule,
        f.message,
    )


def _same(one: Spot, other: Spot) -> bool:
    overlap = one.finding.line <= other.last_line and other.finding.line <= one.last_line
    return overlap and near(one.finding.cwe, other.finding.cwe)


def _level(word: str) -> Level:
    levels: dict[str, Level] = {"LOW": "low", "MEDIUM": "medium", "HIGH": "high"}
    return levels.get(word, "low")
