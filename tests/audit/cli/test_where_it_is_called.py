"""Called in a folder of a stranger's, and told to stop: nothing there runs, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SHADOWS = (
    "audit", "bandit", "huggingface_hub", "jinja2", "json", "numpy", "probes", "pydantic",
    "reports", "rich", "semgrep", "sitecustomize", "tokenizers", "torch", "transformers", "typer",
    "usercustomize", "yaml",
)  # fmt: skip
PHI_AUDIT = Path(sys.executable).with_name("phi-audit")


def call(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PHI_AUDIT, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )


def test_no_module_of_the_working_folder_is_imported(tmp_path: Path) -> None:
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})"
        )
    run = ("run", "embedded", "--limit", "1", "--out", "run", "--quiet")  # with every child process
    for arguments in (("lint", "json.py"), run):
        _, stderr = call(*arguments, cwd=tmp_path).communicate(timeout=600)
        assert "error" not in stderr
    assert (tmp_path / "run" / "report.html").exists()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_run_that_is_told_to_stop_says_how_to_go_on(
    stop: signal.Signals, code: int, tmp_path: Path
) -> None:
    process = call("run", "embedded", "--out", "run", "--quiet", cwd=tmp_path)
    until = time.monotonic() + 300
    while not is_answering(tmp_path) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(stop)
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == code
    assert "run: the same command goes on from there" in stderr
    assert "Traceback" not in stderr


IN_A_TERMINAL = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"


def test_a_run_whose_terminal_is_closed_is_stopped_and_no_bug(tmp_path: Path) -> None:
    ours, its = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, PHI_AUDIT, "run", "embedded", "--out", "run"],
        cwd=tmp_path,
        stdin=its,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "TERM": "xterm"},
    )
    os.close(its)
    while not is_answering(tmp_path):
        assert os.read(ours, 1 << 16)  # its bars; an error once it has ended
    os.close(ours)
    assert process.wait(timeout=300) == 129


def is_answering(folder: Path) -> bool:
    return any(folder.glob("run/completions-*.jsonl"))
