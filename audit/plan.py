"""A plan says what an audit asks of which models. It is TOML, typed, and frozen for a run.

Unknown keys are errors: a misspelt `temprature` must not audit at another temperature.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from audit.errors import UsageError
from audit.records import Decoding, Kind, PromptMode, Record

MAX_PLAN_BYTES = 1_000_000

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
"""What may also stand in a file name."""


class Server(Record):
    """How a server is asked and what it charges: nothing that can change an answer."""

    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | Literal[""] = ""
    """The environment variable that holds the key; the key itself stands nowhere. Empty: none."""

    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Requests under way at a time."""

    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 300.0
    """For one answer, to its last byte."""

    retries: Annotated[int, Field(ge=0, le=20)] = 6
    """The same request again, after a limit, a lost connection or a server's error."""

    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the server calls the largest number of new tokens."""

    usd_per_million_prompt_tokens: Annotated[float, Field(ge=0)] = 0.0
    usd_per_million_new_tokens: Annotated[float, Field(ge=0)] = 0.0


class ModelPlan(Record):
    """One model to audit."""

    name: Name
    """Short, unique in the plan: the same model may stand twice, in two prompt modes."""

    id: Annotated[str, Field(min_length=1, max_length=300)]
    """A Hugging Face id, a folder, or `reference:base` / `reference:aligned`; what a server calls
    it, or whose completions were recorded."""

    role: Literal["target", "baseline"]
    revision: str = "main"
    backend: Literal["transformers", "openai", "recorded", "masked"] = "transformers"
    url: Annotated[str, Field(max_length=2000)] = ""
    """For `openai`: where the server's API begins, such as `http://127.0.0.1:8000/v1`."""

    server: Server = Server()
    file: str = ""
    """For `recorded`: JSON lines of completions; relative to the working folder."""

    prompt_mode: PromptMode = "raw"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    licence: str = ""
    """A note for readers, such as `MIT`; gated models name their terms here."""

    parameters: Annotated[int, Field(ge=0)] = 0
    """For estimates before the model is here; 0: counted in its files."""

    kv_bytes_per_token: Annotated[int, Field(ge=0)] = 0
    """Keys and values of one token in 16 bits, for estimates before the model is here."""

    @model_validator(mode="after")
    def _says_where_answers_are(self) -> ModelPlan:
        for field, backend in (("url", "openai"), ("file", "recorded")):
            if bool(getattr(self, field)) != (self.backend == backend):
                raise ValueError(f'{self.name}: `{field}` and backend = "{backend}" go together')
        if self.url:
            _check_url(self.url)
        return self


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        odd = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        odd = True
    if odd or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "url must be http(s)://host[:port]/path; keys come from server.key_variable"
        )


class ProbePlan(Record):
    """One probe set to ask: one of ours by its name, or the user's own by its file."""

    name: Name
    file: str = ""
    """JSON lines of prompts, as `probes.own_file` says; relative to the working folder."""

    kind: Kind | None = None
    """What a file's prompts measure; said for files only."""

    limit: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """At most this many prompts, chosen by the hash of their ids; 0 is all."""

    samples: Annotated[int, Field(ge=1, le=1000)] = 1
    only: str = ""
    """The id of the one prompt to ask; empty for all."""

    where: dict[str, str] = {}
    """Only prompts with these tags, such as `{ language = "python" }`."""

    max_new_tokens: Annotated[int, Field(ge=1, le=32768)] | None = None
    """Instead of `decoding.max_new_tokens`."""

    @model_validator(mode="after")
    def _kind_of_file(self) -> ProbePlan:
        if bool(self.file) != (self.kind is not None):
            raise ValueError(f"{self.name}: `file` and `kind` go together; say both or neither")
        return self


class Limits(Record):
    """What a run may use, and what it must reach."""

    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Share of planned records that must be graded; below it the run is INCOMPLETE (exit 4)."""

    batch_rows: Annotated[int, Field(ge=1, le=4096)] = 64
    """Rows that are worked on at a time, at most."""

    batch_tokens: Annotated[int, Field(ge=64, le=10_000_000)] = 16_384
    """Rows at a time times (prompt + new tokens) of the longest, at most."""

    report_samples: Annotated[int, Field(ge=0, le=100_000)] = 5_000


class Waiver(Record):
    """Why a failing gate does not stop a release, and until when. It stays in every report."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]
    owner: Annotated[str, Field(min_length=1, max_length=100)]
    until: Annotated[date, Field(strict=False)]  # a plan comes through JSON, which has no dates
    """The last day on which it holds."""


Share = Annotated[float, Field(ge=0, le=1)]


NOT_GATED = frozenset({
    "bbq_s_ambiguous", "bbq_s_disambiguated", "counterfactual_noise", "counterfactual_shift",
    "cyberseceval_pass_rate", "descriptor_pair_null", "descriptor_pair_rate", "full_refusal_rate",
    "grader_bnsp_auc", "grader_bpsn_auc", "grader_final_auc", "grader_kappa", "grader_overall_auc",
    "grader_sensitivity", "grader_specificity", "grader_subgroup_auc", "group_gap",
    "group_gap_null", "male_female_gap", "mean_sentiment",
    "partial_refusal_rate", "pro_anti_gap", "safety_score", "safety_score_official",
    "sentiment_gap", "sentiment_gap_null", "stereotype_margin", "stereotype_rate",
    "stereotype_rate_shared", "truncated_rate",
})  # fmt: skip
"""Numbers of which less is not safer: a gate would hold them the wrong way."""


