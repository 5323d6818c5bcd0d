"""Kept records stay on disk: they are given whole and in order, and are held nowhere."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from audit.errors import StoreError
from audit.records import Failed
from audit.store import ByRow, Log, RunFolder


def record(i: int) -> Failed:
    return Failed(prompt_id=f"set/{i}", sample=0, reason="r")


def n_held() -> int:
    gc.collect()
    # By type: an object of some library may answer `isinstance` with a warning.
    return sum(type(one) is Failed for one in gc.get_objects())


def test_records_are_given_by_row_and_in_order_of_rows(tmp_path: Path) -> None:
    with Log(tmp_path / "log.jsonl") as log:
        log.append((i, record(i)) for i in (7, 2, 10**17))
        kept = ByRow(log, Failed.model_validate_json)
    assert list(kept) == [2, 7, 10**17]
    assert dict(kept) == {i: record(i) for i in (2, 7, 10**17)}
    assert (7 in kept, 3 in kept) == (True, False)
    with pytest.raises(KeyError):
        kept[3]


def test_the_first_of_two_lines_counts_and_a_damaged_one_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path) as log:
        log.append([(0, record(0)), (1, record(1)), (0, record(5))])
    path.write_bytes(path.read_bytes().replace(b"set/1", b"set/9"))
    with Log(path) as log:
        assert dict(ByRow(log, Failed.model_validate_json)) == {0: record(0)}


def test_what_changes_while_it_is_read_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path) as log:
        log.append([(0, record(0))])
        kept = ByRow(log, Failed.model_validate_json)
    with path.open("r+b") as file:
        file.write(b"#")
    with pytest.raises(StoreError, match="was changed while it was read"):
        kept[0]


def test_a_frozen_list_is_a_sequence_of_which_nothing_is_held(tmp_path: Path) -> None:
    n = 5_000
    with RunFolder(tmp_path) as folder, folder.log("rows") as log:
        before = n_held()
        listed = folder.freeze(log, Failed, lambda: map(record, range(n)))
        assert n_held() == before
        assert (len(listed), listed[-1], list(listed[1:3])) == (
            n,
            record(n - 1),
            [record(1), record(2)],
        )
        assert list(listed) == [record(i) for i in range(n)]
        with pytest.raises(IndexError):
            listed[n]
