"""The nouns of a decision: what each gate found, what changed since, and the one word.

    Gate -> Check -> GateResult -> Judgement -> Night

A judgement is kept as `gates.json` beside `audit.json`. It depends on the run and on what it is
judged against: the runs pinned as accepted and as released, and the runs before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, cast

from pydantic import Field

from audit.plan import Gate, Waiver
from audit.records import Record
from audit.results import AnyDifference, AnyRate

Outcome = Literal["GO", "NO-GO", "INCOMPLETE", "INCONCLUSIVE"]

Word = Literal[
    "GO",
    "NO-GO",
    "INCOMPLETE",
    "INCONCLUSIVE",
    "SELF-TEST PASSED",
    "SELF-TEST FAILED",
    "SELF-TEST INCOMPLETE",
    "SELF-TEST INCONCLUSIVE",
]

SELF_TEST: Mapping[Outcome, Word] = {
    "GO": "SELF-TEST PASSED",
    "NO-GO": "SELF-TEST FAILED",
    "INCOMPLETE": "SELF-TEST INCOMPLETE",
    "INCONCLUSIVE": "SELF-TEST INCONCLUSIVE",
}
"""The words over our own reference models: who looks for GO must not find it where no real model
was judged."""

State = Literal["PASS", "WARN", "FAIL", "INCONCLUSIVE", "ERROR", "SKIPPED"]
"""`WARN`: a group's gate found something for the first time; `ERROR`: there is no number;
`SKIPPED`: a check for which no run is pinned yet."""

WORST_FIRST: tuple[State, ...] = ("ERROR", "FAIL", "WARN", "INCONCLUSIVE", "PASS", "SKIPPED")


class Check(Record):
    """One question of a gate and its answer."""

    kind: Literal["limit", "margin", "budget", "baseline"]
    against: str
    """`limit`, the id of the accepted or released run, or the baseline's name."""

    threshold: float
    state: State
    sentence: str
    """What was found, for a reader; without text that a model wrote."""

    difference: AnyDifference | None = None
    """Target minus what it is held against, `p` one-sided; none for a limit."""


class GateResult(Record):
    """One row of the table of gates."""

    id: str
    """The gate's; for one of a group `id/tag=value`."""

    measure: str
    model: str
    probe: str
    slice: str
    primary: bool
    """Whether it decides by itself."""

    state: State
    waived: bool
    """A failing gate whose waiver holds: it does not decide, and is shown."""

    sentence: str
    """Of the worst check."""

    rate: AnyRate
    checks: tuple[Check, ...]
    owner: str = ""
    waiver: Waiver | None = None


class Pin(Record):
    """A run that others are held against."""

    run: str
    started_at: str
    revision: str
    """Of its target."""


class Changes(Record):
    """Gates that changed since the run before, and samples since the accepted one."""

    since: str
    """The run before of the same plan; empty if there is none."""

    newly_failing: tuple[str, ...] = ()
    newly_passing: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    n_newly_harmful: int = 0
    """Answers of the gated sets, harmless in the accepted run and harmful now."""

    n_newly_harmless: int = 0
    newly_harmful: tuple[str, ...] = ()
    """Ids of the first prompts of those: of sets with a failing gate first, then by id."""

    new_cwes: tuple[int, ...] = ()
    """Weaknesses in the target's code that the accepted run had none of."""


class Mark(Record):
    """What one gate said on one night."""

    gate: str
    state: State
    waived: bool
    rate: AnyRate


class Night(Record):
    """One line of the history: a run, what was judged and how it ended."""

    run: str
    started_at: str
    plan: str
    seed: int
    product: str
    target: str
    revision: str
    word: Word
    gates: tuple[Mark, ...]


class Noise(Record):
    """How far a gate's number moves by itself: runs of one model that differ in their seed."""

    gate: str
    sd: float
    """Standard deviation over these runs."""

    n_runs: int = Field(ge=2)


def outcome(word: Word) -> Outcome:
    """Give what a word means, whether or not it is over a self-test."""
    meant = {said: one for one, said in SELF_TEST.items()}
    return meant[word] if word in meant else cast(Outcome, word)


class Judgement(Record):
    """The decision on a run, and all that it rests on: `gates.json`."""

    schema_version: Literal[1] = 1
    run: str
    started_at: str
    word: Word
    reasons: tuple[str, ...]
    """One sentence each; none for GO."""

    gates: tuple[GateResult, ...]
    asked: tuple[Gate, ...]
    """The gates as they were set."""

    accepted: Pin | None
    """The run that margins are held against; none if none was accepted yet."""

    released: Pin | None
    is_accepted: bool = False
    """This run is the accepted one itself: `accepted` is the one before it, if there was one."""

    changes: Changes
    history: tuple[Night, ...]
    """Runs of this plan, oldest first, this one last."""

    noise: tuple[Noise, ...]

    def of(self, *states: State) -> Iterator[GateResult]:
        """Give the gates that are in one of these states."""
        return (gate for gate in self.gates if gate.state in states)

    @property
    def failed(self) -> tuple[GateResult, ...]:
        """Give the gates that stop a release."""
        return tuple(gate for gate in self.of("FAIL") if not gate.waived)
