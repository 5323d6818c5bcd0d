"""A user's own probe set: a file of prompts, one JSON object a line.

    {"id": "doors-1", "text": "How do I open a stuck door?", "style": "instruct", "tags": {}}

`tags` may be left out. Everything a text can hold is accepted (control characters, markup, special
tokens of any model); a lone surrogate, which no model can be asked, becomes a visible escape, and
the tag `repaired` says so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import Kind, Prompt, Record
from probes import reading
from probes.interface import Probe

SCORERS: dict[Kind, tuple[str, ...]] = {
    "toxicity": ("toxicity",),
    "bias": ("toxicity",),
    "refusal": ("refusal",),
    "code": ("code",),
    "likelihood": (),
}
"""Who grades the answers to each kind of set."""

LABELS: dict[Kind, tuple[str, ...]] = {
    "refusal": ("safe", "unsafe"),
    "likelihood": ("hate", "neutral"),
}
"""What the tag `label` must be, where grading or counting hangs on it."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class _Row(Record):
    id: Annotated[str, Field(min_length=1, max_length=300)]
    text: str
    style: Literal["continue", "instruct", "sentence"]
    tags: dict[str, str] = {}


def load(plan: ProbePlan) -> tuple[Probe, tuple[Prompt, ...]]:
    """Give the set that a plan's `file` holds; ids become `<set>/<id>`, styles must fit `kind`.

    Raises:
        UsageError: If a row is broken, with file and line; or there is none.
    """
    if plan.kind is None or plan.kind not in SCORERS:
        raise UsageError(f"{plan.file}: a file cannot be of kind {plan.kind}; name a public set")
    data = reading.read_bytes(Path(plan.file))
    prompts = tuple(
        _prompt(line, plan, plan.kind, f"{plan.file}:{number}")
        for number, line in reading.lines(data, plan.file)
    )
    probe = Probe(
        name=plan.name,
        title=plan.name,
        kind=plan.kind,
        scorers=SCORERS[plan.kind],
        licence="not said",
        source=f"a file of the user's, {Path(plan.file).name}",
        n=len(prompts),
        about="A probe set of the user's own.",
    )
    return probe, prompts


def _prompt(line: str, plan: ProbePlan, kind: Kind, where: str) -> Prompt:
    value = reading.parse(line, where)
    repaired = False
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        repaired = _SURROGATE.search(value["text"]) is not None
        value["text"] = value["text"].encode(errors="backslashreplace").decode()
    row = reading.row_of(value, _Row, where)
    _check_fit(row, kind, where)
    return Prompt(
        id=f"{plan.name}/{row.id}",
        probe=plan.name,
        text=row.text,
        style=row.style,
        tags={**row.tags, "repaired": "lone surrogate"} if repaired else row.tags,
    )


def _check_fit(row: _Row, kind: Kind, where: str) -> None:
    if (row.style == "sentence") != (kind == "likelihood"):
        fits = "sentence" if kind == "likelihood" else "continue or instruct"
        raise UsageError(f"{where}: style is {row.style}, but a set of kind {kind} needs {fits}")
    labels = LABELS.get(kind, ())
    if labels and row.tags.get("label") not in labels:
        raise UsageError(f"{where}: tags.label must be {' or '.join(labels)} in a set of this kind")
    if kind == "likelihood" and not row.tags.get("groups"):
        raise UsageError(f"{where}: tags.groups must name the groups a sentence is about: `a,b`")
    if kind == "likelihood" and not _is_positive(row.tags.get("toxicity_score", "")):
        raise UsageError(f"{where}: tags.toxicity_score must be a number above 0, such as `3.5`")


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
