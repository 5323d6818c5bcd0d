"""Toxicity scores: ours against `Detoxify.predict` on the whole list, and against bare arithmetic.

The embedded classifier is tiny, so most of its time is no matrix product; a model of the published
size (bert-base, random weights) shows what a user of a published checkpoint gets. The floor is the
same number of floating-point operations in large matrix products. Memory is the
most that a process of its own ever held, above the same process with the weights alone.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from functools import cache, partial
from pathlib import Path

import torch
from detoxify import detoxify as package
from transformers import BertConfig, BertForSequenceClassification

from audit.plan import ProbePlan
from audit.products import widen
from audit.records import Completion, Graded, Prompt
from audit.reference.catalog import classifier_path
from audit.scorers.checkpoint import open_folder
from audit.scorers.detoxify import Toxicity, load
from probes import catalogue
from probes.interface import Sources
from tests.benchmarks import mix
from tests.benchmarks.__main__ import Pair, Timed

N = 512
WORST = 3e-6
N_SMALL, N_LARGE = 500, 50_000
MEMORY_BOUND = 0.5e9
LANGFAIR = 250
"""Texts of a batch of that library."""

BERT, EMBEDDED = "bert-base, random weights", "embedded classifier"

PROMPT = Prompt(id="bench/0", probe="bench", text="", style="continue")


def pairs() -> list[Pair]:
    small, large = load("reference"), bert_base()
    widen(large.detoxify.model)
    texts = lengths_vary(N)
    lengths = sorted(len(ids) for ids in large.detoxify.tokenizer(texts)["input_ids"])
    note = f"{sum(lengths)} tokens, median {lengths[N // 2]}, longest {lengths[-1]}"
    limit = small.detoxify.tokenizer.model_max_length  # the peer never sees what is beyond
    short = [text for text in texts if len(small.detoxify.tokenizer(text)["input_ids"]) <= limit]
    return [
        _against_predict(BERT, large, texts, N, note),
        _against_predict(BERT, large, texts, LANGFAIR, note),
        _against_predict(EMBEDDED, small, short, len(short), "texts that fit"),
        *[
            Pair(
                name,
                partial(scores, large, texts),
                partial(multiply, large, lengths, wide),
                lambda _ours, _theirs: True,
                N,
                is_floor=True,
                note=f"{BERT}, {note}",
                clock=time.process_time,
            )
            for name, wide in mix.FLOORS.items()
        ],
        *[
            Pair(
                f"bound of {MEMORY_BOUND / 1e9:g} GB above the weights",
                partial(_bytes, n),
                lambda: Timed(MEMORY_BOUND, MEMORY_BOUND),
                lambda ours, bound: float(str(ours)) <= float(str(bound)),
                n,
                note="bytes instead of seconds",
            )
            for n in (N_SMALL, N_LARGE)
        ],
    ]


def _against_predict(model: str, scorer: Toxicity, texts: list[str], size: int, note: str) -> Pair:
    whole = "the whole list" if size == len(texts) else f"batches of {size}, as LangFair does"
    return Pair(
        f"Detoxify.predict on {whole}, {model}",
        partial(scores, scorer, texts),
        partial(_predict_elsewhere, model, texts, size),
        near,
        len(texts),
        note=note,
        clock=time.process_time,
    )


def _predict_elsewhere(model: str, texts: list[str], size: int) -> Timed:
    """Let the peer work in a process of its own: how ours reuses memory would help it, too."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.toxicity", model, str(size)],
        input=json.dumps(texts),
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, found = json.loads(done.stdout.splitlines()[-1])
    return Timed(seconds, found)


def predict(peer: package.Detoxify, texts: list[str], size: int) -> tuple[float, list[float]]:
    """Give the CPU time that the peer takes, and its scores."""
    found: list[float] = []
    start = time.process_time()
    for at in range(0, len(texts), size):
        found += peer.predict(texts[at : at + size])["toxicity"]
    return time.process_time() - start, found


def _bytes(n: int) -> Timed:
    n_bytes = memory(n)
    return Timed(n_bytes, n_bytes)


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
    small, _ = open_folder(classifier_path())
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


def multiply(scorer: Toxicity, lengths: list[int], wide: bool) -> None:
    """Multiply as often as the model must for texts of these lengths."""
    config = scorer.detoxify.model.config
    width, inner = config.hidden_size, config.intermediate_size
    # Of a layer: four products of width by width and two of width by inner; and attention.
    of_tokens = sum(lengths) * (4 * width * width + 2 * width * inner)
    of_pairs = sum(2 * n * n * width for n in lengths)
    mix.multiply(config.num_hidden_layers * (of_tokens + of_pairs), wide=wide)


@cache
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
    chance = random.Random(0)
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


def _main(model: str, size: str) -> None:
    torch.set_num_threads(1)
    peer = bert_base().detoxify if model == BERT else open_folder(classifier_path())[0]
    print(json.dumps(predict(peer, json.load(sys.stdin), int(size))))


if __name__ == "__main__" and len(sys.argv) > 2:
    _main(*sys.argv[1:])
elif __name__ == "__main__":
    grader, some = load("reference"), lengths_vary(int(sys.argv[1]))
    scores(grader, some[:8])
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far
    before = _status("VmRSS")
    scores(grader, some)
    print(_status("VmHWM") - before)
