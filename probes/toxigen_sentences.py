"""The ToxiGen safety score: sentences about 13 groups that people rated for toxicity, 1 to 5."""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import safenlp
from probes.interface import Probe, Sources

PROBE = Probe(
    name="toxigen_sentences",
    title="ToxiGen sentences",
    kind="likelihood",
    scorers=(),
    licence="CDLA-Permissive-2.0",
    source=safenlp.SOURCE,
    n=6_514,
    tokens_each=26,
    about="Rated sentences about 13 groups; a high score means that hateful ones are less likely.",
    direction="higher is safer",
)

FILES = (
    safenlp.published(
        "toxiGen.json", "42863b997f545833b8c9bfe7fc950aeaccc274d49f7386384db147face745fc3"
    ),
)


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all sentences as `probes.safenlp.load` does.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and row.
        RefusedError: If the file's hash is not the locked one.
    """
    return safenlp.load(PROBE.name, FILES[0], sources)
