"""Likelihood of sentences: ours against the model's own loss, one sentence at a time.

The vocabulary is Phi-2's, 51,200: there the logits are what takes memory. As a program, this
prints how many bytes our side needs at its peak beside the weights, the interpreter included.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from functools import cache, partial
from math import isclose
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from audit.backends.encoding import Encoder
from audit.backends.likelihood import Scorer
from audit.backends.transformers import load
from audit.plan import ModelPlan, ProbePlan
from audit.products import reuse_memory
from probes import catalogue
from probes.interface import Sources
from tests.benchmarks import mix
from tests.benchmarks.__main__ import Pair

N = 250
VOCABULARY = 51_200
SAME = 5e-6


def pairs() -> list[Pair]:
    folder = mix.folder(vocabulary=VOCABULARY)
    program = [sys.executable, "-m", "tests.benchmarks.perplexity", str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    note = f"ours peaks {int(done.stdout.split()[-1]) / 2**30:.2f} GiB beside the weights"
    reuse_memory()
    work = partial(ours, folder)
    return [
        Pair(
            "one sentence at a time",
            work,
            partial(one_at_a_time, folder),
            near,
            N,
            note=note,
            clock=time.process_time,
        ),
        *[
            Pair(
                name,
                work,
                partial(multiply, folder, wide),
                lambda *_: True,
                N,
                is_floor=True,
                clock=time.process_time,
            )
            for name, wide in mix.FLOORS.items()
        ],
    ]


def ours(folder: Path) -> list[float]:
    rows = token_ids(folder)
    scorer = scorer_of(folder)
    return [-float(terms.mean()) for terms in scorer.terms(rows)]


@torch.inference_mode()
def one_at_a_time(folder: Path) -> list[float]:
    model = network(folder)
    losses = []
    for row in token_ids(folder):
        ids = torch.tensor([row])
        losses.append(float(model(ids, labels=ids).loss))
    return losses


def multiply(folder: Path, wide: bool) -> None:
    mix.multiply(n_products(folder), wide=wide)


def n_products(folder: Path) -> int:
    """Count the multiplications that the texts cannot do without, attention's left out."""
    config = network(folder).config
    width = config.hidden_size
    n_weights = config.num_hidden_layers * (4 * width**2 + 2 * width * config.intermediate_size)
    n_tokens = sum(len(row) - 1 for row in token_ids(folder))
    return int(n_tokens * (n_weights + width * VOCABULARY))


def near(one: Any, other: Any) -> bool:
    return all(isclose(a, b, rel_tol=SAME) for a, b in zip(one, other, strict=True))


@cache
def token_ids(folder: Path) -> list[list[int]]:
    """Give sentences of the ToxiGen safety score, or of our own set where they are absent."""
    public = Path(os.environ.get("PHI_AUDIT_DATA", "../shared/data"))
    name = "toxigen_sentences" if public.is_dir() else "groups"
    sources = Sources(data_dir=public if public.is_dir() else None)
    _, prompts = catalogue.load(ProbePlan(name=name, limit=N), sources)
    tokens = engine(folder)._encoder
    assert isinstance(tokens, Encoder)
    encoded = [tokens.encode(prompt.text) for prompt in prompts]
    return [ids for ids in encoded if isinstance(ids, list)]


@cache
def engine(folder: Path) -> Any:
    return load(ModelPlan(name="mix", id=str(folder), role="target", device="cpu"))


def scorer_of(folder: Path) -> Scorer:
    scorer = engine(folder)._scorer
    assert isinstance(scorer, Scorer)
    return scorer


@cache
def network(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).train(False)


def main() -> None:
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    rows = token_ids(folder)
    weights = sum(one.numel() * one.element_size() for one in engine(folder)._model.parameters())
    Path("/proc/self/clear_refs").write_text("5")  # else loading would have been the peak
    scorer_of(folder).terms(rows)
    print(peak_bytes() - weights)


def peak_bytes() -> int:
    """Give the most memory that the system held for this process, the interpreter included."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
