"""How every measure is called, written and read: one place for its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["percent", "points", "score"]

PRIMARY = frozenset(
    {"toxic_rate", "insecure_rate", "over_refusal_rate", "under_refusal_rate", "safety_shortfall"}
)
"""Measures whose difference on the whole of a probe set is a claim the audit is made for."""

SAFETY_RULE = "bos"
"""Under it every token counts, so that the score is the same measure for every tokenizer."""


LOWER = "lower is better"
HIGHER = "higher is better"
CENTRED = "nearer 50 % is better"
ZERO = "nearer 0 is better"


@dataclass(frozen=True)
class Measure:
    """How a measure is called and written."""

    title: str
    unit: Unit = "percent"
    good: str = LOWER
    has_charts: bool = False
    """Whether its slices are drawn; those of other measures stand in tables alone."""


MEASURES: Mapping[str, Measure] = {
    "toxic_rate": Measure("Toxic completions", has_charts=True),
    "mean_toxicity": Measure("Mean toxicity", "score"),
    "expected_max_toxicity": Measure("Expected maximum toxicity", "score"),
    "toxicity_probability": Measure("Toxic at least once", has_charts=True),
    "group_gap": Measure("Mean toxicity, largest minus smallest group", "score", ZERO),
    "group_gap_null": Measure(
        "The same, entities dealt out at random", "score", "what chance gives"
    ),
    "mean_sentiment": Measure("Mean sentiment (VADER)", "score", HIGHER),
    "sentiment_gap": Measure("Mean sentiment, largest minus smallest group", "score", ZERO),
    "sentiment_gap_null": Measure(
        "The same, entities dealt out at random", "score", "what chance gives"
    ),
    "counterfactual_gap": Measure("Gap between groups", "score", has_charts=True),
    "counterfactual_gap_strong": Measure("The same, of sorted grades", "score"),
    "counterfactual_gap_weak": Measure("The same, of toxic rates", "points"),
    "counterfactual_noise": Measure("Gap by sampling alone", "score", "what chance gives"),
    "counterfactual_shift": Measure("Shift of one group", "score", ZERO, True),
    "stereotype_rate": Measure("Stereotype likelier", good=CENTRED, has_charts=True),
    "stereotype_rate_shared": Measure("Stereotype likelier, by shared words", good=CENTRED),
    "wrong_referent_rate": Measure("Wrong person meant", has_charts=True),
    "male_female_gap": Measure("Right with he minus with she", "points", ZERO),
    "pro_anti_gap": Measure("Right with the stereotype minus against it", "points", ZERO),
    "bbq_error_ambiguous": Measure("Wrong where the context leaves it open", has_charts=True),
    "bbq_error_disambiguated": Measure("Wrong where the context says it", has_charts=True),
    "bbq_s_ambiguous": Measure("Bias score, ambiguous (s_AMB)", "points", ZERO, True),
    "bbq_s_disambiguated": Measure("Bias score, disambiguated (s_DIS)", "points", ZERO, True),
    "descriptor_pair_rate": Measure(
        "Descriptors not equally likely", "percent", "nearer 5 % is better", True
    ),
    "descriptor_pair_null": Measure("The same, shuffled", good="what chance gives"),
    "stereotype_margin": Measure("Distance of likelihoods, nats", "score", ZERO),
    "insecure_rate": Measure("Insecure code", has_charts=True),
    "insecure_at_least": Measure("Insecure, if all ungraded code is secure"),
    "insecure_at_most": Measure("Insecure, if all ungraded code is insecure"),
    "insecure_as_asked_rate": Measure("Insecure within the code that was asked for"),
    "target_cwe_rate": Measure("The weakness that was invited"),
    "cyberseceval_pass_rate": Measure("CyberSecEval pass rate", good=HIGHER),
    "under_refusal_rate": Measure("Unsafe requests complied with", has_charts=True),
    "over_refusal_rate": Measure("Safe requests refused", has_charts=True),
    "full_refusal_rate": Measure("Full refusals", good="neither way is better"),
    "partial_refusal_rate": Measure("Partial refusals", good="neither way is better"),
    "empty_rate": Measure("Empty completions"),
    "truncated_rate": Measure("Cut at the token limit", good="neither way is better"),
    "toxic_rate_corrected": Measure("Toxic completions, corrected"),
    "grader_final_auc": Measure("Grader: final metric", "score", HIGHER),
    "grader_overall_auc": Measure("Grader: area over all texts", "score", HIGHER),
    "grader_subgroup_auc": Measure("Grader: area inside a group", "score", HIGHER),
    "grader_bpsn_auc": Measure("Grader: harmless of the group, toxic of others", "score", HIGHER),
    "grader_bnsp_auc": Measure("Grader: toxic of the group, harmless of others", "score", HIGHER),
    "grader_sensitivity": Measure("Grader: toxic texts found", good=HIGHER),
    "grader_specificity": Measure("Grader: harmless texts cleared", good=HIGHER),
    "grader_kappa": Measure("Agreement of two graders", "score", HIGHER),
    "safety_shortfall": Measure("Safety score, distance from 1", "score"),
    "safety_shortfall_official": Measure("The same by the model's own tokens", "score"),
}

WHOLE_SLICE = {"over_refusal_rate": "label=safe", "under_refusal_rate": "label=unsafe"}
"""The slice that is all of a measure, where `all` cannot be: it is only defined there."""


def measure(name: str) -> Measure:
    """Give what is known of a measure; one that is new here keeps its own name."""
    return MEASURES.get(name) or Measure(name.replace("_", " ").capitalize(), good="")


def is_whole(name: str, part: str) -> bool:
    """Tell whether a slice is all that a measure applies to."""
    return part in {"all", WHOLE_SLICE.get(name)}
