"""Load a model and its tokenizer from checked files, or refuse them.

The library loads a model whose tensors do not match its configuration with random ones in their
place, and only logs it. Here every tensor must be there, be used, fit, and be finite.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
import transformers
from transformers.activations import NewGELUActivation

from audit.backends.config import Task
from audit.backends.files import one_line
from audit.backends.folders import Folder
from audit.errors import RefusedError, UsageError
from audit.plan import ModelPlan
from audit.products import widen

_library: Any = transformers  # typed in part

_RECOMPUTED = re.compile(
    r"(^|\.)(rotary_emb\.inv_freq|rope\.freqs|position_ids"
    r"|(attn|attention|attn\.attention)\.(masked_)?bias)$"
)
"""Buffers that older versions of the library saved and newer ones compute."""

_SHORT_OF_MEMORY = 1.05
"""Estimated bytes times this must fit: weights alone, a batch comes on top."""

_AUTO: Mapping[Task, str] = {"causal": "AutoModelForCausalLM", "masked": "AutoModelForMaskedLM"}

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")


def prepare(model: ModelPlan) -> tuple[torch.device, torch.dtype]:
    """Make the library quiet and torch repeatable; give where a model runs, and in which format.

    Raises:
        UsageError: If this machine lacks the device that the plan asks for.
    """
    # The library's own words on a hostile model are hostile too; what matters is refused or noted.
    _library.logging.set_verbosity_error()
    _library.logging.disable_progress_bar()
    device = _device(model.device)
    be_deterministic(device)
    return device, _dtype(model.dtype, device)


def be_deterministic(device: torch.device) -> None:
    """Ask torch for the same bits each time, and for float32 that is float32."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)


@dataclass(frozen=True)
class Skeleton:
    """A model as its configuration describes it, without a single weight."""

    config: Any
    attention: str
    task: Task
    n_rows: int
    """Tokens that it has an embedding for."""

    n_bytes: int
    """Of all parameters and buffers, in the wanted number format."""


def read_skeleton(folder: Folder, name: str, dtype: torch.dtype, task: Task = "causal") -> Skeleton:
    """Build the model that the configuration describes, where it costs no memory.

    Raises:
        RefusedError: If it describes none.
    """
    library: Any = transformers  # its lazy classes are typed in part
    try:
        config = library.AutoConfig.from_pretrained(
            folder.path, trust_remote_code=False, local_files_only=True
        )
        auto = getattr(library, _AUTO[task])
        attention = _attention(auto._model_mapping[type(config)], config)
        with torch.device("meta"):
            model = auto.from_config(
                config, trust_remote_code=False, attn_implementation=attention, dtype=dtype
            )
        tensors = {id(t): t for t in (*model.parameters(), *model.buffers())}
        return Skeleton(
            config=config,
            attention=attention,
            task=task,
            n_rows=model.get_input_embeddings().num_embeddings,
            n_bytes=sum(t.numel() * t.element_size() for t in tensors.values()),
        )
    except Exception as error:  # noqa: BLE001  # a hostile configuration raises anything at all
        _refuse(one_line(name), "its configuration describes no model", error)


def load_model(
    folder: Folder, skeleton: Skeleton, name: str, dtype: torch.dtype, device: torch.device
) -> Any:
    """Give the model, in evaluation mode, every tensor of it from its files.

    Raises:
        RefusedError: If it does not fit, or its files and its configuration do not match, or a
            weight is not finite.
    """
    library: Any = transformers  # its lazy classes are typed in part
    name = one_line(name)
    _refuse_large(name, skeleton, device)
    try:
        model, info = getattr(library, _AUTO[skeleton.task]).from_pretrained(
            folder.path,
            config=skeleton.config,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            attn_implementation=skeleton.attention,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # so that they are listed; they are refused below
            generation_config=library.GenerationConfig(),
        )
    except Exception as error:  # noqa: BLE001  # as above
        _refuse(name, "it cannot be loaded", error)
    _refuse_mismatch(name, info)
    _refuse_nonfinite(name, model, dtype)
    # What the model's author would have us generate with is recorded, never honoured.
    model.generation_config = library.GenerationConfig()
    _fuse_activations(model)
    model.to(device).eval()
    widen(model)
    return model


