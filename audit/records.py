"""The nouns of an audit, one record each, in the order in which they come to be.

    Prompt -> Request -> Completion -> Verdict -> Rate -> Difference

One direction everywhere: 0 is harmless, 1 is harmful. Proportions stay between 0 and 1 until a
template writes them. What could not be done is a record too (`Failed`, `Skipped`, `Ungraded`,
`NoRate`), so that nobody can average it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from audit.errors import InternalError

PromptMode = Literal["raw", "chat", "instruct-output"]
"""`raw`: the text as it is; `chat`: the chat template; `instruct-output`: Phi-2's question form."""

Kind = Literal["toxicity", "bias", "stereotype", "refusal", "code", "likelihood"]
"""What a probe set measures; `stereotype`: which of several texts a model finds likelier."""

Spans = tuple[tuple[int, int], ...]
"""Parts of a text: where each begins and ends, in characters."""


class Record(BaseModel):
    """Our one base: strict, frozen, and no field it does not know."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )


# --- what is asked -----------------------------------------------------------------------------


class Prompt(Record):
    """One thing a probe set asks of a model."""

    id: str
    """`<set>/<name>`, stable across releases of the set."""

    probe: str
    """The set's name."""

    text: str
    """What is asked, before any prompt mode is applied. Hostile."""

    style: Literal["continue", "instruct", "sentence"]
    """`continue`: text to carry on; `instruct`: a request; `sentence`: only its likelihood."""

    tags: dict[str, str] = {}
    """Facts to slice by, such as `group`, `label`, `cwe`, `weakness`, `language`, `template`."""

    part: Spans = ()
    """Of a sentence: what is scored apart, given all that stands before it; empty for most."""


class ProbeCard(Record):
    """What a probe set is, as loaded for this run."""

    name: str
    title: str
    kind: Kind
    licence: str
    source: str
    revision: str
    """First 16 hex digits of the SHA-256 over the prompts in order: the set's checksum."""

    scorers: tuple[str, ...]
    """Who grades its completions, of `audit.scorers.SCORERS`; none for likelihood sets."""

    n_prompts: int
    n_available: int
    """Prompts in the set before `where` and `limit`."""


class ModelCard(Record):
    """What was loaded: everything about a model that can move a number."""

    name: str
    """The plan's name for it."""

    role: Literal["target", "baseline"]
    id: str
    revision: str
    """Commit, or `sha256:` over the files of a folder."""

    architecture: str
    n_parameters: int
    dtype: str
    device: str
    prompt_mode: PromptMode
    template_sha256: str
    """Of the chat template; empty where none is used."""

    overridden: dict[str, str] = {}
    """Fields of the model's own generation_config that differ from ours and were not honoured."""

    notes: tuple[str, ...] = ()

    decoding: str = ""
    """How its answers were drawn, where that is not as planned: what a recording says of itself."""

    likelihood: Literal["causal", "masked"] = "causal"
    """What a token's likelihood is given: all before it, or all others (a masked model)."""

    turns: int = 1
    """How many rows a batch has for each one that is in flight at a time."""


class Decoding(Record):
    """How text is drawn from a model."""

    strategy: Literal["greedy", "sampled"] = "sampled"
    temperature: float = Field(1.0, gt=0, le=10)
    top_p: float = Field(1.0, gt=0, le=1)
    max_new_tokens: int = Field(64, ge=1, le=32768)

    def __str__(self) -> str:
        """Write it as a signature does."""
        if self.strategy == "greedy":
            return f"greedy,max={self.max_new_tokens}"
        return f"sampled,t={self.temperature:g},p={self.top_p:g},max={self.max_new_tokens}"


class Request(Record):
    """One planned answer: row `i` of one model's frozen work."""

    i: int
    """Row number: the key of every later record about it."""

    prompt_id: str
    sample: int
    """0-based number of this sample of its prompt."""

    seed: int
    """Of this record alone: 63 bits from the plan's seed, the prompt's id and the sample number."""

    text: str
    """The prompt as the model sees it, its prompt mode applied."""

    n_tokens: int
    """Length of `text` in tokens, special tokens included."""

    decoding: Decoding | None
    """`None`: only the likelihood of `text` is measured."""

    batch: int
    """Requests of one batch are answered together, always in the same company; -1 if skipped."""

    in_flight: int = 64
    """How many of its batch's requests are worked on at a time: the others wait their turn."""

    skip: str = ""
    """Why this row is not asked at all; empty if it is."""

    part: Spans = ()
    """The prompt's, in `text`."""


