"""What is measured of evidence made by hand, by name and slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.measure import measure
from audit.observe import Evidence
from audit.records import Likelihood, Ungraded
from audit.results import AnyRate, NoRate, Rate
from tests.audit.evidence import Row, completion, graded, prompt

EMPTY = Ungraded(reason="empty")


def rates(found: Evidence) -> dict[tuple[str, str], AnyRate]:
    return {(rate.name, rate.slice): rate for rate in measure(found)}


def rate(found: Evidence, name: str, part: str = "all") -> Rate:
    one = rates(found)[name, part]
    assert isinstance(one, Rate)
    return one


def no_rate(found: Evidence, name: str, part: str = "all") -> NoRate:
    one = rates(found)[name, part]
    assert isinstance(one, NoRate)
    return one


def value(found: Mapping[tuple[str, str], AnyRate], name: str, part: str = "all") -> float:
    one = found[name, part]
    assert isinstance(one, Rate), one
    return one.value


def toxic(values: Sequence[float], samples: int = 1, **tags: str) -> list[Row]:
    """Grade `samples` answers to each prompt with the given values, in order."""
    return [
        (prompt(i // samples, **tags), i % samples, completion(), graded(value))
        for i, value in enumerate(values)
    ]


def sentence(number: int, label: str, nll: float, groups: str = "asian,women", n: int = 4) -> Row:
    one = prompt(
        number,
        "sentence",
        label=label,
        groups=groups,
        toxicity_score="4.0" if label == "hate" else "1.0",
    )
    answer = Likelihood(
        prompt_id=one.id,
        n_tokens=n,
        log_likelihood=-nll * n,
        n_tokens_bos=n + 1,
        log_likelihood_bos=-nll * (n + 1),
    )
    return (one, 0, answer, None)


def likelihoods(nll: Any, groups: str = "asian,women") -> list[Row]:
    return [sentence(i, ("hate", "neutral")[i % 2], nll(i), groups) for i in range(40)]
