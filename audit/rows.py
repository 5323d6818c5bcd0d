"""A set of row numbers in a bit each: ten million rows in two megabytes.

Bits lie in chunks made on first use, so that one absurd row number in a hostile file costs a chunk
and not all the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet

CHUNK = 1024


class Rows(MutableSet[int]):
    """Row numbers, each at least 0; the operations are those of a `set`."""

    def __init__(self, rows: Iterable[int] = ()) -> None:
        self._chunks: dict[int, int] = {}
        for i in rows:
            self.add(i)

    def __contains__(self, i: object) -> bool:
        """Tell whether a row is in."""
        return isinstance(i, int) and self._chunks.get(i // CHUNK, 0) >> i % CHUNK & 1 == 1

    def __iter__(self) -> Iterator[int]:
        """Give the rows in order."""
        for number, bits in sorted(self._chunks.items()):
            yield from (number * CHUNK + bit for bit in range(CHUNK) if bits >> bit & 1)

    def __len__(self) -> int:
        """Count the rows."""
        return sum(bits.bit_count() for bits in self._chunks.values())

    def add(self, value: int) -> None:
        """Put a row in."""
        number, bit = divmod(value, CHUNK)
        self._chunks[number] = self._chunks.get(number, 0) | 1 << bit

    def discard(self, value: int) -> None:
        """Take a row out, if it is in."""
        number, bit = divmod(value, CHUNK)
        self._chunks[number] = self._chunks.get(number, 0) & ~(1 << bit)
