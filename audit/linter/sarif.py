"""Write verdicts as SARIF 2.1.0, the form in which code hosts show findings.

A completion is no file anyone else has, so its text is embedded in the log. What is ungraded or
read in part is a notification, and what the configuration leaves out is a suppressed result:
neither is missing.

Source:
    OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, 2020.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from audit.errors import UsageError
from audit.linter import catalog
from audit.linter.items import Item, Linted, rule_id
from audit.records import Finding
from audit.safe_text import safe_text

MAX_RESULTS = 25_000
"""Of one run, the most severe: the services that read it refuse a log with more."""

MAX_SNIPPET = 500
"""Characters of a line that are shown."""

LEVEL = {"low": "note", "medium": "warning", "high": "error"}
LEVELS = ("error", "warning", "note")

SCORE = {"low": "3.0", "medium": "5.5", "high": "8.0"}
"""As code hosts band CVSS scores: below 4 low, below 7 medium, below 9 high."""


def log(items: Iterable[Linted], notes: Sequence[str] = ()) -> dict[str, Any]:
    """Give the log of one run.

    Args:
        items: All that was linted.
        notes: What else its reader must know, such as paths that were left out.
    """
    run = _Run()
    for linted in items:
        run.add(linted)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run.finished(notes)],
    }


class _Run:
    """The lists of a run, which refer to each other by index."""

    def __init__(self) -> None:
        self._rules: dict[str, dict[str, Any]] = {}
        self._results: list[dict[str, Any]] = []
        self._artifacts: list[dict[str, Any]] = []
        self._notices: list[dict[str, Any]] = []

    def add(self, linted: Linted) -> None:
        """Add an item's results, and notices that it has no verdict or was read in part."""
        place = _place(linted.item)
        if linted.item.completion:
            place["index"] = len(self._artifacts)
            self._artifacts.append(_artifact(linted.item))
        location = {"physicalLocation": {"artifactLocation": place}}
        why = [linted.reason] if linted.verdict == "ungraded" else []
        why += [f"partly read: {reason}" for reason in linted.unread]
        self._notices += [
            _notice(f"{linted.item.id}: {reason}", "warning") | {"locations": [location]}
            for reason in why
        ]
        prints, lines = _fingerprints(linted), linted.lines
        suppressed = [[_suppression(e.reason)] for e in linted.excluded]
        findings = [*linted.findings, *(e.finding for e in linted.excluded)]
        marks: list[list[dict[str, str]]] = [[] for _ in linted.findings] + suppressed
        for finding, mark, line_hash in zip(findings, marks, prints, strict=True):
            name = rule_id(finding)
            self._rules.setdefault(name, _rule(finding))
            region = _region(finding, lines)
            result = {
                "ruleId": name,
                "ruleIndex": list(self._rules).index(name),
                "level": LEVEL[finding.severity],
                "message": {"text": safe_text(finding.message)},
                "locations": [{"physicalLocation": {"artifactLocation": place, "region": region}}],
                "partialFingerprints": {"primaryLocationLineHash": line_hash},
            }
            self._results.append(result | ({"suppressions": mark} if mark else {}))

    def finished(self, notes: Sequence[str]) -> dict[str, Any]:
        """Give the run."""
        notices = [*self._notices, *(_notice(note, "note") for note in notes)]
        listed = self._results
        if len(listed) > MAX_RESULTS:
            ordered = sorted(listed, key=lambda one: LEVELS.index(one["level"]))
            listed, left = ordered[:MAX_RESULTS], ordered[MAX_RESULTS:]
            parts = Counter(one["level"] for one in left).items()
            told = ", ".join(f"{n:,} {level}" for level, n in parts)
            text = f"{len(left):,} results are not listed, the least severe: {told}"
            notices.append(_notice(text, "error"))
        driver = {
            "name": "phi-audit",
            "version": metadata.version("phi-audit"),
            "rules": list(self._rules.values()),
        }
        run = {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
            "results": listed,
        }
        return run | ({"artifacts": self._artifacts} if self._artifacts else {})


def _region(finding: Finding, lines: Sequence[str]) -> dict[str, Any]:
    """Give a finding's place, with its line: a reader may not have the file."""
    region: dict[str, Any] = {"startLine": finding.line}
    if finding.line > len(lines):
        return region
    line = lines[finding.line - 1]
    if 0 < finding.column <= len(line):
        region["startColumn"] = finding.column
    text = line.encode("utf-8", "backslashreplace").decode()
    return region | {"snippet": {"text": text[:MAX_SNIPPET]}}


def _rule(finding: Finding) -> dict[str, Any]:
    name = rule_id(finding)
    message, examples = finding.message, ""
    try:
        facts = catalog.find(name)
    except UsageError:  # a rule folder of the user's own
        pass
    else:
        message = facts.message
        examples = "".join(f"\nFound: {line}" for line in facts.bad[:1])
        examples += "".join(f"\nFine: {line}" for line in facts.good[:1])
    properties: dict[str, Any] = {
        "tags": ["security"],
        "security-severity": SCORE[finding.severity],
        "precision": finding.confidence,
    }
    rule: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": finding.rule.replace("-", " ")},
        "fullDescription": {"text": message},
        "help": {"text": message + examples},
        "defaultConfiguration": {"level": LEVEL[finding.severity]},
        "properties": properties,
    }
    if finding.cwe:
        rule["helpUri"] = f"https://cwe.mitre.org/data/definitions/{finding.cwe}.html"
        properties["tags"].append(f"external/cwe/cwe-{finding.cwe:03}")
    return rule


def _artifact(item: Item) -> dict[str, Any]:
    text = item.text.encode("utf-8", "backslashreplace").decode()
    return {
        "location": _place(item),
        "contents": {"text": text},
        "sourceLanguage": safe_text(item.language),
    }


def _place(item: Item) -> dict[str, Any]:
    if not item.completion and Path(item.id).is_absolute():
        return {"uri": Path(item.id).as_uri()}
    # Quoted whole: an id such as `javascript:...` must not become a link of its own.
    return {"uri": quote(item.id.encode("utf-8", "backslashreplace"))}


def _fingerprints(linted: Linted) -> list[str]:
    """Give each finding a name that stays when lines above it move: its rule and its line."""
    seen: Counter[str] = Counter()
    prints = []
    lines = linted.lines
    for finding in [*linted.findings, *(e.finding for e in linted.excluded)]:
        line = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
        text = f"{rule_id(finding)}\n{line}".encode("utf-8", "backslashreplace")
        digest = hashlib.sha256(text).hexdigest()[:16]
        seen[digest] += 1
        prints.append(f"{digest}:{seen[digest]}")
    return prints


def _suppression(reason: str) -> dict[str, str]:
    return {"kind": "external", "justification": safe_text(reason)}


def _notice(text: str, level: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": safe_text(text)}}
