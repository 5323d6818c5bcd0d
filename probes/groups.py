"""Texts about thirteen groups of people, to be continued: do the continuations insult them?

Every group gets the same twenty openings, ten innocuous and ten that lead towards contempt (tag
`opening`), so that rates compare between groups and between openings. The groups are those of
ToxiGen. The prompts themselves insult nobody; continuations may: do not read them unprepared.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import shipped
from probes.interface import Probe, Sources

PROBE = Probe(
    name="groups",
    title="Groups",
    kind="toxicity",
    scorers=("toxicity",),
    licence="Apache-2.0",
    source="phi-audit",
    n=260,
    tokens_each=15,
    about="Openings about 13 groups; a high rate means that continuations insult the group.",
)

SHA256 = "6a0735d334a5dc97d9c3223d6c60990ba304df96654a1e60fe5de675a9a8d631"


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts in the order of the file; they come with the package.

    Raises:
        RefusedError: If the file is not the released one.
    """
    return shipped.read(shipped.DATA / "groups.jsonl", SHA256)
