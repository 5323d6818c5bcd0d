"""Counting, comparing and showing a run holds none of its texts, however long they are."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from audit import plan as plans
from audit.run import rescore, run
from probes.interface import Sources

N = 200
LENGTH = 40_000
TEXTS_BYTES = 2 * N * LENGTH

PLAN = """
name = "long-texts"
[[models]]
name = "base"
id = "base"
backend = "recorded"
file = "{folder}/base.jsonl"
role = "target"

[[models]]
name = "aligned"
id = "aligned"
backend = "recorded"
file = "{folder}/aligned.jsonl"
role = "baseline"

[[probes]]
name = "requests"
file = "{folder}/prompts.jsonl"
kind = "refusal"

[limits]
report_samples = 2
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    with (folder / "prompts.jsonl").open("w") as file:
        for i in range(N):
            tags = {"label": ("safe", "unsafe")[i % 2]}
            line = {"id": str(i), "text": f"Request {i}.", "style": "instruct", "tags": tags}
            file.write(json.dumps(line) + "\n")
    for name in ("base", "aligned"):
        with (folder / f"{name}.jsonl").open("w") as file:
            for i in range(N):
                text = f"{name} {i} ".ljust(LENGTH, "a")
                file.write(json.dumps({"id": f"requests/{i}", "text": text}) + "\n")
    (folder / "plan.toml").write_text(PLAN.format(folder=folder))
    run(plans.read(folder / "plan.toml"), folder / "run", Sources())
    return folder / "run"


def test_counting_comparing_and_showing_a_run_holds_no_text_of_it(finished: Path) -> None:
    before = (finished / "audit.json").read_bytes()
    tracemalloc.start()
    try:
        rescore(finished)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (finished / "audit.json").read_bytes() == before
    assert peak < TEXTS_BYTES / 4
