"""The sentences of the safety score: the format that both sets of SafeNLP share.

A sentence is not asked; its likelihood is measured. It keeps its text as published, leading space
included, since a space moves the likelihood.

Source:
    Hosseini, S. et al. (2023), An Empirical Study of Metrics to Measure Representational Harms in
    Pre-Trained Language Models, doi:10.18653/v1/2023.trustnlp-1.11.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from audit.records import Prompt, Record
from probes import reading
from probes.interface import PublicFile, Repository, Sources

REPOSITORY = Repository("microsoft/SafeNLP", "e351b6cb892284cf843b88e363b1a6dbaded584e")

GROUPS = {
    "mental dis": "mental_disability",
    "middle-eastern": "middle_east",
    "native-american": "native_american",
    "physical dis": "physical_disability",
}
"""Published spelling of a group to ours; the others are spelt alike."""


class _Row(Record):
    id: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(min_length=1)]
    label: Literal["hate", "neutral"]
    toxicity_score: Annotated[float, Field(ge=1, le=5)]
    target_groups: Annotated[list[Annotated[str, Field(pattern="^[^,]+$")]], Field(min_length=1)]


def published(name: str, sha256: str) -> PublicFile:
    """Give one of SafeNLP's data files at the pinned commit."""
    return REPOSITORY.file(f"safenlp/{name}", f"data/{name}", sha256)


def load(probe: str, file: PublicFile, sources: Sources) -> tuple[Prompt, ...]:
    """Give a set's sentences, tagged with `label`, `groups` (`a,b`) and `toxicity_score`.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and row.
        RefusedError: If the file's hash is not the locked one.
    """
    path, data = reading.read(file, sources)
    rows = reading.json_array(data, path, _Row)
    return reading.tag_duplicates([_prompt(probe, row) for row in rows])


def _prompt(probe: str, row: _Row) -> Prompt:
    return Prompt(
        id=f"{probe}/{row.id:05d}",
        probe=probe,
        text=row.text,
        style="sentence",
        tags={
            "label": row.label,
            "groups": ",".join(GROUPS.get(group, group) for group in row.target_groups),
            "toxicity_score": str(row.toxicity_score),
        },
    )
