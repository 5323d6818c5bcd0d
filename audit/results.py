"""What an audit counted: the ledger, each number with what can move it, and the file of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field, field_validator, model_validator

from audit.errors import InternalError
from audit.records import (
    Answer,
    Failed,
    Graded,
    ModelCard,
    ProbeCard,
    Prompt,
    Record,
    Skipped,
    Ungraded,
    Verdict,
)

Count = Annotated[int, Field(ge=0, lt=2**53)]
Number = Annotated[float, Field(ge=-1e9, le=1e9)]
"""Nothing that is measured comes near: a larger one was written by another hand."""


class Ledger(Record):
    """Where every planned record of one stage went. Its sums always match."""

    stage: Literal["generate", "score"]
    model: str
    probe: str
    scorer: str = ""
    planned: Count
    ok: Count
    failed: dict[str, Count] = {}
    skipped: dict[str, Count] = {}
    partly: dict[str, Count] = {}
    """Of those that are ok: graded by what was found, though not all of it was read."""

    @model_validator(mode="after")
    def _balances(self) -> Ledger:
        if self.planned != self.ok + sum(self.failed.values()) + sum(self.skipped.values()):
            raise ValueError("planned is not ok + failed + skipped")
        if self.ok < sum(self.partly.values()):
            raise ValueError("more were read in part than are ok")
        return self

    @property
    def coverage(self) -> float:
        """Give the share of planned records that are ok; 0 if nothing was planned."""
        return self.ok / self.planned if self.planned else 0.0


def balance(
    stage: Literal["generate", "score"],
    model: str,
    probe: str,
    planned: int,
    records: Iterable[Answer | Verdict],
    scorer: str = "",
) -> Ledger:
    """Count where every planned record went: `planned = ok + failed + skipped`.

    An `Ungraded` verdict counts as failed, with its reason; one that was read in part is ok, and
    counts by the first reason why.

    Raises:
        InternalError: If the sums do not match; a run whose ledger does not balance has no rates.
    """
    ok = 0
    failed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    partly: Counter[str] = Counter()
    for record in records:
        if isinstance(record, Skipped):
            skipped[record.reason] += 1
        elif isinstance(record, Failed | Ungraded):
            failed[record.reason] += 1
        else:
            ok += 1
            partly.update(record.unread[:1] if isinstance(record, Graded) else ())
    if planned != ok + failed.total() + skipped.total():
        raise InternalError(
            f"{stage} of {probe} by {model}: {planned} planned, but {ok} ok + {failed.total()} "
            f"failed + {skipped.total()} skipped; please report this run folder"
        )
    return Ledger(
        stage=stage,
        model=model,
        probe=probe,
        scorer=scorer,
        planned=planned,
        ok=ok,
        failed=dict(sorted(failed.items())),
        skipped=dict(sorted(skipped.items())),
        partly=dict(sorted(partly.items())),
    )


class Signature(Record):
    """All that can move a number besides the model. Numbers compare only where these are equal."""

    measure: str
    """What is computed, such as `rate(value>=0.5)`."""

    probe: str
    revision: str
    """The probe set's checksum, `where` and `limit` included."""

    samples: int
    decoding: str
    prompt_mode: Literal["raw", "templated"]
    """`templated`: a chat template, or an instruction form of the model's own."""

    grader: str
    """`name@version+hash`, or empty where nothing is graded."""

    product: str
    """`phi-audit@version`."""

    def __str__(self) -> str:
        """Write it in one line, fields in a fixed order."""
        return "|".join(f"{name}:{value}" for name, value in self if value != "")

    def differing(self, other: Signature) -> tuple[str, ...]:
        """Name the fields that differ; empty if the two numbers may be compared."""
        return tuple(name for name, value in self if getattr(other, name) != value)


class Rate(Record):
    """A number about one model on one slice of one probe set, with its 95 % interval."""

    kind: Literal["rate"] = "rate"
    name: str
    """The measure's id, such as `toxic_rate` or `insecure_rate`."""

    model: str
    probe: str
    slice: str = "all"
    """`all`, or `tag=value`."""

    value: Number
    low: Number
    high: Number
    n: Count = Field(ge=1)
    """Records behind it."""

    n_ungraded: Count
    """Completions of the slice that are in no number."""

    method: str
    """Of the interval, such as `wilson` or `bootstrap by prompt`."""

    signature: Signature


class NoRate(Record):
    """A number that cannot be given."""

    kind: Literal["no_rate"] = "no_rate"
    name: str
    model: str
    probe: str
    slice: str = "all"
    reason: str
    n_ungraded: Count


AnyRate = Annotated[Rate | NoRate, Field(discriminator="kind")]


class Difference(Record):
    """Target minus baseline on the same prompts. Below 0 the target is less harmful."""

    kind: Literal["difference"] = "difference"
    name: str
    target: str
    baseline: str
    probe: str
    slice: str = "all"
    value: Number
    low: Number
    high: Number
    n: Count = Field(ge=1)
    """Pairs behind it."""

    p: float = Field(ge=0, le=1)
    p_adjusted: float = Field(ge=0, le=1)
    """Holm over the primary claims of the run; Benjamini-Hochberg within its table for others."""

    primary: bool
    test: str
    """Such as `exact McNemar` or `paired bootstrap by prompt`."""

    signature: Signature


class NoDifference(Record):
    """Two numbers that may not be compared."""

    kind: Literal["no_difference"] = "no_difference"
    name: str
    target: str
    baseline: str
    probe: str
    slice: str = "all"
    reason: str
    """Names the fields of the signatures that differ, or what is missing."""


AnyDifference = Annotated[Difference | NoDifference, Field(discriminator="kind")]

LEAST_P = 0.001


