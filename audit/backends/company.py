"""Find out which texts a model may be asked together, and ask them by the library's `generate`.

Padding and longer neighbours should not matter, and mostly do not. But a recurrent state can take
the padding in, and some rotary embeddings change for a whole batch once its longest text is long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers

from audit.backends.sampling import KeyedSampler
from audit.backends.slots import Row, Stops, Written, never
from audit.errors import RefusedError
from audit.records import Decoding

_TOLERANCE = {torch.float32: 1e-2, torch.float64: 1e-2}
_TOLERANCE_HALF = 0.5
"""Of the logits' standard deviation. Wrong padding moves them by about one, rounding by far less
in float32 and by up to a tenth in half precision."""


@torch.inference_mode()
def padding_is_harmless(model: Any, pad: int) -> bool:
    """Try whether padding on the left changes what a short text goes on with."""
    alone = _next_logits(model, [[1, 2, 3]], pad)[0]
    padded = _next_logits(model, [[1, 2, 3], [2, 3, 1, 3, 2, 1, 1, 2, 3, 3, 2, 1]], pad)[0]
    return not _differ(alone, padded, _tolerance(model))


@torch.inference_mode()
def check_causal(model: Any) -> None:
    """Try a model on a few tokens, and whether a later one changes what was read before it.

    Raises:
        RefusedError: If the model cannot be run, or sees ahead: then neither its likelihoods nor
            its texts are those of a causal language model.
    """
    texts = [[1, 2, 3, 1, 2, last] for last in (1, 3)]
    try:
        one, other = (
            model(input_ids=torch.tensor([ids], device=model.device)).logits[0, :-1].float()
            for ids in texts
        )
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # the model's own code, on a configuration of anybody's
        what = f"{type(error).__name__}: {str(error)[:200]}"
        raise RefusedError(
            f"{model.config.model_type} cannot be run as configured: {what}"
        ) from error
    # Shapes and places are the same: there is next to no rounding to forgive.
    if _differ(one, other, _tolerance(model) / 100):
        raise RefusedError(
            f"{model.config.model_type} sees the tokens that follow: it is no causal language "
            "model; audit another one"
        )


@torch.inference_mode()
def write_together(
    model: Any,
    rows: Sequence[Row],
    decoding: Decoding,
    ends: Sequence[int],
    pad: int,
    stops: Stops = never,
) -> list[Written]:
    """Write a text for each row, in order, side by side until the last one ends."""
    given, mask = pad_left([row.ids for row in rows], pad, model.device)
    longest = given.shape[1]
    sampler = KeyedSampler(decoding, [row.seed for row in rows], longest, ends)
    stopping = _Stopping(stops, len(rows))
    library: Any = transformers
    written = model.generate(
        input_ids=given,
        attention_mask=mask,
        logits_processor=[sampler],
        stopping_criteria=[stopping] if decoding.stop else None,
        generation_config=library.GenerationConfig(
            do_sample=False,
            max_new_tokens=decoding.max_new_tokens,
            eos_token_id=list(ends) or None,
            pad_token_id=pad,
        ),
    )[:, longest:].tolist()
    if decoding.stop:
        written = stopping.written
    broken = sampler.broken.tolist()
    return [Written(ids, bad) for ids, bad in zip(written, broken, strict=True)]


class _Stopping(transformers.StoppingCriteria):
    """Ends rows at their stop strings, and keeps what they wrote up to there."""

    def __init__(self, stops: Stops, n_rows: int) -> None:
        self.written: list[list[int]] = [[] for _ in range(n_rows)]
        self._stops = stops
        self._stopped = [False] * n_rows

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        del scores
        for row, token in enumerate(input_ids[:, -1].tolist()):
            if not self._stopped[row]:  # what follows is padding
                self.written[row].append(token)
                self._stopped[row] = self._stops(self.written[row])
        return torch.tensor(self._stopped, device=input_ids.device)


def _tolerance(model: Any) -> float:
    return _TOLERANCE.get(model.dtype, _TOLERANCE_HALF)


def _differ(one: torch.Tensor, other: torch.Tensor, tolerance: float) -> bool:
    return float((one - other).abs().max()) > tolerance * float(one.std())


def _next_logits(model: Any, rows: list[list[int]], pad: int) -> torch.Tensor:
    ids, mask = pad_left(rows, pad, model.device)
    library: Any = transformers
    done = model.generate(
        input_ids=ids,
        attention_mask=mask,
        generation_config=library.GenerationConfig(
            max_new_tokens=1,
            do_sample=False,
            pad_token_id=pad,
            return_dict_in_generate=True,
            output_logits=True,
        ),
    )
    logits: torch.Tensor = done.logits[0].float()
    return logits


def pad_left(
    rows: Sequence[Sequence[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give ids and mask, `(rows, longest)`, int64.

    Left padding: a decoder must end on a real token, or it continues the padding.
    """
    longest = max(map(len, rows))
    ids = [[*[pad] * (longest - len(row)), *row] for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def longest_in_company(config: Any) -> int:
    """Give the length up to which texts may share a batch, for models that change beyond it.

    Source:
        Ding et al. (2024), LongRoPE, arXiv:2402.13753: other factors for long texts. The library
        picks them by the longest text of a batch.
    """
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") != "longrope":
        return 2**62
    own: int = getattr(config, "original_max_position_embeddings", 0)
    return int(rope.get("original_max_position_embeddings", own))
