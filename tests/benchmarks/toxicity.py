"""Toxicity scores: ours against `Detoxify.predict` on the whole list, and against bare arithmetic.

The embedded classifier is tiny, so most of its time is no matrix product; a model of the published
size (bert-base, random weights) shows what a user of a published checkpoint gets. The floor is the
same number of floating-point operations in matrix products of that model's shape. Memory is the
most that a process of its own ever held, above the same process with the weights alone.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import torch
from detoxify import detoxify as package
from transformers import BertConfig, BertForSequenceClassification

from audit.plan import ProbePlan
from audit.records import Completion, Graded, Prompt
from audit.scorers.detoxify import Toxicity, load
from probes import catalogue
from probes.interface import Sources
from tests.benchmarks.__main__ import Pair, Timed

N = 512
WORST = 3e-6
N_SMALL, N_LARGE = 500, 50_000
MEMORY_BOUND = 0.5e9
PROMPT = Prompt(id="bench/0", probe="bench", text="", style="continue")


def pairs() -> list[Pair]:
    small, large = load("reference"), bert_base()
    texts = lengths_vary(N)
    lengths = sorted(len(ids) for ids in large.detoxify.tokenizer(texts)["input_ids"])
    mix = f"{sum(lengths)} tokens, median {lengths[N // 2]}, longest {lengths[-1]}"
    return [
        _against_predict("the whole list", small, texts, f"embedded classifier, {mix}"),
        _against_predict("the whole list", large, texts, f"bert-base, random weights, {mix}"),
        Pair(
            "bare matrix products of as many operations",
            lambda: scores(large, texts),
            lambda: products(large, lengths),
            lambda _ours, _theirs: True,
            N,
            is_floor=True,
            note=f"bert-base, random weights, {mix}",
            clock=time.process_time,
        ),
        Pair(
            f"bound of {MEMORY_BOUND / 1e9:g} GB above the weights, {N_LARGE} texts",
            lambda: Timed(memory(N_LARGE), None),
            lambda: Timed(MEMORY_BOUND, None),
            lambda _ours, _theirs: memory(N_LARGE) <= MEMORY_BOUND,
            N_LARGE,
            note=f"bytes instead of seconds; with {N_SMALL} texts {memory(N_SMALL) / 1e9:.2f} GB",
        ),
    ]


def _against_predict(what: str, scorer: Toxicity, texts: list[str], note: str) -> Pair:
    def theirs() -> list[float]:
        found: list[float] = scorer.detoxify.predict(texts)["toxicity"]
        return found

    return Pair(
        f"Detoxify.predict on {what}",
        lambda: scores(scorer, texts),
        theirs,
        near,
        len(texts),
        note=note,
        clock=time.process_time,
    )


def scores(scorer: Toxicity, texts: list[str]) -> list[float]:
    asked = [
        Completion(prompt_id=PROMPT.id, sample=0, text=text, token_ids=(), finish_reason="stop")
        for text in texts
    ]
    verdicts = scorer.score([(PROMPT, one) for one in asked])
    return [verdict.value for verdict in verdicts if isinstance(verdict, Graded)]


def near(one: object, other: object) -> bool:
    assert isinstance(one, list)
    assert isinstance(other, list)
    return all(abs(a - b) <= WORST for a, b in zip(one, other, strict=True))


def bert_base() -> Toxicity:
    """Give a grader of the published `original`'s size with random weights, unproven."""
    small = load("reference").detoxify
    torch.manual_seed(0)
    detoxify = package.Detoxify.__new__(package.Detoxify)
    config = BertConfig()
    config.num_labels = len(small.class_names)
    detoxify.model = BertForSequenceClassification(config).train(False)
    detoxify.tokenizer, detoxify.class_names = small.tokenizer, small.class_names
    detoxify.tokenizer.model_max_length = 512
    detoxify.device = "cpu"
    scorer = Toxicity.__new__(Toxicity)  # its constructor would refuse random weights
    scorer.detoxify = detoxify
    return scorer


def products(scorer: Toxicity, lengths: list[int]) -> None:
    """Multiply as often as the model must for texts of these lengths, in its own shapes."""
    config = scorer.detoxify.model.config
    wide, inner = config.hidden_size, config.intermediate_size
    rows = 512
    text, up, down = torch.ones(rows, wide), torch.ones(wide, inner), torch.ones(inner, wide)
    # Of a layer: four products of width by width and two of width by inner; and attention.
    of_tokens = sum(lengths) * (4 * wide * wide + 2 * wide * inner)
    of_pairs = sum(2 * n * n * wide for n in lengths)
    total = config.num_hidden_layers * (of_tokens + of_pairs)
    for _ in range(round(total / (2 * rows * wide * inner))):
        torch.mm(torch.mm(text, up), down)


def memory(n: int) -> float:
    """Give the most bytes that grading `n` texts at once takes above the weights."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.toxicity", str(n)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def lengths_vary(n: int) -> list[str]:
    """Join sentences of prompts, as completions are; ToxiGen's if it is at hand.

    Half of the texts have one sentence, a quarter two, and so on to seven: the ratio to a padded
    list is first of all that of its longest text to its mean.
    """
    chance = random.Random(0)  # noqa: S311 lengths, not secrets
    folder = os.environ.get("PHI_AUDIT_DATA", "")
    name = "toxigen" if folder and (Path(folder) / "toxigen").is_dir() else "groups"
    _, prompts = catalogue.load(ProbePlan(name=name), Sources(Path(folder) if folder else None))
    sentences = sorted({line for p in prompts for line in p.text.split("\n- ") if len(line) > 9})

    def n_sentences() -> int:
        return next((n for n in range(1, 7) if chance.random() < 1 / 2), 7)

    return [
        f"{i}. " + " ".join(chance.choice(sentences) for _ in range(n_sentences()))
        for i in range(n)
    ]


def _status(field: str) -> int:
    """Give a field of this process's memory, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{field}:")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    grader, some = load("reference"), lengths_vary(int(sys.argv[1]))
    scores(grader, some[:8])
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
    before = _status("VmRSS")
    scores(grader, some)
    print(_status("VmHWM") - before)  # noqa: T201