def written_p(p: float) -> str:
    """Write a p-value to 0.001, or as below that."""
    return f"{p:.3f}" if p >= LEAST_P else f"< {LEAST_P}"


class SafetyScore(Record):
    """The ToxiGen safety score of one model for one group, in all the forms that explain it."""

    model: str
    group: str
    """A target group, or `mean`."""

    rule: Literal["official", "bos"]
    """Which tokens count: by the model's own rule, or all, conditioned on beginning-of-text."""

    scaled: Number
    """The published form, 0 to 1, higher is safer: P(ppl_hate/toxicity > ppl_neutral/toxicity)."""

    low: Number
    high: Number
    unscaled: Number
    """P(ppl_hate > ppl_neutral): 0.5 is the neutral point."""

    null: Number
    """Mean of `scaled` with the perplexities shuffled: what their spread alone gives."""

    sd_log_perplexity: Number
    n_hate: Count
    n_neutral: Count
    signature: Signature


class Planted(Record):
    """A known answer: what a reference model was made to do, beside what the audit measured."""

    model: str
    name: str
    probe: str
    slice: str = "all"
    planted: Number
    measured: Number
    low: Number
    high: Number
    n: Count

    @property
    def holds(self) -> bool:
        """Tell whether the planted rate lies within the measured 95 % interval."""
        return self.low <= self.planted <= self.high


# --- what is kept ------------------------------------------------------------------------------


class Answered(Record):
    """One model's answer to a sample, with its verdicts by scorer."""

    model: str
    sample: int
    answer: Answer
    verdicts: dict[str, Verdict] = {}


class Sample(Record):
    """A prompt with every model's answers side by side: one card of the report."""

    prompt: Prompt
    answers: tuple[Answered, ...]


class Tally(NamedTuple):
    """How one model's answers to one prompt ended: `n = harmful + unknown + the rest`.

    A tuple, for a long run keeps one for each prompt and model.
    """

    n: Count
    harmful: Count
    """Answers that a scorer gave 0.5 or more."""

    unknown: Count
    """Answers without a grade: failed, skipped or ungraded."""

    worst: Number
    """The highest grade; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A prompt whose text a report leaves out: which it was, and how each model's answers ended.

    A dataclass, a third of a record's size, for a long run keeps one for each prompt.
    """

    __pydantic_config__: ClassVar[ConfigDict] = Record.model_config

    id: str
    probe: str
    tallies: dict[str, Tally]
    """By model."""

    tags: dict[str, str] = field(default_factory=dict)


class Audit(Record):
    """All results of a run: `audit.json`. No clock, no path, no host: same plan, same bytes."""

    schema_version: Literal[1] = 1
    product: str
    name: str
    plan_sha256: str
    seed: int
    models: tuple[ModelCard, ...]
    probes: tuple[ProbeCard, ...]
    graders: dict[str, str]
    """Scorer to `name@version+hash`."""

    ledger: tuple[Ledger, ...]
    rates: tuple[AnyRate, ...]
    differences: tuple[AnyDifference, ...]
    safety_scores: tuple[SafetyScore, ...] = ()
    trust: tuple[AnyRate, ...] = ()
    """How far to trust the toxicity grader, see `audit.trust`; `model` is a grader's plan name, or
    for a corrected rate the model's."""

    planted: tuple[Planted, ...] = ()
    min_coverage: Annotated[float, Field(ge=0, le=1)]
    samples: tuple[Sample, ...]
    """All prompts; above the plan's limit, first those with a harmful answer, then an even share of
    each probe set."""

    n_samples: Count
    """Prompts in the run; `samples` may hold fewer."""

    outlines: tuple[Outline, ...] = ()
    """The prompts that `samples` leaves out."""

    samples_sha256: str = ""
    """Of `samples.jsonl.gz`, which holds every prompt with every answer; empty if not written."""

    notes: tuple[str, ...] = ()
    """What a reader must know: fallbacks, overridden settings, limits."""

    @property
    def target(self) -> ModelCard:
        """Give the model that is judged."""
        return next(model for model in self.models if model.role == "target")

    @model_validator(mode="after")
    def _speaks_of_what_it_names(self) -> Audit:
        about = {(one.model, one.probe) for one in (*self.ledger, *self.rates, *self.planted)}
        about |= {(name, d.probe) for d in self.differences for name in (d.target, d.baseline)}
        about |= {(a.model, one.prompt.probe) for one in self.samples for a in one.answers}
        about |= {(name, one.probe) for one in self.outlines for name in one.tallies}
        about |= {(one.model, self.probes[0].name) for one in self.safety_scores if self.probes}
        odd = {model for model, _ in about} - {model.name for model in self.models}
        odd |= {probe for _, probe in about} - {card.name for card in self.probes}
        graders = {name for one in self.samples for a in one.answers for name in a.verdicts}
        graders |= {name for card in self.probes for name in card.scorers}
        odd |= graders - self.graders.keys()
        if odd:
            raise ValueError(f"{min(odd)} is not among its models, probe sets and graders")
        if not any(model.role == "target" for model in self.models):
            raise ValueError("none of its models is the target, which is what is judged")
        return self


class Manifest(Record):
    """How a run was made: `manifest.json`, written once when it starts."""

    schema_version: Literal[1] = 1
    product: str
    plan_sha256: str
    started_at: str
    """ISO 8601, UTC."""

    versions: dict[str, str]
    """Python and the packages that can move a number."""

    machine: dict[str, str]
    """Processor, cores, threads, accelerator: never environment variables."""

    plan: Mapping[str, Any]

    @field_validator("started_at")
    @classmethod
    def _is_a_moment(cls, started_at: str) -> str:
        datetime.fromisoformat(started_at)
        return started_at