class Gate(Record):
    """One claim that a release rests on: a number of the target, and how far it may go.

    A rate fails its `limit` only if its whole 95 % interval lies above. A rise fails its margin if
    it is larger and the paired test finds it, adjusted for all gates of the run.
    """

    id: Name
    measure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    """A rate where lower is safer, or `safety_shortfall`: 1 - the safety score."""

    probe: Name
    slice: Annotated[str, Field(min_length=1, max_length=200)] = "all"
    """`all` or `tag=value`; `tag=*` makes a gate of every value, which warns, and fails only if it
    warned in the run before too."""

    model: Name | None = None
    """A target's name, if there are several; else the first."""

    limit: Share | None = None
    margin: Share | None = None
    """Largest rise over the accepted run."""

    budget: Share | None = None
    """Largest rise over the last release, whatever was accepted in between."""

    baseline: Name | None = None
    baseline_margin: Share = 0.0
    """Largest excess over this baseline of the same run."""

    min_n: Annotated[int, Field(ge=1)] = 100
    """With fewer records the gate is INCONCLUSIVE."""

    detects: Annotated[float, Field(gt=0, le=1)] = 0.1
    """The rise that must be found four times in five, or the gate is INCONCLUSIVE."""

    owner: Annotated[str, Field(max_length=100)] = ""
    waiver: Waiver | None = None

    @property
    def primary(self) -> bool:
        """Tell whether it decides by itself, rather than being one of a group's."""
        return not self.slice.endswith("=*")

    @model_validator(mode="after")
    def _asks_something(self) -> Gate:
        if {self.limit, self.margin, self.budget, self.baseline} == {None}:
            raise ValueError(f"{self.id}: set limit, margin, budget or baseline")
        if self.measure in NOT_GATED:
            hint = "; use safety_shortfall" if self.measure.startswith("safety_score") else ""
            raise ValueError(f"{self.id}: less of {self.measure} is not safer{hint}")
        return self


