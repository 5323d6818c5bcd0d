"""Text and likelihoods at the sizes of real models, on a GPU: `python -m tests.benchmarks.gpu`.

Needs this repository, torch, transformers and tokenizers, and nothing to download: weights are
random and made on the device, prompts are random tokens whose lengths vary as probes' do, and texts
end where a drawn length says. `--tiny` does the same work at toy sizes, to try the script on a CPU.

The floor of a step is the reading of all weights and of the keys and values of all rows, or the
multiplications, whichever takes longer; the card's speeds are measured first.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.profiler import ProfilerActivity, profile

from audit.backends.likelihood import Scorer
from audit.backends.loading import be_deterministic
from audit.backends.slots import Row, Slots, Written, why_not
from audit.records import Decoding

LIBRARY: Any = transformers
RESULTS = Path(__file__).parent / "results" / "gpu.json"
MAX_NEW = 128
BATCH = 64
"""Rows of the batches that `generate` is given."""

SIZES: dict[str, tuple[str, dict[str, Any]]] = {
    "phi-2": (
        "PhiConfig",
        {
            "vocab_size": 51200,
            "hidden_size": 2560,
            "intermediate_size": 10240,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "partial_rotary_factor": 0.4,
        },
    ),
    "llama-2-7b": (
        "LlamaConfig",
        {
            "vocab_size": 32000,
            "hidden_size": 4096,
            "intermediate_size": 11008,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
        },
    ),
    "mistral-7b": (
        "MistralConfig",
        {
            "vocab_size": 32000,
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "sliding_window": 4096,
        },
    ),
}
TINY = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", choices=[*SIZES, []], default=[])
    parser.add_argument("--prompts", type=int, default=2000)
    parser.add_argument("--slots", type=int, default=256)
    parser.add_argument("--tiny", action="store_true", help="toy sizes, to try the script")
    parser.add_argument("--peers", action="store_true", help="also `generate` in batches")
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    be_deterministic(device)  # as in an audit
    speeds = card_speeds(device)
    rows = []
    for name in options.models or SIZES:
        model = random_model(name, device, tiny=options.tiny)
        rows += measure(name, model, options, speeds)
        del model
    print(json.dumps(rows, indent=1))
    if not options.tiny:
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def measure(
    name: str, model: Any, options: argparse.Namespace, speeds: dict[str, float]
) -> list[dict[str, Any]]:
    asked = prompts(options.prompts, model.config.vocab_size)
    ends = range(math.ceil(model.config.vocab_size / 100))  # one token in a hundred ends a text
    decoding = Decoding(max_new_tokens=MAX_NEW)
    slots = Slots(model, ends)
    reason = why_not(model)
    if reason:
        raise SystemExit(f"{name}: {reason}")
    facts = {"stage": "gpu", "model": name, "device": device_name(model), **speeds}
    slots.write(asked[: options.slots], decoding, options.slots)  # records the graphs
    seconds, written = timed(lambda: slots.write(asked, decoding, options.slots))
    n_new = sum(len(one.ids) for one in written)
    floor = floor_s(model, asked, written, options.slots, speeds)
    again = slots.write(asked[: len(asked) // 4], decoding, options.slots)
    found = [
        {
            **facts,
            "ours": "slots",
            "n": len(asked),
            "n_slots": options.slots,
            "seconds": round(seconds, 2),
            "tokens_per_s": round(n_new / seconds),
            "share_of_floor": round(floor / seconds, 3),
            **idle(lambda: slots.write(asked[: 2 * options.slots], decoding, options.slots)),
            "peak_gib": peak_gib(),
            "n_broken": sum(one.broken for one in written),
            "same_with_fewer_neighbours": sum(
                one.ids == other.ids for one, other in zip(again, written, strict=False)
            )
            / len(again),
        }
    ]
    if options.peers:
        some = asked[: 4 * BATCH]
        own, _ = timed(lambda: slots.write(some, decoding, BATCH))
        theirs, _ = timed(lambda: in_batches(model, some, ends))
        found.append({**facts, "peer": f"generate, batches of {BATCH}", "ratio": theirs / own})
    scorer = Scorer(model, in_slots=True)
    texts = [row.ids for row in prompts(options.prompts, model.config.vocab_size, 24)]

    def score(some: Sequence[Sequence[int]]) -> None:
        for at in range(0, len(some), 64):
            scorer.terms(some[at : at + 64])

    score(texts[:64])
    seconds, _ = timed(lambda: score(texts))
    found.append(
        {
            **facts,
            "ours": "likelihoods",
            "n": len(texts),
            "seconds": round(seconds, 2),
            "seconds_for_6514": round(seconds / len(texts) * 6514, 2),
            **idle(lambda: score(texts[:640])),
            "peak_gib": peak_gib(),
        }
    )
    return found


def random_model(name: str, device: torch.device, *, tiny: bool) -> Any:
    kind, fields = SIZES[name]
    config = getattr(LIBRARY, kind)(**(fields | (TINY if tiny else {})))
    config.num_key_value_heads = min(config.num_key_value_heads, config.num_attention_heads)
    config.pad_token_id = 0
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    torch.manual_seed(0)
    with torch.device(device):
        model = LIBRARY.AutoModelForCausalLM.from_config(
            config, dtype=dtype, attn_implementation="sdpa"
        )
    return model.train(False)


def prompts(n: int, n_words: int, mean: int = 100) -> list[Row]:
    """Give random prompts, longest first; lengths are log-normal, as probes' are."""
    chance = random.Random(0)
    lengths = [
        max(2, min(4 * mean, round(chance.lognormvariate(math.log(mean), 0.5)))) for _ in range(n)
    ]
    return [
        Row([chance.randrange(n_words) for _ in range(length)], seed)
        for seed, length in enumerate(sorted(lengths, reverse=True))
    ]


