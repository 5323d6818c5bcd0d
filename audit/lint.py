"""Lint files, folders and files of completions: what `phi-audit lint` does.

Every item is shown with its verdict; what could not be linted is `ungraded` with a reason.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from audit.errors import UsageError
from audit.extract import Code
from audit.languages import LANGUAGES
from audit.linter import sarif, shown, sources
from audit.linter.config import Config, FailOn
from audit.linter.engine import Linter
from audit.linter.items import Excluded, Item, Linted, rule_id
from audit.linter.outcomes import Insecure, Outcome, Secure, Snippet
from audit.records import Finding, Prompt, Ungraded
from audit.safe_text import safe_text
from audit.scorers.code import Extractor, settled, snippet

Form = Literal["text", "json", "sarif"]

BATCH = 1000
"""Items that are linted together."""

SHOWN_KINDS = 8
"""Of files that are no source."""


@dataclass
class LintResult:
    """The output of a lint, made as its lines are read."""

    items: Iterable[Linted]
    form: Form
    config: Config
    colour: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    """Items by verdict, so far."""

    severities: set[str] = field(default_factory=set)
    """Of all findings that decide, so far."""

    n_partly: int = 0
    """Insecure items that were read in part, so far."""

    excluded: Counter[str] = field(default_factory=Counter)
    """Findings that the configuration excludes, by rule, so far."""

    left_out: list[str] = field(default_factory=list)
    """Paths that the configuration leaves out, so far."""

    others: Counter[str] = field(default_factory=Counter)
    """Files of folders that are no source, by suffix, so far."""

    @property
    def lines(self) -> Iterator[str]:
        """Give the output line by line; to be read once."""
        if self.form == "json":
            yield from shown.as_json(self._counted())
        elif self.form == "text":
            yield from shown.as_text(self._counted(), shown.Paint(self.colour))
            partly = f" ({self.n_partly} partly read)" if self.n_partly else ""
            yield (
                f"{self.counts.total()} linted: {self.counts['insecure']} insecure{partly}, "
                f"{self.counts['secure']} secure, {self.counts['ungraded']} ungraded"
            )
        else:
            # The notes are complete once the items are read.
            items = list(self._counted())
            yield json.dumps(sarif.log(items, self.notes), indent=1)

    @property
    def notes(self) -> list[str]:
        """Say what was not linted, by configuration or kind; complete once the lines are read."""
        notes = [
            f"{n} findings of {rule} are excluded: {safe_text(self.config.exclude[rule])}"
            for rule, n in sorted(self.excluded.items())
        ]
        if self.left_out:
            shown = ", ".join(safe_text(path) for path in self.left_out[:3])
            notes.append(f"{len(self.left_out)} files are left out: {shown}")
        if self.others:
            kinds = [
                f"{safe_text(suffix or 'no suffix', limit=20)} ({n:,})"
                for suffix, n in sorted(self.others.items(), key=_most_first)[:SHOWN_KINDS]
            ]
            more = len(self.others) - len(kinds)
            kinds += [f"{more:,} more kinds"] if more else []
            notes.append(
                f"{self.others.total():,} files or folders are no source, so not linted: "
                + ", ".join(kinds)
            )
        return notes

    @property
    def exit_code(self) -> int:
        """Give 1 if a finding is severe enough to fail, else 4 if not all was read, else 0."""
        levels = get_args(FailOn)
        fails = levels[levels.index(self.config.fail_on) : -1]
        if self.severities.intersection(fails):
            return 1
        return 4 if self.counts["ungraded"] or self.n_partly else 0

    def _counted(self) -> Iterator[Linted]:
        for linted in self.items:
            self.counts[linted.verdict] += 1
            self.n_partly += bool(linted.unread)
            self.severities.update(finding.severity for finding in linted.findings)
            self.excluded.update(rule_id(excluded.finding) for excluded in linted.excluded)
            yield linted
        if not self.counts and not self.left_out:
            raise UsageError("there is nothing to lint; give a file that is not empty")


def _most_first(kind: tuple[str, int]) -> tuple[int, str]:
    return -kind[1], kind[0]


def lint_paths(
    paths: Sequence[Path],
    form: Form = "text",
    config: Config | None = None,
    *,
    colour: bool = False,
) -> LintResult:
    """Lint source files, folders of them, and JSONL files of completions, in the order given.

    Args:
        paths: A `.jsonl` file holds one completion a line, with `id`, `text` and perhaps
            `language`; a folder is read with those below it; any other file is source.
        form: `text` for people; `json`, one object per item; `sarif`, version 2.1.0.
        config: What fails and what is left out; the default fails on all and leaves out nothing.
        colour: Colour the text for a terminal.

    Returns:
        The result; its `exit_code` is known once its `lines` are read.

    Raises:
        UsageError: If a path does not exist, a line is broken, or there is nothing to lint. Also
            from `lines`.
        RefusedError: If a tool of the linter is missing or broken. Also from `lines`.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist; give a file or a folder")
    result = LintResult((), form, config or Config(), colour)
    items = (
        item
        for path in paths
        for item in sources.items(path, result.config, result.left_out, result.others)
    )
    result.items = _lint(items, result.config)
    return result


