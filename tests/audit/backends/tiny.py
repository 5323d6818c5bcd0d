"""Tiny models of the real classes, with random weights and a tokenizer trained here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from audit.plan import ModelPlan
from audit.records import Decoding, PromptMode, Request

VOCABULARY = 384
LIBRARY: Any = transformers

SENTENCES = (
    "The old lighthouse keeper walked down to the shore every single morning before dawn.",
    "A short one.",
    "def add(a, b):\n    return a + b\n",
    "Nobody in the village remembered who had planted the seven oaks behind the mill, or why.",
    "Rain again; the river rose, and the ferry stayed on the far side until Thursday noon.",
    "Ünïcödé and 日本語 stay whole.",
)

_COMMON = {"vocab_size": VOCABULARY, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
_LLAMA = _COMMON | {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
_GEMMA = _LLAMA | {"head_dim": 8}
_GPT2 = _COMMON | {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}

CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "phi": ("PhiConfig", _LLAMA | {"num_key_value_heads": 4, "partial_rotary_factor": 0.5}),
    "llama": ("LlamaConfig", _LLAMA),
    "llama-tied": ("LlamaConfig", _LLAMA | {"tie_word_embeddings": True}),
    "mistral": ("MistralConfig", _LLAMA | {"sliding_window": None}),
    "mistral-window": ("MistralConfig", _LLAMA | {"sliding_window": 8}),
    "qwen2": ("Qwen2Config", _LLAMA),
    "gemma": ("GemmaConfig", _GEMMA),
    "gemma2": (
        "Gemma2Config",
        _GEMMA
        | {
            "sliding_window": 8,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 5.0,
            "query_pre_attn_scalar": 8,
        },
    ),
    "gpt2": ("GPT2Config", _GPT2),
    "gpt_neo": (
        "GPTNeoConfig",
        _COMMON
        | {
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 8,
            "max_position_embeddings": 256,
        },
    ),
    "opt": (
        "OPTConfig",
        _COMMON
        | {
            "hidden_size": 32,
            "ffn_dim": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "max_position_embeddings": 256,
            "word_embed_proj_dim": 32,
        },
    ),
    "gpt_neox": (
        "GPTNeoXConfig",
        {k: v for k, v in _LLAMA.items() if k != "num_key_value_heads"},
    ),
    "phi3": ("Phi3Config", _LLAMA | {"sliding_window": 8}),
    "qwen3": ("Qwen3Config", _LLAMA | {"head_dim": 8}),
    "stablelm": ("StableLmConfig", _LLAMA),
    "cohere": ("CohereConfig", _LLAMA | {"logit_scale": 0.25}),
    "starcoder2": ("Starcoder2Config", _LLAMA | {"sliding_window": 8}),
    "gpt_bigcode": ("GPTBigCodeConfig", _GPT2),
    "gptj": ("GPTJConfig", _GPT2 | {"rotary_dim": 4}),
    "falcon": (
        "FalconConfig",
        _COMMON | {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    ),
    "falcon-alibi": (
        "FalconConfig",
        _COMMON
        | {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "alibi": True},
    ),
    "bloom": ("BloomConfig", _COMMON | {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "mpt": ("MptConfig", _COMMON | {"d_model": 32, "n_layers": 2, "n_heads": 4}),
    # One whose state takes padding in, and one whose rotation changes with the longest text.
    "rwkv": (
        "RwkvConfig",
        _COMMON
        | {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "attention_hidden_size": 32,
            "context_length": 256,
        },
    ),
    "phi3-longrope": (
        "Phi3Config",
        _LLAMA
        | {
            "original_max_position_embeddings": 48,
            "rope_parameters": {
                "rope_type": "longrope",
                "rope_theta": 10000.0,
                "partial_rotary_factor": 1.0,
                "original_max_position_embeddings": 48,
                "short_factor": [1.0] * 4,
                "long_factor": [4.0] * 4,
            },
        },
    ),
    "granite": (
        "GraniteConfig",
        _LLAMA | {"logits_scaling": 4.0, "embedding_multiplier": 2.0, "residual_multiplier": 0.5},
    ),
}

EAGER_IS_WRONG = {"falcon-alibi"}
"""The library's plain attention counts the bias of these twice; shown in test_transformers."""


@cache
def _trained() -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 4,
        special_tokens=["<s>", "</s>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return str(tokenizer.to_str())


def tokenizer(*, adds_bos: bool = False, **fields: Any) -> Any:
    """Give a byte-level tokenizer; with the keys of `fields` set."""
    inner = Tokenizer.from_str(_trained())
    if adds_bos:
        inner.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"} | fields
    return LIBRARY.PreTrainedTokenizerFast(
        tokenizer_object=inner, **{key: value for key, value in names.items() if value is not None}
    )


def network(kind: str, seed: int = 0, **fields: Any) -> Any:
    """Give a model in float32 whose logits are far enough apart for rounding not to matter."""
    name, defaults = CONFIGS[kind]
    config = getattr(LIBRARY, name)(**(defaults | fields))
    torch.manual_seed(seed)
    attention = "sdpa" if kind in EAGER_IS_WRONG else "eager"
    model = LIBRARY.AutoModelForCausalLM.from_config(config, attn_implementation=attention)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.normal_(0, 0.3)
            elif name.endswith("bias"):
                weight.normal_(0, 0.1)
    return model.eval()


def save(folder: Path, kind: str = "phi", *, tokens: Any = None, **fields: Any) -> Path:
    """Write a model with its tokenizer as `save_pretrained` does."""
    network(kind, **fields).save_pretrained(folder)
    (tokens or tokenizer()).save_pretrained(folder)
    return folder


def plan(folder: Path | str, mode: PromptMode = "raw", **fields: Any) -> ModelPlan:
    """Plan a model for the CPU."""
    defaults = {"name": "tiny", "role": "target", "device": "cpu", "prompt_mode": mode}
    return ModelPlan(id=str(folder), **(defaults | fields))


def request(
    text: str,
    decoding: Decoding | None,
    seed: int = 0,
    prompt_id: str = "p/0",
    sample: int = 0,
    in_flight: int = 4,
) -> Request:
    """Ask one thing."""
    return Request(
        i=0,
        prompt_id=prompt_id,
        sample=sample,
        seed=seed,
        text=text,
        n_tokens=0,
        decoding=decoding,
        batch=0,
        in_flight=in_flight,
    )
