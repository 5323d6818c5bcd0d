"""A whole audit on the embedded models: what it keeps, and that no kill can change it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.past import read_audit
from audit.records import Completion, Graded
from audit.results import Audit, Manifest
from audit.store import Log, encode

LIMIT = 24


def start(out: Path, *options: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "audit", "run", "--limit", str(LIMIT), "--out", str(out), *options],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )


def finish(out: Path, *options: str, cwd: Path) -> str:
    process = start(out, *options, cwd=cwd)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    return stdout


def written(out: Path) -> int:
    return sum(path.stat().st_size for path in out.glob("*.jsonl"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    finish(folder / "run", cwd=folder)
    return folder / "run"


@pytest.fixture(scope="module")
def audit(whole: Path) -> Audit:
    return read_audit(whole)


def test_a_run_folder_holds_what_others_script_against(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()}
    assert {"manifest.json", "prompts.jsonl", "audit.json", "verdict.json", "report.html"} <= names
    assert any(name.startswith("completions") and name.endswith(".jsonl") for name in names)
    assert any(name.startswith("verdicts-code") for name in names)
    assert (whole / "verdict.json").stat().st_size <= 10_000
    Manifest.model_validate_json((whole / "manifest.json").read_bytes())


def test_every_planned_record_is_somewhere(audit: Audit) -> None:
    assert audit.ledger
    for row in audit.ledger:
        assert row.planned == row.ok + sum(row.failed.values()) + sum(row.skipped.values())
    planned = {(row.model, row.probe): row.planned for row in audit.ledger}
    assert planned["reference-base", "groups"] == LIMIT
    assert planned["reference-base", "insecure_code"] == 2 * LIMIT


def test_every_completion_of_the_run_has_its_verdicts(audit: Audit) -> None:
    scorers = {card.name: set(card.scorers) for card in audit.probes}
    n = 0
    for sample in audit.samples:
        for answer in sample.answers:
            assert isinstance(answer.answer, Completion)
            assert set(answer.verdicts) == scorers[sample.prompt.probe]
            n += any(isinstance(verdict, Graded) for verdict in answer.verdicts.values())
    assert n > 0.9 * sum(len(sample.answers) for sample in audit.samples)


def test_every_number_has_its_n_interval_and_signature(audit: Audit) -> None:
    rates = [rate for rate in audit.rates if rate.kind == "rate"]
    assert rates
    for rate in rates:
        assert rate.low <= rate.value <= rate.high
        assert rate.n >= 1
        assert rate.signature.product == audit.product


def test_results_hold_no_clock_path_or_host(whole: Path) -> None:
    text = (whole / "audit.json").read_text()
    manifest = json.loads((whole / "manifest.json").read_text())
    assert str(whole) not in text
    assert manifest["started_at"][:10] not in text


def test_a_secret_in_the_environment_is_nowhere_in_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hf_canary0123456789"
    monkeypatch.setenv("HF_TOKEN", secret)
    process = start(tmp_path / "run", "--limit", "4", cwd=tmp_path)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    kept = b"".join(path.read_bytes() for path in (tmp_path / "run").iterdir())
    assert secret.encode() not in kept + stdout.encode() + stderr.encode()


def test_grading_and_reporting_again_changes_nothing(whole: Path, tmp_path: Path) -> None:
    before = {name: (whole / name).read_bytes() for name in ("audit.json", "report.html")}
    for command in ("score", "report"):
        subprocess.run(
            [sys.executable, "-m", "audit", command, str(whole)],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        assert {name: (whole / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("stops", [(signal.SIGKILL,) * 4, (signal.SIGTERM, signal.SIGHUP) * 2])
def test_a_run_stopped_anywhere_ends_in_the_same_bytes(
    stops: tuple[signal.Signals, ...], whole: Path, tmp_path: Path
) -> None:
    chance = random.Random(stops[0].value)
    out = tmp_path / "run"
    n_stopped = 0
    for stop, share in zip(stops, sorted(chance.uniform(0, 0.9) for _ in stops), strict=True):
        process = start(out, cwd=tmp_path)
        while process.poll() is None and written(out) < share * written(whole):
            time.sleep(0.02)
        if process.poll() is None:
            n_stopped += 1
            process.send_signal(stop)
        _, stderr = process.communicate(timeout=60)
        if process.returncode == 128 + stop:
            assert "the same command goes on" in stderr
        else:
            assert process.returncode in {0, -stop}, stderr
    finish(out, cwd=tmp_path)
    assert n_stopped
    for path in whole.glob("*.jsonl"):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert (out / "audit.json").read_bytes() == (whole / "audit.json").read_bytes()


def test_a_damaged_answer_is_made_again_alone_and_the_report_says_so(
    whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    path = next(out.glob("completions-reference-base*.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"text":"', b'"text":"x')
    path.write_bytes(b"".join(lines))
    finish(out, cwd=tmp_path)
    note = f"{path.name}: 1 damaged lines were set aside, made anew"
    untouched = json.loads((whole / "audit.json").read_bytes())
    assert json.loads((out / "audit.json").read_bytes()) == {
        **untouched,
        "notes": [note, *untouched["notes"]],
    }
    assert note in (out / "report.html").read_text()
    with Log(path) as log:
        assert len(log.done) == len(lines)


def test_a_row_that_was_answered_twice_in_other_words_is_told_in_the_report(
    whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    path = next(out.glob("completions-reference-base*.jsonl"))
    with Log(path) as log:
        i, body = next((i, body) for i, body in log.read() if b'"text":"' in body)
    other = Completion.model_validate_json(body.replace(b'"text":"', b'"text":"Not '))
    with path.open("ab") as file:
        file.write(encode(i, other))
    finish(out, cwd=tmp_path)
    assert "this run is not repeatable" in (out / "report.html").read_text()
