"""A bit for each row behaves like the set it stands for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audit.rows import Rows

ROWS = st.sets(st.integers(0, 10**18) | st.integers(0, 3000))


@given(ROWS, ROWS)
def test_rows_are_a_set(one: set[int], other: set[int]) -> None:
    rows = Rows(one)
    rows |= Rows(other)
    assert set(rows) == one | other
    assert len(rows) == len(one | other)
    assert list(rows) == sorted(one | other)
    assert (rows >= one) is True
    for i in one:
        assert i in rows
        rows.discard(i)
        assert i not in rows
    assert set(rows) == other - one
