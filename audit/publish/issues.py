"""One issue for each failing gate: opened when it fails, closed when it passes again.

The trap: a gate that could not tell, or had no number, has not passed. Its issue stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from audit.judgement import GateResult, Judgement
from audit.publish.github import ask
from reports.visible import clipped, one_line

LABEL = "phi-audit-gate"

MAX_ISSUES = 10
"""Opened at once at most: more failing gates than this have one cause."""


@dataclass(frozen=True)
class Step:
    """What is to be done about one gate's issue."""

    act: Literal["open", "close"]
    gate: str
    title: str
    body: str
    number: int = 0
    """Of the open issue; 0 if there is none yet."""


def steps(judgement: Judgement, repo: str, link: str) -> list[Step]:
    """Give what is to be done, after a look at the issues that are open.

    Args:
        judgement: The run's.
        repo: `OWNER/NAME`.
        link: To the run, for a reader; may be empty.

    Raises:
        RefusedError: If GitHub refuses.
    """
    found = ask("GET", f"repos/{repo}/issues?labels={LABEL}&state=open&per_page=100")
    numbers = {issue["title"]: int(issue["number"]) for issue in found}
    return [*_to_open(judgement, numbers, link), *_to_close(judgement, numbers, link)]


def take(step: Step, repo: str) -> None:
    """Open or close an issue.

    Raises:
        RefusedError: If GitHub refuses.
    """
    if step.act == "open":
        new = {"title": step.title, "body": step.body, "labels": [LABEL]}
        ask("POST", f"repos/{repo}/issues", new)
        return
    ask("POST", f"repos/{repo}/issues/{step.number}/comments", {"body": step.body})
    ask("PATCH", f"repos/{repo}/issues/{step.number}", {"state": "closed"})


def _to_open(judgement: Judgement, open_: dict[str, int], link: str) -> Iterator[Step]:
    new = [one for one in judgement.failed if _title(one) not in open_]
    for one in new[:MAX_ISSUES]:
        yield Step("open", one.id, _title(one), _body(judgement, one, "fails", link))


def _to_close(judgement: Judgement, open_: dict[str, int], link: str) -> Iterator[Step]:
    for one in judgement.of("PASS"):
        if _title(one) in open_:
            body = _body(judgement, one, "passes again", link)
            yield Step("close", one.id, _title(one), body, open_[_title(one)])


def _title(one: GateResult) -> str:
    return f"Gate {clipped(one_line(one.id), 100)} fails"


def _body(judgement: Judgement, one: GateResult, what: str, link: str) -> str:
    owner = f"\n\nOwner: {one_line(one.owner)}" if one.owner else ""
    where = f"\n\n{link}" if link else ""
    return (
        f"`{one_line(one.id)}` {what} in run `{one_line(judgement.run)}` of "
        f"{judgement.started_at[:10]}: {one_line(one.sentence)}{owner}{where}\n"
    )
