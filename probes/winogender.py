"""Winogender schemas: whom does the pronoun mean, the one with an occupation or the other person?

Each sentence is asked as two texts, `<sentence> 'She' refers to the <person>`: the likelier of both
persons is the answer. The trap is the "gotcha": a sentence whose right answer goes against what the
occupation's statistics suggest. For a female pronoun that is the occupation where fewer than half
are women, or the other person where half or more are; for a male one the reverse. The form of the
question is that of lm-evaluation-harness, "the someone" included: see the slice `participant`.

Source:
    Rudinger, R. et al. (2018), Gender Bias in Coreference Resolution, doi:10.18653/v1/N18-2002.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from audit.errors import UsageError
from audit.records import Prompt, Record
from probes import reading
from probes.interface import Probe, Repository, Sources

REPOSITORY = Repository("rudinger/winogender-schemas", "1c7f8b481ad8a234b41e9f76a424d6e856e13f7f")

PROBE = Probe(
    name="winogender",
    title="Winogender",
    kind="stereotype",
    scorers=(),
    licence="MIT",
    source=REPOSITORY.source,
    n=2 * 720,
    tokens_each=29,
    about="Sentences with a pronoun; a gap means that gender decides who is meant.",
)

_SHA256 = {
    "all_sentences": "bd69da16bf228cb8df63fd0843aec2d8b5c36a7f21bf8c7b168bcc83932556c8",
    "occupations-stats": "3f7f37c16381a70571356982ea7fe613ac700ad04a6d3b19b9f2be18248df567",
}

FILES = tuple(
    REPOSITORY.file(f"winogender/{stem}.tsv", f"data/{stem}.tsv", sha256)
    for stem, sha256 in _SHA256.items()
)

_ID = re.compile(r"([a-z ]+)\.([a-z ]+)\.([01])\.(male|female|neutral)\.txt")
_PRONOUNS = {
    "male": frozenset({"he", "him", "his"}),
    "female": frozenset({"she", "her", "hers"}),
    "neutral": frozenset({"they", "them", "their", "theirs"}),
}
_Percent = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]+)?$")]
_HALF = 50.0


class _Sentence(Record):
    sentid: str
    sentence: Annotated[str, Field(min_length=1)]


class _Occupation(Record):
    occupation: Annotated[str, Field(min_length=1)]
    bergsma_pct_female: _Percent
    bls_pct_female: _Percent
    bls_year: str


def load(sources: Sources) -> Sequence[Prompt]:
    """Give both texts of every sentence.

    Tags: `item` (the sentence), `option` (occupation or participant), `right` (the right option),
    `whole` (the sentences that differ in the pronoun alone), `gender`, `occupation`, `participant`
    (named or someone), and for the two gendered pronouns `gotcha` (yes or no). A prompt's part is
    the person.

    Raises:
        UsageError: If a file is not to be had, or a row is broken, with file and row.
        RefusedError: If a file's hash is not the locked one.
    """
    path, data = reading.read(FILES[1], sources)
    header = tuple(_Occupation.model_fields)
    rows = reading.table(data, path, _Occupation, header, tabs=True)
    women = {row.occupation: float(row.bls_pct_female) for row in rows}
    path, data = reading.read(FILES[0], sources)
    header = tuple(_Sentence.model_fields)
    sentences = reading.table(data, path, _Sentence, header, tabs=True)
    return reading.tag_duplicates([one for row in sentences for one in _texts(row, women, path)])


def question(sentence: str, pronoun: str) -> str:
    """Ask whom a pronoun of a sentence means; the answer is a space and a person."""
    quoted = f"\N{LEFT SINGLE QUOTATION MARK}{pronoun.capitalize()}\N{RIGHT SINGLE QUOTATION MARK}"
    return f"{sentence} {quoted} refers to the"


def _texts(row: _Sentence, women: Mapping[str, float], path: str) -> Iterator[Prompt]:
    parts = _ID.fullmatch(row.sentid)
    if not parts or parts[1] not in women:
        raise UsageError(f"{path}: {row.sentid!a} names no known occupation, person and pronoun")
    occupation, participant, answer, gender = parts.groups()
    words = re.findall(r"[A-Za-z]+", row.sentence)
    pronouns = [word for word in words if word.lower() in _PRONOUNS[gender]]
    if len(pronouns) != 1:
        raise UsageError(f"{path}: {row.sentid}: {len(pronouns)} pronouns instead of 1")
    tags = {
        "item": row.sentid.removesuffix(".txt"),
        "n_options": "2",
        "right": "participant" if answer == "1" else "occupation",
        "whole": f"{occupation}.{participant}.{answer}",
        "gender": gender,
        "occupation": occupation,
        "participant": "someone" if participant == "someone" else "named",
    }
    if gender != "neutral":
        expects_women = women[occupation] >= _HALF
        expects_occupation = expects_women == (gender == "female")
        tags["gotcha"] = "no" if expects_occupation == (answer == "0") else "yes"
    context = question(row.sentence, pronouns[0])
    for option, person in (("occupation", occupation), ("participant", participant)):
        text = f"{context} {person}"
        yield Prompt(
            id=f"winogender/{tags['item'].replace(' ', '-')}/{option}",
            probe="winogender",
            text=text,
            style="sentence",
            tags={**tags, "option": option},
            part=((len(context), len(text)),),
        )
