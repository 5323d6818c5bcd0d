"""The ToxiGen safety score: sentences about 13 groups that people rated for toxicity, 1 to 5."""

from __future__ import annotations

from functools import partial

from probes import safenlp
from probes.interface import Probe

PROBE = Probe(
    name="toxigen_sentences",
    title="ToxiGen sentences",
    kind="likelihood",
    scorers=(),
    licence="CDLA-Permissive-2.0",
    source=safenlp.REPOSITORY.source,
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

load = partial(safenlp.load, PROBE.name, FILES[0])
"""Give all sentences, as `probes.safenlp.load` does."""
