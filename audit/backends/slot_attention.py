"""Keys and values in fixed slots, and the attention that reads them where they lie.

The library's own caches copy every key at each step, and its attention repeats grouped keys for
each query head. Here a slot is one row of two tensors per layer, written in place and read through
a slice. Rows are left-aligned, so a row's own position says which of the slice are its keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import transformers
from torch.nn import functional
from transformers.cache_utils import Cache, CacheLayerMixin

NAME = "phi_audit_slots"
"""Of the attention, as the library looks it up. There is no mask of this name: without one, the
library makes none, and a given mask reaches `attend` as it is."""


class SlotCache(Cache):
    """Keys and values of `n_slots` rows of up to `length` tokens, for every layer.

    Before each call of the model, `fill` or `extend` says where the new keys belong.
    """

    def __init__(self, n_slots: int, length: int) -> None:
        super().__init__(layers=[])
        self.n_slots = n_slots
        self.length = length
        self._first = 0
        self._sources: Sequence[int] = ()
        self._lengths: list[int] | None = None
        self._rows: torch.Tensor | None = None
        self._positions = torch.zeros(0, dtype=torch.int64)
        self._n_keys = 0

    def fill(self, first: int, sources: Sequence[int], lengths: torch.Tensor | None = None) -> None:
        """Write whole prompts next: into the slots from `first` on.

        Args:
            first: The first slot.
            sources: For each slot, which of the prompts it holds. Samples of one prompt share it.
            lengths: Of the prompts, as `attend` takes them, where they come as one joined text;
                `None` where each is a row of its own.
        """
        self._first, self._sources, self._rows = first, sources, None
        self._lengths = None if lengths is None else lengths.flatten().tolist()

    def extend(self, rows: torch.Tensor, positions: torch.Tensor, n_keys: int) -> None:
        """Write one token for each of the first slots next.

        Args:
            rows: 0, 1, ... as many as there are rows; int64.
            positions: `(rows,)`, int64: where the token stands in its row.
            n_keys: How many keys to show to attention: more than any position.
        """
        self._rows, self._positions, self._n_keys = rows, positions, n_keys

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        *_: object,
        **__: object,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep new keys and values; give those that attention is to see."""
        while len(self.layers) <= layer_idx:
            self.layers.append(_SlotLayer())
        layer: Any = self.layers[layer_idx]
        if layer.keys is None:
            layer.allocate(self.n_slots, self.length, key_states, value_states)
        if self._rows is None:
            for store, new in ((layer.keys, key_states), (layer.values, value_states)):
                self._keep(store, new)
            return key_states, value_states
        n_rows = len(self._rows)
        with _in_any_order():
            layer.keys[self._rows, :, self._positions] = key_states[:, :, 0]
            layer.values[self._rows, :, self._positions] = value_states[:, :, 0]
        return layer.keys[:n_rows, :, : self._n_keys], layer.values[:n_rows, :, : self._n_keys]

    def _keep(self, store: torch.Tensor, new: torch.Tensor) -> None:
        if self._lengths is None:
            n = len(self._sources)
            rows = new if len(new) == n else new[torch.tensor(self._sources, device=new.device)]
            store[self._first : self._first + n, :, : new.shape[2]] = rows
            return
        texts = torch.split(new[0], self._lengths, dim=1)
        for slot, source in enumerate(self._sources, self._first):
            store[slot, :, : self._lengths[source]] = texts[source]

    def move(self, source: int, target: int, n_keys: int) -> None:
        """Copy the first keys of one slot to another."""
        for store in self._stores():
            store[target, :, :n_keys] = store[source, :, :n_keys]

    def clear(self, slot: int) -> None:
        """Set a slot to zero: what is not finite would reach its next row, masked or not."""
        for store in self._stores():
            store[slot] = 0

    @property
    def n_bytes(self) -> int:
        """What the slots take."""
        return sum(store.numel() * store.element_size() for store in self._stores())

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Give how many keys the next token finds, for models that ask."""
        del layer_idx
        return 0 if self._rows is None else self._n_keys - 1

    def _stores(self) -> Iterator[torch.Tensor]:
        layers: list[Any] = self.layers
        for layer in layers:
            yield from (layer.keys, layer.values)


class _SlotLayer(CacheLayerMixin):
    is_sliding = False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # called as a mixin

    def allocate(self, n_slots: int, length: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        # Zeros, not whatever lies there: a masked key must be finite.
        self.keys = keys.new_zeros(n_slots, keys.shape[1], length, keys.shape[3])
        self.values = values.new_zeros(n_slots, values.shape[1], length, values.shape[3])
        self.is_initialized = True

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        raise NotImplementedError

    def update(self, *_: object, **__: object) -> tuple[torch.Tensor, torch.Tensor]:
        raise NotImplementedError

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        raise NotImplementedError

    def get_seq_length(self) -> int:
        raise NotImplementedError

    def get_max_length(self) -> int:
        return -1


@contextmanager
def _in_any_order() -> Iterator[None]:
    """Write without sorting first, as CUDA does to be deterministic: each place is written once."""
    sorts = torch.are_deterministic_algorithms_enabled()
    if sorts:
        torch.use_deterministic_algorithms(False)
    try:
        yield
    finally:
        if sorts:
            torch.use_deterministic_algorithms(True, warn_only=True)


@contextmanager
def in_slots(model: Any) -> Iterator[None]:
    """Let a model attend through `attend` for a while."""
    config = model.config
    own = config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = own


def attend(  # noqa: PLR0917  # the library's signature
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Attend as the library's own attention does.

    Args:
        module: The attention layer; the window it states is noted on it.
        query: `(rows, heads, tokens, size)`.
        key: `(rows, key heads, keys, size)`.
        value: As `key`.
        attention_mask: `None` while prompts are read: each token sees itself and those before it.
            Of prompts that are read as one joined text their lengths, `(1, 1, 1, prompts)`, int64.
            Else `(rows, 1, 1, keys)`, float: 0 for the keys of a row, -inf beyond them.
        scaling: Of the scores; 1 over the root of the size by default.
        sliding_window: How many tokens back, itself included, a token sees.
        softcap: Bound of the scores.

    Returns:
        `(rows, tokens, heads, size)`, and no weights.
    """
    module.stated_window = sliding_window
    if attention_mask is not None and attention_mask.dtype == torch.int64:
        lengths = attention_mask.flatten().tolist()
        queries, keys, values = (torch.split(one, lengths, dim=2) for one in (query, key, value))
        apart = [
            attend(module, q, k, v, None, scaling, sliding_window, softcap)[0]
            for q, k, v in zip(queries, keys, values, strict=True)
        ]
        return torch.cat(apart, dim=1), None
    if scaling is None:
        scaling = query.shape[-1] ** -0.5
    n_tokens, n_keys = query.shape[2], key.shape[2]
    if sliding_window is not None and sliding_window >= n_keys:
        sliding_window = None
    if attention_mask is None and sliding_window is None and not softcap:
        out = functional.scaled_dot_product_attention(
            query,
            key,
            value,
            is_causal=True,
            scale=scaling,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        return out.transpose(1, 2), None
    if attention_mask is None:
        attention_mask = _causal(n_tokens, sliding_window, query.device)
    elif sliding_window is not None:
        attention_mask = _within(attention_mask, sliding_window)
    rows, heads, size = query.shape[0], query.shape[1], query.shape[3]
    # The queries of a group lie beside each other: they read its keys once.
    n_together = heads // key.shape[1] * n_tokens
    grouped = (query * scaling).reshape(rows, key.shape[1], n_together, size)
    scores = torch.matmul(grouped, key.transpose(2, 3))
    scores = scores.view(rows, heads, n_tokens, n_keys).float()
    if softcap:
        scores = softcap * torch.tanh(scores / softcap)
    weights = (scores + attention_mask).softmax(dim=-1).to(value.dtype)
    out = torch.matmul(weights.view(rows, key.shape[1], n_together, n_keys), value)
    return out.view(rows, heads, n_tokens, value.shape[-1]).transpose(1, 2), None


def _causal(n: int, window: int | None, device: torch.device) -> torch.Tensor:
    place = torch.arange(n, device=device)
    distance = place[:, None] - place[None, :]
    hidden = (distance < 0) | (distance >= (window or n))
    return torch.zeros(n, n, device=device).masked_fill(hidden, -torch.inf)


def _within(mask: torch.Tensor, window: int) -> torch.Tensor:
    visible = mask == 0
    n_own = visible.sum(dim=-1, keepdim=True)
    place = torch.arange(mask.shape[-1], device=mask.device)
    return mask.masked_fill(place < n_own - window, -torch.inf)


transformers.AttentionInterface.register(NAME, attend)
