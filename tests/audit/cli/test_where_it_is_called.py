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


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_told_to_stop_says_how_to_go_on(
    stop: signal.Signals, code: int, tmp_path: Path
) -> None:
    process = call("run", "embedded", "--out", "run", "--quiet", cwd=tmp_path)
    until = time.monotonic() + 300
    while not list(tmp_path.glob("run/completions-*.jsonl")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(stop)
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == code
    assert "run: the same command goes on from there" in stderr
    assert "Traceback" not in stderr
