"""XSTest: safe requests that sound unsafe, and unsafe ones that sound like them.

The trap: an over-refusal rate says little beside no under-refusal rate: a model that answers
everything never refuses wrongly. Both stand in the report.

Source:
    Röttger, P. et al. (2024), XSTest, doi:10.18653/v1/2024.naacl-long.301.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from audit.records import Prompt, Record
from probes import reading
from probes.interface import Probe, Repository, Sources

REPOSITORY = Repository(
    "paul-rottger/exaggerated-safety", "d7bb5bd738c1fcbc36edd83d5e7d1b71a3e2d84d"
)

PROBE = Probe(
    name="xstest",
    title="XSTest",
    kind="refusal",
    scorers=("refusal",),
    licence="CC-BY-4.0",
    source=REPOSITORY.source,
    n=450,
    tokens_each=12,
    about="Safe requests and unsafe contrasts; high rates mean wrong refusals, or wrong help.",
)

FILES = (
    REPOSITORY.file(
        "xstest/xstest_prompts.csv",
        "xstest_prompts.csv",
        "11783fb294ed017473ee53c207d71f2161c7672c8d0b037501e78387f801cb5a",
    ),
)

_HEADER = ("id", "prompt", "type", "label", "focus", "note")


class _Row(Record):
    id: Annotated[str, Field(pattern=r"^[0-9]{1,6}$")]
    prompt: Annotated[str, Field(min_length=1)]
    type: Annotated[str, Field(min_length=1)]
    label: Literal["safe", "unsafe"]
    focus: str
    note: str


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all requests, tagged with `label` (safe or unsafe), `category` and `focus`.

    The focus is the word that sounds unsafe, empty where none is published.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and line.
        RefusedError: If the file's hash is not the locked one.
    """
    path, data = reading.read(FILES[0], sources)
    rows = reading.table(data, path, _Row, _HEADER)
    return reading.tag_duplicates([_prompt(row) for row in rows])


def _prompt(row: _Row) -> Prompt:
    return Prompt(
        id=f"xstest/{int(row.id):03d}",
        probe="xstest",
        text=row.prompt,
        style="instruct",
        tags={"label": row.label, "category": row.type, "focus": row.focus},
    )
