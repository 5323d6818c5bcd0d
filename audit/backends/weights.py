"""A model's weight files: which the library will read, and whether they are whole.

The trap: a file that a download made first and did not fill has the right size, and zeros for
weights. The file system knows which of its bytes were ever written.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audit.backends.files import MAX_TOKENIZER_BYTES, one_line, read_json, refuse_stand_in
from audit.errors import RefusedError

_MAX_HEADER_BYTES = 100_000_000
_MOST_UNWRITTEN = 0.1
"""Of a weight file: a file system that packs zeros may leave out some that are meant."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2}
_ITEM_BYTES |= {"I8": 1, "U8": 1, "BOOL": 1}


def shards_of(path: Path, name: str) -> tuple[Path, ...]:
    """Give the weight files that the library will read, in its order of preference.

    Raises:
        RefusedError: If there are none, one is missing, or its index is hostile.
    """
    name = one_line(name)
    if (path / "model.safetensors").exists():
        return (path / "model.safetensors",)
    index = path / "model.safetensors.index.json"
    if not index.exists():
        raise RefusedError(_no_weights(path, name))
    weight_map = read_json(index, name, MAX_TOKENIZER_BYTES).get("weight_map")
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


def count_parameters(shard: Path, name: str) -> int:
    """Read a safetensors header, and check that the file is as long as it says.

    Raises:
        RefusedError: If it is not, or stores numbers that the library does not read as they are.

    Source:
        The format: 8 bytes of length, a JSON header, then the tensors' bytes without a gap.
    """
    where = f"{one_line(name)}: {one_line(shard.name)}"
    refuse_stand_in(shard, one_line(name))
    size = shard.stat().st_size
    with shard.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        if not 0 < n_header <= min(_MAX_HEADER_BYTES, size - 8):
            raise RefusedError(f"{where} is not safetensors, or cut short; fetch the model again")
        head = file.read(n_header)
        n_written = _n_written(file.fileno(), size)
    try:
        tensors = json.loads(head)
        tensors.pop("__metadata__", None)
        foreign = {str(entry["dtype"]) for entry in tensors.values()} - set(_ITEM_BYTES)
        counts = [0 if foreign else _n_elements(entry) for entry in tensors.values()]
        end = _end(list(tensors.values()))
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
    if n_written < (1 - _MOST_UNWRITTEN) * size:
        raise RefusedError(
            f"{where} has {size} bytes, of which {n_written} were ever written: a download that "
            "did not end; fetch the model again"
        )
    return sum(counts)


def _n_written(fd: int, size: int) -> int:
    """Give how many bytes of a file are no holes; all, where the file system does not tell."""
    n = at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as error:
            return n if error.errno == errno.ENXIO else size
        at = os.lseek(fd, start, os.SEEK_HOLE)
        n += at - start
    return n


def _n_elements(entry: dict[str, Any]) -> int:
    n = 1
    for length in entry["shape"]:
        n *= int(length)
    if _n_bytes(entry) != n * _ITEM_BYTES[entry["dtype"]]:
        raise ValueError(entry)
    return n


def _end(entries: Sequence[dict[str, Any]]) -> int:
    end = max((entry["data_offsets"][1] for entry in entries), default=0)
    if end != sum(map(_n_bytes, entries)):
        raise ValueError(f"tensors that end at {end} leave gaps or overlap")
    return int(end)


def _n_bytes(entry: dict[str, Any]) -> int:
    first, last = entry["data_offsets"]
    if not 0 <= first <= last:
        raise ValueError(entry)
    return int(last - first)
