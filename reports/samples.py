"""What the models wrote, side by side: the cards of the report.

All text here is hostile. It is placed in closed cards whose summaries do not quote it, and where
it may offend it stays out of sight until a reader asks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from audit.records import Completion, Failed, Finding, Graded, Kind, Likelihood, Skipped
from audit.results import Answered, Audit, Sample, Tally
from audit.samples import HARMFUL, outline
from reports.anchors import anchor
from reports.charts import Series
from reports.visible import clipped, visible

MAX_TEXT = 6_000
"""Longer texts are cut in the report; the run folder has them whole."""

MAX_SCORES = 7
"""Of one grader on one card: the highest."""

OFFENSIVE: frozenset[Kind] = frozenset({"toxicity", "bias", "stereotype", "likelihood"})
"""Kinds of probe sets whose texts are shown only when asked for."""

MEASURED: frozenset[Kind] = frozenset({"likelihood", "stereotype"})
"""Kinds of probe sets for which nothing is written or graded."""

Outcome = Literal["harmful", "harmless", "ungraded", "failed", "skipped", "measured"]


@dataclass(frozen=True)
class Grade:
    """One scorer's verdict, ready to show."""

    scorer: str
    outcome: Outcome
    value: float
    """0 to 1; 0 where `outcome` is `ungraded`, and then not shown."""

    words: str
    """The label, or the reason for there being no grade."""

    scores: tuple[tuple[str, float], ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Line:
    """A line of text with what a linter found on it."""

    text: str
    findings: tuple[Finding, ...]

    @property
    def is_hit(self) -> bool:
        """Tell whether a finding on it makes the code insecure."""
        return any(finding.decides for finding in self.findings)


@dataclass(frozen=True)
class Side:
    """One model's answer on a card."""

    model: str
    lane: int
    """The model's place among the series of the charts."""

    sample: int
    outcome: Outcome
    text: str
    n_cut: int
    """Characters that are not shown."""

    words: str
    """Why there is no text, or how it ended."""

    grades: tuple[Grade, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Give the text by line, each with what was found on it."""
        texts = self.text.split("\n")
        found: dict[int, list[Finding]] = defaultdict(list)
        for grade in self.grades:
            for finding in grade.findings:
                found[finding.reply_line].append(finding)
        return tuple(Line(text, tuple(found[i])) for i, text in enumerate(texts, start=1))

    @property
    def off_the_lines(self) -> tuple[Finding, ...]:
        """Give the findings on no line that is shown."""
        shown = range(1, self.text.count("\n") + 2) if self.text else range(0)
        return tuple(
            finding
            for grade in self.grades
            for finding in grade.findings
            if finding.reply_line not in shown
        )


@dataclass(frozen=True)
class Card:
    """A prompt with every model's answers."""

    anchor: str
    prompt_id: str
    probe: str
    is_offensive: bool
    """Its texts are shown only when asked for."""

    tags: tuple[tuple[str, str], ...]
    text: str
    n_cut: int
    sides: tuple[Side, ...]
    tallies: tuple[tuple[int, Outcome, Tally], ...]
    """How each model's answers ended, by lane."""

    is_discordant: bool
    """The target had harmful answers and no baseline did, or the other way round."""


def cards(audit: Audit, series: Sequence[Series], *, redact: bool) -> tuple[Card, ...]:
    """Give all samples as cards: those where models differ first, then the most harmful."""
    lanes = {one.name: i for i, one in enumerate(series)}
    kinds = {card.name: card.kind for card in audit.probes}
    told = [(outline(sample).tallies, sample) for sample in audit.samples]
    told.sort(key=lambda one: rank(one[0], series, one[1].prompt.id))
    return tuple(_card(sample, tallies, lanes, kinds, series, redact) for tallies, sample in told)


def rank(
    tallies: Mapping[str, Tally], series: Sequence[Series], prompt_id: str
) -> tuple[bool, float, bool, str]:
    """Give the place of a prompt in the order of telling: lower comes first.

    First stand those where the models differ: the targets have harmful answers and the baselines
    none, or the other way round. Then those with the target's highest grade.
    """
    own, others, worst, is_graded = 0, 0, 0.0, True
    n_own = n_others = 0
    for one in series:
        tally = tallies.get(one.name)
        if tally is None:
            continue
        is_graded = is_graded and not tally.unknown
        if one.is_target:
            n_own, own, worst = n_own + 1, own + tally.harmful, max(worst, tally.worst)
        else:
            n_others, others = n_others + 1, others + tally.harmful
    is_discordant = bool(n_own and n_others) and bool(own) != bool(others)
    return (not is_discordant, -worst, is_graded, prompt_id)


def _card(
    sample: Sample,
    tallies: Mapping[str, Tally],
    lanes: Mapping[str, int],
    kinds: Mapping[str, Kind],
    series: Sequence[Series],
    redact: bool,
) -> Card:
    kind = kinds[sample.prompt.probe]
    text, n_cut = _shown(sample.prompt.text, redact)
    return Card(
        anchor=anchor(sample.prompt.id),
        prompt_id=sample.prompt.id,
        probe=sample.prompt.probe,
        is_offensive=kind in OFFENSIVE,
        tags=tuple(sorted(sample.prompt.tags.items())),
        text=text,
        n_cut=n_cut,
        sides=tuple(
            _side(answered, lanes[answered.model], redact)
            for answered in sorted(sample.answers, key=lambda a: (lanes[a.model], a.sample))
        ),
        tallies=tuple(
            (lane, _ended(tallies[name], kind), tallies[name])
            for name, lane in lanes.items()
            if name in tallies
        ),
        is_discordant=not rank(tallies, series, sample.prompt.id)[0],
    )


def _ended(tally: Tally, kind: Kind) -> Outcome:
    if tally.unknown == tally.n:
        return "ungraded"
    if kind in MEASURED:
        return "measured"
    return "harmful" if tally.harmful else "harmless"


def _side(answered: Answered, lane: int, redact: bool) -> Side:
    grades = tuple(_grades(answered, redact))
    answer = answered.answer
    text, n_cut, words = "", 0, ""
    outcome: Outcome
    if isinstance(answer, Failed | Skipped):
        outcome, words = answer.kind, answer.reason
    elif isinstance(answer, Likelihood):
        outcome = "measured"
        words = f"log-likelihood {answer.log_likelihood:.2f} over {answer.n_tokens} tokens"
    else:
        outcome = _outcome(grades)
        text, n_cut = _shown(answer.text, redact)
        words = _ending(answer)
    return Side(answered.model, lane, answered.sample, outcome, text, n_cut, words, grades)


def _outcome(grades: tuple[Grade, ...]) -> Outcome:
    outcomes = {grade.outcome for grade in grades}
    if "harmful" in outcomes:
        return "harmful"
    return "harmless" if "harmless" in outcomes else "ungraded"


def _ending(completion: Completion) -> str:
    ending = "ended by itself" if completion.finish_reason == "stop" else "cut at the token limit"
    return ending + (", repaired text" if completion.repaired else "")


def _grades(answered: Answered, redact: bool) -> Iterator[Grade]:
    for scorer, verdict in sorted(answered.verdicts.items()):
        if isinstance(verdict, Graded):
            yield Grade(
                scorer=scorer,
                outcome="harmful" if verdict.value >= HARMFUL else "harmless",
                value=verdict.value,
                words=", ".join(
                    (verdict.label, *(f"partly read: {why}" for why in verdict.unread))
                ),
                scores=tuple(
                    sorted(
                        # What begins so counts something, and is no score.
                        (one for one in verdict.scores.items() if not one[0].startswith("n_")),
                        key=lambda score: -score[1],
                    )[:MAX_SCORES]
                ),
                findings=tuple(
                    # A message may quote the code.
                    finding.model_copy(update={"message": ""}) if redact else finding
                    for finding in sorted(verdict.findings, key=lambda finding: not finding.decides)
                ),
            )
        else:
            yield Grade(scorer, "ungraded", 0.0, verdict.reason, (), ())


def _shown(text: str, redact: bool) -> tuple[str, int]:
    if redact:
        return "", 0
    # The lines of findings are counted so, and a reader of code needs no marks at their ends.
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return visible(clipped(lines, MAX_TEXT)), max(0, len(lines) - MAX_TEXT)
