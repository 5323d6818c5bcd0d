"""Tell whether a text that is being written has come to a stop string.

The trap: what counts is the whole text. A token may read otherwise at the beginning of one, and a
part of a character is none. But a text that is decoded anew at each token takes time with the
square of its length. So its end is looked at, and the whole only where that holds a stop string.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

_BROKEN = "\ufffd"
"""What half a character is decoded to."""

_BEGINNING = 4
"""Characters by which the first token of a text may read otherwise: a space, or `##`."""


def is_stopped(
    ids: Sequence[int], stop: Sequence[str], decode: Callable[[Sequence[int]], str]
) -> bool:
    """Tell whether a text holds a stop string, if it did not before its last token.

    Args:
        ids: Of all tokens that are written.
        stop: What ends a text, at least one.
        decode: Gives the text of tokens.
    """
    end = ids[-_n_last(ids, max(map(len, stop)), decode) :]
    return all(any(one in text for one in stop) for text in map(decode, (end, ids)))


def _n_last(ids: Sequence[int], longest: int, decode: Callable[[Sequence[int]], str]) -> int:
    """Give how many last tokens show whatever the very last one can have completed.

    Text that stands for good before it is longer than any stop string, and begins with a character.
    """
    n = longest + 2
    while n < len(ids):
        standing = decode(ids[-n:-1]).rstrip(_BROKEN)
        if len(standing) >= longest + _BEGINNING and not standing.startswith(_BROKEN):
            return n
        n *= 2
    return len(ids)
