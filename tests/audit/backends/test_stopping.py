"""A stop string is seen at the end of a text where the whole text shows it, whatever its tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models

from audit.backends.stopping import is_stopped
from tests.audit.backends import tiny

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
PIECES = ["▁", "▁the", "the", "ab", "b", "▁a", "é", "\n", "▁▁▁▁", "日"]

Decode = Callable[[Sequence[int]], str]


def plain(tokenizer: Tokenizer) -> Decode:
    return lambda ids: str(tokenizer.decode(list(ids)))


@cache
def tokenizers() -> dict[str, tuple[Decode, int]]:
    """Give how each kind decodes, and how many tokens it knows, special ones among them."""
    byte_level = tiny.tokenizer()
    vocabulary = {piece: i for i, piece in enumerate(["<s>", *BYTES, *PIECES])}
    fallback = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True))
    fallback.add_special_tokens(["<s>"])
    fallback.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    words = ["[CLS]", "the", "##the", "a", "##b", "##ab", "日", "##é", "."]
    word_piece = Tokenizer(
        models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[CLS]")
    )
    word_piece.add_special_tokens(["[CLS]"])
    word_piece.decoder = decoders.WordPiece()
    scored = [("<s>", 0.0), *((piece, -1.0) for piece in PIECES)]
    unigram = Tokenizer(models.Unigram(scored, 0))
    unigram.add_special_tokens(["<s>"])
    unigram.decoder = decoders.Metaspace()
    return {
        "byte level": (
            lambda ids: str(byte_level.decode(ids, skip_special_tokens=True)),
            tiny.VOCABULARY - 4,
        ),
        "byte fallback": (plain(fallback), len(vocabulary)),
        "word piece": (plain(word_piece), len(words)),
        "unigram": (plain(unigram), len(scored)),
    }


@pytest.mark.parametrize("kind", ["byte level", "byte fallback", "word piece", "unigram"])
@given(data=st.data())
def test_a_text_stops_at_the_token_at_which_the_whole_text_does(
    kind: str, data: st.DataObject
) -> None:
    decode, n = tokenizers()[kind]
    drawn = st.integers(0, n - 1)
    # Few kinds of token, of some a long run: what a stop string is made of then stands far apart.
    some = data.draw(st.lists(drawn, min_size=1, max_size=6))
    ids = data.draw(st.lists(st.sampled_from(some) | drawn, min_size=1, max_size=60))
    if kind == "byte fallback":  # of single bytes, whole characters are rare
        at = data.draw(st.integers(0, len(ids)))
        ids[at:at] = [1 + byte for byte in data.draw(st.text(max_size=12)).encode()]
    whole = decode(ids).replace("\ufffd", "") or "x"
    at = data.draw(st.integers(0, len(whole) - 1))
    stop = (whole[at : at + data.draw(st.integers(1, 5))],)

    def first(rule: Callable[[list[int]], bool]) -> int:
        return next((k for k in range(1, len(ids) + 1) if rule(ids[:k])), 0)

    assert first(lambda some: is_stopped(some, stop, decode)) == first(
        lambda some: any(one in decode(some) for one in stop)
    )


def test_a_long_text_is_decoded_a_few_tokens_at_a_time() -> None:
    decode, _ = tokenizers()["byte level"]
    n_decoded = 0

    def counted(ids: Sequence[int]) -> str:
        nonlocal n_decoded
        n_decoded += len(ids)
        return decode(ids)

    letters = [i for i in range(4, 380) if decode([i]).isalpha() and decode([i]).isascii()]
    ids = [letters[(7 * k) % len(letters)] for k in range(2_000)]
    assert not any(is_stopped(ids[:k], ("\n\n", "Human:"), counted) for k in range(1, 2_001))
    assert n_decoded < 2_000 * 100
