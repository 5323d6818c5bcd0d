"""A whole audit against its slowest stage alone, and against the tools a user would chain.

    python -m tests.benchmarks end_to_end
    python -m tests.benchmarks.end_to_end [--n 2000] [--peer 40]

The reference base model is asked N prompts, half of them for text and half for code. Ours: one run,
report included, with grading beside the generation. Alone: each stage of the same run by itself,
in the same process. The peer: the library's pipeline one prompt at a time, `Detoxify.predict` for
each text, bandit and semgrep as a process for each snippet, timed on a sample and multiplied, since
each item takes its own time and no more. Writes results/end_to_end.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import torch

from audit import plan as plans
from audit.answers import Answers
from audit.linter.with_semgrep import RULES
from audit.past import verdict_log
from audit.plan import ProbePlan
from audit.progress import silent
from audit.prompts import Prompts
from audit.records import Completion, Request
from audit.reference import catalog
from audit.run import grade, run
from audit.score import score
from audit.scorers import detoxify
from audit.steps.ask import ask
from audit.steps.finish import finish
from audit.steps.start import choose_prompts, keep_labelled, load_scorers, start
from audit.store import RunFolder
from probes import catalogue
from probes.interface import Sources

RESULTS = Path(__file__).parent / "results" / "end_to_end.json"

PLAN = """
[[models]]
name = "base"
id = "reference:base"
role = "target"
prompt_mode = "instruct-output"
dtype = "float32"
device = "cpu"

[[probes]]
name = "groups"
limit = {each}
samples = {samples}
max_new_tokens = 48

[[probes]]
name = "insecure_code"
limit = {each}
samples = {samples}
max_new_tokens = 160

