"""What the flow may find, by weakness. Each rule has a sample in `audit/linter/rules/flow/`."""

from __future__ import annotations

from audit.linter.flow.rules import (
    cryptography,
    directory_traversal,
    injection,
    leaky_errors,
    misread_requirements,
    missing_validation,
    unsafe_defaults,
)
from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
    **cryptography.RULES,
    **directory_traversal.RULES,
    **injection.RULES,
    **leaky_errors.RULES,
    **misread_requirements.RULES,
    **missing_validation.RULES,
    **unsafe_defaults.RULES,
}
