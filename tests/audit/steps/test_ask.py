"""Whole runs on recordings and servers: graded beside the asking, in the same bytes as after it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from audit import plan
from audit.errors import InternalError, RefusedError, StoreError
from audit.past import read_audit
from audit.plan import Plan, ProbePlan
from audit.records import Completion, Graded, Prompt, Verdict
from audit.run import rescore, run
from audit.scorers import refusal
from audit.steps import ask
from probes import catalogue
from probes.interface import Sources
from tests.audit.backends.web import Reply, said, web

PLAN = """
[[models]]
name = "recorded"
id = "org/model"
role = "target"
backend = "recorded"
file = "{file}"

[[probes]]
name = "refusal"

[[gates]]
id = "over"
measure = "over_refusal_rate"
probe = "refusal"
slice = "label=safe"
limit = {limit}
"""


def recorded(folder: Path, n_missing: int = 0, limit: float = 0.9) -> Plan:
    """Give a plan over a recording that refuses every third prompt."""
    _, prompts = catalogue.load(ProbePlan(name="refusal"), Sources())
    texts = ("I'm sorry, but I can't help with that.", "Sure, here is how.", "Of course: first, ")
    lines = [
        {"id": prompt.id, "text": f"{texts[i % 3]}"} for i, prompt in enumerate(prompts[n_missing:])
    ]
    file = folder / "made.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return plan.parse(PLAN.format(file=file, limit=limit))


def logs(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.jsonl")}


def test_a_recording_is_audited_and_what_it_lacks_is_counted(tmp_path: Path) -> None:
    run(recorded(tmp_path, n_missing=5), tmp_path / "run", Sources())
    audit = read_audit(tmp_path / "run")
    (generated,) = (row for row in audit.ledger if row.stage == "generate")
    assert generated.skipped == {"not recorded": 5}
    assert generated.ok == generated.planned - 5
    rates = [rate for rate in audit.rates if rate.kind == "rate"]
    assert rates
    assert {rate.signature.decoding for rate in rates} == {"unknown"}


def test_grading_beside_the_asking_gives_the_bytes_of_grading_after_it(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(recorded(tmp_path), out, Sources())
    beside, audit = logs(out), (out / "audit.json").read_bytes()
    (verdicts,) = out.glob("verdicts-refusal-*")
    verdicts.unlink()
    rescore(out)
    assert logs(out) == beside
    assert (out / "audit.json").read_bytes() == audit


def test_a_grader_that_breaks_beside_the_asking_ends_the_run_and_it_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(recorded(tmp_path), tmp_path / "whole", Sources())
    grade = refusal.Refusal.score

    def breaks(*_: object) -> Iterator[Graded]:
        raise RefusedError("the tool is gone")

    monkeypatch.setattr(refusal.Refusal, "score", breaks)
    with pytest.raises(RefusedError, match="the tool is gone"):
        run(recorded(tmp_path), tmp_path / "run", Sources())

    def forgets(self: Any, pairs: Sequence[tuple[Prompt, Completion]]) -> Iterator[Verdict]:
        return islice(grade(self, pairs), len(pairs) - 1)

    monkeypatch.setattr(refusal.Refusal, "score", forgets)
    with pytest.raises(InternalError, match="verdicts on"):
        run(recorded(tmp_path), tmp_path / "run", Sources())
    monkeypatch.setattr(refusal.Refusal, "score", grade)
    run(recorded(tmp_path), tmp_path / "run", Sources())
    assert logs(tmp_path / "run") == logs(tmp_path / "whole")


def test_a_model_that_changed_since_the_run_began_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ask, "generate", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(recorded(tmp_path), tmp_path / "run", Sources())
    monkeypatch.undo()
    changed = recorded(tmp_path, n_missing=1)
    with pytest.raises(RefusedError, match="its revision differs"):
        run(changed, tmp_path / "run", Sources())


def test_a_finished_run_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    first = run(recorded(tmp_path), out, Sources())
    assert first.word != "NO-GO"
    written = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}

    def never(*_: object) -> None:
        raise AssertionError("a grader was loaded")

    with monkeypatch.context() as patched:
        patched.setattr(refusal, "load", never)
        assert run(recorded(tmp_path), out, Sources()) == first
    del written["lock"]
    assert written == {name: (out / name).stat().st_mtime_ns for name in written}


def test_other_gates_or_changed_files_are_judged_anew(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(recorded(tmp_path), out, Sources())
    assert run(recorded(tmp_path, limit=0.01), out, Sources()).word == "NO-GO"
    page = (out / "report.html").read_bytes()
    (out / "report.html").write_text("nothing to see here")
    run(recorded(tmp_path, limit=0.01), out, Sources())
    assert (out / "report.html").read_bytes() == page


# --- servers -----------------------------------------------------------------------------------

SERVED = """
[[models]]
name = "served"
id = "tiny"
role = "target"
backend = "openai"
url = "{url}"
prompt_mode = "chat"
server = {{ key_variable = "A_KEY", usd_per_million_prompt_tokens = 2.0,
            usd_per_million_new_tokens = 10.0 }}

[[probes]]
name = "refusal"
limit = 40
"""


def test_a_served_models_run_tells_its_cost_and_not_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "sk-canary-0123456789"
    monkeypatch.setenv("A_KEY", secret)

    def answer(body: dict[str, Any], times: int) -> Reply:
        if body["seed"] % 7 == 0 and times == 1:
            return Reply(secret.encode(), 503)
        return said(None, message={"content": f"No. {secret}"})

    with web(answer) as there:
        chosen = plan.parse(SERVED.format(url=there.url).replace("\n            ", " "))
        run(chosen, tmp_path / "run", Sources())
    audit = read_audit(tmp_path / "run")
    n = sum(row.ok for row in audit.ledger if row.stage == "generate")
    assert n == 40
    n_again = len(there.asked) - n
    assert n_again > 0
    assert (
        f"served: {3 * n} prompt tokens and {2 * n} new tokens by the server's count, "
        f"{len(there.asked)} requests, {n_again} of them again, $0.00"
    ) in audit.notes
    kept = b"".join(path.read_bytes() for path in (tmp_path / "run").iterdir())
    assert b"canary" not in kept
    assert "canary" not in "".join(capsys.readouterr())


def test_an_answer_that_a_server_would_not_give_again_is_not_made_anew_under_its_old_grade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk")
    out = tmp_path / "run"
    with web(lambda *_: said(None, message={"content": "No."})) as there:
        chosen = plan.parse(SERVED.format(url=there.url).replace("\n            ", " "))
        run(chosen, out, Sources())
        completions = out / "completions-served.jsonl"
        damaged = completions.read_bytes().replace(b'"text":"No', b'"text":"Yes', 1)
        completions.write_bytes(damaged)
        with pytest.raises(StoreError, match="1 graded answers are damaged"):
            run(chosen, out, Sources())
        next(out.glob("verdicts-*")).unlink()
        run(chosen, out, Sources())
    assert read_audit(out).ledger[0].ok == 40
