"""The device's side of writing text in slots: what a step computes, and where it is kept.

Shapes come in few sizes. A row's arithmetic then depends on its own tokens alone: on CPUs, matrix
products of rows in eights and attention over keys in sixteens were found to give a row the same
bits whatever else they hold; the library's plain loops end in another formula where a vector ends.
On CUDA a step of one size is recorded once as a graph and replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from audit.backends.sampling import Sampler
from audit.backends.slot_attention import SlotCache, in_slots

ROWS = 8
"""Rows of a step come in multiples of this."""

TOKENS = 16
"""Tokens of prompts that are read come in multiples of this."""

_KEYS = {"cpu": TOKENS}
_KEYS_ELSEWHERE = 128
"""Keys that a step sees come in multiples of this. A graph is recorded for each."""

_TOKEN, _POSITION, _LAST_POSITION, _COUNT, _SEED, _BROKEN = range(6)


class Deck:
    """Slots for rows that are being written.

    Args:
        model: Of the library, on its device.
        sampler: Chooses the tokens.
        n_slots: Rows in flight at most.
        length: Of the longest row, prompt and new tokens.
    """

    def __init__(self, model: Any, sampler: Sampler, n_slots: int, length: int) -> None:
        self._model = model
        self._device: torch.device = model.device
        self._sampler = sampler
        self._keys = _KEYS.get(self._device.type, _KEYS_ELSEWHERE)
        self.n_slots = n_slots
        self.n_rows = round_up(n_slots, ROWS)
        self.length = self.rounded(length)
        self.cache = SlotCache(self.n_rows, self.length)
        self._state = torch.zeros(6, self.n_rows, dtype=torch.int64, device=self._device)
        self._index = torch.arange(max(self.n_rows, self.length), device=self._device)
        self._graphs: dict[tuple[int, int], Any] = {}
        self._pool: Any = None

    def rounded(self, length: int) -> int:
        """Give the length that slots for rows of a given length have."""
        return round_up(length, self._keys)

    def read(self, first: int, prompts: Sequence[Sequence[int]], sources: Sequence[int]) -> None:
        """Read prompts into the slots from `first` on.

        Args:
            first: The first slot.
            prompts: Token ids. The last one is left for the first step to read: so no step but
                a decoding one needs logits.
            sources: For each slot, which of the prompts it holds.
        """
        if all(len(prompt) == 1 for prompt in prompts):
            return
        if self._device.type == "cpu":
            self._read_joined(first, prompts, sources)
        else:
            self._read_padded(first, prompts, sources)

    def n_read(self, prompts: Sequence[Sequence[int]]) -> int:
        """Count the tokens that are computed when these prompts are read together."""
        if self._device.type == "cpu":
            return sum(len(prompt) - 1 for prompt in prompts)
        return len(prompts) * round_up(max(map(len, prompts)) - 1, TOKENS)

    def begin(self, first: int, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Set what the next step needs for the slots from `first` on.

        Args:
            first: The first slot.
            rows: For each, its last token, the place of it, the last place it may come to, and
                its seed.
        """
        columns = [(token, place, last, 0, seed, 0) for token, place, last, seed in rows]
        new = torch.tensor(columns, dtype=torch.int64).T.to(self._device)
        self._state[:, first : first + len(rows)] = new

    def step(self, n_rows: int, n_keys: int) -> torch.Tensor:
        """Write one token in each of the first rows.

        Args:
            n_rows: As many rows at least.
            n_keys: As many keys at least: more than the place of any row's last token.

        Returns:
            `(rows,)`, int64: the tokens.
        """
        shape = self._row_bucket(n_rows), round_up(n_keys, self._keys)
        if self._device.type == "cuda":
            self._replay(shape)
        else:
            self._step(*shape)
        return self._state[_TOKEN, :n_rows].clone()

    def broken(self, n_rows: int) -> list[bool]:
        """Tell which rows have had a logit that was not finite."""
        return [bool(flag) for flag in self._state[_BROKEN, :n_rows].tolist()]

    def move(self, moves: Sequence[tuple[int, int, int]]) -> None:
        """Copy slots: from, to, and how many keys."""
        for source, target, n_keys in moves:
            self.cache.move(source, target, n_keys)
            self._state[:, target] = self._state[:, source]

    def logits(self, n_rows: int, n_keys: int) -> torch.Tensor:
        """Give the next token's logits of the first rows: `(rows, vocabulary)`."""
        positions = self._state[_POSITION, :n_rows]
        mask = torch.zeros(n_rows, 1, 1, n_keys, device=self._device)
        hidden = self._index[:n_keys] > positions[:, None]
        mask.masked_fill_(hidden[:, None, None], -torch.inf)
        self.cache.extend(self._index[:n_rows], positions, n_keys)
        logits: torch.Tensor = self._run(
            self._state[_TOKEN, :n_rows, None], positions[:, None], mask
        )
        return logits[:, -1]

    def _read_joined(
        self, first: int, prompts: Sequence[Sequence[int]], sources: Sequence[int]
    ) -> None:
        """Read prompts one behind the other, as one text whose parts do not see each other."""
        ids, positions, lengths = join([prompt[:-1] for prompt in prompts], self._device)
        self.cache.fill(first, sources, lengths)
        self._run(ids, positions, lengths)

    def _read_padded(
        self, first: int, prompts: Sequence[Sequence[int]], sources: Sequence[int]
    ) -> None:
        """Read prompts side by side: few calls, as a GPU wants it."""
        longest = max(map(len, prompts)) - 1
        width = round_up(longest, TOKENS)
        # Padding on the right: a causal model never looks there.
        ids = [[*prompt[:-1], *[0] * (width + 1 - len(prompt))] for prompt in prompts]
        self.cache.fill(first, sources, None)
        # The last tokens read may lie beyond the longest position, as padding: any will do there.
        positions = self._index[:width].clamp_max(longest - 1).expand(len(prompts), width)
        self._run(torch.tensor(ids, device=self._device), positions, None)

    def _step(self, n_rows: int, n_keys: int) -> None:
        state = self._state[:, :n_rows]
        logits = self.logits(n_rows, n_keys)
        tokens, finite = self._sampler.choose(logits, state[_SEED], state[_COUNT])
        state[_TOKEN] = tokens
        state[_POSITION] = torch.minimum(state[_POSITION] + 1, state[_LAST_POSITION])
        state[_COUNT] += 1
        state[_BROKEN] |= ~finite

    def _run(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None) -> Any:
        with in_slots(self._model):
            return self._model(
                input_ids=ids,
                position_ids=positions,
                attention_mask=mask,
                past_key_values=self.cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits

    def _row_bucket(self, n_rows: int) -> int:
        if self._device.type != "cuda":
            return round_up(n_rows, ROWS)
        return min(self.n_rows, max(ROWS, 1 << (n_rows - 1).bit_length()))

    def _replay(self, shape: tuple[int, int]) -> None:
        """Run a step as one CUDA graph, recorded when its shape is first met."""
        if shape not in self._graphs:
            before = self._state.clone()
            self._step(*shape)  # libraries set themselves up in here, which cannot be recorded
            self._state.copy_(before)
            torch.cuda.synchronize()
            graph = torch.cuda.CUDAGraph()
            # One pool for all: what a step leaves behind lies in the state, outside of it.
            with torch.cuda.graph(graph, pool=self._pool):
                self._step(*shape)
            self._pool = graph.pool()
            self._graphs[shape] = graph
        self._graphs[shape].replay()


def join(
    texts: Sequence[Sequence[int]], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Put texts one behind the other, and tokens of no meaning behind them up to a good length.

    Returns:
        Ids and positions, `(1, tokens)`, int64, and the lengths as `attend` takes them:
        `(1, 1, 1, texts + 1)`, int64, of the texts and of what fills up.
    """
    lengths = [len(text) for text in texts]
    lengths.append(round_up(sum(lengths), TOKENS) - sum(lengths))
    ids = [i for text in texts for i in text] + [0] * lengths[-1]
    positions = [place for n in lengths for place in range(n)]
    return (
        torch.tensor([ids], device=device),
        torch.tensor([positions], device=device),
        torch.tensor([[[lengths]]], device=device),
    )


def round_up(n: int, to: int) -> int:
    """Give the next multiple."""
    return -(-n // to) * to
