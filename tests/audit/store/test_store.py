"""The run folder keeps what it was given, through torn tails, flipped bits and full disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import LockedError, StoreError
from audit.records import Failed, Finding, Graded, Ungraded
from audit.store import Log, RunFolder, canonical, encode, slug


def record(i: int) -> Failed:
    return Failed(prompt_id=f"set/{i}", sample=0, reason="x" * (i % 7))


def fill(path: Path, n: int = 12) -> bytes:
    with Log(path) as log:
        for start in range(0, n, 3):
            log.append((i, record(i)) for i in range(start, min(start + 3, n)))
    return path.read_bytes()


def rows(path: Path) -> dict[int, Failed]:
    with Log(path) as log:
        return {i: Failed.model_validate_json(body) for i, body in log.read()}


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    fill(tmp_path / "log.jsonl")
    assert rows(tmp_path / "log.jsonl") == {i: record(i) for i in range(12)}


def test_every_line_is_plain_json(tmp_path: Path) -> None:
    data = fill(tmp_path / "log.jsonl")
    values = [json.loads(line) for line in data.splitlines()]
    assert [value["i"] for value in values] == list(range(12))
    assert values[3]["v"]["prompt_id"] == "set/3"


def test_a_tail_torn_at_any_byte_costs_only_the_torn_line(tmp_path: Path) -> None:
    data = fill(tmp_path / "log.jsonl")
    ends = [i + 1 for i, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(ends[-4], len(data)):
        path = tmp_path / "torn.jsonl"
        path.write_bytes(data[:cut])
        whole = sum(end <= cut for end in ends)
        assert rows(path) == {i: record(i) for i in range(whole)}
        with Log(path) as log:
            log.append((i, record(i)) for i in range(12) if i not in log.done)
        assert path.read_bytes() == data


def test_no_flipped_bit_is_accepted(tmp_path: Path) -> None:
    data = fill(tmp_path / "log.jsonl")
    path = tmp_path / "flipped.jsonl"
    for bit in range(0, len(data) * 8, 5):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        for i, value in rows(path).items():
            assert value == record(i)


def test_a_damaged_line_is_set_aside_and_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = fill(path).splitlines(keepends=True)
    bad = lines[5].replace(b"set/5", b"set/9")
    path.write_bytes(b"".join([*lines[:5], bad, *lines[6:]]))
    with Log(path) as log:
        assert log.n_damaged == 1
        assert set(log.done) == set(range(12)) - {5}
        log.append([(5, record(5))])
    assert rows(path) == {i: record(i) for i in range(12)}
    assert path.with_suffix(".damaged").read_bytes() == bad


def test_a_row_that_stands_twice_counts_once_and_a_conflict_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(encode(0, record(0)) * 2 + encode(0, record(1)))
    with Log(path) as log:
        assert log.n_conflicting == 1
        assert len(list(log.read())) == 1
    assert rows(path) == {0: record(0)}


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_the_records_take_survives_the_log(text: str) -> None:
    line = encode(7, Ungraded(reason=text))
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line)["v"]["reason"] == text


def test_a_full_disk_loses_nothing_and_says_what_is_safe(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from audit.errors import StoreError
from audit.records import Failed
from audit.store import Log
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
with Log(Path(sys.argv[1])) as log:
    try:
        for i in range(100):
            if i not in log.done:
                log.append([(i, Failed(prompt_id=f"set/{i}", sample=0, reason=""))])
    except StoreError as error:
        assert "records are safe" in str(error) or not log.done, error
        sys.exit(error.exit_code)
"""
    whole = b"".join(
        encode(i, Failed(prompt_id=f"set/{i}", sample=0, reason="")) for i in range(100)
    )
    path = tmp_path / "log.jsonl"
    for size in (*range(700, len(whole), 2048), len(whole)):
        command = [sys.executable, "-c", script, str(path), str(size)]
        done = subprocess.run(command, check=False, capture_output=True)
        data = path.read_bytes()
        assert done.returncode == (0 if data == whole else 74), done.stderr
        assert whole.startswith(data)
        assert data.endswith(b"\n")
    assert path.read_bytes() == whole


