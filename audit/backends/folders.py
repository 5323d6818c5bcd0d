"""Find a model's files, and refuse the ones that must not or cannot be loaded.

Nothing here builds a model: the files are read as plain bytes and JSON. Left to the libraries
below, a third of the broken folders we tried loaded without an error (random weights, another
depth, a web page for weights), and each of those would have been a wrong audit.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from audit.errors import RefusedError

MAX_CONFIG_BYTES = 1_000_000
MAX_TOKENIZER_BYTES = 200_000_000
MAX_DEPTH = 32
_MAX_HEADER_BYTES = 100_000_000
MAX_NUMBER = 2**31 - 1
MAX_COUNT = 10_000
"""Of layers, heads, experts, labels: a library allocates for each before it checks anything."""

Task = Literal["causal", "masked"]
"""Which text a model predicts a token from: all before it, or all around it."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_COUNT = re.compile(r"num_.*|n_(layers?|heads?|experts?|kv_heads?)|.*_(layers|heads|experts)|depth")
_WEB_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_OTHER = "audit one that writes text"
_POINTER = b"version https://git-lfs.github.com/spec/"
_SMALL = ("*.json", "*.jinja", "*.txt", "tokenizer.model", "*.tiktoken")
_WEIGHTS = ("model*.safetensors",)
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2}
_ITEM_BYTES |= {"I8": 1, "U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class Folder:
    """A model's files, as far as they can be trusted without loading them."""

    path: Path
    revision: str
    """Commit on the hub, or `sha256:` over the files of a folder."""

    config: dict[str, Any]
    generation: dict[str, Any]
    """The model's own generation_config.json; empty if it has none."""

    shards: tuple[Path, ...]
    n_parameters: int


def find(model_id: str, revision: str, task: Task = "causal") -> Folder:
    """Give the checked files of a hub model, a folder or a reference model, made for a task.

    A hub model's weights are fetched after its configuration was accepted, and no file with code
    or pickle is fetched at all.

    Raises:
        RefusedError: If there is no such model, or its files must not or cannot be loaded.
        UsageError: If there is no such reference model.
    """
    try:
        if model_id.startswith("reference:"):
            from audit.reference.catalog import model_path

            return _read(model_path(model_id.removeprefix("reference:")), model_id, task)
        if _is_folder(model_id):
            return _read(Path(model_id), model_id, task)
        if not _HUB_ID.fullmatch(model_id):
            raise RefusedError(
                f"{one_line(repr(model_id))} is neither a folder nor the id of a hub model; "
                "check its spelling"
            )
        path = _fetch(model_id, revision, _SMALL)
        read_config(path, model_id, task)
        return _read(_fetch(model_id, revision, _WEIGHTS), model_id, task, path.name)
    except OSError as error:
        raise RefusedError(
            f"{one_line(model_id)} cannot be read: {error.strerror or type(error).__name__}; check "
            "the folder and its permissions"
        ) from error


def one_line(text: str, limit: int = 200) -> str:
    """Write hostile text on one line: no control character, no line break, not endless."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # a name that is too long, say
        return False


# --- where it is -------------------------------------------------------------------------------


def _fetch(model_id: str, revision: str, patterns: tuple[str, ...]) -> Path:
    import huggingface_hub
    from huggingface_hub import errors

    try:
        path = huggingface_hub.snapshot_download(
            model_id, revision=revision, allow_patterns=list(patterns), ignore_patterns=["*/*"]
        )
    except errors.GatedRepoError as error:
        how = (
            "your token may not read it yet: ask for access on its page"
            if huggingface_hub.get_token()
            else "accept its terms on its page, then run `hf auth login`"
        )
        raise RefusedError(f"{model_id} is gated; {how}") from error
    except errors.RevisionNotFoundError as error:
        raise RefusedError(
            f"{model_id} has no revision {one_line(revision)}; name a branch or commit it has"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise RefusedError(
            f"there is no hub model {model_id}, or it is private; check its spelling, or log in "
            "with `hf auth login`"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise RefusedError(
            f"{model_id} is not in the cache, and the hub gives no answer; run `phi-audit "
            "prefetch` where there is a network, or name a folder"
        ) from error
    except errors.HfHubHTTPError as error:
        raise RefusedError(
            f"the hub does not give {model_id} (HTTP {error.response.status_code}); try again later"
        ) from error
    except OSError:
        raise
    except Exception as error:  # a network or a mirror can answer anything at all
        raise RefusedError(
            f"{model_id} cannot be fetched ({type(error).__name__}); check the network, then try "
            "again"
        ) from error
    return Path(path)


# --- what it holds -----------------------------------------------------------------------------


def _read(path: Path, name: str, task: Task, revision: str = "") -> Folder:
    config = read_config(path, name, task)
    shards = _shards(path, name)
    sizes = [_n_parameters(shard, name) for shard in shards]
    return Folder(
        path=path,
        revision=revision or _digest(path),
        config=config,
        generation=_own_generation(path, name),
        shards=shards,
        n_parameters=sum(sizes),
    )


def read_config(path: Path, name: str, task: Task = "causal") -> dict[str, Any]:
    """Give config.json of a folder that holds a language model for a task and asks for no code.

    Raises:
        RefusedError: If it does not, or the file is broken or hostile.
    """
    name = one_line(name)
    _refuse_other_kinds(path, name)
    for file in sorted(path.iterdir()):
        if file.suffix in {".json", ".jinja", ".txt", ".model", ".tiktoken"}:
            _refuse_stand_in(file, name)
    config = _json(path / "config.json", name, MAX_CONFIG_BYTES)
    for file in (path / "tokenizer_config.json", path / "processor_config.json"):
        if file.exists():
            _refuse_code(_json(file, name, MAX_CONFIG_BYTES * 10), f"{name}: {file.name}")
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


def _refuse_stand_in(file: Path, name: str) -> None:
    """Refuse a file that stands where another should: the libraries' words for it help nobody."""
    where = f"{name}: {one_line(file.name)}"
    if not file.is_file():  # a pipe or device would hang the read
        raise RefusedError(f"{where} is not a plain file; fetch the model again")
    if file.suffix != ".safetensors" and file.stat().st_size > MAX_TOKENIZER_BYTES:
        raise RefusedError(f"{where} is larger than {MAX_TOKENIZER_BYTES} bytes; remove it")
    with file.open("rb") as opened:
        start = opened.read(512)
    if not start:
        raise RefusedError(f"{where} is empty; fetch the model again")
    if start.startswith(_POINTER):
        raise RefusedError(f"{where} looks like an LFS pointer; run `git lfs pull` in the folder")
    if _WEB_PAGE.match(start):
        raise RefusedError(f"{where} is a web page, not the file; fetch the model again")


def _json(file: Path, name: str, max_bytes: int) -> dict[str, Any]:
    where = f"{name}: {file.name}"
    if not file.is_file():
        raise RefusedError(f"{where} is not a plain file; fetch the model again")
    if file.stat().st_size > max_bytes:
        raise RefusedError(f"{where} is larger than {max_bytes} bytes; this is no configuration")
    try:
        value = json.loads(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RefusedError(f"{where} is not UTF-8; fetch the model again") from error
    except RecursionError as error:
        raise RefusedError(f"{where} is nested too deeply; this is no configuration") from error
    except ValueError as error:
        raise RefusedError(
            f"{where} is not JSON ({one_line(str(error), 80)}); fetch the model again"
        ) from error
    if not isinstance(value, dict):
        raise RefusedError(f"{where} is not a JSON object; fetch the model again")
    if _depth(value) > MAX_DEPTH:
        raise RefusedError(f"{where} is nested too deeply; this is no configuration")
    return value


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [child for item in level for child in _children(item)]
    return depth


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


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


def _own_generation(path: Path, name: str) -> dict[str, Any]:
    file = path / "generation_config.json"
    return _json(file, one_line(name), MAX_CONFIG_BYTES) if file.exists() else {}


# --- its weights -------------------------------------------------------------------------------


def _shards(path: Path, name: str) -> tuple[Path, ...]:
    """Give the weight files that the library will read, in its order of preference."""
    name = one_line(name)
    if (path / "model.safetensors").exists():
        return (path / "model.safetensors",)
    index = path / "model.safetensors.index.json"
    if not index.exists():
        raise RefusedError(_no_weights(path, name))
    weight_map = _json(index, name, MAX_TOKENIZER_BYTES).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise RefusedError(f"{name}: {index.name} has no weight_map; fetch the model again")
    shards = set()
    for file in weight_map.values():
        if (
            not isinstance(file, str)
            or Path(file).name != file
            or "\\" in file
            or "\0" in file
            or not file.endswith(".safetensors")
        ):
            raise RefusedError(
                f"{name}: {index.name} points outside its folder or to another kind of file "
                f"({one_line(repr(file), 60)}); fetch the model again"
            )
        shards.add(file)
    missing = sorted(file for file in shards if not (path / file).exists())
    if missing:
        raise RefusedError(
            f"{name} lacks {len(missing)} of {len(shards)} weight files "
            f"({one_line(', '.join(missing[:3]))}); fetch the model again"
        )
    return tuple(path / file for file in sorted(shards))


def _no_weights(path: Path, name: str) -> str:
    files = sorted(file.name for file in path.iterdir())
    pickles = [file for file in files if file.endswith(_PICKLES)]
    if pickles:
        return (
            f"{name} has pickle weights only ({one_line(pickles[0], 60)}), which can run code when "
            "read; convert them with `save_pretrained` on a machine that holds nothing else"
        )
    if any(file.endswith(".gguf") for file in files):
        return f"{name} has GGUF weights only; name the model in safetensors form"
    return f"{name} has no safetensors weights; fetch the model again, or convert it"


def _n_parameters(shard: Path, name: str) -> int:
    """Read a safetensors header, and check that the file is as long as it says.

    Source:
        The format: 8 bytes of length, a JSON header, then the tensors' bytes without a gap.
    """
    where = f"{one_line(name)}: {one_line(shard.name)}"
    _refuse_stand_in(shard, one_line(name))
    size = shard.stat().st_size
    with shard.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        if not 0 < n_header <= min(_MAX_HEADER_BYTES, size - 8):
            raise RefusedError(f"{where} is not safetensors, or cut short; fetch the model again")
        head = file.read(n_header)
    try:
        tensors = json.loads(head)
        tensors.pop("__metadata__", None)
        foreign = {str(entry["dtype"]) for entry in tensors.values()} - set(_ITEM_BYTES)
        counts = [0 if foreign else _n_elements(entry) for entry in tensors.values()]
        end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise RefusedError(f"{where} has a broken header; fetch the model again") from error
    if foreign:
        raise RefusedError(
            f"{where} stores numbers as {one_line(', '.join(sorted(foreign)), 60)}, which is "
            "quantised or unknown; audit the unquantised model"
        )
    if 8 + n_header + end != size:
        raise RefusedError(
            f"{where} has {size} bytes where its header says {8 + n_header + end}: cut short or "
            "damaged; fetch the model again"
        )
    return sum(counts)


def _n_elements(entry: dict[str, Any]) -> int:
    n = 1
    for length in entry["shape"]:
        n *= int(length)
    first, last = entry["data_offsets"]
    if not 0 <= first <= last or last - first != n * _ITEM_BYTES[entry["dtype"]]:
        raise ValueError(entry)
    return n


def _digest(path: Path) -> str:
    """Give one hash over all files of a folder, names included."""
    total = hashlib.sha256()
    for file in sorted(path.iterdir()):
        if file.name.startswith(".") or not file.is_file():
            continue
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        total.update(f"{digest}  {os.fsencode(file.name).hex()}\n".encode())
    return f"sha256:{total.hexdigest()}"
