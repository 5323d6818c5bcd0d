"""What each measure sees in a model's answers: one value for each record it can judge.

    Evidence -> Observations -> Rate (audit.measure), Difference (audit.compare)

The trap: a model that answers nothing has no harmful answers. What was not graded is seen by no
measure of harm; it is counted beside each (`n_ungraded`), and `empty_rate` stands next to them all.

The measures are in `audit.measures`, one module a kind; 0 is harmless and 1 harmful unless the name
says otherwise. The safety score of sentences is made of all of them at once: `sentences`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from sys import intern
from typing import Any, Literal, TypeVar

from audit.backends.interface import effective_mode
from audit.errors import InternalError
from audit.measures.code import code
from audit.measures.interface import CROSS, PSEUDO, Asked, By, Likely, Measure, Row, Seen, Unit
from audit.measures.reading import Reading
from audit.measures.refusals import refusals
from audit.measures.sentiment import sentiment
from audit.measures.stereotypes import stereotypes
from audit.measures.toxicity import counterfactual, toxicity
from audit.records import (
    Answer,
    BareRequest,
    Completion,
    ModelCard,
    ProbeCard,
    Prompt,
    Request,
    Verdict,
)
from audit.results import Signature

T = TypeVar("T", Row, Seen)

ALIKE: Mapping[str, By] = {"bold": "entity", "toxigen": "demonstration"}
"""What the answers to a set of text to carry on may be alike in, if not in the prompt alone."""

LEAST_CROSSED = 30
"""Planned answers that a slice by two tags takes: smaller ones would drown the report."""


@dataclass(frozen=True)
class Evidence:
    """One model's answers to one probe set, with their verdicts: all that its rates are made of."""

    model: ModelCard
    probe: ProbeCard
    prompts: Mapping[str, Prompt]
    """By id; other sets' prompts may be among them."""

    rows: Sequence[tuple[Request | BareRequest, Answer]]
    """The model's planned rows of this set, each with what became of it. They may lie on disk."""

    verdicts: Mapping[str, Mapping[int, Verdict]]
    """By scorer, then by row number; other sets' rows may be among them."""

    graders: Mapping[str, str]
    """Scorer to `name@version+hash`."""

    product: str

    @cached_property
    def observed(self) -> tuple[Observations, ...]:
        """What every measure sees, computed once: rates, differences and gates all read it."""
        return tuple(observe(self))

    def release(self) -> None:
        """Forget what was observed; it is observed anew if it is asked for again."""
        vars(self).pop("observed", None)


@dataclass(frozen=True)
class Observations:
    """What one measure sees on one slice: a value for each unit it can judge."""

    name: str
    slice: str
    values: Mapping[Unit, float]
    binary: bool
    """Every value is 0 or 1."""

    paired: bool
    """Every value is the difference of two matched answers that are right or wrong."""

    by: By
    primary: bool
    """Whether this is a claim the audit is made for, not a look around."""

    n_ungraded: int
    """Planned answers of the slice that are in no value."""

    why_none: str
    """What to say of it if there are no values; else empty."""

    signature: Signature


@dataclass(frozen=True)
class Sentences:
    """The sentences of one set that got a perplexity under one token rule."""

    records: Mapping[str, Mapping[str, Any]]
    """By prompt id, in order, as `audit.metrics.safety_score` takes them."""

    groups: frozenset[str]
    """All groups that were asked about, whether or not their sentences got a perplexity."""

    n_ungraded: int
    signature: Signature


def observe(evidence: Evidence) -> Iterator[Observations]:
    """Give what every measure of a probe set sees, slice by slice, in a fixed order.

    Raises:
        InternalError: If a completion has no verdict of one of the set's scorers.
    """
    rows = _rows(evidence)
    units: dict[Unit, Unit] = {}  # one of each, however many measures and slices have it
    for measure in _measures(evidence.probe, rows):
        asked = [row for row in rows if measure.asks(row.prompt)]
        seen = list(measure.see(asked, measure.by))
        for tag in measure.slices:
            rows_of = _by_value(asked, tag)
            seen_of = _by_value(seen, tag)
            for value in sorted(rows_of):  # what was asked, answered or not
                if CROSS in tag and len(rows_of[value]) < LEAST_CROSSED:
                    continue
                part = tag if tag == "all" else f"{tag}={value}"
                yield _observations(evidence, measure, part, rows_of[value], seen_of[value], units)


def clusters(values: Mapping[Unit, float]) -> tuple[list[float], list[int]]:
    """Give the sum and the number of the values of each cluster, clusters in order of name."""
    totals: dict[str, float] = defaultdict(float)
    sizes: Counter[str] = Counter()
    for unit in sorted(values):
        totals[unit[0]] += values[unit]
        sizes[unit[0]] += 1
    return list(totals.values()), [sizes[name] for name in totals]


# --- the sentences of a likelihood set ---------------------------------------------------------

Rule = Literal["official", "bos"]
RULES: tuple[Rule, ...] = ("bos", "official")
"""`bos` first: under it every token counts, so that it is the same measure for every tokenizer."""

MAX_NLL = 700.0
"""Nats per token that count as the most: `exp` of more is no number. Real ones are below 20."""


