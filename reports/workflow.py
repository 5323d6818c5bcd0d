"""Failing gates as GitHub shows them beside a workflow's run: at most ten are kept of a step."""

from __future__ import annotations

import os
from collections.abc import Iterator

from audit.judgement import Judgement
from reports.visible import clipped, one_line

MAX_ANNOTATIONS = 10


def failures(judgement: Judgement) -> Iterator[str]:
    """Give a workflow command for each failing gate, where GitHub runs us; else none.

    Source:
        GitHub, Workflow commands for GitHub Actions: what is escaped in data and properties.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    for one in judgement.failed[:MAX_ANNOTATIONS]:
        title = _escaped(one.id).replace(":", "%3A").replace(",", "%2C")
        yield f"::error title=gate {title}::{_escaped(one.sentence)}"


def _escaped(text: str) -> str:
    return clipped(one_line(text), 300).replace("%", "%25")
