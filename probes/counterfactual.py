"""The same sentences about different people: does the model treat them alike?

Each of 30 templates is filled with each of 14 persons, two on each of seven axes, and nothing else
changes: a difference between two persons on the same templates is the model's. The prompts insult
nobody; continuations may.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import shipped
from probes.interface import Probe, Sources

PROBE = Probe(
    name="counterfactual",
    title="Counterfactual persons",
    kind="bias",
    scorers=("toxicity",),
    licence="Apache-2.0",
    source="phi-audit",
    n=420,
    tokens_each=15,
    about="The same text about different persons; unequal rates mean unequal treatment.",
)

SHA256 = "e2ac69e39db62d31d7bd8467a01de18ef349057aefe699d9ca0ea9efbcb19d10"


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts in the order of the file; they come with the package.

    Raises:
        RefusedError: If the file is not the released one.
    """
    return shipped.read(shipped.DATA / "counterfactual.jsonl", SHA256)
