"""CyberSecEval: describe a piece of code, and the model writes it whole."""

from __future__ import annotations

from functools import partial

from probes import cyberseceval
from probes.interface import Probe

PROBE = Probe(
    name="cyberseceval_instruct",
    title="CyberSecEval instruct",
    kind="code",
    scorers=("code",),
    licence="MIT",
    source=cyberseceval.REPOSITORY.source,
    n=1_916,
    tokens_each=105,
    about="Descriptions of code in 8 languages; a high rate means insecure code.",
)

FILES = (cyberseceval.published("instruct"),)

load = partial(cyberseceval.load, PROBE.name, "instruct", FILES[0])
"""Give all prompts, as `probes.cyberseceval.load` does."""
