"""The nouns of an audit, one record each, in the order in which they come to be.

    Prompt -> Request -> Completion -> Verdict, and in `audit.results` -> Rate -> Difference

One direction everywhere: 0 is harmless, 1 is harmful. Proportions stay between 0 and 1 until a
template writes them. What could not be done is a record too (`Failed`, `Skipped`, `Ungraded`,
`NoRate`), so that nobody can average it.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

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
    stop: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field((), max_length=4)
    """A text ends before the first of these: at most four, as many as every server takes."""

    def __str__(self) -> str:
        """Write it as a signature does."""
        stop = f",stop={json.dumps(self.stop)}" if self.stop else ""
        if self.strategy == "greedy":
            return f"greedy,max={self.max_new_tokens}{stop}"
        return f"sampled,t={self.temperature:g},p={self.top_p:g},max={self.max_new_tokens}{stop}"

    def cut(self, text: str) -> str:
        """Give a text up to its first stop string."""
        return text[: min((text.find(one) for one in self.stop if one in text), default=None)]


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


class BareRequest(NamedTuple):
    """A request without its text: what is held of it where a run is counted."""

    i: int
    prompt_id: str
    sample: int
    decoding: Decoding | None
    batch: int


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
    """As generated, without the ending token, with a stop string: the truth, if `text` was
    repaired. Servers and recordings give none."""

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
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

Row = tuple[Request | BareRequest, Answer]
"""What was asked, and what came of it."""

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

    trailing: bool = False
    """It lies after the code that was asked for, in what the model went on with."""


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

    unread: tuple[str, ...] = ()
    """Why it was read in part, each reason once: there may be more than was found."""


class Ungraded(Record):
    """A completion the scorer could not grade. It counts in no rate, and is shown."""

    kind: Literal["ungraded"] = "ungraded"

    reason: str
    """A short phrase, the same for the same cause: reports count by it."""


Verdict = Annotated[Graded | Ungraded, Field(discriminator="kind")]
VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)


class LabelledText(Record):
    """A text of which people decided whether it is toxic: it tells how far a grader errs."""

    id: str
    set: str
    text: str
    """Hostile, as a completion is."""

    toxic: bool
    group: str
    """The identity it names; empty for none."""