# --- what is answered --------------------------------------------------------------------------


class Usage(Record):
    """What one answer took of the server that gave it."""

    n_requests: int = Field(ge=0)
    """How often the request was sent: more than once after a limit or a lost connection."""

    n_prompt_tokens: int = Field(0, ge=0)
    """As the server counts; 0 if it does not say."""

    n_new_tokens: int = Field(0, ge=0)


class Completion(Record):
    """What a model wrote. Hostile."""

    kind: Literal["completion"] = "completion"
    prompt_id: str
    sample: int
    text: str
    """Decoded without special tokens; a lone surrogate is written as a visible escape."""

    token_ids: tuple[int, ...]
    """As generated, without the ending token: the truth, if `text` was repaired. Servers and
    recordings give none."""

    finish_reason: Literal["stop", "length"]
    repaired: bool = False
    """`text` had lone surrogates."""

    usage: Usage | None = None
    """`None`: no server gave it."""


class Likelihood(Record):
    """How likely a model finds a given text. Natural logarithms."""

    kind: Literal["likelihood"] = "likelihood"
    prompt_id: str
    sample: int = 0
    n_tokens: int
    """Tokens that were scored by the model's own rule: those that have a token before them."""

    log_likelihood: float
    """Sum over these tokens; `exp(-log_likelihood / n_tokens)` is the perplexity."""

    n_tokens_bos: int
    """Tokens scored when conditioned on the beginning-of-text token, so that the first counts."""

    log_likelihood_bos: float

    n_tokens_part: int = 0
    """Tokens of the request's part, by the same rule; 0 if it has none, or a token crosses its
    border, so that the part's likelihood cannot be told from that of its context."""

    log_likelihood_part: float = 0.0
    usage: Usage | None = None


class Failed(Record):
    """A request that was asked and got no usable answer."""

    kind: Literal["failed"] = "failed"
    prompt_id: str
    sample: int
    reason: str
    """A short phrase, the same for the same cause: reports count by it."""

    usage: Usage | None = None


class Skipped(Record):
    """A request that could not be asked."""

    kind: Literal["skipped"] = "skipped"
    prompt_id: str
    sample: int
    reason: str


Answer = Annotated[Completion | Likelihood | Failed | Skipped, Field(discriminator="kind")]

# --- what is graded ----------------------------------------------------------------------------


class Finding(Record):
    """A weakness a linter sees in generated code."""

    tool: Literal["bandit", "semgrep", "phi-audit"]
    rule: str
    cwe: int
    """0 if the rule names none."""

    severity: Literal["low", "medium", "high"]
    confidence: Literal["low", "medium", "high"]
    line: int
    """1-based, in the linted code."""

    column: int = 0
    """1-based, where it begins in its line; 0 where the tool does not say."""

    reply_line: int = 0
    """1-based, in the reply that the code was found in; 0 where there is no reply."""

    message: str
    decides: bool = True
    """Whether this finding makes code insecure, or only informs."""


class Graded(Record):
    """A scorer's grade for one completion."""

    kind: Literal["graded"] = "graded"

    value: float = Field(ge=0, le=1)
    """From 0 (harmless) to 1 (harmful), whatever the scorer."""

    label: str = ""
    """The scorer's word for it, such as `insecure` or `full refusal`."""

    scores: dict[str, float] = {}
    """All the scorer's numbers, such as Detoxify's labels."""

    findings: tuple[Finding, ...] = ()
    repaired: bool = False
    """The text had to be mended before it could be graded."""


class Ungraded(Record):
    """A completion the scorer could not grade. It counts in no rate, and is shown."""

    kind: Literal["ungraded"] = "ungraded"

    reason: str
    """A short phrase, the same for the same cause: reports count by it."""


Verdict = Annotated[Graded | Ungraded, Field(discriminator="kind")]


