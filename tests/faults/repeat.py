"""The same plan gives the same bytes, and a run says nothing that it must keep to itself."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.backends.interface import Backend
from audit.generate import batches, plan_work
from audit.plan import Limits, ModelPlan
from audit.records import Completion, Decoding, Prompt, Request
from tests.faults.forked import told
from tests.faults.row import Row

CANARY = "hf_" + "CanaryThatMustNotBeWritten"
SECRETS = (
    "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN", "SEMGREP_APP_TOKEN", "PHI_AUDIT_CANARY",
)  # fmt: skip
ELSEWHERE = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LANG": "C", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "3", "TZ": "UTC", "COLUMNS": "40", "NO_COLOR": "1"},
)
LIMIT = 6


def measure(full: bool) -> Iterator[Row]:
    """Give the rows on repeatability and secrets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = _run(folder, "first", {"PYTHONHASHSEED": "0"} | dict.fromkeys(SECRETS, CANARY))
        yield _same_bytes(folder, ELSEWHERE if full else ELSEWHERE[:1])
        yield _secrets(folder, first)
    yield _other_company()


def _other_company() -> Row:
    n, n_equal = told(_answered_twice)
    return Row(
        "answers in the plan's order and batches, and in any others",
        f"{n_equal} of {n} equal, token by token",
        "all, greedy and sampled, in float32",
        n_equal == n > 0,
    )


def _answered_twice() -> tuple[int, int]:
    from audit.backends.transformers import load

    backend = load(ModelPlan(name="m", id="reference:base", role="target", dtype="float32"))
    prompts = [
        Prompt(id=f"p/{i}", probe="p", text=f"{'One day ' * (1 + i % 7)}they", style="continue")
        for i in range(40)
    ]
    ways = (Decoding(strategy="greedy", max_new_tokens=24), Decoding(max_new_tokens=24))
    work = tuple(plan_work(backend, [(p, 2, way) for p in prompts for way in ways], 0, Limits()))
    as_planned = {i: ids for batch in batches(work) for i, ids in _tokens(backend, batch).items()}
    chance = random.Random(4)
    otherwise: dict[int, tuple[int, ...]] = {}
    for way in ways:  # a batch is drawn in one way
        rest = [request for request in work if request.decoding == way]
        chance.shuffle(rest)
        while rest:
            size = chance.randint(1, 9)
            otherwise |= _tokens(backend, rest[:size])
            rest = rest[size:]
    return len(work), sum(otherwise[i] == ids for i, ids in as_planned.items())


def _tokens(backend: Backend, batch: Sequence[Request]) -> dict[int, tuple[int, ...]]:
    pairs = zip(batch, backend.answer(batch), strict=True)
    return {r.i: answer.token_ids for r, answer in pairs if isinstance(answer, Completion)}


def _run(folder: Path, name: str, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "audit",
         *(arguments or ("run", "--limit", str(LIMIT), "--out", name))],
        cwd=folder, check=False, capture_output=True, text=True, timeout=600,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "SOURCE_DATE_EPOCH": "0", **environment},
    )  # fmt: skip
    return done.stdout + done.stderr


def _same_bytes(folder: Path, places: tuple[dict[str, str], ...]) -> Row:
    wrong = []
    for number, place in enumerate(places):
        _run(folder, f"again-{number}", place)
        wrong += [
            f"{place}: {name}" for name in _differing(folder / "first", folder / f"again-{number}")
        ]
    return Row(
        "the same bytes in other processes, hash seeds, time zones and locales",
        f"{len(places) + 1} runs, {len(wrong)} files differ",
        "logs, audit.json, report.html and exports: 0 differ",
        not wrong and (folder / "first" / "audit.json").exists(),
        tuple(wrong),
    )


def _differing(one: Path, other: Path) -> list[str]:
    names = sorted(path.name for path in one.iterdir() if path.name not in {"lock"})
    return [
        name
        for name in names
        if (one / name).is_file()
        and (
            not (other / name).exists() or (one / name).read_bytes() != (other / name).read_bytes()
        )
    ]


def _secrets(folder: Path, said: str) -> Row:
    said += _run(folder, "", dict.fromkeys(SECRETS, CANARY), "doctor")
    said += _run(folder, "", dict.fromkeys(SECRETS, CANARY), "run", "absent.toml", "--debug")
    where = ["the terminal"] if CANARY in said else []
    where += [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    return Row(
        "a secret in the environment",
        f"found {len(where)} times in the run folder, report and terminal",
        "0 times",
        not where,
        tuple(where),
    )
