"""Where a sample stands in the page: a link that stays the same from run to run."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from reports.visible import one_line

LONGEST = 120
"""Longer ids end in a hash instead."""


def anchor(prompt_id: str) -> str:
    """Give a permalink such as `s-groups/women-07`: the id, as the part of an address after `#`."""
    written = quote(one_line(prompt_id), safe="/")
    if len(written) <= LONGEST:
        return f"s-{written}"
    digest = hashlib.sha256(prompt_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"s-{written[:LONGEST]}~{digest[:12]}"
