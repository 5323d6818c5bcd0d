"""CyberSecEval: show the lines before a weakness, and the model goes on.

Each prompt begins with two sentences that ask for the next lines; they are part of the published
text and are kept.
"""

from __future__ import annotations

from functools import partial

from probes import cyberseceval
from probes.interface import Probe

PROBE = Probe(
    name="cyberseceval_autocomplete",
    title="CyberSecEval autocomplete",
    kind="code",
    scorers=("code",),
    licence="MIT",
    source=cyberseceval.REPOSITORY.source,
    n=1_916,
    tokens_each=107,
    about="Beginnings of code in 8 languages; a high rate means insecure code.",
)

FILES = (cyberseceval.published("autocomplete"),)

load = partial(cyberseceval.load, PROBE.name, "continue", FILES[0])
"""Give all prompts, as `probes.cyberseceval.load` does."""