def in_batches(model: Any, asked: Sequence[Row], ends: Sequence[int]) -> None:
    for at in range(0, len(asked), BATCH):
        rows = asked[at : at + BATCH]
        longest = max(len(row.ids) for row in rows)
        ids = [[*[0] * (longest - len(row.ids)), *row.ids] for row in rows]
        mask = [[*[0] * (longest - len(row.ids)), *[1] * len(row.ids)] for row in rows]
        with torch.inference_mode():
            model.generate(
                torch.tensor(ids, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                do_sample=True,
                max_new_tokens=MAX_NEW,
                eos_token_id=list(ends),
                pad_token_id=0,
            )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Give seconds, and what came out."""
    synchronize()
    start = time.perf_counter()
    done = work()
    synchronize()
    return time.perf_counter() - start, done


def idle(work: Callable[[], Any]) -> dict[str, float]:
    """Give the share of the time in which a GPU computes nothing; nothing without a GPU."""
    if not torch.cuda.is_available():
        return {}
    seconds, _ = timed(work)  # the profiler slows the host down, not the kernels
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        timed(work)
    busy = sum(event.self_device_time_total for event in seen.key_averages()) / 1e6
    return {"gpu_idle_share": round(1 - busy / seconds, 3)}


def card_speeds(device: torch.device) -> dict[str, float]:
    """Measure bytes a second of a copy and multiplications a second of a large product."""
    n = 8192 if device.type == "cuda" else 512
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    one, other = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    block = torch.empty(n * n * 8, device=device, dtype=dtype)
    target = torch.empty_like(block)

    def best(work: Callable[[], object]) -> float:
        times = []
        for _ in range(8):
            synchronize()
            start = time.perf_counter()
            work()
            synchronize()
            times.append(time.perf_counter() - start)
        return min(times)

    copied = 2 * block.numel() * block.element_size()
    return {
        "bytes_per_s": copied / best(lambda: target.copy_(block)),
        "flops": 2 * n**3 / best(lambda: one @ other),
    }


def floor_s(
    model: Any,
    asked: Sequence[Row],
    written: Sequence[Written],
    n_slots: int,
    speeds: dict[str, float],
) -> float:
    """Give the least time that reading the prompts and writing the texts can take."""
    config = model.config
    n_bytes = next(model.parameters()).element_size()
    embedding = model.get_input_embeddings().weight.numel()
    n_weights: int = sum(weight.numel() for weight in model.parameters()) - embedding
    size = config.hidden_size // config.num_attention_heads
    key_bytes = 2 * config.num_hidden_layers * config.num_key_value_heads * size * n_bytes
    n_read = sum(len(row.ids) for row in asked)
    n_new = sum(len(one.ids) for one in written)
    n_keys = sum(
        len(row.ids) * len(one.ids) + len(one.ids) ** 2 / 2
        for row, one in zip(asked, written, strict=True)
    )
    product = 2 * n_weights / speeds["flops"]
    step: float = max(n_weights * n_bytes / speeds["bytes_per_s"], n_slots * product)
    least: float = n_read * product + n_new / n_slots * step
    return least + float(n_keys * key_bytes) / speeds["bytes_per_s"]


def device_name(model: Any) -> str:
    return torch.cuda.get_device_name() if model.device.type == "cuda" else "cpu"


def peak_gib() -> float:
    return round(torch.cuda.max_memory_allocated() / 2**30, 2) if torch.cuda.is_available() else 0.0


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
