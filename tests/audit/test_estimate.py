"""What a plan will cost is arithmetic over its prompts and the model's size."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from audit import plan
from audit.estimate import Cost, estimate
from probes.interface import Sources

PLAN = """
[[models]]
name = "named"
id = "org/model"
role = "target"
dtype = "bfloat16"
device = "cpu"
parameters = 2_000_000_000
kv_bytes_per_token = 300_000

[[models]]
name = "folder"
id = "{folder}"
role = "baseline"
device = "cpu"

[[models]]
name = "unknown"
id = "org/other"
role = "baseline"

[[probes]]
name = "groups"
samples = 3
max_new_tokens = 40
"""


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, dict[str, Any]]:
    save_file({"a": torch.zeros(10, 7), "b": torch.zeros(5)}, tmp_path / "model.safetensors")
    chosen = plan.parse(PLAN.format(folder=tmp_path))
    return {row.model: row.model_dump() for row in estimate(chosen, Sources())}


def test_every_prompt_and_sample_is_counted(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["named"]["n_requests"] == 3 * 260
    assert rows["named"]["n_new_tokens"] == 3 * 260 * 40


def test_memory_is_weights_and_the_largest_batch(rows: dict[str, dict[str, Any]]) -> None:
    memory = rows["named"]["cost"]["memory_bytes"]
    weights = 2 * 2_000_000_000
    assert weights + 64 * 40 * 300_000 < memory < weights + 64 * 100 * 300_000


def test_a_model_here_is_counted_in_its_files(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["folder"]["cost"]["memory_bytes"] == 4 * 75


def test_a_model_of_unknown_size_has_no_estimate(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["unknown"]["cost"] == {"kind": "no_cost", "reason": "size not known here"}


def test_the_smallest_difference_counts_prompts_and_not_samples(
    rows: dict[str, dict[str, Any]],
) -> None:
    # Connor 1987, 260 pairs of which a fifth differ, checked by hand at d = 0.07735:
    # 1.96 sqrt(.2) + .8416 sqrt(.2 - d^2) = .8765 + .3707 = 1.2472 = d sqrt(260).
    assert rows["named"]["sees"] == {"groups": pytest.approx(0.07735, abs=5e-5)}


def test_a_model_that_is_here_is_timed_on_its_own_answers() -> None:
    chosen = plan.find("embedded").changed(limit=2)
    start = time.perf_counter()
    base, _ = estimate(chosen, Sources(), calibrated=True)
    taken_s = time.perf_counter() - start
    assert isinstance(base.cost, Cost)
    assert base.cost.grading_seconds > 0
    # So few are all answered, and what they took is what they will take.
    assert base.cost.n_timed == base.n_requests
    assert 0 < base.cost.seconds < taken_s