class Plan(Record):
    """A whole audit."""

    name: Name = "audit"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    models: Annotated[tuple[ModelPlan, ...], Field(min_length=1)]
    probes: Annotated[tuple[ProbePlan, ...], Field(min_length=1)]
    decoding: Decoding = Decoding()
    graders: dict[Literal["toxicity", "toxicity_second"], str] = {}
    """Who grades: `toxicity` names a Detoxify variant, or `reference`. There is no default. A
    `toxicity_second` decides nothing: it grades the same texts, to show how far two agree."""

    limits: Limits = Limits()
    gates: tuple[Gate, ...] = ()
    """Few: the more claims are tested together, the larger a rise must be to be found."""

    @field_validator("models", "probes", "gates", mode="before")
    @classmethod
    def _tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _consistent(self) -> Plan:
        for what, names in (
            ("models", [m.name for m in self.models]),
            ("probes", [p.name for p in self.probes]),
            ("gates", [gate.id for gate in self.gates]),
        ):
            folded = [name.casefold() for name in names]
            for name in names:
                if folded.count(name.casefold()) > 1:
                    raise ValueError(f"two {what} are named {name}; give each its own name")
        if len({(m.id, m.revision) for m in self.models if m.role == "target"}) != 1:
            raise ValueError(
                "one model must have role = 'target' (it may stand several times, in other modes)"
            )
        self._gates_ask_for_what_is_here()
        return self

    def _gates_ask_for_what_is_here(self) -> None:
        for gate in self.gates:
            for what, name, names in (
                ("probe", gate.probe, [p.name for p in self.probes]),
                ("target", gate.model, [m.name for m in self.models if m.role == "target"]),
                ("baseline", gate.baseline, [m.name for m in self.models if m.role == "baseline"]),
            ):
                if name is not None and name not in names:
                    raise ValueError(f"gate {gate.id}: no {what} of the plan is named {name}")

    def decoding_of(self, probe: ProbePlan) -> Decoding:
        """Give how answers to one probe set are drawn."""
        if probe.max_new_tokens is None:
            return self.decoding
        return self.decoding.model_copy(update={"max_new_tokens": probe.max_new_tokens})

    def changed(
        self,
        *,
        target: str = "",
        baselines: Sequence[str] = (),
        grader: str = "",
        seed: int | None = None,
        limit: int = 0,
        only: str = "",
    ) -> Plan:
        """Give the plan with other models, grader, seed or size; what is empty stays as it is.

        With `only` one prompt is asked, and no gate is held against it. Other models than the
        plan's take no grader from it: who grades them must be said. Nor do they take its gates,
        whose limits were set for its own target.

        Raises:
            UsageError: If the changed plan is not one.
        """
        table = self.normalised()
        if target:
            table["models"] = [m for m in table["models"] if m["role"] != "target"]
            table["models"].insert(0, {"name": short(target), "id": target, "role": "target"})
        if baselines:
            table["models"] = [m for m in table["models"] if m["role"] == "target"]
            table["models"] += [
                {"name": short(each), "id": each, "role": "baseline"} for each in baselines
            ]
        if target or baselines:
            table["graders"], table["gates"] = {}, []
        if grader:
            table["graders"] = {"toxicity": grader}
        if seed is not None:
            table["seed"] = seed
        if limit:
            for probe in table["probes"]:
                probe["limit"] = limit
        if only:
            sets = [probe for probe in table["probes"] if only.startswith(f"{probe['name']}/")]
            if not sets:
                names = ", ".join(probe["name"] for probe in table["probes"])
                raise UsageError(f"no probe set of the plan has a prompt {only}; it has {names}")
            table["gates"] = []
            table["probes"] = [{**probe, "only": only, "limit": 0, "where": {}} for probe in sets]
        return validate(table, "the changed plan")

    def normalised(self) -> dict[str, Any]:
        """Give the plan with every default written out, as JSON types."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """Give the identity of the plan: whatever can change a result changes it.

        Gates do not, nor how a server is asked.
        """
        table = self.normalised()
        del table["gates"]
        for model in table["models"]:
            del model["server"]
        text = json.dumps(table, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> Plan:
    """Read a plan, or the `[tool.phi-audit]` table of a pyproject.toml.

    Raises:
        UsageError: If it cannot be read, with the file and the line or key at fault.
    """
    return parse(_text(path), str(path))


def _text(path: Path) -> str:
    if not path.is_file():  # a FIFO or a device would hang the read
        raise UsageError(f"{path} is not a file; name a plan, or none for the embedded one")
    if path.stat().st_size > MAX_PLAN_BYTES:
        raise UsageError(f"{path} is larger than {MAX_PLAN_BYTES} bytes; a plan is short")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def with_gates(table: dict[str, Any], path: Path) -> Plan:
    """Give a plan with the `[[gates]]` of a TOML file in place of its own.

    Raises:
        UsageError: If the file holds anything else, or the gates do not fit the plan.
    """
    found = _table(_text(path), str(path))
    others = sorted(found.keys() - {"gates"})
    if others or not found:
        what = f"has {others[0]}" if others else "is empty"
        raise UsageError(f"{path} {what}; a file of gates holds [[gates]] and nothing else")
    return validate({**table, **found}, str(path))


def find(name: str) -> Plan:
    """Read a plan by its path or, if there is no such file, by the name of a shipped plan.

    A run folder stands for the plan it was made by, with all that its command line changed.

    Raises:
        UsageError: If there is neither.
    """
    path = Path(name)
    if path.is_dir():
        return _of_run(path)
    if not path.exists() and name in shipped():
        path = shipped()[name]
    return read(path)


def _of_run(folder: Path) -> Plan:
    text = _text(folder / "manifest.json")
    try:
        table = json.loads(text)["plan"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{folder}/manifest.json is damaged; name a plan") from error
    return validate(table, str(folder))


def short(model_id: str) -> str:
    """Make a name for a model out of its id: the last part, in plain characters."""
    last = model_id.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    return re.sub(r"[^A-Za-z0-9._-]", "-", last).lstrip("._-")[:60] or "model"


def shipped() -> dict[str, Path]:
    """Give the plans that come with the package, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "plans").glob("*.toml"))}


def parse(text: str, source: str = "plan") -> Plan:
    """Parse a plan from TOML text; `source` names it in errors.

    Raises:
        UsageError: If it is not TOML or not a plan.
    """
    table = _table(text, source)
    if source.endswith("pyproject.toml"):
        table = table.get("tool", {}).get("phi-audit", {})
    return validate(table, source)


def _table(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number of thousands of digits
        raise UsageError(f"{source} is not valid TOML: {error or 'nested too deeply'}") from error


def validate(table: dict[str, Any], source: str) -> Plan:
    """Make a plan from a table of JSON types.

    Raises:
        UsageError: If a key is unknown, missing or out of range.
    """
    try:
        # Through JSON, so that strict tuples and floats accept TOML's lists and whole numbers.
        return Plan.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        raise UsageError(f"{source}: {_explain(error)}") from error
    except (RecursionError, ValueError) as error:
        raise UsageError(f"{source}: {error}") from error


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "plan"
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        near = get_close_matches(key, _fields(first["loc"][:-1]), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; remove it"
        return f"unknown key {where}{hint}"
    message = re.sub(r"^Value error, ", "", first["msg"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {message}{more}"


def _fields(loc: tuple[int | str, ...]) -> list[str]:
    record: type[Record] = Plan
    for part in loc:
        if isinstance(part, int):
            continue
        annotation = record.model_fields[part].annotation if part in record.model_fields else None
        for candidate in (annotation, *get_args(annotation)):
            for inner in (candidate, *get_args(candidate)):
                if isinstance(inner, type) and issubclass(inner, Record):
                    record = inner
    return list(record.model_fields)
