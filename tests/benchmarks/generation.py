"""Text from a model: our slots against what else writes it, on the mix of `mix.py`.

Everybody writes the same tokens, greedily, in float32. First texts that end where they end, by CPU
time on one thread and by wall time on two; then texts of one length from prompts of one length,
where refilling gains nothing.
"""

from __future__ import annotations

import json
import subprocess
import time
import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
import transformers

from audit.backends.transformers import load
from audit.generate import batches, plan_work
from audit.plan import Limits, ModelPlan
from audit.records import Completion, Decoding, Prompt
from tests.benchmarks import lm_eval_peer, mix
from tests.benchmarks.__main__ import Pair, Timed
from tests.benchmarks.peers import beside_ours

LIBRARY: Any = transformers
DECODING = Decoding(strategy="greedy", max_new_tokens=mix.MAX_NEW)
LENGTH = 64
"""Tokens of each prompt where all are of one length."""

GARAK = (
    "garak==0.13.3", "xdg-base-dirs", "backoff", "colorama", "langdetect", "python-magic", "deepl"
)  # fmt: skip

Write = Callable[[Path, Sequence[str]], object]


def pairs() -> list[Pair]:
    peers: list[tuple[str, Write]] = [
        ("transformers pipeline, one by one", one_by_one),
        (f"{GARAK[0]}'s local generator, one by one", by_garak),
        ("transformers generate, batches of 16 in file order", in_batches),
        ("transformers continuous batching, 16 at a time", partial(continuously, slots=16)),
        *[
            (f"lm-evaluation-harness generate_until, batches of {n}", partial(by_harness, rows=n))
            for n in (8, 16)
        ],
    ]
    varied, even = mix.prompts(), same_length()
    ends, endless = mix.folder(), mix.folder(ends=False)
    return [
        *[pair(name, write, ends, varied, threads) for threads in (1, 2) for name, write in peers],
        *[
            pair(f"{name}, equal lengths", write, endless, even[: mix.N // 2], 2)
            for name, write in peers
            if write not in {one_by_one, by_garak}
        ],
        *[floor(name, ends, varied, threads) for name in mix.FLOORS for threads in (1, 2)],
    ]


def pair(peer: str, write: Write, folder: Path, prompts: Sequence[str], threads: int) -> Pair:
    return Pair(
        peer,
        partial(ours, folder, prompts),
        partial(write, folder, prompts),
        lambda one, other: one == other,
        len(prompts),
        n_threads=threads,
        clock=time.process_time if threads == 1 else time.perf_counter,
    )


def ours(folder: Path, prompts: Sequence[str]) -> list[str]:
    asked = [
        (Prompt(id=f"mix/{i}", probe="mix", text=text, style="continue"), 1, DECODING)
        for i, text in enumerate(prompts)
    ]
    backend = engine(folder)
    work = tuple(plan_work(backend, asked, 0, Limits()))
    texts = {}
    for batch in batches(work):
        for request, answer in zip(batch, backend.answer(batch), strict=True):
            assert isinstance(answer, Completion)
            texts[request.i] = answer.text
    return [texts[i] for i in range(len(prompts))]


def one_by_one(folder: Path, prompts: Sequence[str]) -> list[str]:
    generator = pipeline(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            generator(text, do_sample=False, max_new_tokens=mix.MAX_NEW, return_full_text=False)[0][
                "generated_text"
            ]
            for text in prompts
        ]


def in_batches(folder: Path, prompts: Sequence[str]) -> list[str]:
    tokenizer, model = tokens(folder), network(folder)
    tokenizer.padding_side = "left"
    texts: list[str] = []
    for at in range(0, len(prompts), 16):
        given = tokenizer(list(prompts[at : at + 16]), return_tensors="pt", padding=True)
        written = model.generate(**given, do_sample=False, max_new_tokens=mix.MAX_NEW)
        new = written[:, given["input_ids"].shape[1] :]
        texts += tokenizer.batch_decode(new, skip_special_tokens=True)
    return texts


def continuously(folder: Path, prompts: Sequence[str], slots: int) -> list[str]:
    tokenizer, model = tokens(folder), network(folder, "sdpa")
    ids = [tokenizer(text)["input_ids"] for text in prompts]
    done = model.generate_batch(
        ids,
        generation_config=LIBRARY.GenerationConfig(
            do_sample=False,
            max_new_tokens=mix.MAX_NEW,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        ),
        continuous_batching_config=LIBRARY.ContinuousBatchingConfig(
            page_size=32, num_blocks=16 * slots, max_batch_tokens=512, max_requests_per_batch=slots
        ),
    )
    results = [done[key] for key in sorted(done, key=lambda key: int(key.rsplit("_", 1)[-1]))]
    assert not any(result.error for result in results), "it answers errors in silence"
    return [
        tokenizer.decode(result.generated_tokens, skip_special_tokens=True) for result in results
    ]


def by_harness(folder: Path, prompts: Sequence[str], rows: int) -> Timed:
    return _elsewhere(lm_eval_peer.install(), "harness_writer.py", folder, prompts, rows)


def by_garak(folder: Path, prompts: Sequence[str]) -> Timed:
    # Its generator needs few of the packages that it asks for.
    python = beside_ours("garak", "--no-deps", *GARAK)
    return _elsewhere(python, "garak_writer.py", folder, prompts, 1)


def _elsewhere(python: Path, script: str, folder: Path, prompts: Sequence[str], rows: int) -> Timed:
    asked = {
        "folder": str(folder),
        "prompts": prompts,
        "rows": rows,
        "max_new": mix.MAX_NEW,
        "threads": torch.get_num_threads(),
    }
    program = [python, Path(__file__).with_name(script)]
    done = subprocess.run(
        program, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    seconds = answer["cpu_s"] if torch.get_num_threads() == 1 else answer["wall_s"]
    return Timed(seconds, answer["texts"])


def floor(name: str, folder: Path, prompts: Sequence[str], threads: int) -> Pair:
    """Pair ours with the multiplications it cannot do without."""
    return Pair(
        name,
        partial(ours, folder, prompts),
        lambda: mix.multiply(n_products(folder, prompts), wide=mix.FLOORS[name]),
        lambda *_: True,
        len(prompts),
        is_floor=True,
        n_threads=threads,
        clock=time.process_time if threads == 1 else time.perf_counter,
    )


def n_products(folder: Path, prompts: Sequence[str]) -> int:
    config = network(folder).config
    width, n_layers = config.hidden_size, config.num_hidden_layers
    n_weights = n_layers * (4 * width**2 + 2 * width * config.intermediate_size)
    products = 0
    for read, new in lengths(folder, tuple(prompts)):
        total = read + new - 1
        products += total * n_weights + new * width * config.vocab_size
        products += n_layers * width * total**2  # half of all pairs, once for scores, once for sums
    return int(products)


@cache
def lengths(folder: Path, prompts: tuple[str, ...]) -> list[tuple[int, int]]:
    """Give the tokens of each prompt and of its text, its end included."""
    tokenizer = tokens(folder)
    return [
        (
            len(tokenizer(prompt)["input_ids"]),
            min(len(tokenizer(text, add_special_tokens=False)["input_ids"]) + 1, mix.MAX_NEW),
        )
        for prompt, text in zip(prompts, ours(folder, prompts), strict=True)
    ]


def same_length() -> list[str]:
    """Give texts of the mix cut and joined to one number of tokens."""
    tokenizer = tokens(mix.folder())
    ids = [i for text in mix.prompts() for i in tokenizer(text)["input_ids"]]
    cut = [tokenizer.decode(ids[at : at + LENGTH]) for at in range(0, len(ids), LENGTH)]
    return [text for text in cut if len(tokenizer(text)["input_ids"]) == LENGTH]


@cache
def engine(folder: Path) -> Any:
    return load(ModelPlan(name="mix", id=str(folder), role="target", device="cpu"))


@cache
def network(folder: Path, attention: str = "sdpa") -> Any:
    model = LIBRARY.AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention)
    return model.train(False)


@cache
def tokens(folder: Path) -> Any:
    return LIBRARY.AutoTokenizer.from_pretrained(folder)


@cache
def pipeline(folder: Path) -> Any:
    return LIBRARY.pipeline("text-generation", model=str(folder), device="cpu", dtype="float32")
