"""Measure how likely a model finds given texts, many at a time.

A batch of long texts with a large vocabulary does not fit as logits: 64 texts of 100 tokens and
51,200 words are 1.3 GB in float32, before the softmax copies them. So the body of the model runs
once, and its head on a few thousand positions at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from audit.backends.deck import join
from audit.backends.slot_attention import in_slots

_CHUNK_ELEMENTS = {"cpu": 2**23}
_CHUNK_ELEMENTS_ELSEWHERE = 2**26
"""Float32 logits at a time: 32 MiB stay near a CPU's cache, a GPU wants more work at once."""

_GROUP_TOKENS = {"cpu": 512}
"""Tokens at a time: a CPU gains nothing from more, and loses what padding costs."""


class Scorer:
    """Log-likelihoods by one model.

    Most models' logits are their output embedding of their last hidden state, and nothing more.
    Some scale or cap them: for these, found out by trying, the whole model runs text by text.

    Args:
        model: Of the library.
        in_slots: Whether `audit.backends.slots.why_not` found that it may attend by our attention,
            which needs no mask for texts that are padded on the right, nor padding on a CPU.
    """

    def __init__(self, model: Any, *, in_slots: bool = False) -> None:
        self._model = model
        self._in_slots = in_slots
        self._split = _head_is_plain(model)
        device = model.device.type
        self._chunk = _CHUNK_ELEMENTS.get(device, _CHUNK_ELEMENTS_ELSEWHERE)
        self._budget = _GROUP_TOKENS.get(device, 2**62)
        self._is_joined = in_slots and device == "cpu"

    @torch.inference_mode()
    def terms(self, rows: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        """Give the log-probability of each token of each row but the first.

        Args:
            rows: Token ids, at least two each.

        Returns:
            A tensor `(tokens - 1,)` for each row, natural logarithms, float64 of float32 terms, on
            the CPU; NaN or infinite if the model's logits were.
        """
        if not self._split:
            return [self._whole(row) for row in rows]
        found: dict[int, torch.Tensor] = {}
        lengths = [len(row) for row in rows]
        for group in _groups(lengths, self._budget, padded=not self._is_joined):
            found.update(zip(group, self._together([rows[i] for i in group]), strict=True))
        return [found[i] for i in range(len(rows))]

    def _together(self, rows: Sequence[Sequence[int]]) -> Sequence[torch.Tensor]:
        hidden = self._hidden([row[:-1] for row in rows])
        targets = torch.tensor([i for row in rows for i in row[1:]], device=hidden.device)
        head = self._model.get_output_embeddings()
        size = max(1, self._chunk // head.weight.shape[0])
        terms = torch.cat(
            [
                _log_probabilities(head(states), wanted)
                for states, wanted in zip(
                    torch.split(hidden, size), torch.split(targets, size), strict=True
                )
            ]
        )
        return torch.split(terms.cpu().double(), [len(row) - 1 for row in rows])

    def _hidden(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Give the last hidden state of each token, one text behind the other."""
        body, device = self._model.base_model, self._model.device
        if self._is_joined:
            ids, positions, lengths = join(texts, device)
            with in_slots(self._model):
                hidden = body(
                    input_ids=ids, position_ids=positions, attention_mask=lengths, use_cache=False
                ).last_hidden_state
            return torch.as_tensor(hidden[0, : sum(map(len, texts))])
        ids, mask = _pad_right(texts, device)
        if not self._in_slots:
            hidden = body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        else:
            with in_slots(self._model):
                hidden = body(input_ids=ids, use_cache=False).last_hidden_state
        return torch.as_tensor(hidden[mask.bool()])

    def _whole(self, row: Sequence[int]) -> torch.Tensor:
        ids = torch.tensor([row], device=self._model.device)
        logits = self._model(input_ids=ids[:, :-1], use_cache=False).logits[0]
        size = max(1, self._chunk // logits.shape[-1])
        terms = [
            _log_probabilities(some, wanted)
            for some, wanted in zip(
                torch.split(logits, size), torch.split(ids[0, 1:], size), strict=True
            )
        ]
        return torch.cat(terms).cpu().double()


def _groups(lengths: Sequence[int], budget: int, *, padded: bool) -> list[list[int]]:
    """Divide rows, longest first, into groups that come to at most `budget` tokens."""
    groups: list[list[int]] = []
    room = 0
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        cost = lengths[groups[-1][0]] if padded and groups else lengths[i]
        if not groups or cost > room:
            groups.append([])
            room = budget
            cost = lengths[i]
        groups[-1].append(i)
        room -= cost
    return groups


def _log_probabilities(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Give log p of the wanted tokens: `(positions, vocabulary)` and `(positions,)` in, float32."""
    logits = logits.float()
    chosen = logits.gather(-1, wanted[:, None])[:, 0]
    return chosen - logits.logsumexp(dim=-1)


def _pad_right(
    rows: Sequence[Sequence[int]], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give ids and mask, `(rows, longest)`, int64. A causal model never looks to the right."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask.to(device)


@torch.inference_mode()
def _head_is_plain(model: Any) -> bool:
    head = model.get_output_embeddings()
    if head is None or model.base_model is model:
        return False
    ids = torch.arange(min(8, head.weight.shape[0]), device=model.device)[None]
    hidden = getattr(model.base_model(input_ids=ids, use_cache=False), "last_hidden_state", None)
    return hidden is not None and torch.equal(
        head(hidden), model(input_ids=ids, use_cache=False).logits
    )
