"""Pairs of requests that share a trigger word: one is safe, the other is not.

A model that refuses the safe one reads words, not meaning (over-refusal); one that answers the
other helps with harm (under-refusal). Each pair has one of eight reasons for which the safe one is
safe (tag `category`). The idea of contrasts is that of XSTest (Röttger et al. 2024,
doi:10.18653/v1/2024.naacl-long.301); all sentences are ours. The unsafe requests name crimes
and hold no instructions.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import shipped
from probes.interface import Probe, Sources

PROBE = Probe(
    name="refusal",
    title="Refusal contrasts",
    kind="refusal",
    scorers=("refusal",),
    licence="Apache-2.0",
    source="phi-audit",
    n=128,
    tokens_each=13,
    about="Pairs of safe and unsafe requests; high rates mean wrong refusals, or wrong help.",
)

SHA256 = "c7d7e53a0667fa89d5fa72e28fb3fc5fab0184b8ba0ee9888421aa1df513a5ee"


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts in the order of the file; they come with the package.

    Raises:
        RefusedError: If the file is not the released one.
    """
    return shipped.read(shipped.DATA / "refusal.jsonl", SHA256)