def sentences(evidence: Evidence, rule: Rule) -> Sentences:
    """Give the sentences of a set that got a perplexity under a token rule."""
    rows = _rows(evidence)
    found = {row.prompt.id: record for row in rows for record in _sentence(row, rule)}
    what = f"P(ppl_hate/toxicity>ppl_neutral/toxicity),{rule}"
    return Sentences(
        records=found,
        groups=frozenset(group for row in rows for group in _groups(row.prompt)),
        n_ungraded=len(rows) - len(found),
        signature=_signature(evidence, what, "", rows),
    )


def _sentence(row: Row, rule: Rule) -> Iterator[dict[str, Any]]:
    """Give the row's record, if it has one."""
    if not isinstance(row.answer, Likely):
        return
    log_likelihood, n_tokens = row.answer.log_likelihood_bos, row.answer.n_tokens_bos
    if rule == "official":
        log_likelihood, n_tokens = row.answer.log_likelihood, row.answer.n_tokens
    if n_tokens > 0:  # the only token of a text has none before it to be predicted from
        yield {
            "text": row.prompt.text,
            "label": row.prompt.tags["label"],
            "toxicity_score": float(row.prompt.tags["toxicity_score"]),
            "target_groups": _groups(row.prompt),
            "perplexity": exp(min(-log_likelihood / n_tokens, MAX_NLL)),
        }


def _groups(prompt: Asked) -> list[str]:
    return prompt.tags["groups"].split(",")


def _measures(probe: ProbeCard, rows: Sequence[Row]) -> list[Measure]:
    samples = 1 + max((row.sample for row in rows), default=0)
    if probe.kind == "toxicity":
        by = _alike(probe)
        return [*toxicity(samples, by), *(sentiment(by) if by == "entity" else ())]
    if probe.kind == "bias":
        return counterfactual(samples)
    if probe.kind == "stereotype":
        return stereotypes(probe.name)
    if probe.kind == "refusal":
        return refusals()
    if probe.kind == "code":
        return code(probe.name)
    return []


def _alike(probe: ProbeCard) -> By:
    return ALIKE.get(probe.name, "prompt")


# --- from rows to observations -----------------------------------------------------------------


def _rows(evidence: Evidence) -> list[Row]:
    """Put each planned row beside its prompt and verdicts, in the order of prompts and samples."""
    reading = Reading(feels=_alike(evidence.probe) == "entity")
    likelihood = PSEUDO if evidence.model.likelihood == "masked" else "likelihood"
    rows: list[Row] = []
    for request, answer in evidence.rows:
        verdicts = {}
        for scorer in evidence.probe.scorers if isinstance(answer, Completion) else ():
            if request.i not in evidence.verdicts.get(scorer, {}):
                raise InternalError(
                    f"row {request.i} of {evidence.model.name} has no verdict of {scorer}; "
                    "please report this run folder"
                )
            verdicts[scorer] = reading.verdict(evidence.verdicts[scorer][request.i])
        if rows and rows[-1].prompt.id == request.prompt_id:  # another sample
            prompt = rows[-1].prompt
        else:
            prompt = reading.prompt(evidence.prompts[request.prompt_id])
        decoding = intern(evidence.model.decoding or str(request.decoding or likelihood))
        rows.append(Row(prompt, request.sample, decoding, reading.answer(answer), verdicts))
    rows.sort(key=lambda row: (row.prompt.id, row.sample))
    return rows


def _by_value(items: Iterable[T], tag: str) -> dict[str, list[T]]:
    """Sort what has tags by the value of one, or of two; what lacks one is left out."""
    found: dict[str, list[T]] = defaultdict(list)
    if tag == "all":
        if whole := list(items):
            found[tag] = whole
        return found
    names = tag.split(CROSS)
    wanted = set(names)
    for item in items:
        if item.tags.keys() >= wanted:
            found[CROSS.join(item.tags[name] for name in names)].append(item)
    return found


def _observations(
    evidence: Evidence,
    measure: Measure,
    part: str,
    rows: Sequence[Row],
    seen: Sequence[Seen],
    units: dict[Unit, Unit],
) -> Observations:
    values = {units.setdefault(one.unit, one.unit): one.value for one in seen if one.counts}
    if measure.sided and not any(values.values()):
        values = {}
    return Observations(
        name=measure.name,
        slice=part,
        values=values,
        binary=measure.binary and set(values.values()) <= {0.0, 1.0},
        paired=measure.paired,
        by=measure.by,
        primary=part.partition("=")[0] == measure.primary,
        n_ungraded=len(rows) - sum(one.n_rows for one in seen),
        why_none="" if values else _why_none(rows, measure),
        signature=_signature(evidence, measure.what, measure.scorer, rows),
    )


def _why_none(rows: Sequence[Row], measure: Measure) -> str:
    reasons = Counter(reason for row in rows if (reason := row.why_not(measure.scorer)))
    if reasons.total() < len(rows):
        return measure.needs
    counts = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return "nothing was graded: " + ", ".join(f"{n} {reason}" for reason, n in counts)


def _signature(evidence: Evidence, what: str, scorer: str, rows: Sequence[Row]) -> Signature:
    modes = {effective_mode(evidence.model.prompt_mode, row.prompt.style) for row in rows}
    return Signature(
        measure=what,
        probe=evidence.probe.name,
        revision=evidence.probe.revision,
        samples=1 + max((row.sample for row in rows), default=0),
        decoding=" and ".join(sorted({row.decoding for row in rows})),
        prompt_mode="raw" if modes <= {"raw"} else "templated",
        grader=evidence.graders[scorer] if scorer else "",
        product=evidence.product,
    )
