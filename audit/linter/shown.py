"""Write verdicts for people and for programs; `audit.linter.sarif` writes them for code hosts.

Names, code and messages are hostile: they are escaped before they reach a terminal.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from audit.linter.items import Linted, rule_id
from audit.records import Finding
from audit.safe_text import safe_text

CODE_WIDTH = 160
TEXT_WIDTH = 88

COLOURS = {"insecure": "1;31", "secure": "32", "ungraded": "33", "faint": "2"}
"""Of a terminal (ECMA-48 8.3.117)."""


def as_json(items: Iterator[Linted]) -> Iterator[str]:
    """Give one JSON object a line, one for each item."""
    for linted in items:
        row = {
            "id": linted.item.id,
            "language": linted.item.language,
            "verdict": linted.verdict,
            "reason": linted.reason,
            "findings": [_row(finding) for finding in linted.findings],
        }
        if linted.excluded:
            row["excluded"] = [_row(e.finding) | {"reason": e.reason} for e in linted.excluded]
        if linted.unread:
            row["unread"] = linted.unread
        yield json.dumps(row)


def _row(finding: Finding) -> dict[str, object]:
    keys = ("tool", "rule", "cwe", "severity", "line", "message")
    return {key: getattr(finding, key) for key in keys}


class Paint:
    """Colours text that is already safe, or leaves it as it is."""

    def __init__(self, on: bool) -> None:
        """Colour, or do not."""
        self._on = on

    def __call__(self, text: str, colour: str) -> str:
        """Give text in a colour of `COLOURS`."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self._on else text


def as_text(items: Iterator[Linted], paint: Paint) -> Iterator[str]:
    """Give each item's verdict, and under it each line with a finding and the remedy."""
    for linted in items:
        # The verdict first: a line that began with a hostile name could command a CI runner.
        why = linted.reason or ("partly read: " + ", ".join(linted.unread) if linted.unread else "")
        yield f"{paint(f'{linted.verdict:<9}', linted.verdict)} " + (
            safe_text(linted.item.id, limit=CODE_WIDTH) + (f": {safe_text(why)}" if why else "")
        )
        for finding in linted.findings:
            yield from _finding(finding, linted.lines, paint)


def _finding(finding: Finding, lines: Sequence[str], paint: Paint) -> Iterator[str]:
    """Give the code line, the finding under its place, and the remedy."""
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    shown = safe_text(line.expandtabs(4), limit=CODE_WIDTH)
    weakness = f"CWE-{finding.cwe}, " if finding.cwe else ""
    yield f"{paint(f'{finding.line:>7} |', 'faint')} {shown}"
    margin = paint("        |", "faint")
    what = f"{weakness}{finding.severity} severity ({safe_text(rule_id(finding))})"
    yield f"{margin} {_caret(finding, line)}{paint(what, 'insecure')}"
    for part in textwrap.wrap(safe_text(finding.message), TEXT_WIDTH):
        yield f"{margin} {part}"


def _caret(finding: Finding, line: str) -> str:
    """Point at where in its line, as shown, a finding begins; nothing where that is not known."""
    before = len(safe_text(line[: finding.column - 1].expandtabs(4)))
    if not finding.column or finding.column > len(line) or before >= CODE_WIDTH:
        return ""
    return " " * before + "^ "
