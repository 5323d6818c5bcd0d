"""How long work says how far it is: one call, and what it means is the listener's business."""

from __future__ import annotations

from typing import Protocol


class Tell(Protocol):
    """Told what is worked on, how much of it is done, and how much there is."""

    def __call__(self, what: str, done: int, planned: int, note: str = "", /) -> None:
        """Take it in; `note` says more in a few words, such as the pace."""


def silent(_what: str, _done: int, _planned: int, _note: str = "", /) -> None:
    """Tell nobody."""
