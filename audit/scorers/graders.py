"""The names of toxicity graders, known without their libraries: a wrong one ends a run at once."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from audit.errors import UsageError

CHOICES = ("original", "unbiased", "multilingual", "original-small", "unbiased-small", "reference")
"""The published variants, and the small classifier that this package carries."""


def check(grader: str) -> None:
    """Make sure that a grader is named which there is: one of `CHOICES`, a folder or a file.

    Raises:
        UsageError: If none is named, or one that does not exist.
    """
    choices = f"{', '.join(CHOICES)}, or a folder with a checkpoint"
    if not grader:
        raise UsageError(f"the plan names no toxicity grader; set graders.toxicity to: {choices}")
    if grader not in CHOICES and not Path(grader).exists():
        near = get_close_matches(grader, CHOICES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"no toxicity grader is named {grader}{hint}; choose {choices}")
