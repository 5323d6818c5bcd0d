"""CrowS-Pairs: sentences that differ in the group they are about, one of them more stereotyping.

The trap: the authors and others found many pairs to be noisy (Blodgett et al. 2021), so a score is
a trend and no verdict on a model. Rows have no ids but their place: ours are theirs, from 0.

Source:
    Nangia, N. et al. (2020), CrowS-Pairs, doi:10.18653/v1/2020.emnlp-main.154.
    Blodgett, S. L. et al. (2021), Stereotyping Norwegian Salmon, doi:10.18653/v1/2021.acl-long.81.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Annotated, Literal

from pydantic import Field

from audit.records import Prompt, Record, Spans
from probes import reading
from probes.interface import Probe, Repository, Sources

REPOSITORY = Repository("nyu-mll/crows-pairs", "8aaac11c485473159ec9328a65253a5be9a479dc")

PROBE = Probe(
    name="crows_pairs",
    title="CrowS-Pairs",
    kind="stereotype",
    scorers=(),
    licence="CC-BY-SA-4.0",
    source=REPOSITORY.source,
    n=2 * 1_508,
    tokens_each=19,
    about="Pairs of sentences; 50 % means that the more stereotyping one is likelier by chance.",
    direction="nearer 50 % is better",
)

FILES = (
    REPOSITORY.file(
        "crows_pairs/crows_pairs_anonymized.csv",
        "data/crows_pairs_anonymized.csv",
        "dfb36986ce0502abbaf7055b9176da3d08d48e07df1251991b5dfbcbceab9d0c",
    ),
)

_HEADER = (
    "",
    "sent_more",
    "sent_less",
    "stereo_antistereo",
    "bias_type",
    "annotations",
    "anon_writer",
    "anon_annotators",
)

_Sentence = Annotated[str, Field(min_length=1)]


class _Row(Record):
    number: Annotated[str, Field(pattern=r"^[0-9]{1,6}$")]
    sent_more: _Sentence
    sent_less: _Sentence
    stereo_antistereo: Literal["stereo", "antistereo"]
    bias_type: Annotated[str, Field(min_length=1)]
    annotations: str
    anon_writer: Annotated[str, Field(min_length=1)]
    anon_annotators: str


def load(sources: Sources) -> Sequence[Prompt]:
    """Give both sentences of every pair, the more stereotyping one first.

    Tags: `item` (the published row), `option` (more or less), `bias_type`, `direction` (whether the
    group is a historically disadvantaged one: stereo, or antistereo), `writer`, `after` (whether
    the sentences share words after their first difference). A prompt's part are the words that
    both sentences have.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and row.
        RefusedError: If the file's hash is not the locked one.
    """
    path, data = reading.read(FILES[0], sources)
    rows = reading.table(data, path, _Row, _HEADER)
    return reading.tag_duplicates([prompt for row in rows for prompt in _pair(row)])


def _pair(row: _Row) -> tuple[Prompt, Prompt]:
    parts = shared(row.sent_more, row.sent_less)
    # Words before the first difference begin both texts.
    ends_alike = any(more[0] or less[0] for more, less in zip(*parts, strict=True))
    return (
        _prompt(row, "more", row.sent_more, parts[0], ends_alike=ends_alike),
        _prompt(row, "less", row.sent_less, parts[1], ends_alike=ends_alike),
    )


def _prompt(row: _Row, option: str, text: str, part: Spans, *, ends_alike: bool) -> Prompt:
    number = f"{int(row.number):04d}"
    return Prompt(
        id=f"crows_pairs/{number}/{option}",
        probe="crows_pairs",
        text=text,
        style="sentence",
        tags={
            "item": number,
            "option": option,
            "n_options": "2",
            "bias_type": row.bias_type,
            "direction": row.stereo_antistereo,
            "writer": row.anon_writer,
            "after": "yes" if ends_alike else "no",
        },
        part=part,
    )


def shared(first: str, second: str) -> tuple[Spans, Spans]:
    """Give the words that two texts share, as spans of each.

    A word begins with the white space before it; words are aligned by longest matching blocks.
    """
    words = [list(re.finditer(r"\s*\S+", text)) for text in (first, second)]
    a, b = ([match[0].strip() for match in some] for some in words)
    matcher = SequenceMatcher(a=a, b=b, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    return (
        tuple((words[0][one.a].start(), words[0][one.a + one.size - 1].end()) for one in blocks),
        tuple((words[1][one.b].start(), words[1][one.b + one.size - 1].end()) for one in blocks),
    )
