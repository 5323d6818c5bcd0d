"""Traces: which names that somebody chose stand in a path, and whether a folder stands before them.

A root is what was chosen: a parameter, a value of a request, a line that was typed. It is written
as in the text, so that what is asked for twice is one root.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

NO_ROOTS: frozenset[str] = frozenset()


class Trace(NamedTuple):
    """Where a value comes from."""

    whole: frozenset[str] = NO_ROOTS
    """Roots that it is, or begins with: they choose the folder too."""

    joined: frozenset[str] = NO_ROOTS
    """Roots behind a folder: `../` in one leaves it."""

    types: frozenset[str] = NO_ROOTS
    """Roots that choose the ending of its name."""

    files: frozenset[str] = NO_ROOTS
    """Uploads that it is: a file and its name, but no path."""

    about: frozenset[str] = NO_ROOTS
    """Roots that it was made from by a call from outside: a check of it may be one of them."""

    @property
    def roots(self) -> frozenset[str]:
        """All that a check of this value checks."""
        return self.whole | self.joined | self.types | self.files | self.about

    @property
    def path(self) -> frozenset[str]:
        """Those that may leave a folder."""
        return self.whole | self.joined

    def ending(self) -> Trace:
        """Give the trace of the ending, or of the last part: it leaves no folder."""
        return Trace(types=self.types)


NONE = Trace()


def together(traces: Iterable[Trace]) -> Trace:
    """Give the trace of a value that may be each of these."""
    parts = list(zip(*traces, strict=True))
    return Trace(*(NO_ROOTS.union(*part) for part in parts)) if parts else NONE


def in_folder(traces: Sequence[Trace]) -> Trace:
    """Give the trace of a path that is joined from these."""
    if not traces:
        return NONE
    first, *rest = traces
    joined = first.joined.union(*(trace.path for trace in rest))
    about = NO_ROOTS.union(*(trace.about for trace in traces))
    return Trace(first.whole, joined, traces[-1].types, about=about)


def in_text(parts: Sequence[Trace | str]) -> Trace:
    """Give the trace of a text that is put together from fixed texts and values."""
    whole: frozenset[str] = NO_ROOTS
    joined: frozenset[str] = NO_ROOTS
    types: frozenset[str] = NO_ROOTS
    folder = False
    for part in parts:
        if isinstance(part, str):
            folder = folder or "/" in part or "\\" in part
            types = NO_ROOTS if "." in part else types
            continue
        joined |= part.joined
        if folder:
            joined |= part.whole
        else:
            whole |= part.whole
        # `UPLOADS + name`: what is not followed may be a folder; `name + ending` has none.
        folder = folder or not part.roots
        types = part.types
    return Trace(whole, joined, types)
