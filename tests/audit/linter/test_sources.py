"""What a folder holds is linted, or shown with the reason: nothing is passed over in silence."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.lint import lint_paths
from audit.linter import sources
from audit.linter.config import Config

LINK, NO_FILE = "error: link elsewhere", "error: not a file"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of two sources that is full of what is none."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "weak.py").write_text("eval(input())\n")
    (tmp_path / "elsewhere.py").write_text("eval(input())\n")
    top = tmp_path / "src"
    (top / "inner").mkdir(parents=True)
    (top / "a.py").write_text("x = 1\n")
    (top / "inner" / "b.py").write_text("y = 1\n")
    (top / "hidden.txt").write_text("eval(input())\n")
    (top / ".git").mkdir()
    (top / ".git" / "c.py").write_text("eval(input())\n")
    for name, end in {
        "again.py": "a.py", "again": "inner",  # read under names of their own
        "file.py": "../elsewhere.py", "folder": "../elsewhere", "root": "/", "zero.py": "/dev/zero",
        "text.py": "hidden.txt", "git": ".git", "git.py": ".git/c.py", "nothing.py": "absent",
        "circle.py": "circle.py", "notes.md": "../elsewhere.py",
    }.items():  # fmt: skip
        (top / name).symlink_to(end)
    os.mkfifo(top / "pipe.py")
    return top


def read(folder: Path) -> tuple[dict[str, str], Counter[str]]:
    others: Counter[str] = Counter()
    found = list(sources.items(folder, Config(), [], others))
    assert len({item.id for item in found}) == len(found)
    return {item.id.removeprefix(f"{folder}/"): item.reason for item in found}, others


def test_what_stands_in_the_place_of_a_source_is_an_item_with_the_reason(folder: Path) -> None:
    found, others = read(folder)
    assert found == {
        "a.py": "", "inner/b.py": "", "pipe.py": NO_FILE,
        **dict.fromkeys(
            ("file.py", "folder", "root", "zero.py", "text.py", "git", "git.py", "nothing.py",
             "circle.py"), LINK),
    }  # fmt: skip
    assert others == {".txt": 1, ".md": 1, ".git/": 1}


def test_every_form_of_output_says_what_was_not_read(folder: Path) -> None:
    expected = "3 files or folders are no source, so not linted: .git/ (1), .md (1), .txt (1)"
    for form in ("text", "json", "sarif"):
        result = lint_paths([folder], form)
        said = "\n".join(result.lines)
        for name in ("pipe.py", "folder", "file.py"):
            assert f"src/{name}" in said, form
        assert result.exit_code == 4
        (note,) = result.notes
        assert note == expected
    (run,) = json.loads(said)["runs"]
    notices = run["invocations"][0]["toolExecutionNotifications"]
    assert sum(LINK in notice["message"]["text"] for notice in notices) == 9
    assert note in {notice["message"]["text"] for notice in notices}


def test_kinds_without_end_are_counted_and_not_all_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    for i in range(50):
        (tmp_path / f"a.\x1b{i:04}{'x' * 200}").touch()
    result = lint_paths([tmp_path])
    list(result.lines)
    (note,) = result.notes
    assert note.startswith("50 files or folders are no source")
    assert note.endswith(", 42 more kinds")
    assert len(note) < 400
    assert "\x1b" not in note


def test_a_folder_too_deep_to_be_named_is_an_item_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(17):
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found, _ = read(tmp_path)
    first, *deep = found.values()
    assert (first, deep) == ("", ["error: File name too long"])
    shutil.rmtree(tmp_path / ("d" * 250))


def test_completions_that_are_no_plain_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    for name in ("pipe.jsonl", "zero.jsonl"):
        with pytest.raises(UsageError, match="not a plain file"):
            list(sources.items(tmp_path / name, Config(), [], Counter()))


def test_a_line_of_completions_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hole.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UsageError, match="not JSON"):
        list(sources.items(path, Config(), [], Counter()))
