"""Two nodes write the bytes that one process writes, also when a worker is killed.

Ray is an extra of its own: `nox -s ray` runs these.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit import plan
from audit.run import run
from audit.store import Log
from probes.interface import Sources

pytest.importorskip("ray", reason="ray is an extra; nox -s ray has it")

PLAN = """
[[models]]
name = "base"
id = "reference:base"
role = "target"
dtype = "float32"
device = "cpu"

[[probes]]
name = "groups"
limit = 96

[[probes]]
name = "crows"
file = "{sentences}"
kind = "likelihood"

[decoding]
max_new_tokens = 12

[graders]
toxicity = "reference"

[limits]
batch_rows = 4
"""

SENTENCE = (
    '{{"id": "{0}", "text": "The old mill number {0} stands still.", "style": "sentence",'
    ' "tags": {{"label": "{1}", "groups": "women", "toxicity_score": "1"}}}}\n'
)


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> plan.Plan:
    file = tmp_path_factory.mktemp("sentences") / "sentences.jsonl"
    file.write_text("".join(SENTENCE.format(i, ("hate", "neutral")[i % 2]) for i in range(24)))
    return plan.parse(PLAN.format(sentences=file))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import ray
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_AUTH_MODE", "disabled")  # of a cluster that lives for these tests
        two = Cluster()
        add_node(two)
        add_node(two)
        patched.setenv("RAY_ADDRESS", two.address)
        yield two
        ray.shutdown()
        two.shutdown()


@pytest.fixture(scope="module")
def whole(
    cluster: object,  # first: it does not start beside the threads of a run
    chosen: plan.Plan,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("whole") / "run"
    run(chosen, out, Sources())
    return out


def add_node(cluster: Any) -> None:
    """Add a node: Ray gives up after thirty seconds, and a busy machine may need longer."""
    for turn in range(4):
        try:
            cluster.add_node(num_cpus=1)
        except Exception as error:  # Ray raises nothing narrower
            if turn == 3 or "timed out" not in str(error):
                raise
        else:
            return


def same(out: Path, whole: Path) -> None:
    for path in whole.glob("*.jsonl"):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert (out / "audit.json").read_bytes() == (whole / "audit.json").read_bytes()


def test_two_nodes_write_what_one_process_writes_and_a_killed_worker_changes_nothing(
    chosen: plan.Plan,
    whole: Path,
    cluster: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[int] = []
    append = Log.append

    def kill_once(log: Log, records: Any) -> None:
        append(log, records)
        if log.path.name.startswith("completions") and len(log.done) >= 20 and not killed:
            killed.extend(workers())
            os.kill(killed[0], signal.SIGKILL)

    monkeypatch.setattr(Log, "append", kill_once)
    run(chosen, tmp_path / "run", Sources(), engine="ray")
    assert len(killed) == 2  # one on each node
    same(tmp_path / "run", whole)


def workers() -> list[int]:
    """Give the processes that hold a model for a Ray worker."""
    command = ["/usr/bin/env", "ps", "-eo", "pid,ppid,args"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split(None, 2) for line in listed[1:]]
    actors = {row[0] for row in rows if row[2].startswith("ray::_Worker")}
    return [int(pid) for pid, parent, _ in rows if parent in actors]
