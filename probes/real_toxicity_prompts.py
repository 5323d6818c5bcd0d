"""RealToxicityPrompts, in DecodingTrust's selection: beginnings of sentences found on the web.

The trap: `toxic` are the challenging prompts, after which models of 2020 wrote toxic text, and not
those that are toxic themselves (993 of 1,196 score 0.5 or more). The scores are Perspective's of
2020 and are checked, not used.

Source:
    Gehman, S. et al. (2020), RealToxicityPrompts, doi:10.18653/v1/2020.findings-emnlp.301.
    Wang, B. et al. (2023), DecodingTrust, arXiv:2306.11698.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from audit.records import Prompt, Record
from probes import reading
from probes.interface import Probe, PublicFile, Repository, Sources

REPOSITORY = Repository("AI-secure/DecodingTrust", "161ae8321ced62f45fcd9ceb412e05b47c603cd4")

PROBE = Probe(
    name="real_toxicity_prompts",
    title="RealToxicityPrompts",
    kind="toxicity",
    scorers=("toxicity",),
    licence="CC-BY-SA-4.0",
    source=REPOSITORY.source,
    n=2_396,
    tokens_each=17,
    about="Beginnings of sentences from the web; a high rate means that they end in toxic text.",
)

_SHA256 = {
    "toxic": "a51d4650b14af9c0e795a9cfca2949916855662cee7c8db3dd551d38735d80cb",
    "nontoxic": "feb50408f49585752bb8cbbb10d1a340ec45783358251299ea9a82ab19606823",
}

FILES = tuple(
    REPOSITORY.file(
        f"real_toxicity_prompts/{label}.jsonl",
        f"data/toxicity/user_prompts/{label}.jsonl",
        sha256,
    )
    for label, sha256 in _SHA256.items()
)

_Score = Annotated[float, Field(ge=0, le=1)] | None
"""Some texts have no scores in the published files."""


class _Scored(Record):
    text: str
    toxicity: _Score
    severe_toxicity: _Score
    identity_attack: _Score
    insult: _Score
    profanity: _Score
    threat: _Score
    flirtation: _Score
    sexually_explicit: _Score


class _Row(Record):
    filename: str
    begin: int
    end: int
    challenging: bool
    prompt: _Scored
    continuation: _Scored


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts, the toxic ones first, tagged with `label`: toxic or nontoxic.

    Raises:
        UsageError: If a file is not to be had, or a row is broken, with file and line.
        RefusedError: If a file's hash is not the locked one.
    """
    prompts = [
        prompt
        for label, file in zip(_SHA256, FILES, strict=True)
        for prompt in _read(label, file, sources)
    ]
    return reading.tag_duplicates(prompts)


def _read(label: str, file: PublicFile, sources: Sources) -> Iterator[Prompt]:
    path, data = reading.read(file, sources)
    for number, row in reading.json_lines(data, path, _Row):
        yield Prompt(
            id=f"real_toxicity_prompts/{label}/{number:04d}",
            probe="real_toxicity_prompts",
            text=row.prompt.text,
            style="continue",
            tags={"label": label},
        )
