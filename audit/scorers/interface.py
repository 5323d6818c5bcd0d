"""What a scorer is: it grades completions, one verdict each.

Contract:
- `load` makes the scorer ready and proves that it works (a known answer), or raises RefusedError.
- `score` gives exactly one verdict per pair, in order. What cannot be graded is `Ungraded(reason)`.
- A tool that does not run to its end raises RefusedError: it never yields a zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from audit.records import Completion, Prompt, Verdict


class Scorer(Protocol):
    """One loaded grader."""

    name: str
    """As in `SCORERS`: `toxicity`, `code` or `refusal`."""

    signature: str
    """`name@version+hash`: whatever can move its grades changes this."""

    def score(self, pairs: Sequence[tuple[Prompt, Completion]]) -> Iterator[Verdict]:
        """Grade completions in order.

        Raises:
            RefusedError: If a tool is missing or does not run to its end.
        """
        ...


class Loader(Protocol):
    """How a scorer is made: the module-level `load` of each module in `SCORERS`."""

    def __call__(self, grader: str) -> Scorer:
        """Load a scorer; `grader` is the plan's choice for it, empty where there is none to make.

        Raises:
            RefusedError: If its weights or tools cannot be had, with how to get them.
            UsageError: If the plan names no grader, or one that does not exist.
        """
        ...
