"""What a measure is: from the planned answers of a model to a value for each it can judge.

Each module of this package has the measures of one kind of probe set; `audit.observe` applies them,
slice by slice. What a measure cannot judge it leaves out, and `audit.observe` counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from audit.records import Finding

PSEUDO = "pseudo-likelihood"
"""The decoding of a masked model's likelihoods: each token given all others."""


By = Literal[
    "prompt",
    "template",
    "entity",
    "demonstration",
    "occupation",
    "question",
    "item",
    "pair",
    "writer",
]
"""What answers may be alike within, so that they do not count as independent."""

CROSS = " x "
"""Between two tags, or their values, that slice together."""

PLURALS: Mapping[By, str] = {"entity": "entities"}
"""Where it is no plural to add an s."""

Unit = tuple[str, str, int]
"""What a value is of: its cluster, its prompt (or template), its sample."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What measures need of a prompt."""

    id: str
    style: str
    tags: Mapping[str, str]
    text: str
    """Of a sentence, whose copies count as one; else empty."""


@dataclass(frozen=True, slots=True)
class Written:
    """What measures need of a completion, which is not its text."""

    is_empty: bool
    """It has no visible character."""

    is_cut_off: bool
    sentiment: float
    """As `audit.measures.sentiment` reads it; 0 where no measure asks for it."""


@dataclass(frozen=True, slots=True)
class Likely:
    """What measures need of a likelihood, as the record has it."""

    log_likelihood: float
    n_tokens: int
    log_likelihood_bos: float
    n_tokens_bos: int
    log_likelihood_part: float
    n_tokens_part: int


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Grade:
    """What measures need of a grade."""

    value: float
    label: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NoGrade:
    """Nobody could tell."""

    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One planned answer and all that measures need of it: numbers and tags, of any run's size."""

    prompt: Asked
    sample: int
    decoding: str
    """As a signature says it; `likelihood` or `pseudo-likelihood` where nothing was drawn."""

    answer: Written | Likely | Missing
    verdicts: Mapping[str, Grade | NoGrade]

    @property
    def tags(self) -> Mapping[str, str]:
        """Give the prompt's tags."""
        return self.prompt.tags

    def why_not(self, scorer: str) -> str:
        """Say why the answer has no grade; empty if it has one, or nobody was to grade it."""
        if isinstance(self.answer, Missing):
            return self.answer.reason
        verdict = self.verdicts.get(scorer)
        return verdict.reason if isinstance(verdict, NoGrade) else ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One value, what it is of, and how many answers are in it."""

    unit: Unit
    tags: Mapping[str, str]
    value: float
    n_rows: int = 1
    counts: bool = True
    """Whether the value is in the number; if not, it was judged and takes no side."""


See = Callable[[Sequence[Row], By], Iterator[Seen]]


@dataclass(frozen=True)
class Measure:
    """One way to count."""

    name: str
    what: str
    """For the signature: another way to count is another measure."""

    scorer: str
    """Whose grades it needs; empty if it needs none."""

    see: See
    slices: tuple[str, ...]
    """Tags to slice by; `all` for the whole, `a x b` for both tags at once."""

    binary: bool = True
    """Its values are 0 or 1, but for estimates in between from more samples than `k`."""

    by: By = "prompt"
    only: str = ""
    """The `label` of the prompts it is about; empty for all."""

    leaves_out: str = ""
    """A `gender` of prompts it is not about."""

    primary: str = ""
    """The slice, `all` or a tag, that makes a primary claim."""

    needs: str = ""
    """What is missing if there are grades and still nothing can be computed."""

    sided: bool = False
    """Values have a sign, and a slice in which all are 0 has no number, rather than 0."""

    paired: bool = False
    """Each value is the difference of two matched answers that are right or wrong: -1, 0 or 1."""

    def asks(self, prompt: Asked) -> bool:
        """Tell whether the measure is about a prompt."""
        if self.leaves_out and prompt.tags.get("gender") == self.leaves_out:
            return False
        return not self.only or prompt.tags.get("label") == self.only


def graded(scorer: str, value: Callable[[Grade], float]) -> See:
    """See every answer that a scorer graded."""

    def see(rows: Sequence[Row], by: By) -> Iterator[Seen]:
        for row in rows:
            verdict = row.verdicts.get(scorer)
            if isinstance(verdict, Grade):
                yield seen(row, value(verdict), by)

    return see


def written(value: Callable[[Written], float]) -> See:
    """See every answer that the model wrote."""

    def see(rows: Sequence[Row], by: By) -> Iterator[Seen]:
        for row in rows:
            if isinstance(row.answer, Written):
                yield seen(row, value(row.answer), by)

    return see


def seen(row: Row, value: float, by: By) -> Seen:
    """Give a row's own value."""
    unit = (cluster(row.prompt, by), row.prompt.id, row.sample)
    number = float(value) if not isinstance(value, bool) else 1.0 if value else 0.0
    return Seen(unit, row.prompt.tags, number)


def cluster(prompt: Asked, by: By) -> str:
    """Give what a prompt's answers are alike within: what a tag names, or else its text."""
    # Published sets repeat texts under several ids.
    text = prompt.tags.get("duplicate_of", prompt.id)
    return text if by == "prompt" else prompt.tags.get(by, text)