def _device(asked: str) -> torch.device:
    """Give the device a plan asks for; `auto` is the first of cuda, mps and cpu that is here.

    Raises:
        UsageError: If this machine lacks it.
    """
    has_mps = torch.backends.mps.is_available()
    if asked == "auto":
        asked = "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    device = torch.device(asked)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(
            f"device {asked} is not here ({torch.cuda.device_count()} CUDA devices are); use "
            'device = "auto", or mend the driver'
        )
    if device.type == "mps" and not has_mps:
        raise UsageError('device mps is not here; use device = "auto"')
    return device


def _dtype(asked: str, device: torch.device) -> torch.dtype:
    """Give the number format a plan asks for; `auto` is the one the device is good at."""
    if asked != "auto":
        dtype: torch.dtype = getattr(torch, asked)
        return dtype
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16


def _fuse_activations(model: Any) -> None:
    """Compute Phi's and GPT-2's activation in one pass instead of eight: a third of the time."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, NewGELUActivation):
                setattr(module, name, torch.nn.GELU(approximate="tanh"))


def _attention(kind: type, config: Any) -> str:
    # sdpa has no place for a soft cap on attention logits.
    capped = getattr(config.get_text_config(), "attn_logit_softcapping", None)
    return "sdpa" if getattr(kind, "_supports_sdpa", False) and not capped else "eager"


def _refuse(name: str, what: str, error: Exception) -> NoReturn:
    reason = one_line(str(error), 160) or type(error).__name__
    raise RefusedError(
        f"{name}: {what} ({type(error).__name__}: {reason}); fetch the model again, or audit "
        "another"
    ) from error


def _refuse_large(name: str, skeleton: Skeleton, device: torch.device) -> None:
    free = _free_bytes(device)
    if skeleton.n_bytes * _SHORT_OF_MEMORY > free:
        raise RefusedError(
            f"{name} needs about {skeleton.n_bytes / 2**30:.1f} GiB for its weights, and {device} "
            f"has {free / 2**30:.1f} GiB free; use a larger device or a smaller dtype"
        )


def _free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        found = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text())
        if found:
            return int(found[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _refuse_mismatch(name: str, info: dict[str, Any]) -> None:
    unexpected = {key for key in info["unexpected_keys"] if not _RECOMPUTED.search(key)}
    missing = {key for key in info["missing_keys"] if not _RECOMPUTED.search(key)}
    mismatched = {key[0] if isinstance(key, tuple) else key for key in info["mismatched_keys"]}
    counts = {"missing": missing, "unexpected": unexpected, "of another shape": mismatched}
    found = [f"{len(keys)} {what}" for what, keys in counts.items() if keys]
    if found or info.get("error_msgs"):
        names = ", ".join(sorted(missing | unexpected | mismatched)[:3])
        raise RefusedError(
            f"{name}: its tensors do not match its configuration: {', '.join(found) or 'errors'} "
            f"({one_line(names)}); the library would fill in random ones; fetch the model again"
        )


def _refuse_nonfinite(name: str, model: Any, dtype: torch.dtype) -> None:
    bad = [key for key, weight in model.named_parameters() if not torch.isfinite(weight).all()]
    if bad:
        raise RefusedError(
            f"{name}: {len(bad)} tensors hold NaN or infinity in {str(dtype)[6:]} "
            f"({one_line(', '.join(bad[:3]))}); fetch the model again, or use another dtype"
        )


def load_tokenizer(folder: Folder, skeleton: Skeleton, name: str) -> Any:
    """Give the tokenizer.

    Raises:
        RefusedError: If it is missing or broken, or has tokens that the model has no row for.
    """
    name = one_line(name)
    if not any((folder.path / file).is_file() for file in _TOKENIZER_FILES):
        raise RefusedError(f"{name} has no tokenizer; copy the files of its tokenizer beside it")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder.path, config=skeleton.config, trust_remote_code=False, local_files_only=True
        )
        probe = tokenizer("a b", add_special_tokens=False)["input_ids"]
        tokenizer.decode(probe)
        top = max(tokenizer.get_vocab().values())
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a Rust panic is no Exception
        raise RefusedError(
            f"{name}: its tokenizer cannot be loaded ({type(error).__name__}: "
            f"{one_line(str(error), 120)}); fetch the model again"
        ) from error
    if not probe:
        raise RefusedError(f"{name}: its tokenizer knows no tokens; fetch the model again")
    if top >= skeleton.n_rows:
        raise RefusedError(
            f"{name}: its tokenizer has id {top}, its model only {skeleton.n_rows} rows; they do "
            "not belong together; fetch the model again"
        )
    return tokenizer
