"""What a run folder says of itself is read as a stranger's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit import plan as plans
from audit.steps.finished import is_finished, keep
from audit.store import RunFolder

PLAN = plans.find("embedded")


@pytest.mark.parametrize(
    "files",
    [
        {"\0": "x"},
        {"\ud800": "x"},
        {"a" * 5000: "x"},
        {"/dev/zero": "x"},
        {"": "x"},
        {"a": [1]},
        [1],
    ],
    ids=["zero byte", "surrogate", "long", "device", "empty", "no digest", "a list"],
)
def test_names_that_no_file_can_have_mean_that_a_run_is_not_finished(
    files: object, tmp_path: Path
) -> None:
    with RunFolder(tmp_path / "run") as folder:
        keep(folder, PLAN, None)
        assert is_finished(folder, PLAN, None)
        path = folder.path / "finished.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"files": files}))
        assert not is_finished(folder, PLAN, None)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"\xff", b"[1]", b"9" * 5000])
def test_what_is_no_account_of_a_run_means_that_it_is_not_finished(
    text: bytes, tmp_path: Path
) -> None:
    with RunFolder(tmp_path / "run") as folder:
        (folder.path / "finished.json").write_bytes(text)
        assert not is_finished(folder, PLAN, None)
