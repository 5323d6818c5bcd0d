"""The claims that a release rests on, and who may waive one until when."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from audit.plan.models import Name
from audit.records import Record


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
