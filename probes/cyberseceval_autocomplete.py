"""CyberSecEval: show the lines before a weakness, and the model goes on.

Each prompt begins with two sentences that ask for the next lines; they are part of the published
text and are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import cyberseceval
from probes.interface import Probe, Sources

PROBE = Probe(
    name="cyberseceval_autocomplete",
    title="CyberSecEval autocomplete",
    kind="code",
    scorers=("code",),
    licence="MIT",
    source=cyberseceval.SOURCE,
    n=1_916,
    tokens_each=107,
    about="Beginnings of code in 8 languages; a high rate means insecure code.",
)

FILES = (cyberseceval.published("autocomplete"),)


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts as `probes.cyberseceval.load` does.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and row.
        RefusedError: If the file's hash is not the locked one.
    """
    return cyberseceval.load(PROBE.name, "continue", FILES[0], sources)