[graders]
toxicity = "reference"
"""
EACH = 125

R = TypeVar("R")


def main() -> None:
    parser = argparse.ArgumentParser(prog="end_to_end", description=__doc__)
    parser.add_argument("--n", type=int, default=2_000, help="prompts and samples, about")
    parser.add_argument("--peer", type=int, default=40, help="items of the peer's sample")
    options = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    samples = max(1, options.n // (2 * EACH))
    plan = plans.parse(PLAN.format(each=min(EACH, options.n // 2), samples=samples))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = _alone(plan, folder / "alone")
        whole_s, _ = _timed(lambda: run(plan, folder / "whole", Sources()))
        n = sum(1 for _ in (folder / "whole" / "requests-base.jsonl").open())
        same = all(
            path.read_bytes() == (folder / "whole" / path.name).read_bytes()
            for path in (folder / "alone").glob("*.jsonl")
        )
        completions = _completions(folder / "whole")
    peer = _peer(completions, options.peer)
    peer_s = sum(peer[stage] * n_of for stage, n_of in _counts(completions).items())
    slowest = max(alone, key=alone.__getitem__)
    row = {
        "stage": "end_to_end",
        "n": n,
        "ours_s": round(whole_s, 2),
        "alone_s": {stage: round(seconds, 2) for stage, seconds in alone.items()},
        "slowest": slowest,
        "times_the_slowest": round(whole_s / alone[slowest], 3),
        "share_of_the_sum": round(whole_s / sum(alone.values()), 3),
        "peer": "pipeline, Detoxify.predict, bandit and semgrep, one at a time; from a sample",
        "peer_ms_an_item": {stage: round(1000 * seconds, 2) for stage, seconds in peer.items()},
        "peer_s": round(peer_s, 1),
        "ratio": round(peer_s / whole_s, 2),
        "equal_results": same,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch on "
        f"{torch.get_num_threads()} thread(s)",
        "versions": {name: version(name) for name in ("torch", "transformers", "detoxify")},
    }
    print(json.dumps(row, indent=1))
    RESULTS.write_text(json.dumps([row], indent=1) + "\n")


def _alone(plan: plans.Plan, out: Path) -> dict[str, float]:
    """Do the stages of a run one after the other, each timed."""
    seconds = {}
    with RunFolder(out) as folder:
        start(folder, plan)
        cards, prompts = choose_prompts(folder, plan, Sources())
        keep_labelled(folder, cards, Sources())
        seconds["load graders"], scorers = _timed(lambda: load_scorers(plan, cards))
        seconds["generate"], _ = _timed(
            lambda: ask(folder, plan, cards, prompts, tuple, silent, engine="process")
        )
        by_id = Prompts(prompts)
        with folder.log("requests", "base") as requests, folder.log("completions", "base") as log:
            rows = Answers(log, folder.frozen(requests, Request) or (), by_id)
        for scorer in scorers:
            sets = {card.name for card in cards if scorer.name in card.scorers}
            mine = rows.of_sets(sets)
            with verdict_log(folder, scorer.name, scorer.signature, "base") as log:
                seconds[f"grade {scorer.name}"], _ = _timed(score, scorer, mine, by_id, log)
        seconds["count and report"], _ = _timed(_show, folder, plan, cards, prompts, scorers)
    return seconds


def _show(folder: RunFolder, plan: plans.Plan, *rest: Any) -> None:
    audit, evidence = grade(folder, plan, *rest)
    finish(folder, audit, evidence, plan.gates, None)


def _completions(out: Path) -> dict[str, list[str]]:
    """Give the texts by probe set."""
    texts: dict[str, list[str]] = {"groups": [], "insecure_code": []}
    with RunFolder(out) as folder, folder.log("completions", "base") as log:
        for _, body in log.read():
            answer = Completion.model_validate_json(body)
            texts[answer.prompt_id.partition("/")[0]].append(answer.text)
    return texts


def _counts(texts: dict[str, list[str]]) -> dict[str, int]:
    prose, code = len(texts["groups"]), len(texts["insecure_code"])
    return {
        "write prose": prose,
        "write code": code,
        "grade": prose,
        "bandit": code,
        "semgrep": code,
    }


def _peer(texts: dict[str, list[str]], n: int) -> dict[str, float]:
    """Time what a user would chain: seconds an item, by stage."""
    from transformers import pipeline

    generator = pipeline(
        "text-generation", model=str(catalog.model_path("base")), device="cpu", dtype="float32"
    )
    scorer = detoxify.load("reference")
    asked: dict[str, list[str]] = {"groups": [], "insecure_code": []}
    for name, found in asked.items():
        _, prompts = catalogue.load(ProbePlan(name=name, limit=n), Sources())
        found += [
            prompt.text if prompt.style == "continue" else f"Instruct: {prompt.text}\nOutput:"
            for prompt in prompts
        ]

    def write(prompt: str, new: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            generator(prompt, do_sample=True, top_k=0, max_new_tokens=new, return_full_text=False)

    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "snippet.py"

        def lint(text: str, *command: str) -> None:
            file.write_text(text)
            subprocess.run([*command, str(file)], capture_output=True, check=False)

        tools = Path(sys.executable).parent
        rules = ("--config", str(RULES), "--metrics=off", "--disable-version-check", "--json")
        few = texts["insecure_code"][: max(3, n // 8)]
        return {
            "write prose": _each(asked["groups"], lambda text: write(text, 48)),
            "write code": _each(asked["insecure_code"], lambda text: write(text, 160)),
            "grade": _each(texts["groups"][:n], scorer.detoxify.predict),
            "bandit": _each(few, lambda t: lint(t, str(tools / "bandit"), "-q", "-f", "json")),
            "semgrep": _each(few, lambda t: lint(t, str(tools / "semgrep"), "scan", *rules)),
        }


def _each(texts: list[str], act: Callable[[str], object]) -> float:
    seconds, _ = _timed(lambda: [act(text) for text in texts])
    return seconds / len(texts)


def _timed(act: Callable[..., R], *arguments: Any) -> tuple[float, R]:
    start = time.perf_counter()
    result = act(*arguments)
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()
