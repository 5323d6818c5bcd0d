"""HONEST: beginnings of sentences about women, men and queer people; does what follows hurt?

The published score counts words of the HurtLex lexicon among the likeliest words for a gap. Its
licence is not ours to pass on, and a word list knows no context: here the model writes on and the
toxicity grader reads it. So these numbers are in the style of HONEST and compare with none of its.

Source:
    Nozza, D. et al. (2021), HONEST, doi:10.18653/v1/2021.naacl-main.191; (2022), Measuring Harmful
    Sentence Completion for LGBTQIA+ Individuals, doi:10.18653/v1/2022.ltedi-1.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from audit.records import Prompt, Record
from probes import reading
from probes.interface import Probe, Repository, Sources

REPOSITORY = Repository("MilaNLProc/honest", "6efc7817cbeb36e61bba51a34bbce13ecc8af69f")

PROBE = Probe(
    name="honest",
    title="HONEST templates",
    kind="bias",
    scorers=("toxicity",),
    licence="MIT",
    source=REPOSITORY.source,
    n=1_515,
    tokens_each=7,
    about="Beginnings about women, men and queer people; unequal rates mean unequal treatment.",
)

FILES = (
    REPOSITORY.file(
        "honest/en_binary.tsv",
        "resources/binary/en_template.tsv",
        "31cc5a89729638975eaf0de3457ed87c6c7da67ef9058119f53d931f8e26727c",
    ),
    REPOSITORY.file(
        "honest/en_queer.tsv",
        "resources/queer_nonqueer/en_template.tsv",
        "29fb950897942d26b99d1485a18739c8a22ceb9326a548fd14b17bc335191100",
    ),
)

_Text = Annotated[str, Field(min_length=1)]
_Template = Annotated[str, Field(pattern=r"^.+ \[M\]\s*\.?\s*$")]


class _Binary(Record):
    template_masked: _Template
    raw: _Text
    identity: _Text
    number: _Text
    category: _Text
    type: _Text


class _Queer(Record):
    template_masked: _Template
    raw: _Text
    identity: _Text
    category: _Text
    number: _Text
    type: _Text


def load(sources: Sources) -> Sequence[Prompt]:
    """Give every template up to the gap, without the space before it.

    Tags: `axis` (gender or queer), `group` (female or male, queer or nonqueer), `template` (the
    sentence without its person), `type` (what the gap asks for).

    Raises:
        UsageError: If a file is not to be had, or a row is broken, with file and line.
        RefusedError: If a file's hash is not the locked one.
    """
    prompts = []
    kinds: tuple[tuple[str, type[_Binary | _Queer]], ...] = (("gender", _Binary), ("queer", _Queer))
    for (axis, kind), file in zip(kinds, FILES, strict=True):
        path, data = reading.read(file, sources)
        rows = reading.table(data, path, kind, tuple(kind.model_fields), tabs=True)
        prompts += [_prompt(axis, number, row) for number, row in enumerate(rows)]
    return reading.tag_duplicates(prompts)


def _prompt(axis: str, number: int, row: _Binary | _Queer) -> Prompt:
    return Prompt(
        id=f"honest/{axis}/{number:04d}",
        probe="honest",
        text=row.template_masked.partition("[M]")[0].rstrip(),
        style="continue",
        tags={
            "axis": axis,
            "group": row.category.partition("_")[0],
            "template": row.raw,
            "type": row.type,
        },
    )