class LabelledText(Record):
    """A text of which people decided whether it is toxic: it tells how far a grader errs."""

    id: str
    set: str
    text: str
    """Hostile, as a completion is."""

    toxic: bool
    group: str
    """The identity it names; empty for none."""


# --- what is counted ---------------------------------------------------------------------------


class Ledger(Record):
    """Where every planned record of one stage went. Its sums always match."""

    stage: Literal["generate", "score"]
    model: str
    probe: str
    scorer: str = ""
    planned: int
    ok: int
    failed: dict[str, int] = {}
    skipped: dict[str, int] = {}

    @property
    def coverage(self) -> float:
        """Give the share of planned records that are ok; 0 if nothing was planned."""
        return self.ok / self.planned if self.planned else 0.0


def balance(
    stage: Literal["generate", "score"],
    model: str,
    probe: str,
    planned: int,
    records: Iterable[Completion | Likelihood | Failed | Skipped | Graded | Ungraded],
    scorer: str = "",
) -> Ledger:
    """Count where every planned record went: `planned = ok + failed + skipped`.

    An `Ungraded` verdict counts as failed, with its reason.

    Raises:
        InternalError: If the sums do not match; a run whose ledger does not balance has no rates.
    """
    ok = 0
    failed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for record in records:
        if isinstance(record, Skipped):
            skipped[record.reason] += 1
        elif isinstance(record, Failed | Ungraded):
            failed[record.reason] += 1
        else:
            ok += 1
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

    value: float
    low: float
    high: float
    n: int = Field(ge=1)
    """Records behind it."""

    n_ungraded: int = Field(ge=0)
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
    n_ungraded: int = Field(ge=0)


AnyRate = Annotated[Rate | NoRate, Field(discriminator="kind")]


class Difference(Record):
    """Target minus baseline on the same prompts. Below 0 the target is less harmful."""

    kind: Literal["difference"] = "difference"
    name: str
    target: str
    baseline: str
    probe: str
    slice: str = "all"
    value: float
    low: float
    high: float
    n: int = Field(ge=1)
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


class SafetyScore(Record):
    """The ToxiGen safety score of one model for one group, in all the forms that explain it."""

    model: str
    group: str
    """A target group, or `mean`."""

    rule: Literal["official", "bos"]
    """Which tokens count: by the model's own rule, or all, conditioned on beginning-of-text."""

    scaled: float
    """The published form, 0 to 1, higher is safer: P(ppl_hate/toxicity > ppl_neutral/toxicity)."""

    low: float
    high: float
    unscaled: float
    """P(ppl_hate > ppl_neutral): 0.5 is the neutral point."""

    null: float
    """Mean of `scaled` with the perplexities shuffled: what their spread alone gives."""

    sd_log_perplexity: float
    n_hate: int
    n_neutral: int
    signature: Signature


class Planted(Record):
    """A known answer: what a reference model was made to do, beside what the audit measured."""

    model: str
    name: str
    probe: str
    slice: str = "all"
    planted: float
    measured: float
    low: float
    high: float
    n: int

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

    n: int
    harmful: int
    """Answers that a scorer gave 0.5 or more."""

    unknown: int
    """Answers without a grade: failed, skipped or ungraded."""

    worst: float
    """The highest grade; 0 where there is none."""


class Outline(Record):
    """A prompt whose text a report leaves out: which it was, and how each model's answers ended."""

    id: str
    probe: str
    tags: dict[str, str] = {}
    tallies: dict[str, Tally]
    """By model."""


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
    min_coverage: float
    samples: tuple[Sample, ...]
    """All prompts; above the plan's limit, first those with a harmful answer, then an even share of
    each probe set."""

    n_samples: int
    """Prompts in the run; `samples` may hold fewer."""

    outlines: tuple[Outline, ...] = ()
    """The prompts that `samples` leaves out."""

    samples_sha256: str = ""
    """Of `samples.jsonl.gz`, which holds every prompt with every answer; empty if not written."""

    notes: tuple[str, ...] = ()
    """What a reader must know: fallbacks, overridden settings, limits."""


ANSWER: TypeAdapter[Completion | Likelihood | Failed | Skipped] = TypeAdapter(Answer)
VERDICT: TypeAdapter[Graded | Ungraded] = TypeAdapter(Verdict)


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
