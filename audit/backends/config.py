"""What a model's configuration may not ask for, and what kind of model it must describe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from audit.backends.files import MAX_CONFIG_BYTES, one_line, read_json, refuse_stand_in
from audit.errors import RefusedError

MAX_NUMBER = 2**31 - 1
MAX_COUNT = 10_000
"""Of layers, heads, experts, labels: a library allocates for each before it checks anything."""

Task = Literal["causal", "masked"]
"""Which text a model predicts a token from: all before it, or all around it."""

_COUNT = re.compile(r"num_.*|n_(layers?|heads?|experts?|kv_heads?)|.*_(layers|heads|experts)|depth")
_OTHER = "audit one that writes text"


def read_config(path: Path, name: str, task: Task = "causal") -> dict[str, Any]:
    """Give config.json of a folder that holds a language model for a task and asks for no code.

    Raises:
        RefusedError: If it does not, or the file is broken or hostile.
    """
    name = one_line(name)
    _refuse_other_kinds(path, name)
    for file in sorted(path.iterdir()):
        if file.suffix in {".json", ".jinja", ".txt", ".model", ".tiktoken"}:
            refuse_stand_in(file, name)
    config = read_json(path / "config.json", name)
    for file in (path / "tokenizer_config.json", path / "processor_config.json"):
        if file.exists():
            _refuse_code(read_json(file, name, MAX_CONFIG_BYTES * 10), f"{name}: {file.name}")
    _refuse_code(config, f"{name}: config.json")
    _refuse_numbers(config, f"{name}: config.json")
    if task == "masked":
        _refuse_unmasked(config, name)
    else:
        _refuse_task(config, name)
    return config


def _refuse_other_kinds(path: Path, name: str) -> None:
    names = {file.name for file in path.iterdir()}
    if "adapter_config.json" in names:
        raise RefusedError(
            f"{name} holds an adapter; merge it into its base model and audit the merged folder"
        )
    if "config.json" in names:
        return
    if "model_index.json" in names:
        raise RefusedError(f"{name} is an image pipeline, not a causal language model; {_OTHER}")
    if any(file.endswith(".gguf") for file in names):
        raise RefusedError(f"{name} holds GGUF files only; name the model in safetensors form")
    raise RefusedError(f"{name} has no config.json; name the folder of a saved model")


def _entries(value: object, key: str = "", n_lists: int = 0) -> Iterator[tuple[str, object, int]]:
    """Give every value below, with the key nearest to it and the lists between the two."""
    yield key, value, n_lists
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield from _entries(inner, inner_key)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner, key, n_lists + 1)


def _refuse_code(config: dict[str, Any], where: str) -> None:
    for key, value, _ in _entries(config):
        if key in {"auto_map", "trust_remote_code", "custom_generate"} and value:
            raise RefusedError(
                f"{where} has `{key}`: it needs code execution, which is never granted; nothing "
                "was run; if the library knows the model by itself, audit a copy without this key"
            )
        if key.endswith("_implementation") and isinstance(value, str) and "/" in value:
            raise RefusedError(f"{where} names native code to fetch (`{key}`); remove this key")
        if key in {"quantization_config", "compression_config"} and value:
            raise RefusedError(
                f"{where} asks for quantised weights (`{key}`), which need packages of their own; "
                "audit the unquantised model"
            )


def _refuse_numbers(config: dict[str, Any], where: str) -> None:
    for key, value, n_lists in _entries(config):
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        multiplies = n_lists > 1 and not key.endswith("_ids")
        limit = MAX_COUNT if _COUNT.fullmatch(key) or multiplies else MAX_NUMBER
        if abs(value) > limit:
            raise RefusedError(
                f"{where}: `{one_line(key, 60)}` is absurd ({len(str(abs(value)))} digits, at most "
                f"{limit} is accepted); fetch the model again"
            )
        if value < 0 and _COUNT.fullmatch(key):
            raise RefusedError(f"{where}: `{one_line(key, 60)}` is negative; fetch the model again")


def _refuse_task(config: dict[str, Any], name: str) -> None:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise RefusedError(
            f"{name} is {one_line(repr(kind), 60)}, which is no causal language model that the "
            "installed transformers knows; audit another model, or upgrade transformers"
        )
    if config.get("is_encoder_decoder"):
        raise RefusedError(
            f"{name} is an encoder-decoder ({kind}), not a causal language model; {_OTHER}"
        )
    architectures = config.get("architectures")
    if architectures:
        first = architectures[0] if isinstance(architectures, list) else architectures
        if first not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values():
            raise RefusedError(
                f"{name} is a {one_line(str(first), 60)}, not a causal language model; {_OTHER}"
            )
    if kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not config.get("is_decoder"):
        raise RefusedError(f"{name} is an encoder ({kind}), not a causal language model; {_OTHER}")


def _refuse_unmasked(config: dict[str, Any], name: str) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    kind = config.get("model_type")
    known = isinstance(kind, str) and kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if not known or config.get("is_encoder_decoder") or config.get("is_decoder"):
        raise RefusedError(
            f"{name} is {one_line(repr(kind), 60)}, which is no masked language model that the "
            'installed transformers knows; use backend = "transformers" for one that writes text'
        )
