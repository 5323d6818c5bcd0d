"""A month of nights with drift planted on the 20th: one gate fires, on that night, and no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from audit import history
from audit.judgement import Judgement
from audit.steps.finish import accept, gate
from reports.workflow import failures
from tests.audit.cli.test_commands import phi_audit
from tests.audit.nights import PLAN, night, plan

DRIFT = 20
DAYS = 30
SUNDAYS = (8, 15, 22, 29)
"""Of November 2026: runs of another seed show how far numbers move by themselves."""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, Judgement]]:
    """Thirty nights of one seed, another on Sundays; from the 20th on a revision writes worse code.

    Of the answers a twentieth is drawn anew each night, as if the kernels had changed.
    """
    base = tmp_path_factory.mktemp("month")
    judged = {}
    short_report = plan(PLAN + "[limits]\nreport_samples = 20\n")
    for day in range(1, DAYS + 1):
        drifted = day >= DRIFT
        night(
            base / f"night-{day}",
            day=day,
            seed=day if day in SUNDAYS else 1,
            redrawn=0.05,
            revision=("b" if drifted else "a") * 40,
            harm={"insecure_code": 0.5} if drifted else {},
            n=250,
            plan=short_report,
        )
        judged[day] = gate(base / f"night-{day}", None, base / "history")
        if day == 1:
            accept(base / "night-1", base / "history")
            accept(base / "night-1", base / "history", "released")
    return base, judged


def test_the_right_gate_fires_on_the_right_night_and_no_other(
    month: tuple[Path, dict[int, Judgement]],
) -> None:
    _, judged = month
    failed = {day: [one.id for one in j.gates if one.state == "FAIL"] for day, j in judged.items()}
    assert failed == {day: ["code"] if day >= DRIFT else [] for day in judged}
    assert {day for day, j in judged.items() if j.word == "NO-GO"} == set(range(DRIFT, DAYS + 1))
    assert {j.word for day, j in judged.items() if 1 < day < DRIFT} == {"GO"}


def test_each_night_says_what_changed(month: tuple[Path, dict[int, Judgement]]) -> None:
    _, judged = month
    assert judged[1].changes.since == ""
    assert judged[DRIFT].changes.newly_failing == ("code",)
    assert judged[DRIFT].changes.n_newly_harmful > judged[DRIFT - 1].changes.n_newly_harmful
    for day in range(DRIFT + 1, DAYS + 1):
        changes = judged[day].changes
        assert (changes.newly_failing, changes.still_failing) == ((), ("code",))


def test_the_trend_holds_every_night_and_shows_the_step(
    month: tuple[Path, dict[int, Judgement]],
) -> None:
    _, judged = month
    trend = judged[DAYS].history
    assert [one.started_at[8:10] for one in trend] == [f"{day:02}" for day in range(1, DAYS + 1)]
    values = [
        mark.rate.value
        for one in trend
        for mark in one.gates
        if mark.gate == "code" and mark.rate.kind == "rate"
    ]
    assert max(values[: DRIFT - 1]) < min(values[DRIFT - 1 :])


def test_the_noise_is_that_of_the_model_of_the_night(
    month: tuple[Path, dict[int, Judgement]],
) -> None:
    _, judged = month
    noise = {one.gate: one for one in judged[DRIFT - 1].noise}
    # Binomial: sqrt(p (1 - p) / n) with p = 0.3 and n = 250 is 0.029; of three runs, give or take.
    assert 0.003 < noise["code"].sd < 0.06
    assert {one.n_runs for one in noise.values()} == {3}
    assert judged[21].noise == ()
    assert {one.n_runs for one in judged[DAYS].noise} == {3}


def test_judging_a_night_again_says_the_same_and_adds_no_line(
    month: tuple[Path, dict[int, Judgement]],
) -> None:
    base, judged = month
    lines = (base / "history" / "runs.jsonl").read_bytes()
    before = {p.name: p.read_bytes() for p in (base / "night-20").iterdir() if p.suffix != ".jsonl"}
    assert gate(base / "night-20", None, base / "history") == judged[20]
    assert (base / "history" / "runs.jsonl").read_bytes() == lines
    assert {name: (base / "night-20" / name).read_bytes() for name in before} == before


def test_a_damaged_line_costs_one_night_and_no_other(
    month: tuple[Path, dict[int, Judgement]], tmp_path: Path
) -> None:
    base, _ = month
    lines = (base / "history" / "runs.jsonl").read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"GO"', b'"NO"')
    (tmp_path / "runs.jsonl").write_bytes(b"".join(lines))
    days = [one.started_at[8:10] for one in history.nights(tmp_path)]
    assert days == [f"{day:02}" for day in range(1, DAYS + 1) if day != 5]


def test_the_decision_is_small_and_says_the_same_word_everywhere(
    month: tuple[Path, dict[int, Judgement]],
) -> None:
    base, judged = month
    for day in (2, DRIFT):
        folder = base / f"night-{day}"
        data = (folder / "verdict.json").read_bytes()
        word = judged[day].word
        assert len(data) <= 10_000
        assert json.loads(data)["verdict"] == word
        assert (folder / "summary.md").read_text().startswith(f"# {word}: ")
        assert f"<title>{word}: " in (folder / "report.html").read_text()


def test_the_page_of_the_history_says_when_the_gate_began_to_fail(
    month: tuple[Path, dict[int, Judgement]], tmp_path: Path
) -> None:
    base, _ = month
    page = tmp_path / "history.html"
    done = phi_audit("history", base / "history", "--html", page, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, str(page))
    text = page.read_text()
    newly = text.index('<bdi>code</bdi></td><td class="name"></td><td class="name"></td>')
    assert text.rindex('<th scope="row">2026-11-', 0, newly) == text.index(
        f'<th scope="row">2026-11-{DRIFT} 02:23 UTC'
    )
    nowhere = tmp_path / "no" / "where.html"
    assert phi_audit("history", base / "history", "--html", nowhere, cwd=tmp_path).returncode == 74


def test_what_a_machine_reads_is_json_on_stdout_and_nothing_else(
    month: tuple[Path, dict[int, Judgement]], tmp_path: Path
) -> None:
    base, _ = month
    for arguments in (
        ("gate", base / "night-20", "--history", base / "history", "--json"),
        ("compare", base / "night-19", base / "night-20", "--json"),
        ("history", base / "history", "--json"),
    ):
        done = phi_audit(*arguments, cwd=tmp_path)
        assert done.returncode == (1 if arguments[0] == "gate" else 0), done.stderr
        assert json.loads(done.stdout)
        assert done.stderr == ""


def test_a_failing_gate_is_an_annotation_where_github_runs_us(
    month: tuple[Path, dict[int, Judgement]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, judged = month
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("NO_COLOR", "1")
    done = phi_audit("gate", base / "night-20", "--history", base / "history", cwd=tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("::error title=gate code::")
    assert len(list(failures(judged[20]))) == 1
    many = judged[20].model_copy(update={"gates": judged[20].gates * 30})
    assert len(list(failures(many))) == 10


def test_a_reader_that_leaves_early_is_no_error(
    month: tuple[Path, dict[int, Judgement]], tmp_path: Path
) -> None:
    base, _ = month
    done = subprocess.run(  # noqa: S602  # a pipe is what is tested
        f"{sys.executable} -m audit history {base / 'history'} --json | head -c 1",
        shell=True,
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("[", "")
