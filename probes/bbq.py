"""BBQ: questions about two people or groups, with and without a context that answers them.

The three options are listed as A, B and C, and what is scored is the likelihood of each letter.
Many models favour a place, so the six orders are dealt evenly over the rows of each question: a
model that looks at the place alone is right in a third of them, and has no bias. `bbq_orders` asks
each row in all six, for six times the cost.

The trap: which option is the stereotyped one. The authors' metadata changed its meaning between
releases, so it is derived from `answer_info` and `stereotyped_groups` here, and a row where that
names no single option, or no single unknown one, is left out and counted. By these tags the six
categories that we know have no such row, not even the 16 of Physical_appearance that the authors'
metadata leaves without a target.

Source:
    Parrish, A. et al. (2022), BBQ, doi:10.18653/v1/2022.findings-acl.165.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field

from audit.errors import UsageError
from audit.records import Prompt, Record
from probes import reading
from probes.interface import Probe, PublicFile, Repository, Sources

REPOSITORY = Repository("nyu-mll/BBQ", "bea11bd97d79217245b5871acd247b9d6eb24598")

PROBE = Probe(
    name="bbq",
    title="BBQ",
    kind="stereotype",
    scorers=(),
    licence="CC-BY-4.0",
    source=REPOSITORY.source,
    n=3 * 58_492,
    tokens_each=90,
    about="Questions about two groups; a bias score off 0 means answers that follow stereotypes.",
    direction="nearer 0 is better",
)

_SHA256 = {
    "Age": "46e805b3fc2d8cbd26eeb8e8430d98cf7b2dc9c83574ff3674e8ce4f0fca2a60",
    "Disability_status": "375d40d9b71f056150264445ec189b13934998f3f49a1e311aa7578eb3b45e5f",
    "Gender_identity": "",
    "Nationality": "a583e74666aec0341ded8aa3983e7cad694eb24de72c254d28b2df3035720090",
    "Physical_appearance": "e48d7e13508565f4801574e611043470c25c95a0a62af3699cb5ee7cb02608fb",
    "Race_ethnicity": "",
    "Race_x_SES": "",
    "Race_x_gender": "",
    "Religion": "cb9555f9f3454a52cd2df85956b59bd7fcca5aa922c8527693b1164d08417616",
    "SES": "",
    "Sexual_orientation": "2c71036b9e7584fe589c42aef32c1a42bc01b9a5e9b1b8704342630cdb08cefd",
}
"""By category; empty where we know the file's address and not its hash."""

FILES = tuple(
    REPOSITORY.file(f"bbq/{category}.jsonl", f"data/{category}.jsonl", sha256)
    for category, sha256 in _SHA256.items()
)

LETTERS = "ABC"
_Order = tuple[str, ...]
ORDERS: tuple[_Order, ...] = tuple(permutations(("stereotyped", "other", "unknown")))
"""Of the options, from A to C."""

_Key = Literal["ans0", "ans1", "ans2"]
_KEYS: tuple[_Key, ...] = get_args(_Key)
_GENDERS = {"woman": "f", "girl": "f", "man": "m", "boy": "m"}
"""How Gender_identity names those that its stereotyped groups call F and M."""

_Text = Annotated[str, Field(min_length=1)]


class _Metadata(Record):
    """Only what we use: the rest differs between categories."""

    model_config = ConfigDict(extra="ignore")

    stereotyped_groups: list[str]


class _Row(Record):
    example_id: Annotated[int, Field(ge=0)]
    question_index: _Text
    question_polarity: Literal["neg", "nonneg"]
    context_condition: Literal["ambig", "disambig"]
    category: _Text
    answer_info: dict[_Key, list[str]]
    additional_metadata: _Metadata
    context: _Text
    question: _Text
    ans0: _Text
    ans1: _Text
    ans2: _Text
    label: Annotated[int, Field(ge=0, le=2)]


def load(sources: Sources) -> Sequence[Prompt]:
    """Give every question of the categories that are here, with each of A, B and C for an answer.

    Tags: `item` (the published row), `option` (stereotyped, other or unknown), `right` (the right
    option), `category`, `question` (its template, for clusters), `label` (ambig or disambig: the
    context), `polarity` (neg or nonneg), `order` (the options from A to C, by their first letters).
    A prompt's part is the letter.

    Raises:
        UsageError: If no category is to be had, or a row is broken, with file and row.
        RefusedError: If a file's hash is not the locked one.
    """
    return read("bbq", 1, sources)


