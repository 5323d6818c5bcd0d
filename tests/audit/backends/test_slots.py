"""Slots write what each text alone would, whoever is beside it and whoever was there before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from audit.backends import deck, slots
from audit.backends.slots import Row, Slots, why_not
from audit.records import Decoding
from tests.audit.backends import tiny

GREEDY = Decoding(strategy="greedy", max_new_tokens=24)
SAMPLED = Decoding(temperature=1.2, top_p=0.95, max_new_tokens=24)
ENDS = tuple(range(1, tiny.VOCABULARY, 12))
"""So many that texts end at different steps."""

FALL_BACK = {"gpt_neo", "gptj", "falcon", "falcon-alibi", "bloom", "mpt", "rwkv"}
"""Families whose attention is not the library's exchangeable one, or that have none."""


def rows(n: int = 23) -> list[Row]:
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(1, 60, (n,), generator=generator).tolist()
    return [
        Row(torch.randint(4, tiny.VOCABULARY, (length,), generator=generator).tolist(), seed)
        for seed, length in enumerate(sorted(lengths, reverse=True))
    ]


def alone(model: Any, row: Row, ends: Sequence[int] = ENDS) -> list[int]:
    whole = model.generate(
        torch.tensor([row.ids]),
        max_new_tokens=24,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=list(ends) or None,
    )
    ids: list[int] = whole[0, len(row.ids) :].tolist()
    return ids


def texts(model: Any, asked: Sequence[Row], decoding: Decoding, n_slots: int) -> list[list[int]]:
    return [one.ids for one in Slots(model, ENDS).write(asked, decoding, n_slots)]


@pytest.mark.parametrize("kind", [kind for kind in tiny.CONFIGS if kind not in FALL_BACK])
def test_refilled_slots_write_what_generate_writes_alone(kind: str) -> None:
    model = tiny.network(kind)
    assert why_not(model) == ""
    asked = [row for row in rows() if kind != "phi3-longrope" or len(row.ids) <= 24]
    written = texts(model, asked, GREEDY, 5)
    assert written == [alone(model, row) for row in asked]
    assert len({len(text) for text in written}) > 1, "texts should end at different steps"


@pytest.mark.parametrize("kind", sorted(FALL_BACK))
def test_a_family_that_cannot_write_in_slots_is_found_out_with_a_reason(kind: str) -> None:
    assert why_not(tiny.network(kind)).startswith("not in slots: ")


def test_a_window_that_attention_is_not_told_of_is_found_out() -> None:
    model = tiny.network("llama")
    model.config.sliding_window = 4096
    assert why_not(model) == "not in slots: its sliding window"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
@pytest.mark.parametrize("kind", ["phi", "llama", "mistral-window"])
def test_no_neighbour_order_or_number_of_slots_changes_a_text(
    kind: str, decoding: Decoding, dtype: torch.dtype
) -> None:
    model = tiny.network(kind).to(dtype)
    asked = rows()
    expected = texts(model, asked, decoding, 16)
    assert texts(model, asked, decoding, 16) == expected
    assert texts(model, asked, decoding, 3) == expected
    assert texts(model, asked[::-1], decoding, 7) == expected[::-1]
    assert texts(model, asked[4:11], decoding, 5) == expected[4:11]


def test_what_was_not_finite_does_not_reach_the_next_text_in_its_slot() -> None:
    model = tiny.network("phi")
    asked = rows(12)
    expected = texts(model, asked, GREEDY, 3)
    bad = tiny.VOCABULARY - 1
    asked = [Row([one for one in row.ids if one != bad], row.seed) for row in asked]
    expected = texts(model, asked, GREEDY, 3)
    with torch.no_grad():
        model.get_input_embeddings().weight[bad] = 3e38
    mixed = [row for sound in asked for row in (Row([bad, *sound.ids], 0), sound)]
    written = Slots(model, ENDS).write(mixed, GREEDY, 3)
    assert all(one.broken and len(one.ids) == 1 for one in written[::2])
    for one, text in zip(written[1::2], expected, strict=True):
        assert one.broken == (bad in text[:-1])
        assert one.broken or one.ids == text


def test_samples_of_one_prompt_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.network("phi")
    prompts = [row.ids for row in rows(4) if len(row.ids) > 1]
    asked = [Row(ids, seed) for ids in prompts for seed in range(8)]
    expected = [texts(model, [row], SAMPLED, 1)[0] for row in asked]
    n_read = 0
    read = deck.Deck.read

    def counted(self: Any, first: int, prompts: Any, sources: Any) -> None:
        nonlocal n_read
        n_read += len(prompts)
        read(self, first, prompts, sources)

    monkeypatch.setattr(deck.Deck, "read", counted)
    assert texts(model, asked, SAMPLED, 32) == expected
    assert n_read == len(prompts)


@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_looking_at_every_eighth_step_as_on_a_gpu_changes_no_text(
    decoding: Decoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny.network("gpt2")  # learned positions: one too far would raise
    asked = [*rows(), Row([50] * 232, 99)]
    expected = texts(model, asked, decoding, 5)
    monkeypatch.setitem(slots._LOOK_EVERY, "cpu", 8)
    monkeypatch.setitem(deck._KEYS, "cpu", 128)
    assert texts(model, asked, decoding, 5) == expected


def test_a_model_without_end_writes_to_the_full_length() -> None:
    model = tiny.network("phi")
    written = Slots(model, ()).write(rows(5), GREEDY, 2)
    assert [one.ids for one in written] == [alone(model, row, ()) for row in rows(5)]


def test_memory_for_slots_is_kept_from_batch_to_batch_and_given_back() -> None:
    writer = Slots(tiny.network("phi"), ENDS)
    writer.write(rows(), GREEDY, 5)
    first = writer._deck
    writer.write(rows(), GREEDY, 5)
    assert writer._deck is first
    writer.write(rows(), SAMPLED, 5)
    assert writer._deck is not first
    writer.forget()
    assert writer._deck is None


@pytest.mark.parametrize(("kind", "n_heads"), [("phi", 4), ("llama", 2)])
def test_the_bytes_of_a_token_are_measured_also_where_queries_share_keys(
    kind: str, n_heads: int
) -> None:
    model = tiny.network(kind)
    config = model.config
    assert config.num_key_value_heads == n_heads
    size = config.hidden_size // config.num_attention_heads
    assert slots.key_bytes(model) == 2 * config.num_hidden_layers * n_heads * size * 4


def test_slots_are_halved_until_their_keys_fit_and_one_is_left_in_any_case() -> None:
    # 80 GB free, three quarters for keys: 60e9 / (228 tokens of 327,680 bytes) are 803 rows.
    assert slots.fitting(256, 228, 80 * 10**9, 327_680) == 256
    assert slots.fitting(1024, 228, 80 * 10**9, 327_680) == 512
    assert slots.fitting(256, 4096, 10**9, 327_680) == 1
