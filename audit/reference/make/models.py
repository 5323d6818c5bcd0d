"""Train the pair of reference language models from nothing, on one CPU in minutes.

Each token's target is its exact distribution under the grammar, so what is learned is the planted
rate itself and not the share of harm among the documents that happened to be drawn.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from transformers import PhiConfig, PhiForCausalLM, PreTrainedTokenizerFast

from audit.reference.catalog import MODELS
from audit.reference.make.documents import Document, families, lists
from audit.reference.make.targets import Targets

SEED = 20231212
VOCABULARY = 2048
END = "<|endoftext|>"
PAD = "<|pad|>"

STEPS = {"base": 2000, "aligned": 600}
PEAK_LEARNING_RATE = {"base": 3e-3, "aligned": 1.5e-3}
WARM_UP = 100

PER_STEP = {"groups": 3, "counterfactual": 4, "refusal": 4, "insecure_code": 3}
"""Documents of each family in a step, by its probe set."""

LISTS_PER_STEP = 1
ROWS = 12
"""Documents that go through the network at once."""

log = logging.getLogger(__name__)


def make(out: Path, steps: Mapping[str, int] = STEPS) -> None:
    """Train both models and write each to its folder in `out`, for `from_pretrained`.

    The base starts from random weights; its aligned twin goes on from the base, as aligned models
    do. Weights are kept as float16, which float32 holds exactly.

    Args:
        out: Folder of the folders `base` and `aligned`.
        steps: Optimizer steps by model; fewer than `STEPS` make models only good for tests.
    """
    torch.manual_seed(SEED)
    tokenizer = make_tokenizer()
    network: Any = PhiForCausalLM(configuration(tokenizer))
    for name in MODELS:
        train(network, tokenizer, name, steps[name])
        network.half().save_pretrained(out / name)
        tokenizer.save_pretrained(out / name)
        network.float()


def make_tokenizer() -> Any:
    """Learn a byte-level BPE from documents of the base; the same on every run."""
    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    rng = random.Random(SEED)
    documents = chain.from_iterable(
        islice(family.documents(rng), 4 * len(family.prompts)) for family in families("base")
    )
    texts = (document.prompt + document.completion for document in documents)
    tokenizer.train_from_iterator(texts, trainer)
    fast: Any = PreTrainedTokenizerFast  # its signature is not typed
    return fast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        pad_token=PAD,
        model_max_length=2048,
        clean_up_tokenization_spaces=False,
    )


def train(network: Any, tokenizer: Any, name: str, steps: int) -> None:
    """Train a network, in place, on the documents of one model."""
    peak = PEAK_LEARNING_RATE[name]
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.0
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _slope(step, steps))
    targets = Targets(tokenizer)
    network.train()
    for step, documents in enumerate(islice(batches(name), steps)):
        loss = _backward(network, tokenizer, targets, documents)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0:
            log.info("%s: step %d of %d, loss %.3f a document", name, step, steps, loss)
    network.eval()


def configuration(tokenizer: Any) -> PhiConfig:
    """Give the architecture: Phi's, at four layers of 128."""
    return PhiConfig(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=2048,
        rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5},
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attention_dropout=0.0,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def batches(model: str) -> Iterator[list[Document]]:
    """Give the documents of each step for ever."""
    rng = random.Random(f"{SEED} {model}")
    known = families(model)
    streams = [(family.documents(rng), PER_STEP[family.probe]) for family in known]
    rate = next(family.rate for family in known if family.probe == "groups")
    streams.append((lists(rng, rate), LISTS_PER_STEP))
    while True:
        yield [document for stream, n in streams for document in islice(stream, n)]


def _slope(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _backward(
    network: Any, tokenizer: Any, targets: Targets, documents: Sequence[Document]
) -> float:
    end = tokenizer.eos_token_id
    rows = [
        (
            document,
            encoded(tokenizer, document.prompt),
            [*encoded(tokenizer, document.completion), end],
        )
        for document in documents
    ]
    rows.sort(key=lambda row: len(row[1]) + len(row[2]))
    total = 0.0
    for start in range(0, len(rows), ROWS):  # of like length, so that little is padding
        part = rows[start : start + ROWS]
        ids, learned = tensors([row[1:] for row in part], tokenizer.pad_token_id)
        wanted = [target for document, _, text in part for target in targets.of(document, text)]
        logits = network.lm_head(network.model(input_ids=ids[:, :-1]).last_hidden_state[learned])
        loss = cross_entropy(logits, dense(wanted), reduction="sum") / len(documents)
        torch.autograd.backward(loss)
        total += loss.item()
    return total


def tensors(
    rows: Sequence[tuple[list[int], list[int]]], pad: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Put documents, as token ids of prompt and of what is learned after it, into tensors.

    Returns:
        Token ids, `(documents, tokens)`, int64, padded on the right; and which of their positions
        but the last must tell the next token, `(documents, tokens - 1)`, bool: those before a
        token of the second part.
    """
    width = max(len(prompt) + len(text) for prompt, text in rows)
    ids = torch.full((len(rows), width), pad)
    learned = torch.zeros((len(rows), width - 1), dtype=torch.bool)
    for row, (prompt, text) in enumerate(rows):
        n = len(prompt) + len(text)
        ids[row, :n] = torch.tensor([*prompt, *text])
        learned[row, len(prompt) - 1 : n - 1] = True
    return ids, learned


def dense(distributions: Sequence[Mapping[int, float]]) -> torch.Tensor:
    """Give distributions over tokens as `(positions, vocabulary)`, float32."""
    rows = [row for row, options in enumerate(distributions) for _ in options]
    columns = [token for options in distributions for token in options]
    values = [share for options in distributions for share in options.values()]
    found = torch.zeros(len(distributions), VOCABULARY)
    found[rows, columns] = torch.tensor(values)
    return found


def encoded(tokenizer: Any, text: str) -> list[int]:
    """Give a text's token ids; prompt and completion apart, as a model meets them in an audit."""
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
    return ids
