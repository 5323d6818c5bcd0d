"""The one word a run ends in, and why.

Where something planned is missing the word is INCOMPLETE, whatever the gates say: what was not
measured cannot be good. Else a failed gate makes it NO-GO, and one that could not tell makes it
INCONCLUSIVE, as does a plan without gates: nothing was decided.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.decision.judge import is_self_test, shortfalls, worded
from audit.judgement import Judgement, Outcome, Word, outcome
from audit.results import Audit


@dataclass(frozen=True)
class Decision:
    """The word, and one sentence for each reason; GO has none."""

    word: Word
    reasons: tuple[str, ...]
    is_self_test: bool
    """No real model was judged."""

    @property
    def outcome(self) -> Outcome:
        """Give what the word means."""
        return outcome(self.word)


def decide(audit: Audit, judgement: Judgement | None = None) -> Decision:
    """Give the judgement's word, or without one what the ledger alone can say: never GO."""
    if judgement is not None:
        return Decision(judgement.word, judgement.reasons, is_self_test(audit))
    missing = tuple(shortfalls(audit))
    if missing:
        return Decision(worded(audit, "INCOMPLETE"), missing, is_self_test(audit))
    nothing = ("no gates were applied, so nothing was decided",)
    return Decision(worded(audit, "INCONCLUSIVE"), nothing, is_self_test(audit))