def test_a_folder_in_use_names_its_holder(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run"), pytest.raises(LockedError, match=f"process {os.getpid()}"):
        RunFolder(tmp_path / "run")
    RunFolder(tmp_path / "run").__exit__()


def test_a_place_that_cannot_be_a_folder_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        RunFolder(tmp_path / "file")
    with pytest.raises(StoreError):
        RunFolder(tmp_path / "file" / "below")


def test_frozen_records_are_given_again_and_never_replaced(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        with folder.log("rows") as log:
            assert folder.freeze(log, Failed, lambda: [record(0), record(1)])[1] == record(1)
        with folder.log("rows") as log:
            assert folder.freeze(log, Failed, lambda: pytest.fail("planned twice"))
        (tmp_path / "rows.frozen").unlink()
        with folder.log("rows") as log, pytest.raises(StoreError, match="row 1"):
            folder.freeze(log, Failed, lambda: [record(0), record(2)])


def test_a_frozen_line_that_was_damaged_is_planned_again(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        with folder.log("rows") as log:
            folder.freeze(log, Failed, lambda: [record(i) for i in range(5)])
        path = tmp_path / "rows.jsonl"
        path.write_bytes(path.read_bytes().replace(b"set/2", b"set/3"))
        with folder.log("rows") as log:
            again = folder.freeze(log, Failed, lambda: [record(i) for i in range(5)])
        assert list(again) == [record(i) for i in range(5)]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept")
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError):
        Log(tmp_path / "log.jsonl")
    assert (tmp_path / "secret").read_text() == "kept"


@given(st.text(min_size=1), st.text(min_size=1))
def test_file_names_are_plain_short_and_as_different_as_the_names(one: str, two: str) -> None:
    for name in (one, two):
        assert 0 < len(slug(name)) <= 80
        assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
        assert not slug(name).startswith((".", "-"))
    assert (slug(one) == slug(two)) == (one == two)


def test_a_whole_file_is_never_written_through_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("mine")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with RunFolder(tmp_path / "run") as folder:
        for name in ("report.html", "report.html.partial"):
            (tmp_path / "run" / name).symlink_to(kept)
        folder.write("report.html", b"theirs")
        (tmp_path / "run" / "dataset").symlink_to(elsewhere)
        with pytest.raises(StoreError, match="link"):
            folder.write("dataset/answers.parquet", b"theirs")
        assert folder.read("report.html") == b"theirs"
    assert kept.read_text() == "mine"
    assert not list(elsewhere.iterdir())


def test_a_pipe_or_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(StoreError, match="not a plain file"):
        Log(tmp_path / "pipe.jsonl")
    with RunFolder(tmp_path) as folder:
        for name in ("pipe.jsonl", "zero"):
            with pytest.raises(StoreError, match="not a plain file"):
                folder.read(name)


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with (tmp_path / "log.jsonl").open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room
    with pytest.raises(StoreError, match="a line has no end"):
        Log(tmp_path / "log.jsonl")


def test_a_whole_line_that_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(encode(0, Ungraded(reason="of another kind")))
    with Log(tmp_path / "log.jsonl") as log, pytest.raises(StoreError, match="row 0 is not what"):
        list(log.records(Failed.model_validate_json))


def test_a_count_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder, folder.log("rows") as log:
        folder.write("rows.frozen", b"many")
        with pytest.raises(StoreError, match="damaged"):
            folder.frozen(log, Failed)


def test_a_log_that_changed_since_its_folder_held_it_is_looked_through_again(
    tmp_path: Path,
) -> None:
    with RunFolder(tmp_path) as folder:
        with folder.log("rows") as log:
            log.append((i, record(i)) for i in range(5))
        with folder.log("rows") as log:
            assert list(log.done) == list(range(5))
        path = tmp_path / "rows.jsonl"
        path.write_bytes(path.read_bytes()[:-3])
        with folder.log("rows") as log:
            assert list(log.done) == list(range(4))


def test_a_record_is_written_as_pydantic_dumps_it() -> None:
    graded = Graded(
        value=1e-7,
        label="\u00e9\u2028",
        scores={"b": 1.0, "a": 0.25},
        findings=(
            Finding(
                tool="bandit", rule="r", cwe=0, severity="low", confidence="low", line=1, message=""
            ),
        ),
    )
    body = json.loads(encode(3, graded))["v"]
    assert body == graded.model_dump(mode="json")
    assert list(body) == sorted(body)
    assert canonical(graded) == canonical(graded.model_dump(mode="json"))
    with pytest.raises(TypeError, match="is no record"):
        canonical(Path())
