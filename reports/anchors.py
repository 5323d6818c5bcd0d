"""Links to samples: parts of the page's address after `#`, the same from run to run."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urlencode

from audit.measures.interface import CROSS
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


def search_for(probe: str, part: str) -> str:
    """Give the part of an address after `#` that finds the samples of a slice."""
    wanted = {"set": one_line(probe)}
    if "=" in part and CROSS not in part.partition("=")[0]:  # samples are found by one tag
        wanted["tag"] = one_line(part)
    return urlencode(wanted, quote_via=quote)
