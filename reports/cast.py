"""What every part of the report looks up: the models in their order, and the signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.records import ModelCard
from audit.results import Audit, Difference, Rate, Signature
from reports.charts import SHAPES, Series


@dataclass(frozen=True)
class Cast:
    """An audit with its models in order and its signatures numbered."""

    audit: Audit
    models: tuple[ModelCard, ...]
    """Targets first, else as planned."""

    series: tuple[Series, ...]
    """The models as charts show them, in the same order."""

    lanes: Mapping[str, int]
    """Model to its place in that order."""

    numbers: Mapping[str, int]
    """Signature to its place in the report's list, from 1."""

    @property
    def target(self) -> ModelCard:
        """Give the model that is judged; its first prompt mode if it stands several times."""
        return self.models[0]

    def number(self, signature: Signature) -> int:
        """Give the place of a signature in the report's list, from 1."""
        return self.numbers[str(signature)]


def cast(audit: Audit) -> Cast:
    """Put the models in order and number the signatures."""
    models = tuple(sorted(audit.models, key=lambda model: model.role != "target"))
    signatures = dict.fromkeys(str(signature) for signature in all_signatures(audit))
    return Cast(
        audit=audit,
        models=models,
        series=tuple(
            Series(model.name, model.role, SHAPES[i % len(SHAPES)])
            for i, model in enumerate(models)
        ),
        lanes={model.name: i for i, model in enumerate(models)},
        numbers={signature: i for i, signature in enumerate(signatures, start=1)},
    )


def all_signatures(audit: Audit) -> Iterator[Signature]:
    """Give the signature of every number, as often as it occurs."""
    for rate in (*audit.rates, *audit.trust):
        if isinstance(rate, Rate):
            yield rate.signature
    for difference in audit.differences:
        if isinstance(difference, Difference):
            yield difference.signature
    for score in audit.safety_scores:
        yield score.signature
