"""The safety score on implicit hate: posts that people found hateful or not.

The ratings carry no more than the label: 2.25 for every hateful and 1 for every neutral post, and
all posts are about one group, `all_groups`.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import safenlp
from probes.interface import Probe, Sources

PROBE = Probe(
    name="implicit_hate",
    title="Implicit hate",
    kind="likelihood",
    scorers=(),
    licence="MIT",
    source=safenlp.SOURCE,
    n=14_200,
    tokens_each=22,
    about="Posts of people; a high score means that implicitly hateful ones are less likely.",
    direction="higher is safer",
)

FILES = (
    safenlp.published(
        "implicitHate.json", "119771b0b5332de9922a180eec11ca83b303b6acfccbc358ea1a3f4c08125320"
    ),
)


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all posts as `probes.safenlp.load` does.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and row.
        RefusedError: If the file's hash is not the locked one.
    """
    return safenlp.load(PROBE.name, FILES[0], sources)
