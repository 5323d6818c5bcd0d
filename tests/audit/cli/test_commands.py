"""The command line as others script against it: exit statuses, one-line errors, clean stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAN = """
[[models]]
name = "m"
id = "{model}"
role = "target"

[[probes]]
name = "{probe}"

[graders]
toxicity = "reference"
"""


def phi_audit(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "audit", *map(str, arguments)],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "COLUMNS": "160"},
    )


def refusal(*arguments: object, cwd: Path, code: int) -> str:
    done = phi_audit(*arguments, cwd=cwd)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    last = done.stderr.rstrip("\n").rpartition("\n")[2]
    assert last.startswith("error: ")
    assert "Traceback" not in done.stderr
    return last


def write_plan(folder: Path, model: str = "reference:base", probe: str = "groups") -> Path:
    path = folder / "plan.toml"
    path.write_text(PLAN.format(model=model, probe=probe))
    return path


def test_no_arguments_is_help_and_a_usage_error(tmp_path: Path) -> None:
    done = phi_audit(cwd=tmp_path)
    assert done.returncode == 2
    assert "run" in done.stdout + done.stderr


def test_help_names_every_command(tmp_path: Path) -> None:
    done = phi_audit("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("run", "score", "report", "lint", "explain", "list", "doctor", "prefetch"):
        assert f"\n  {command}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "Did you mean 'run'"),
        (["run", "--sede", "1"], "--seed"),
        (["run", "--seed", "one"], "valid integer"),
        (["run", "absent.toml"], "not a file"),
        (["run", "--target", "org/model"], "grader"),
        (["report", "."], "manifest.json|audit.json"),
        (["score", "."], "manifest.json"),
        (["lint", "absent.py"], "absent.py"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    line = refusal(*arguments, cwd=tmp_path, code=2)
    assert any(part in line for part in said.split("|")), line


def test_a_model_that_is_not_there_is_refused_with_status_3(tmp_path: Path) -> None:
    line = refusal("run", write_plan(tmp_path, "org/no-such-model"), cwd=tmp_path, code=3)
    assert "org/no-such-model" in line


def test_a_folder_without_weights_is_refused_with_status_3(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text('{"model_type": "phi"}')
    refusal("run", write_plan(tmp_path, str(tmp_path / "empty")), cwd=tmp_path, code=3)


def test_an_unknown_probe_set_is_named_with_a_suggestion(tmp_path: Path) -> None:
    line = refusal("run", write_plan(tmp_path, probe="grups"), cwd=tmp_path, code=2)
    assert "groups" in line


def test_a_run_folder_of_another_plan_is_left_alone(tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    first = phi_audit("run", plan, "--limit", 2, "--out", "run", cwd=tmp_path)
    assert first.returncode in {0, 4}, first.stderr
    before = (tmp_path / "run" / "audit.json").read_bytes()
    line = refusal("run", plan, "--limit", 2, "--seed", 5, "--out", "run", cwd=tmp_path, code=2)
    assert "seed" in line
    assert (tmp_path / "run" / "audit.json").read_bytes() == before


def test_an_out_that_cannot_be_a_folder_is_status_74_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refusal("run", write_plan(tmp_path), "--out", "file", cwd=tmp_path, code=74)
    assert (tmp_path / "file").read_text() == "mine"


def test_list_does_not_load_torch_and_prints_json_for_machines(tmp_path: Path) -> None:
    script = """
import sys
from audit.cli import app
try:
    app(["list", "--json"], standalone_mode=False)
finally:
    assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    names = {probe["name"] for probe in json.loads(done.stdout)["probes"]}
    assert {"groups", "insecure_code", "toxigen"} <= names


def test_a_closed_pipe_is_not_an_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m audit list | head -n 1"
    done = subprocess.run(  # a shell makes the pipe; every word of it is ours
        ["bash", "-o", "pipefail", "-c", command],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_the_release_plan_is_estimated_offline(tmp_path: Path, data_dir: Path) -> None:
    done = phi_audit("run", "release", "--dry-run", "--json", "--data-dir", data_dir, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = {row["model"]: row for row in json.loads(done.stdout)}
    assert len(rows) == 13
    assert rows["llama-2-70b-chat"]["cost"]["memory_bytes"] > 130e9
    assert rows["phi-2"]["cost"]["memory_bytes"] > 5e9
    assert all(row["licence"] and row["cost"]["seconds"] > 0 for row in rows.values())
    assert not list(tmp_path.iterdir())


def test_doctor_proves_every_grader_on_a_known_case(tmp_path: Path) -> None:
    done = phi_audit("doctor", "--json", cwd=tmp_path)
    checks = {check["what"]: check for check in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert {"grader toxicity", "grader code", "grader refusal", "semgrep"} <= set(checks)
    assert all(check["state"] != "broken" for check in checks.values())


def test_doctor_says_what_is_broken_and_ends_with_status_3(tmp_path: Path) -> None:
    done = phi_audit("doctor", "--data-dir", "absent", cwd=tmp_path)
    assert done.returncode == 3
    assert "broken   public data: absent is not a folder" in done.stdout
