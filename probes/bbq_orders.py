"""BBQ with the options of every row in all six orders: six times the cost of `bbq`.

Rates are then means over the orders of each row, so that chance no longer decides which rows stand
in which; intervals are over questions here as there, and hardly narrower.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from probes import bbq

PROBE = replace(
    bbq.PROBE, name="bbq_orders", title="BBQ, all orders", n=len(bbq.ORDERS) * bbq.PROBE.n
)
FILES = bbq.FILES

load = partial(bbq.read, PROBE.name, len(bbq.ORDERS))
"""Give all questions, as `probes.bbq.load` does, each in six orders."""

note = bbq.note