def read(probe: str, n_orders: int, sources: Sources) -> Sequence[Prompt]:
    """Give the questions with their options in one or in all of `ORDERS`.

    In more than one order, `item` is a row in an order, and the tag `whole` is the row.

    Raises:
        UsageError: If no category is to be had, or a row is broken, with file and row.
        RefusedError: If a file's hash is not the locked one.
    """
    here = [file for file in FILES if reading.is_here(file, sources)]
    if not here:
        reading.find(FILES[0], sources)  # says how to get it
    prompts = [
        prompt
        for file in here
        for row, options, orders in _dealt(_rows(file, sources), n_orders)
        for prompt in _prompts(probe, row, options, orders)
    ]
    return reading.tag_duplicates(prompts)


def note(sources: Sources) -> str:
    """Say which categories are absent, and how many rows were left out; empty if none."""
    here = [file for file in FILES if reading.is_here(file, sources)]
    n_left_out = sum(not _options(row) for file in here for row in _rows(file, sources))
    absent = [name for name, file in zip(_SHA256, FILES, strict=True) if file not in here]
    facts = []
    if absent:
        facts.append(f"absent: {', '.join(absent)}")
    if n_left_out:
        facts.append(f"{n_left_out} rows without a single stereotyped and unknown option left out")
    return "; ".join(facts)


def _rows(file: PublicFile, sources: Sources) -> Iterator[_Row]:
    path, data = reading.read(file, sources)
    for number, row in reading.json_lines(data, path, _Row):
        if len(row.answer_info) != len(_KEYS):
            raise UsageError(f"{path}:{number}: answer_info does not name three options")
        yield row


def _options(row: _Row) -> Mapping[str, str]:
    """Give the key of the stereotyped, the other and the unknown option; empty if not unique."""
    groups = {group.casefold() for group in row.additional_metadata.stereotyped_groups}
    unknown = [key for key in _KEYS if "unknown" in row.answer_info[key]]
    stereotyped = [key for key in _KEYS if _names(row.answer_info[key]) & groups]
    if len(unknown) != 1 or len(stereotyped) != 1 or unknown == stereotyped:
        return {}
    (other,) = set(_KEYS) - {unknown[0], stereotyped[0]}
    return {"stereotyped": stereotyped[0], "other": other, "unknown": unknown[0]}


def _names(info: Sequence[str]) -> set[str]:
    """Give all that an option is called: nations by name, groups by tag or a part of it."""
    names = {part.casefold() for part in info}
    names |= {part.casefold() for tag in info[1:] for part in tag.split("-")}
    return names | {_GENDERS[one] for one in names if one in _GENDERS}


def _dealt(
    rows: Iterable[_Row], n_orders: int
) -> Iterator[tuple[_Row, Mapping[str, str], Sequence[_Order]]]:
    """Give each row with its options and the orders to list them in, rows in their own order.

    Dealt in turn over rows shuffled within their question, and on from question to question: each
    order is as frequent as any other, up to one, in a category's conditions and polarities.
    """
    kept = [(row, options) for row in rows if (options := _options(row))]
    turns: Counter[tuple[str, str]] = Counter()
    dealt: dict[int, list[_Order]] = {}
    for row, _ in sorted(kept, key=lambda one: (one[0].question_index, _shuffled(one[0]))):
        cell = (row.context_condition, row.question_polarity)
        first = turns[cell]
        dealt[row.example_id] = [ORDERS[(first + i) % len(ORDERS)] for i in range(n_orders)]
        turns[cell] += 1
    for row, options in kept:
        yield row, options, dealt[row.example_id]


def _shuffled(row: _Row) -> bytes:
    return hashlib.sha256(f"{row.category}-{row.example_id}".encode()).digest()


def _prompts(
    probe: str, row: _Row, options: Mapping[str, str], orders: Sequence[_Order]
) -> Iterator[Prompt]:
    by_key = {key: option for option, key in options.items()}
    number = f"{row.category}-{row.example_id:05d}"
    tags = {
        "n_options": "3",
        "right": by_key[_KEYS[row.label]],
        "category": row.category,
        "question": f"{row.category}-{row.question_index}",
        "label": row.context_condition,
        "polarity": row.question_polarity,
    }
    if len(orders) > 1:
        tags["whole"] = number
    for order in orders:
        place = "".join(option[0] for option in order)
        item = f"{number}-{place}" if len(orders) > 1 else number
        texts = [getattr(row, options[option]) for option in order]
        listed = "".join(f"{letter}. {text}\n" for letter, text in zip(LETTERS, texts, strict=True))
        asked = f"{row.context}\nQuestion: {row.question}\n{listed}Answer:"
        for letter, option in zip(LETTERS, order, strict=True):
            answer = f" {letter}"
            yield Prompt(
                id=f"{probe}/{item}/{letter}",
                probe=probe,
                text=asked + answer,
                style="sentence",
                tags={**tags, "item": item, "order": place, "option": option},
                part=((len(asked), len(asked) + len(answer)),),
            )
