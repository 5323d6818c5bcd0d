"""The checkpoints that the Detoxify project has published: where they are and how they are kept.

A name holds the first 8 hex digits of its file's SHA-256. That tells a damaged or mistaken file,
not a forged one: so no such file is ever unpickled freely.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import huggingface_hub
import torch
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from audit.errors import RefusedError
from audit.scorers.checkpoint import WEIGHTS, convert, sha256


class Published(NamedTuple):
    """A checkpoint of the Detoxify project."""

    file: str
    """Release folder and file name, which ends in the first 8 hex digits of its SHA-256."""

    base: str
    """The Hugging Face model whose configuration and tokenizer it was trained with."""


PUBLISHED = {
    "original": Published("v0.1-alpha/toxic_original-c1212f89.ckpt", "bert-base-uncased"),
    "unbiased": Published("v0.3-alpha/toxic_debiased-c7548aa0.ckpt", "roberta-base"),
    "multilingual": Published("v0.4-alpha/multilingual_debiased-0b549669.ckpt", "xlm-roberta-base"),
    "original-small": Published("v0.1.2/original-albert-0e1d6498.ckpt", "albert-base-v2"),
    "unbiased-small": Published("v0.1.2/unbiased-albert-c8519128.ckpt", "albert-base-v2"),
}

RELEASES = "https://github.com/unitaryai/detoxify/releases/download/"
BASE_FILES = ["config.json", "tokenizer*", "vocab*", "merges.txt", "spiece.model", "sentencepiece*"]


def prefetch(grader: str) -> None:
    """Download a published variant, and the configuration and tokenizer it needs.

    Raises:
        RefusedError: If a download fails, or is not the file whose hash stands in its name.
    """
    published = PUBLISHED[grader]
    path = _checkpoint_path(published)
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(
                RELEASES + published.file, str(path), _hash_prefix(path), progress=False
            )
        huggingface_hub.snapshot_download(published.base, allow_patterns=BASE_FILES)
    except (OSError, RuntimeError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise RefusedError(f"the {grader} grader could not be downloaded: {error}") from error


def published_folder(grader: str) -> Path:
    """Give the folder of a published variant, converted to safetensors on first use.

    Raises:
        RefusedError: If its weights or tokenizer are not here, or not what they should be.
    """
    published = PUBLISHED[grader]
    checkpoint = _checkpoint_path(published)
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "phi-audit" / "graders" / checkpoint.stem
    if folder.is_dir():
        if (folder / "SHA256").read_text() != sha256(folder / WEIGHTS):
            raise RefusedError(f"{folder} is damaged; delete it to have it made again")
        return folder
    if not checkpoint.is_file():
        raise RefusedError(
            f"the weights of {grader} are not here; run `phi-audit prefetch` where there is a "
            f"network, or put {RELEASES + published.file} at {checkpoint}"
        )
    _check_hash(checkpoint)
    try:
        base = huggingface_hub.snapshot_download(published.base, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise RefusedError(
            f"the tokenizer of {published.base}, which {grader} needs, is not here; run `phi-audit "
            f"prefetch` where there is a network, or name in graders.toxicity a folder that holds "
            f"{checkpoint.name} with the config.json and tokenizer files of {published.base}"
        ) from error
    convert(checkpoint, Path(base), folder)
    return folder


def _checkpoint_path(published: Published) -> Path:
    """Give the path where Detoxify itself keeps a downloaded checkpoint."""
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(published.file).name


def _hash_prefix(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _check_hash(path: Path) -> None:
    actual = sha256(path)
    if not actual.startswith(_hash_prefix(path)):
        raise RefusedError(
            f"{path} is not what its name says: its SHA-256 begins with {actual[:8]}; delete it "
            "and run `phi-audit prefetch`"
        )
