"""The data behind the search: every prompt of the run in columns, and the cards of those with text.

Columns of small numbers pack ten times smaller than records do, and a browser unpacks them with
what it has. The trap: a browser cannot unpack what is too large, so long texts are cut the shorter
the more there are.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from operator import attrgetter
from typing import Any

from audit.results import Audit, Outline
from reports.anchors import anchor
from reports.charts import Series
from reports.samples import MEASURED, OFFENSIVE, Card, Grade, Side, rank
from reports.visible import clipped, one_line

MAX_BYTES = 7_000_000
"""Of the packed data; with its charts and tables a report stays below 10 MB."""

TEXT_LENGTHS = (6_000, 1_500, 400)
"""Tried in turn until the packed data is small enough."""


@dataclass(frozen=True)
class Explorer:
    """The data behind the search."""

    payload: str
    """Base64 of gzip of JSON."""

    n: int
    """Prompts that can be found."""

    n_whole: int
    """Prompts whose texts are there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt of the search."""

    outline: Outline
    card: Card | None
    place: tuple[bool, float, bool, str]
    """As `reports.samples.rank` gives it."""


def explorer(audit: Audit, shown: Sequence[Card], series: Sequence[Series]) -> Explorer:
    """Pack every prompt of the run: the same audit gives the same bytes.

    Args:
        audit: All results.
        shown: The cards of its samples.
        series: The models, in the order of their lanes.
    """
    rows = sorted(_rows(audit, shown, series), key=attrgetter("place"))
    table = _table(audit, rows, series)
    whole = [row.card for row in rows if row.card is not None]
    for length in TEXT_LENGTHS:
        words = Words()
        table["cards"] = [_packed_card(card, length, words) for card in whole]
        table["words"] = words.all()
        packed = _packed(table)
        if len(packed) <= MAX_BYTES:
            break
    return Explorer(packed, len(rows), len(whole))


def _rows(audit: Audit, shown: Sequence[Card], series: Sequence[Series]) -> Iterator[Row]:
    for card in shown:
        tallies = {series[lane].name: tally for lane, _, tally in card.tallies}
        outline = Outline(
            id=card.prompt_id, probe=card.probe, tags=dict(card.tags), tallies=tallies
        )
        yield Row(outline, card, rank(tallies, series, card.prompt_id))
    for outline in audit.outlines:
        yield Row(outline, None, rank(outline.tallies, series, outline.id))


def _packed(table: Mapping[str, Any]) -> str:
    out = BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
        # Column by column: written as one text, a long run's numbers fill a gigabyte.
        for before, name in zip("{" + "," * len(table), sorted(table), strict=False):
            column = json.dumps(table[name], ensure_ascii=True, separators=(",", ":"))
            file.write(f'{before}"{name}":{column}'.encode())
        file.write(b"}")
    return base64.b64encode(out.getvalue()).decode()


def _table(audit: Audit, rows: Sequence[Row], series: Sequence[Series]) -> dict[str, Any]:
    outlines = [row.outline for row in rows]
    sets = {card.name: i for i, card in enumerate(audit.probes)}
    ids = [one_line(outline.id) for outline in outlines]
    return {
        "models": [
            {"name": one_line(one.name), "role": one.role, "shape": one.shape} for one in series
        ],
        "sets": [
            {
                "name": one_line(card.name),
                "hidden": card.kind in OFFENSIVE,
                "measured": card.kind in MEASURED,
            }
            for card in audit.probes
        ],
        "id": ids,
        "anchor": {i: a for i, id_ in enumerate(ids) if "~" in (a := anchor(outlines[i].id))},
        "set": [sets[outline.probe] for outline in outlines],
        "tags": {
            one_line(tag): _coded([outline.tags.get(tag, "") for outline in outlines])
            for tag in sorted({tag for outline in outlines for tag in outline.tags})
        },
        "lanes": [
            {
                "n": [t.n if t else 0 for t in tallies],
                "harmful": [t.harmful if t else 0 for t in tallies],
                "unknown": [t.unknown if t else 0 for t in tallies],
                "worst": [math.floor(t.worst * 100 + 1e-9) if t else 0 for t in tallies],
            }
            for one in series
            for tallies in [[outline.tallies.get(one.name) for outline in outlines]]
        ],
        "differ": [int(not row.place[0]) for row in rows],
        "whole": [int(row.card is not None) for row in rows],
    }


def _coded(values: Sequence[str]) -> dict[str, Any]:
    """Write each value once, and its number for every row; number 0 is no value."""
    numbers = {value: i for i, value in enumerate(dict.fromkeys(("", *values)))}
    return {
        "values": [one_line(value) for value in numbers],
        "at": [numbers[value] for value in values],
    }


class Words:
    """Every word that many cards share, once: a card holds its number."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[str, int] = {}

    def __call__(self, word: str) -> int:
        """Give a word's number."""
        return self._numbers.setdefault(word, len(self._numbers))

    def all(self) -> list[str]:
        """Give the words, each at its number."""
        return [one_line(word) for word in self._numbers]


def _packed_card(card: Card, length: int, words: Words) -> list[Any]:
    text, n_cut = _cut(card.text, card.n_cut, length)
    return [text, n_cut, [_packed_side(side, length, words) for side in card.sides]]


def _packed_side(side: Side, length: int, words: Words) -> list[Any]:
    text, n_cut = _cut(side.text, side.n_cut, length)
    return [
        side.lane,
        side.sample,
        words(side.outcome),
        text,
        n_cut,
        words(side.words),
        [_packed_grade(grade, words) for grade in side.grades],
    ]


def _packed_grade(grade: Grade, words: Words) -> list[Any]:
    return [
        words(grade.scorer),
        words(grade.outcome),
        _short(grade.value),
        words(grade.words),
        [[words(name), _short(value)] for name, value in sorted(grade.scores)],
        [
            [
                words(f.tool),
                words(f.rule),
                f.cwe,
                words(f.severity),
                f.reply_line,
                words(f.message),
                int(f.decides),
            ]
            for f in grade.findings
        ],
    ]


def _short(value: float) -> int:
    """Give thousandths: cut, so that what is below a threshold never looks as if it were at it."""
    return math.floor(value * 1000 + 1e-6)


def _cut(text: str, n_cut: int, length: int) -> tuple[str, int]:
    return clipped(text, length), n_cut + max(0, len(text) - length)
