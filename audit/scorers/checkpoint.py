"""Read a Detoxify checkpoint from hostile files: every weight checked, no code of it run.

Detoxify's own loader runs whatever code a checkpoint holds (it unpickles with
`weights_only=False`) and, where tensors are missing, grades with random ones and no error (checked
with 0.5.4). So the model is Detoxify's, built by its own function, but we read the weights and
insist on every one.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import torch
from detoxify import detoxify as package
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from audit.errors import RefusedError

State: TypeAlias = dict[str, torch.Tensor]

ARCHITECTURES = {
    "BertForSequenceClassification": "BertTokenizer",
    "RobertaForSequenceClassification": "RobertaTokenizer",
    "XLMRobertaForSequenceClassification": "XLMRobertaTokenizer",
    "AlbertForSequenceClassification": "AlbertTokenizer",
}
"""The only classes a checkpoint may name, and the tokenizer each is built with."""

LABELS = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
"""Older names of labels, as Detoxify renames them."""

WEIGHTS = "model.safetensors"
MAX_JSON_BYTES = 1_000_000


def open_folder(folder: Path) -> tuple[package.Detoxify, str]:
    """Build the grader that a folder of safetensors, configuration and tokenizer holds.

    Returns:
        The grader, and the hash of whatever can move a score.

    Raises:
        RefusedError: If a file is missing, broken, or not what it should be.
    """
    config = _read_config(folder / "config.json")
    architecture = str((config.get("architectures") or [""])[0])
    if architecture not in ARCHITECTURES:
        raise RefusedError(
            f"{folder} wants the class {architecture!r}; allowed: {', '.join(ARCHITECTURES)}"
        )
    labels = [str(config["id2label"][i]) for i in sorted(config["id2label"], key=int)]
    exposed = [LABELS.get(label, label) for label in labels if not re.match(r"LABEL_\d", label)]
    if "toxicity" not in exposed:
        raise RefusedError(f"{folder} has no label toxicity; it has {', '.join(exposed) or 'none'}")
    try:
        state = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise RefusedError(f"{folder / WEIGHTS} cannot be read: {error}") from error
    # Not `Detoxify(...)`: its constructor is the loader that runs the checkpoint's code.
    detoxify = package.Detoxify.__new__(package.Detoxify)
    detoxify.model, detoxify.tokenizer = _build(folder, architecture, len(labels), state)
    detoxify.class_names = exposed
    detoxify.device = "cuda" if torch.cuda.is_available() else "cpu"
    detoxify.model.to(detoxify.device).eval()
    return detoxify, _digest(folder, detoxify)


def convert(checkpoint: Path, base: Path, folder: Path) -> None:
    """Write a Detoxify checkpoint as a folder of safetensors, configuration and tokenizer.

    Raises:
        RefusedError: If it cannot be read as plain weights, or is no Detoxify checkpoint.
    """
    state, args, classes = _read_checkpoint(checkpoint)
    model, tokenizer = _build(base, args["model_name"], int(args["num_classes"]), state)
    model.config.architectures = [args["model_name"]]
    model.config.id2label = dict(enumerate(classes)) | {
        i: f"LABEL_{i}" for i in range(len(classes), int(args["num_classes"]))
    }
    model.config.label2id = {name: i for i, name in model.config.id2label.items()}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        # Moved into place whole, so that its existence means that it is complete.
        made = Path(scratch) / "grader"
        made.mkdir()
        model.config.save_pretrained(made)
        tokenizer.save_pretrained(made)
        save_file({name: value.contiguous() for name, value in state.items()}, made / WEIGHTS)
        (made / "SHA256").write_text(sha256(made / WEIGHTS))
        shutil.move(made, folder)


def _read_checkpoint(path: Path) -> tuple[State, dict[str, Any], list[str]]:
    """Give weights, architecture and labels of a Detoxify checkpoint; none of its code runs."""
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RefusedError(
            f"{path} cannot be read as plain weights ({reason}); it is not a published checkpoint"
        ) from error
    try:
        args = loaded["config"]["arch"]["args"]
        classes = [str(name) for name in loaded["config"]["dataset"]["args"]["classes"]]
        state = {str(name): tensor for name, tensor in loaded["state_dict"].items()}
        if args["model_name"] not in ARCHITECTURES:
            raise RefusedError(
                f"{path} wants the class {args['model_name']!r}; "
                f"allowed: {', '.join(ARCHITECTURES)}"
            )
        if not 1 <= len(classes) <= int(args["num_classes"]):
            raise RefusedError(
                f"{path} has {len(classes)} labels for {args['num_classes']} outputs"
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RefusedError(
            f"{path} is not a Detoxify checkpoint: it needs state_dict, config.arch.args and "
            f"config.dataset.args.classes ({error})"
        ) from error
    return state, args, classes


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_config(path: Path) -> dict[str, Any]:
    """Read a model's configuration, and refuse what would load code or other weights."""
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise RefusedError(f"{path} is larger than {MAX_JSON_BYTES} bytes")
        config: dict[str, Any] = json.loads(path.read_bytes())
        keys = set(config)
        {int(i) for i in config.get("id2label", {})}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RefusedError(f"{path} is not a model's configuration: {error}") from error
    refused = keys & {"auto_map", "trust_remote_code", "quantization_config"} | {
        key for key in keys if "attn_implementation" in key and config[key] is not None
    }
    if refused:
        raise RefusedError(f"{path} sets {', '.join(sorted(refused))}, which a grader may not")
    return config


