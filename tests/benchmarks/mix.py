"""A model of random weights and a mix of prompts, for timing without anybody's model.

The model never repeats itself for long and ends its texts at very different lengths, as audited
models do: its weights are wide, and its end token has a bias.
"""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
import transformers

from audit.plan import ProbePlan
from audit.products import widen
from audit.reference import catalog
from probes import catalogue
from probes.interface import Sources

N = 96
MAX_NEW = 96
END_BIAS = 3.8
"""With it, texts end after 35 tokens on average, some after 2, some at the limit."""

_SIDE = 1024
"""Of matrices large enough for the processor's best speed."""

_LONGEST = 340
"""Characters of a prompt at most: about 105 tokens a prompt, as with Phi-2's larger vocabulary."""


@cache
def prompts() -> list[str]:
    """Give half ToxiGen and half code prompts, or our own sets where the public data is absent."""
    folder = Path(os.environ.get("PHI_AUDIT_DATA", "../shared/data"))
    public = folder.is_dir()
    names = ("toxigen", "cyberseceval_instruct") if public else ("groups", "insecure_code")
    sources = Sources(data_dir=folder if public else None)
    texts = []
    for name in names:
        loaded = catalogue.load(ProbePlan(name=name), sources)[1]
        texts += [prompt.text for prompt in loaded if len(prompt.text) <= _LONGEST][: N // 2]
    random.Random(0).shuffle(texts)
    return texts


def multiply(n_products: int, *, wide: bool) -> None:
    """Multiply numbers so often, in one large matrix product after another.

    Args:
        n_products: Of two numbers, each added to a sum.
        wide: As our engine does where that is faster; else by the library's own product.
    """
    layer = torch.nn.Linear(_SIDE, _SIDE, bias=False)
    if wide:
        widen(layer)
    rows = torch.randn(_SIDE, _SIDE)
    with torch.inference_mode():
        for _ in range(round(n_products / _SIDE**3)):
            layer(rows)


FLOORS = {
    "its matrix products alone, by torch.mm": False,
    "its matrix products alone, by the faster library": True,
}


@cache
def folder(*, ends: bool = True, vocabulary: int = 0) -> Path:
    """Give the folder of a Phi model of random parameters: 21 million, and more for more words.

    Args:
        ends: Whether its texts end before their full length.
        vocabulary: How many tokens it knows, if more than its tokenizer.
    """
    library: Any = transformers
    tokenizer = library.AutoTokenizer.from_pretrained(catalog.model_path("base"))
    config = library.PhiConfig(
        vocab_size=max(vocabulary, len(tokenizer)),
        hidden_size=512,
        intermediate_size=2048,
        num_hidden_layers=6,
        num_attention_heads=8,
        max_position_embeddings=2048,
        partial_rotary_factor=0.5,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    model = library.PhiForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(4)
        model.lm_head.bias.zero_()
        model.lm_head.bias[tokenizer.eos_token_id] = END_BIAS if ends else -1e4
    path = Path(mkdtemp(prefix="phi-audit-bench-"))
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path
