"""Cost against the number of prompts: time, memory, the store's share, and the end of a second run.

    python -m tests.benchmarks scale
    python -m tests.benchmarks.scale [--sizes 100 1000] [--models reference recorded] [--new 48]

Each size is a whole audit of two models in a process of its own, graded by the reference
classifier: the reference pair, which writes few tokens to each prompt (four, if not told), or two
recordings, where everything is the store's, the grader's and the report's work. Writes
results/scale.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from audit import plan as plans
from audit.plan import ProbePlan
from audit.run import run
from audit.store import Log
from probes import catalogue
from probes.interface import Sources

RESULTS = Path(__file__).parent / "results" / "scale.json"
SIZES = (100, 1_000, 10_000, 100_000)
NEW = 4

PLAN = """
[[models]]
name = "base"
id = "reference:base"
role = "target"
{base}

[[models]]
name = "aligned"
id = "reference:aligned"
role = "baseline"
{aligned}

[[probes]]
name = "many"
file = "{prompts}"
kind = "toxicity"

[decoding]
max_new_tokens = {new}

[graders]
toxicity = "reference"
"""

F = TypeVar("F", bound=Callable[..., Any])


def main() -> None:
    parser = argparse.ArgumentParser(prog="scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--models", nargs="+", default=["reference", "recorded"])
    parser.add_argument("--new", type=int, default=NEW, help="tokens written to a prompt at most")
    parser.add_argument("--one", nargs=2, type=Path, help="PLAN RUN: what each process does")
    options = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    if options.one:
        print(json.dumps(one(*options.one)))
        return
    rows = []
    for models in options.models:
        for n in options.sizes:
            rows.append(measure(models, n, options.new))
            print(rows[-1])
    kept = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    done = {(row["models"], row["n"]) for row in rows}
    kept = [row for row in kept if (row["models"], row["n"]) not in done]
    rows = sorted([*kept, *rows], key=lambda row: (str(row["models"]), int(str(row["n"]))))
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def measure(models: str, n: int, new: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plan.toml").write_text(_plan(models, n, new, folder))
        first = _process(folder)
        again = _process(folder)
    return {
        "stage": "scale",
        "models": models if new == NEW else f"{models}, {new} tokens",
        "n": n,
        "wall_s": round(first["wall_s"], 2),
        "cpu_s": round(first["cpu_s"], 2),
        "cpu_ms_a_prompt": round(1000 * first["cpu_s"] / n, 3),
        "peak_memory_gb": round(first["peak_gb"], 3),
        "store_cpu_s": round(first["store_cpu_s"], 3),
        "store_share": round(first["store_cpu_s"] / first["cpu_s"], 4),
        "run_folder_mb": round(first["mb"], 1),
        "second_run_s": round(again["wall_s"], 2),
        "second_run_cpu_s": round(again["cpu_s"], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def one(plan: Path, out: Path) -> dict[str, float]:
    """Do a run, and add up the CPU time of all that the store does in it: a disk is shared."""
    spent = [0.0]

    def timed(call: F) -> F:
        @wraps(call)
        def wrapped(*arguments: Any) -> Any:
            start = time.thread_time()
            result = call(*arguments)
            spent[0] += time.thread_time() - start
            return result

        return wrapped  # type: ignore[return-value]  # the same call, with a clock

    Log._save = timed(Log._save)  # type: ignore[method-assign]  # measured, not replaced
    Log._recover = timed(Log._recover)  # type: ignore[method-assign]  # measured, not replaced
    run(plans.read(plan), out, Sources())
    size = sum(path.stat().st_size for path in out.iterdir())
    return {"store_cpu_s": spent[0], "mb": size / 1e6}


def _process(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--one"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(folder / "plan.toml"), str(folder / "run")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    return {
        **json.loads(told),
        "wall_s": time.perf_counter() - start,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_gb": used.ru_maxrss / 1e6,
    }


def _plan(models: str, n: int, new: int, folder: Path) -> str:
    chance = random.Random(n)
    _, prompts = catalogue.load(ProbePlan(name="groups"), Sources())
    words = sorted({word for prompt in prompts for word in prompt.text.split()})
    with (folder / "prompts.jsonl").open("w") as file:
        for i in range(n):
            prompt = {"id": str(i), "text": f"{chance.choice(prompts).text} {i}"}
            file.write(json.dumps(prompt | {"style": "continue"}) + "\n")
    files = {}
    for name in ("base", "aligned"):
        files[name] = ""
        if models == "recorded":
            files[name] = f'backend = "recorded"\nfile = "{folder}/{name}.jsonl"'
            with (folder / f"{name}.jsonl").open("w") as file:
                for i in range(n):
                    text = " ".join(chance.choices(words, k=8))
                    file.write(json.dumps({"id": f"many/{i}", "text": text}) + "\n")
    return PLAN.format(prompts=folder / "prompts.jsonl", new=new, **files)


if __name__ == "__main__":
    main()
