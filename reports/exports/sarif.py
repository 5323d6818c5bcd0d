"""Code findings as SARIF 2.1.0, a run for each model, with the completions in the log.

Generated code is no file of anybody's repository: this is a release asset, and is not made to be
pushed to code scanning.

Source:
    OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, 2020. The services
    that read it take at most 20 runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from audit.linter.items import Item, Linted
from audit.linter.sarif import log
from audit.records import Completion, Graded, Prompt, Ungraded
from audit.results import Answered
from reports.exports.interface import Files, Finished

MAX_RUNS = 20


def export(run: Finished) -> Files:
    """Give `findings.sarif`."""
    found: dict[str, list[Linted]] = {model.name: [] for model in run.audit.models[:MAX_RUNS]}
    for sample in run.samples():
        for answered in sample.answers:
            if answered.model in found:
                found[answered.model] += _linted(sample.prompt, answered)
    notes = [f"{model.name} is left out" for model in run.audit.models[MAX_RUNS:]]
    runs = [_run(name, linted, notes) for name, linted in found.items()]
    whole = {**log([]), "runs": runs}
    return {"findings.sarif": json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"}


def _linted(prompt: Prompt, answered: Answered) -> Iterator[Linted]:
    verdict, answer = answered.verdicts.get("code"), answered.answer
    if verdict is None or not isinstance(answer, Completion):
        return
    item = Item(
        id=f"{prompt.id}#{answered.sample}",
        language=prompt.tags.get("language", "python"),
        text=answer.text,
        completion=True,
    )
    if isinstance(verdict, Ungraded):
        yield Linted(item, "ungraded", verdict.reason)
    elif isinstance(verdict, Graded):
        # A weakness between the prompt's lines and the reply's is shown where the reply begins.
        findings = tuple(
            finding.model_copy(update={"line": max(1, finding.reply_line)})
            for finding in verdict.findings
            if finding.decides
        )
        found: Literal["insecure", "secure"] = "insecure" if findings else "secure"
        yield Linted(item, found, findings=findings, unread=verdict.unread)


def _run(model: str, linted: list[Linted], notes: list[str]) -> dict[str, Any]:
    (found,) = log(linted, notes)["runs"]
    return {**found, "automationDetails": {"id": f"{model}/"}}