def _build(folder: Path, architecture: str, n_labels: int, state: State) -> tuple[Any, Any]:
    """Build model and tokenizer as Detoxify does, from local files, and check every weight.

    Detoxify keeps random values where a weight is missing, and says nothing.
    """
    _read_config(folder / "config.json")
    # An index of positions, not a weight: old releases of transformers stored it.
    weights = {
        name: tensor.float() for name, tensor in state.items() if not name.endswith("position_ids")
    }
    try:
        model, tokenizer = package.get_model_and_tokenizer(
            str(folder), architecture, ARCHITECTURES[architecture], n_labels, weights
        )
    except (OSError, ValueError, TypeError, RuntimeError, AttributeError, KeyError) as error:
        raise RefusedError(f"{folder} is no {architecture}: {error}") from error
    built = model.float().state_dict()
    wrong = sorted(
        name
        for name in built.keys() | weights.keys()
        if name not in built
        or name not in weights
        or built[name].shape != weights[name].shape
        or not torch.equal(built[name], weights[name])
    )
    if wrong:
        raise RefusedError(
            f"{folder}: {len(wrong)} weights are missing, unexpected or of another shape, such as "
            f"{wrong[0]}; a grader with random weights must not grade"
        )
    if len(tokenizer) != model.config.vocab_size:
        raise RefusedError(
            f"{folder}: the tokenizer knows {len(tokenizer)} tokens, the model "
            f"{model.config.vocab_size}; put the tokenizer's files of its base model beside it"
        )
    tokenizer.model_max_length = min(tokenizer.model_max_length, _n_positions(model.config))
    return model, tokenizer


def _n_positions(config: Any) -> int:
    """Give the longest input in tokens; RoBERTa numbers its positions from after its padding."""
    reserved = config.pad_token_id + 1 if "roberta" in config.model_type else 0
    return int(config.max_position_embeddings) - int(reserved)


def _digest(folder: Path, detoxify: package.Detoxify) -> str:
    """Hash whatever can move a score: weights, labels, vocabulary and the window."""
    reading = json.dumps(
        [
            sha256(folder / WEIGHTS),
            detoxify.class_names,
            sorted(detoxify.tokenizer.get_vocab().items()),
            detoxify.tokenizer.model_max_length,
        ]
    )
    return hashlib.sha256(reading.encode()).hexdigest()
