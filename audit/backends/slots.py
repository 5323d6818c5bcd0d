"""Write many texts at once: a slot is refilled as soon as its text is done.

A fixed batch runs until its longest text ends, and computes the finished ones to no use. Here rows
leave when they end, the rest close up, and the next prompts are read in packs of like length. The
order of all this follows from the rows alone, so the same batch runs through the same shapes again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from audit.backends.deck import ROWS, Deck
from audit.backends.sampling import Sampler
from audit.records import Decoding

_REFILL = 4
"""Prompts are read when one slot in so many is free: reading few at a time costs as much."""

_READ_TOKENS = {"cpu": 512}
_READ_TOKENS_ELSEWHERE = 8192
"""Prompt tokens read at a time: a CPU gains nothing from more."""

_LOOK_EVERY = {"cpu": 1}
_LOOK_EVERY_ELSEWHERE = 8
"""Steps between looks at what was written: elsewhere than on a CPU a look waits for the device."""

_KEYS_SHARE = 0.75
"""Of a card's free memory for keys and values; the rest is for what a step computes, above all
logits and their noise."""

_TOLERANCE = {torch.float32: 1e-2, torch.float64: 1e-2}
_TOLERANCE_HALF = 0.5
"""Of the logits' standard deviation: wrong keys or positions move them by about one."""


class Row(NamedTuple):
    """One text to write."""

    ids: Sequence[int]
    """Of the prompt, at least one."""

    seed: int


class Written(NamedTuple):
    """What became of a row."""

    ids: list[int]
    """With the ending token or a stop string, if one came."""

    broken: bool
    """A logit was not finite."""


Stops = Callable[[Sequence[int]], bool]
"""Tells whether tokens written so far are a whole text: they hold a stop string."""


def never(_: Sequence[int]) -> bool:
    """Tell that a text has no stop string, where none is asked for."""
    return False