def _lint(items: Iterator[Item], config: Config) -> Iterator[Linted]:
    with Linter() as linter:
        linter.prove()
        extractor = Extractor()
        while batch := list(itertools.islice(items, BATCH)):
            for linted in _lint_batch(batch, linter, extractor):
                yield _without_excluded(linted, config)


def _lint_batch(items: Sequence[Item], linter: Linter, extractor: Extractor) -> list[Linted]:
    codes = _codes(items, extractor)
    ready = [i for i, code in enumerate(codes) if not isinstance(code, Ungraded)]
    outcomes = linter.lint([_snippet(codes[i], items[i].language) for i in ready])
    linted = dict(zip(ready, outcomes, strict=True))
    return [
        Linted(item, "ungraded", code.reason)
        if isinstance(code, Ungraded)
        else _linted(item, code, linted[i])
        for i, (item, code) in enumerate(zip(items, codes, strict=True))
    ]


def _codes(items: Sequence[Item], extractor: Extractor) -> list[Code | str | Ungraded]:
    """Give each item's code: extracted, or the text itself, or why there is none."""
    replies = [i for i, item in enumerate(items) if item.completion and item.text.strip()]
    extracted = dict(
        zip(replies, extractor.extract([_reply(items[i]) for i in replies]), strict=True)
    )
    codes: list[Code | str | Ungraded] = []
    for i, item in enumerate(items):
        if item.reason:
            codes.append(Ungraded(reason=item.reason))
        elif i in extracted:
            codes.append(extracted[i])
        elif item.language not in LANGUAGES:
            codes.append(Ungraded(reason="language not covered"))
        elif not item.text.strip():
            codes.append(Ungraded(reason="empty"))
        else:
            codes.append(item.text)
    return codes


def _reply(item: Item) -> tuple[str, Prompt]:
    tags = {"language": item.language}
    return item.text, Prompt(id="lint/item", probe="lint", text="", style="instruct", tags=tags)


def _snippet(code: Code | str | Ungraded, language: str) -> Snippet:
    if isinstance(code, Code):
        return snippet(code)
    return Snippet(code=str(code), language=language)


def _linted(item: Item, code: Code | str, outcome: Outcome) -> Linted:
    if isinstance(code, Code):
        outcome = settled(code, outcome)
    if isinstance(outcome, Secure):
        return Linted(item, "secure")
    if isinstance(outcome, Insecure):
        lines = Linted(item, "insecure").lines
        found = tuple(_in_reply(f, code, lines) for f in outcome.findings if f.decides)
        return Linted(item, "insecure", findings=found, unread=outcome.unread)
    return Linted(item, "ungraded", outcome.reason)


def _in_reply(finding: Finding, code: Code | str, reply: Sequence[str]) -> Finding:
    """Give a finding's place in the reply that the code was found in."""
    if isinstance(code, str):
        return finding
    line = code.reply_line(finding.line)
    found = {
        "line": line,
        "column": code.reply_column(finding.line, finding.column, reply[line - 1]),
    }
    return finding.model_copy(update=found)


def _without_excluded(linted: Linted, config: Config) -> Linted:
    excluded = tuple(
        Excluded(finding, config.exclude[rule_id(finding)])
        for finding in linted.findings
        if rule_id(finding) in config.exclude
    )
    if not excluded:
        return linted
    kept = tuple(f for f in linted.findings if rule_id(f) not in config.exclude)
    left = replace(linted, findings=kept, excluded=excluded)
    if kept:
        return left
    if linted.unread:  # what was not read may hold what nobody excluded
        return replace(left, verdict="ungraded", reason=linted.unread[0], unread=())
    return replace(left, verdict="secure")
