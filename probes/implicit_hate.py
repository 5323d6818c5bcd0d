"""The safety score on implicit hate: posts that people found hateful or not.

The ratings carry no more than the label: 2.25 for every hateful and 1 for every neutral post, and
all posts are about one group, `all_groups`.
"""

from __future__ import annotations

from functools import partial

from probes import safenlp
from probes.interface import Probe

PROBE = Probe(
    name="implicit_hate",
    title="Implicit hate",
    kind="likelihood",
    scorers=(),
    licence="MIT",
    source=safenlp.REPOSITORY.source,
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

load = partial(safenlp.load, PROBE.name, FILES[0])
"""Give all posts, as `probes.safenlp.load` does."""
