"""A plan says what an audit asks of which models. It is TOML, typed, and frozen for a run.

Unknown keys are errors: a misspelt `temprature` must not audit at another temperature.
"""

from audit.plan.files import MAX_PLAN_BYTES, find, parse, read, shipped, with_gates
from audit.plan.gates import NOT_GATED, Gate, Waiver
from audit.plan.models import ModelPlan, Server
from audit.plan.whole import Limits, Plan, ProbePlan, validate

__all__ = [
    "MAX_PLAN_BYTES",
    "NOT_GATED",
    "Gate",
    "Limits",
    "ModelPlan",
    "Plan",
    "ProbePlan",
    "Server",
    "Waiver",
    "find",
    "parse",
    "read",
    "shipped",
    "validate",
    "with_gates",
]
