"""Every rule the linter has, by name: what it finds, how sure it is, what to do, and an example."""

from __future__ import annotations

import difflib
import functools
import json
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.errors import UsageError
from audit.linter import policy
from audit.linter.flow.rules import RULES as FLOW_RULES
from audit.linter.with_semgrep import RULES, rules_in
from audit.records import Record

SAMPLE_MARK = re.compile(r"\s*(?:#|//)\s*(ruleid|ok): (\S+)\s*")
MEASURED = Path(__file__).with_name("measured.json")
"""Of each rule that fired there: what it found and alarmed on in code with labels.

`tests/benchmarks/labelled_code.py` writes it, from the halves of SVEN, SafeCoder and SALLM that
rules were not tuned on.
"""

MAX_EXAMPLES = 3
TEXT_WIDTH = 88


class Rule(Record):
    """One rule of one tool."""

    id: str
    """As findings name it: `phi-audit/unpickle`."""

    languages: tuple[str, ...]
    cwe: int
    """0 if the rule names none."""

    weakness: str = ""
    """One of our six families; empty for Bandit's rules."""

    severity: str = ""
    """`low`, `medium` or `high`; empty where it depends on the code."""

    confidence: str = ""
    """As `severity`."""

    decides: bool
    """Whether it makes code insecure, or only informs."""

    by_name: bool = False
    """Whether it knows what it finds by the name of a variable alone."""

    message: str
    """What it finds, and the remedy."""

    bad: tuple[str, ...] = ()
    """Lines it finds, from its sample."""

    good: tuple[str, ...] = ()
    """Lines like them that it does not find."""

    @property
    def measured(self) -> str:
        """What it found and alarmed on in code with labels; empty if it found nothing there."""
        counts = _measured().get(self.id)
        if counts is None:
            return ""
        return "finds {found} of {of} labelled with its weakness, alarms on {alarmed} fixes".format(
            **counts
        )

    @property
    def name(self) -> str:
        """The id without its tool."""
        return self.id.partition("/")[2]


def find(name: str) -> Rule:
    """Give a rule by its id, or by its name alone.

    Raises:
        UsageError: If there is none of that name; the message names the nearest.
    """
    for rule in rules():
        if name in {rule.id, rule.name}:
            return rule
    names = [text for rule in rules() for text in (rule.id, rule.name)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "`phi-audit explain` lists all"
    raise UsageError(f"there is no rule {name!r}; {hint}")


def explained(name: str) -> Iterator[str]:
    """Give what there is to know of a rule, line by line.

    Raises:
        UsageError: As `find`.
    """
    rule = find(name)
    yield rule.id
    yield from textwrap.wrap(rule.message, TEXT_WIDTH, initial_indent="  ", subsequent_indent="  ")
    facts = {
        "weakness": ", ".join(filter(None, (f"CWE-{rule.cwe}" if rule.cwe else "", rule.weakness))),
        "severity": rule.severity,
        "confidence": rule.confidence,
        "languages": ", ".join(rule.languages),
        "evidence": "the name of a variable: called otherwise, it is not found" * rule.by_name,
        "measured": rule.measured or "seen in no code with labels",
        "verdict": "makes code insecure" if rule.decides else "informs only",
    }
    yield from (f"  {name:<10} {value}" for name, value in facts.items() if value)
    for title, lines in (("found", rule.bad), ("fine", rule.good)):
        if lines:
            yield f"  {title}:"
            yield from (f"      {line}" for line in lines)


def listed() -> Iterator[str]:
    """Give one line for each rule."""
    for rule in rules():
        cwe = f"CWE-{rule.cwe}" if rule.cwe else ""
        message = textwrap.shorten(rule.message, TEXT_WIDTH - 16, placeholder=" …")
        yield f"{rule.id:<38} {cwe:<9} {message}"


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Give every rule, by id."""
    return tuple(sorted((*_semgrep(), *_flow(), *_bandit()), key=lambda rule: rule.id))


@functools.cache
def _measured() -> dict[str, dict[str, int]]:
    return dict(json.loads(MEASURED.read_text("utf-8")))


def _semgrep() -> Iterator[Rule]:
    import yaml

    for path in rules_in(RULES):
        for row in yaml.safe_load(path.read_text("utf-8"))["rules"]:
            facts = row["metadata"]
            yield Rule(
                id=f"semgrep/{row['id']}",
                languages=tuple(row["languages"]),
                cwe=int(facts["cwe"].removeprefix("CWE-")),
                weakness=facts["weakness"],
                severity=facts["severity"],
                confidence=facts["confidence"],
                decides=facts["decides"],
                by_name=facts.get("by_name", False),
                message=" ".join(row["message"].split()),
                bad=_examples(path, row["id"], "ruleid"),
                good=_examples(path, row["id"], "ok"),
            )


def _flow() -> Iterator[Rule]:
    for name, facts in FLOW_RULES.items():
        sample = RULES / "flow" / name
        yield Rule(
            id=f"phi-audit/{name}",
            languages=("python",),
            cwe=facts.cwe,
            weakness=facts.weakness,
            severity=facts.severity,
            confidence=facts.confidence,
            decides=facts.decides,
            by_name=facts.by_name,
            message=facts.message,
            bad=_examples(sample, name, "ruleid"),
            good=_examples(sample, name, "ok"),
        )


def _bandit() -> Iterator[Rule]:
    with warnings.catch_warnings():
        # stevedore's, about bandit's use of it
        warnings.simplefilter("ignore", DeprecationWarning)
        from bandit.core import extension_loader

    manager = extension_loader.MANAGER
    for number, test in manager.blacklist_by_id.items():
        yield _bandit_rule(number, f"{test['name']}: {test['message']}", test.get("cwe", 0))
    for number, plugin in manager.plugins_by_id.items():
        lines = (plugin.plugin.__doc__ or plugin.name).strip("* \n").splitlines()
        yield _bandit_rule(number, lines[0].strip("* "), 0)


def _bandit_rule(number: str, message: str, cwe: int) -> Rule:
    return Rule(
        id=f"bandit/{number}",
        languages=("python",),
        cwe=policy.CWE.get(number, cwe),
        decides=number not in policy.INFORMS,
        message=f"{' '.join(message.split())} (https://bandit.readthedocs.io)",
    )


def _examples(rule: Path, name: str, word: str) -> tuple[str, ...]:
    """Give the lines below the marks of a rule's sample, which lies beside it."""
    samples = [p for p in sorted(rule.parent.glob(f"{rule.stem}.*")) if p.suffix != ".yaml"]
    return tuple(_marked(samples[0].read_text("utf-8").splitlines(), name, word)) if samples else ()


def _marked(lines: Sequence[str], name: str, word: str) -> list[str]:
    found = [
        lines[i + 1].strip()
        for i, line in enumerate(lines[:-1])
        if (mark := SAMPLE_MARK.fullmatch(line)) and mark.groups() == (word, name)
    ]
    return list(dict.fromkeys(found))[:MAX_EXAMPLES]
