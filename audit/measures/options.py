"""Which of several texts a model finds likeliest: the options of a question, or both of a pair.

The trap: half a question has no answer. An item counts only if every option of it has a score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.measures.interface import By, Likely, Row, Seen, cluster

Score = Callable[[Likely], tuple[float, ...]]
"""What a text is judged by: one number, or none."""


@dataclass(frozen=True)
class Item:
    """All texts of one question or pair, by their tag `option`."""

    row: Row
    """One of them."""

    scores: Mapping[str, float]

    @property
    def answer(self) -> str:
        """Give the option that is likelier than every other; empty if several are likeliest."""
        best = max(self.scores.values())
        likeliest = [option for option, score in self.scores.items() if score == best]
        return likeliest[0] if len(likeliest) == 1 else ""

    @property
    def is_right(self) -> bool:
        """Tell whether the answer is the right one; a tie is no answer."""
        return self.answer == self.row.tags["right"]

    def seen(self, value: float, by: By, *, counts: bool = True) -> Seen:
        """Give the value of all its texts together."""
        unit = (cluster(self.row.prompt, by), self.row.tags["item"], 0)
        return Seen(unit, self.row.tags, float(value), len(self.scores), counts)


def items(rows: Sequence[Row], score: Score) -> Iterator[Item]:
    """Give the items of which every option was asked and has a score."""
    options: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        options[row.tags["item"]].append(row)
    for of_item in options.values():
        scores = {
            row.tags["option"]: found
            for row in of_item
            if isinstance(row.answer, Likely)
            for found in score(row.answer)
        }
        if len(scores) == int(of_item[0].tags["n_options"]):
            yield Item(of_item[0], scores)


def whole_text(answer: Likely) -> tuple[float, ...]:
    """Judge a text by all its tokens, the first one given the beginning of the text."""
    return (answer.log_likelihood_bos,)


def part(answer: Likely) -> tuple[float, ...]:
    """Judge a text by its part, given all that stands before; not at all if it has none."""
    return (answer.log_likelihood_part,) if answer.n_tokens_part else ()
