"""Records that stay on disk: what is in memory is where each line lies, some 30 bytes a record.

A record is read, checked and parsed each time it is asked for. So a run of any length is gone
through without holding its texts; who needs a record twice reads it twice.
"""

from __future__ import annotations

import os
import weakref
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, overload

from audit.errors import StoreError
from audit.store.files import NO_FOLLOW, broken
from audit.store.log import Log

T = TypeVar("T")


class ByRow(Mapping[int, T]):
    """The records that a log holds now, by row and in the order of the rows.

    Args:
        log: Read once here; what is appended later is not seen.
        parse: Makes a record of its JSON, or raises pydantic's `ValidationError`.

    Raises:
        StoreError: If the file cannot be read; later, if a line is not what it was, or no record.
    """

    def __init__(self, log: Log, parse: Callable[[bytes], T]) -> None:
        self._log = log
        self._parse = parse
        found = [array(code) for code in "qqqI"]
        for place in log.places():
            for column, number in zip(found, place, strict=True):
                column.append(number)
        order = sorted(range(len(found[0])), key=found[0].__getitem__)
        self._rows, self._starts, self._sizes, self._sums = (
            array(column.typecode, map(column.__getitem__, order)) for column in found
        )
        try:
            self._fd = os.open(log.path, os.O_RDONLY | NO_FOLLOW)
        except OSError as error:
            raise broken(log.path, error) from error
        weakref.finalize(self, os.close, self._fd)

    def __getitem__(self, i: int) -> T:
        """Read the record of a row."""
        k = bisect_left(self._rows, i)
        if k == len(self._rows) or self._rows[k] != i:
            raise KeyError(i)
        return self.at(k)

    def __contains__(self, i: object) -> bool:
        """Tell whether a row is there, without reading it."""
        if not isinstance(i, int):
            return False
        k = bisect_left(self._rows, i)
        return k < len(self._rows) and self._rows[k] == i

    def __iter__(self) -> Iterator[int]:
        """Give the rows in order."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    def at(self, k: int) -> T:
        """Read the record of the `k`-th row, from 0."""
        try:
            line = os.pread(self._fd, self._sizes[k], self._starts[k])
        except OSError as error:
            raise broken(self._log.path, error) from error
        if zlib.crc32(line) != self._sums[k]:
            raise StoreError(f"{self._log.path} was changed while it was read; run it again")
        return self._log.parsed(self._rows[k], line, self._parse)


class Listed(Sequence[T]):
    """The first `n` records of a log, in the order of their rows, each read when asked for."""

    def __init__(self, records: ByRow[T], n: int) -> None:
        self._records = records
        self._n = n

    @overload
    def __getitem__(self, k: int) -> T: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[T]: ...
    def __getitem__(self, k: int | slice) -> T | Sequence[T]:
        """Read one record, or some."""
        if isinstance(k, slice):
            return [self._records.at(one) for one in range(self._n)[k]]
        return self._records.at(range(self._n)[k])

    def __iter__(self) -> Iterator[T]:
        """Read one record after the other."""
        return map(self._records.at, range(self._n))

    def __len__(self) -> int:
        """Count them."""
        return self._n
