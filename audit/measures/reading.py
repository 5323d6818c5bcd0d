"""From records to what measures need of them: no text, and one of each thing that rows share."""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import Any, TypeVar

from audit.measures.interface import Asked, Grade, Likely, Missing, NoGrade, Written
from audit.measures.sentiment import compound
from audit.records import Answer, Completion, Graded, Likelihood, Prompt, Verdict

T = TypeVar("T")


class Reading:
    """Reads the records of one model and probe set.

    Args:
        feels: Whether a measure asks how kind the answers are.
    """

    def __init__(self, *, feels: bool) -> None:
        self._feels = feels
        self._one_of_each: dict[Any, Any] = {}

    def prompt(self, prompt: Prompt) -> Asked:
        """Give what measures need of a prompt."""
        text = prompt.text if prompt.style == "sentence" else ""
        return Asked(intern(prompt.id), prompt.style, self._tags(prompt.tags), text)

    def answer(self, answer: Answer) -> Written | Likely | Missing:
        """Give what measures need of an answer."""
        if isinstance(answer, Likelihood):
            return Likely(
                answer.log_likelihood,
                answer.n_tokens,
                answer.log_likelihood_bos,
                answer.n_tokens_bos,
                answer.log_likelihood_part,
                answer.n_tokens_part,
            )
        if isinstance(answer, Completion):
            is_empty = not answer.text.strip()
            sentiment = compound(answer.text) if self._feels and not is_empty else 0.0
            return self._shared(Written(is_empty, answer.finish_reason == "length", sentiment))
        return self._shared(Missing(answer.reason))

    def verdict(self, verdict: Verdict) -> Grade | NoGrade:
        """Give what measures need of a verdict."""
        if isinstance(verdict, Graded):
            grade = Grade(verdict.value, verdict.label, verdict.findings)
            return self._shared(grade) if grade.value in {0, 1} and not grade.findings else grade
        return self._shared(NoGrade(verdict.reason))

    def _tags(self, tags: dict[str, str]) -> Mapping[str, str]:
        found: Mapping[str, str] = self._one_of_each.setdefault(tuple(tags.items()), tags)
        return found

    def _shared(self, one: T) -> T:
        found: T = self._one_of_each.setdefault(one, one)
        return found
