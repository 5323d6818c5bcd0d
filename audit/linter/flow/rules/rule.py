"""What a rule of the flow is: its weakness and what it says."""

from __future__ import annotations

from typing import NamedTuple

from audit.linter.policy import Level


class Rule(NamedTuple):
    """What a check says when it finds something."""

    cwe: int
    weakness: str
    severity: Level
    confidence: Level
    message: str
    by_name: bool = False
    """Whether nothing but the name of a variable tells."""

    decides: bool = True
    """Whether it makes code insecure, or only informs."""