class Slots:
    """A model that writes in slots, and the device's memory for them between batches."""

    def __init__(self, model: Any, ends: Sequence[int]) -> None:
        self._model = model
        self._ends = ends
        self._deck: Deck | None = None
        self._decoding: Decoding | None = None
        self._n_asked = 0
        device = model.device.type
        self._read_tokens = _READ_TOKENS.get(device, _READ_TOKENS_ELSEWHERE)
        self._look_every = _LOOK_EVERY.get(device, _LOOK_EVERY_ELSEWHERE)

    @torch.inference_mode()
    def write(
        self, rows: Sequence[Row], decoding: Decoding, n_slots: int, stops: Stops = never
    ) -> list[Written]:
        """Write a text for each row, in order.

        Args:
            rows: Best longest first.
            decoding: For all of them.
            n_slots: How many are written at a time.
            stops: What ends a text beside its ending token and its full length.
        """
        deck = self._deck_for(rows, decoding, min(n_slots, len(rows)))
        done: dict[int, Written] = {}
        waiting = deque(enumerate(rows))
        active: list[_Active] = []
        while waiting or active:
            if waiting and len(active) <= deck.n_slots - max(1, deck.n_slots // _REFILL):
                self._refill(deck, waiting, active, decoding.max_new_tokens)
            self._advance(deck, active, decoding.max_new_tokens, stops)
            self._retire(deck, active, done)
        return [done[i] for i in range(len(rows))]

    def forget(self) -> None:
        """Give the memory of the slots back."""
        self._deck = None

    def _deck_for(self, rows: Sequence[Row], decoding: Decoding, n_asked: int) -> Deck:
        length = max(len(row.ids) for row in rows) + decoding.max_new_tokens
        old = self._deck
        fits = old is not None and self._n_asked == n_asked and old.length == old.rounded(length)
        if old is None or not fits or self._decoding != decoding:
            self._deck = old = None  # before the new one is allocated
            n_slots = n_asked
            if self._model.device.type == "cuda":
                free = _free_bytes(self._model.device)
                n_slots = fitting(n_asked, length, free, key_bytes(self._model))
            self._deck = Deck(self._model, Sampler(decoding, self._ends), n_slots, length)
            self._decoding = decoding
            self._n_asked = n_asked
        assert self._deck is not None  # noqa: S101  # for the type checker
        return self._deck

    def _refill(
        self,
        deck: Deck,
        waiting: deque[tuple[int, Row]],
        active: list[_Active],
        max_new_tokens: int,
    ) -> None:
        first = len(active)
        while waiting and len(active) < deck.n_slots:
            self._read_pack(deck, waiting, active)
        deck.begin(
            first,
            [
                (one.row.ids[-1], one.n_keys - 1, one.n_keys + max_new_tokens - 2, one.row.seed)
                for one in active[first:]
            ],
        )

    def _read_pack(
        self, deck: Deck, waiting: deque[tuple[int, Row]], active: list[_Active]
    ) -> None:
        """Read prompts of together so many tokens; samples of one prompt share its reading."""
        first = len(active)
        prompts: list[Sequence[int]] = []
        sources: list[int] = []
        while waiting and len(active) < deck.n_slots:
            number, row = waiting[0]
            if not prompts or row.ids != prompts[-1]:
                if prompts and deck.n_read([*prompts, row.ids]) > self._read_tokens:
                    break
                prompts.append(row.ids)
            waiting.popleft()
            sources.append(len(prompts) - 1)
            active.append(_Active(number, row, []))
        deck.read(first, prompts, sources)

    def _advance(
        self, deck: Deck, active: Sequence[_Active], max_new_tokens: int, stops: Stops
    ) -> None:
        n_keys = max(one.n_keys for one in active)
        columns = [
            deck.step(len(active), min(n_keys + ahead, deck.length))
            for ahead in range(self._look_every)
        ]
        broken = deck.broken(len(active))
        for one, tokens, is_broken in zip(
            active, torch.stack(columns, dim=1).tolist(), broken, strict=True
        ):
            one.broken = is_broken
            for token in tokens:
                one.written.append(token)
                is_full = len(one.written) == max_new_tokens
                if token in self._ends or is_full or is_broken or stops(one.written):
                    one.is_done = True
                    break

    def _retire(self, deck: Deck, active: list[_Active], done: dict[int, Written]) -> None:
        """Take the rows out that are done, and close up."""
        moves: list[tuple[int, int, int]] = []
        for slot, one in enumerate(active):
            if one.is_done:
                done[one.number] = Written(one.written, one.broken)
                if one.broken:
                    deck.cache.clear(slot)
        target = 0
        while target < len(active):
            if not active[target].is_done:
                target += 1
                continue
            last = active.pop()
            if target < len(active) and not last.is_done:
                moves.append((len(active), target, last.n_keys))
                active[target] = last
        deck.move(moves)


def fitting(n_slots: int, length: int, free_bytes: int, n_key_bytes: int) -> int:
    """Halve a number of slots until their keys and values fit into memory; at least one is left.

    Halved, so that steps come in few sizes; no text depends on how many there are.

    Args:
        n_slots: As many as wanted.
        length: Of the longest row.
        free_bytes: On the device, beside the weights.
        n_key_bytes: Of the keys and values of one token, over all layers.
    """
    room = int(_KEYS_SHARE * free_bytes) // (length * n_key_bytes)
    while n_slots > max(1, room):
        n_slots = (n_slots + 1) // 2
    return n_slots


@torch.inference_mode()
def key_bytes(model: Any) -> int:
    """Measure the bytes of one token's keys and values, over all layers."""
    deck = Deck(model, Sampler(Decoding(), ()), 1, 1)
    deck.read(0, [[0, 0]], [0])
    return deck.cache.n_bytes // (deck.n_rows * deck.length)


def _free_bytes(device: torch.device) -> int:
    """Count what the device has free, and what torch keeps of it unused."""
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + kept


class _Active:
    """A row in its slot."""

    def __init__(self, number: int, row: Row, written: list[int]) -> None:
        self.number = number
        self.row = row
        self.written = written
        self.broken = False
        self.is_done = False

    @property
    def n_keys(self) -> int:
        """Its tokens so far: as many keys will be there after the next step."""
        return len(self.row.ids) + len(self.written)


@torch.inference_mode()
def why_not(model: Any) -> str:
    """Say why a model cannot write in slots; nothing if it can.

    What it says next, after prompts of several lengths side by side, must be what it says after
    each alone.
    """
    try:
        return _disagreement(model)
    except Exception as error:  # noqa: BLE001  # a family that cannot may fail in any way
        return f"not in slots: {type(error).__name__}"


def _disagreement(model: Any) -> str:
    if getattr(model.config.get_text_config(), "attention_chunk_size", None):
        return "not in slots: attention in chunks"
    n = min(model.get_input_embeddings().num_embeddings, 1000)
    texts = [[(7 * place + 3 * row) % n for place in range(30 - 9 * row)] for row in range(4)]
    deck = Deck(model, Sampler(Decoding(strategy="greedy"), ()), 4, 32)
    deck.read(0, [text[:-1] for text in texts], range(4))
    for cut in (1, 0):
        upto = [text[: len(text) - cut] for text in texts]
        deck.begin(0, [(text[-1], len(text) - 1, 32, 0) for text in upto])
        together = deck.logits(ROWS, deck.length)[:4].float()
        alone = torch.cat([_last_logits(model, text) for text in upto])
        allowed = _TOLERANCE.get(model.dtype, _TOLERANCE_HALF) * float(alone.std())
        if not float((together - alone).abs().max()) <= allowed:
            return "not in slots: other rows or positions disturb this model"
    return _unstated_window(model)


def _last_logits(model: Any, ids: list[int]) -> torch.Tensor:
    given = torch.tensor([ids], device=model.device)
    logits: torch.Tensor = model(input_ids=given, use_cache=False).logits[:, -1].float()
    return logits


def _unstated_window(model: Any) -> str:
    """A window wider than the trial above must at least have been stated to the attention."""
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    stated = {getattr(module, "stated_window", None) for module in model.modules()}
    return "not in slots: its sliding window" if window and window not in stated else ""
