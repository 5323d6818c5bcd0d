"""Find a model's files, and refuse the ones that must not or cannot be loaded.

Nothing here builds a model: the files are read as plain bytes and JSON. Left to the libraries
below, a third of the broken folders we tried loaded without an error (random weights, another
depth, a web page for weights), and each of those would have been a wrong audit.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.backends.config import Task, read_config
from audit.backends.files import MAX_TOKENIZER_BYTES, one_line, read_json
from audit.backends.weights import count_parameters, shards_of
from audit.errors import RefusedError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_SMALL = ("*.json", "*.jinja", "*.txt", "tokenizer.model", "*.tiktoken")
_WEIGHTS = ("model*.safetensors",)


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
    shards = shards_of(path, name)
    sizes = [count_parameters(shard, name) for shard in shards]
    return Folder(
        path=path,
        revision=revision or _digest(path, shards),
        config=config,
        generation=_own_generation(path, name),
        shards=shards,
        n_parameters=sum(sizes),
    )


def _own_generation(path: Path, name: str) -> dict[str, Any]:
    file = path / "generation_config.json"
    return read_json(file, one_line(name)) if file.exists() else {}


def _digest(path: Path, shards: Collection[Path]) -> str:
    """Give one hash over all files of a folder, names included.

    Of a large file that is none of its weights only the size counts: no library reads it, and it
    may be a hole without end.
    """
    total = hashlib.sha256()
    for file in sorted(path.iterdir()):
        if file.name.startswith(".") or not file.is_file():
            continue
        size = file.stat().st_size
        if file in shards or size <= MAX_TOKENIZER_BYTES:
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        else:
            digest = f"{size} bytes"
        total.update(f"{digest}  {os.fsencode(file.name).hex()}\n".encode())
    return f"sha256:{total.hexdigest()}"
