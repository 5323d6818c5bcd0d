"""A whole plan: models, probe sets, decoding, graders, limits and gates that fit together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from audit.errors import UsageError
from audit.mistakes import explain
from audit.plan.gates import Gate
from audit.plan.models import ModelPlan, Name
from audit.records import Decoding, Kind, Record


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
            table["models"].insert(0, {"name": _short(target), "id": target, "role": "target"})
        if baselines:
            table["models"] = [m for m in table["models"] if m["role"] == "target"]
            table["models"] += [
                {"name": _short(each), "id": each, "role": "baseline"} for each in baselines
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


def validate(table: dict[str, Any], source: str) -> Plan:
    """Make a plan from a table of JSON types.

    Raises:
        UsageError: If a key is unknown, missing or out of range.
    """
    try:
        # Through JSON, so that strict tuples and floats accept TOML's lists and whole numbers.
        return Plan.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        raise UsageError(f"{source}: {explain(error, Plan, 'plan')}") from error
    except (RecursionError, ValueError) as error:
        raise UsageError(f"{source}: {error}") from error


def _short(model_id: str) -> str:
    """Make a name for a model out of its id: the last part, in plain characters."""
    last = model_id.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    return re.sub(r"[^A-Za-z0-9._-]", "-", last).lstrip("._-")[:60] or "model"
