"""Masked models, of two families whose mask, borders and positions differ, against plain passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from audit.backends import masked
from audit.backends import transformers as causal
from audit.errors import RefusedError
from audit.measure import measure
from audit.plan import ModelPlan
from audit.records import Decoding, Failed, Likelihood, Request
from audit.results import Rate
from tests.audit.backends import tiny
from tests.audit.evidence import evidence
from tests.audit.measures.test_stereotypes import likelihood, pair

LIBRARY: Any = transformers
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 60,
}


def wordpiece() -> Any:
    inner = Tokenizer(models.WordPiece(unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.decoder = decoders.WordPiece()
    return inner, trainers.WordPieceTrainer(
        vocab_size=300, special_tokens=SPECIAL, show_progress=False
    )


def byte_level() -> Any:
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return inner, trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )


FAMILIES = {"bert": wordpiece, "roberta": byte_level}


def save(folder: Path, family: str, **fields: Any) -> Any:
    inner, trainer = FAMILIES[family]()
    inner.train_from_iterator(tiny.SENTENCES * 3, trainer)
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    names = {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>"}
    tokens = LIBRARY.PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", **(names | fields)
    )
    tokens.save_pretrained(folder)
    config = {
        "bert": LIBRARY.BertConfig,
        "roberta": LIBRARY.RobertaConfig,
    }[family](vocab_size=len(tokens), pad_token_id=0, **SMALL)
    torch.manual_seed(0)
    model = LIBRARY.AutoModelForMaskedLM.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0, 0.3)
    model.eval().save_pretrained(folder)
    return model, tokens


def plan(folder: Path) -> ModelPlan:
    return ModelPlan(name="m", id=str(folder), role="target", backend="masked", device="cpu")


def asked(text: str, *part: tuple[int, int]) -> Request:
    return tiny.request(text, None).model_copy(update={"part": part})


def by_hand(model: Any, tokens: Any, text: str) -> list[float]:
    """Give log p of each token of a text, masked alone, one plain forward pass a token."""
    ids = tokens(text)["input_ids"]
    found = []
    for place in range(1, len(ids) - 1):
        copy = torch.tensor([[*ids[:place], tokens.mask_token_id, *ids[place + 1 :]]])
        with torch.inference_mode():
            logits = model(input_ids=copy).logits[0, place].double()
        found.append(float(logits.log_softmax(-1)[ids[place]]))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_is_scored_token_by_token_behind_the_tokenizers_own_mask(
    family: str, tmp_path: Path
) -> None:
    model, tokens = save(tmp_path, family)
    assert tokens.mask_token_id != 103  # the one that a public implementation takes for all
    backend = masked.load(plan(tmp_path))
    texts = [text for text in tiny.SENTENCES[:3] if family != "bert" or "\n" not in text]
    for text, answer in zip(texts, backend.answer([asked(text) for text in texts]), strict=True):
        expected = by_hand(model, tokens, text)
        assert isinstance(answer, Likelihood)
        assert answer.n_tokens == answer.n_tokens_bos == len(expected)
        assert answer.log_likelihood == pytest.approx(sum(expected), abs=1e-3)
        assert answer.log_likelihood_bos == answer.log_likelihood


@pytest.mark.parametrize("family", FAMILIES)
def test_a_part_is_scored_given_the_words_on_both_sides(family: str, tmp_path: Path) -> None:
    model, tokens = save(tmp_path, family)
    text = "A short one and the ferry stayed"
    spans = (0, len("A short")), (len("A short one"), len(text))
    (answer,) = masked.load(plan(tmp_path)).answer([asked(text, *spans)])
    assert isinstance(answer, Likelihood)
    terms = by_hand(model, tokens, text)
    n_first, n_second = (
        len(tokens(some, add_special_tokens=False)["input_ids"])
        for some in ("A short", "A short one")
    )
    assert answer.n_tokens_part == len(terms) - (n_second - n_first)
    expected = sum(terms[:n_first]) + sum(terms[n_second:])
    assert answer.log_likelihood_part == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("family", "longest"), [("bert", 60), ("roberta", 59)])
def test_the_longest_text_is_that_of_the_models_own_positions(
    family: str, longest: int, tmp_path: Path
) -> None:
    _, tokens = save(tmp_path, family)
    backend = masked.load(plan(tmp_path))
    assert backend.max_positions == longest
    fits, too_long = ("rain " * n for n in (5, 60))
    assert backend.count_tokens([fits, too_long])[1] == "too long"
    n = next(n for n in range(60, 0, -1) if len(tokens(" a" * n)["input_ids"]) <= longest)
    (answer,) = backend.answer([asked(" a" * n)])
    assert isinstance(answer, Likelihood)


def test_one_token_has_a_likelihood_and_none_has_a_reason(tmp_path: Path) -> None:
    save(tmp_path, "roberta")
    backend = masked.load(plan(tmp_path))
    one, none, written = backend.answer(
        [asked("a"), asked(""), tiny.request("a b", Decoding(max_new_tokens=4))]
    )
    assert isinstance(one, Likelihood)
    assert one.n_tokens == 1
    assert isinstance(none, Failed)
    assert none.reason == "no token of its own"
    assert isinstance(written, Failed)
    assert written.reason == "a masked model writes no text"


def test_a_causal_model_is_refused_as_a_masked_one_and_the_reverse(tmp_path: Path) -> None:
    save(tmp_path / "masked", "bert")
    with pytest.raises(RefusedError, match="no masked language model"):
        masked.load(plan(tiny.save(tmp_path / "causal")))
    with pytest.raises(RefusedError, match="not a causal language model"):
        causal.load(tiny.plan(tmp_path / "masked"))


def test_a_tokenizer_without_a_mask_is_refused(tmp_path: Path) -> None:
    save(tmp_path, "bert", mask_token=None)
    with pytest.raises(RefusedError, match="its tokenizer has no mask"):
        masked.load(plan(tmp_path))


def test_masked_numbers_stand_beside_causal_ones_and_compare_with_none() -> None:
    more, less = likelihood(-1.0, -1.0), likelihood(-1.0, -2.0)
    # The words before the difference tell a masked model something, a causal one nothing.
    rows = pair(0, more, less, after="no")
    found = evidence("stereotype", rows, probe="crows_pairs", likelihood="masked")
    (rate,) = (
        one for one in measure(found) if (one.name, one.slice) == ("stereotype_rate_shared", "all")
    )
    assert isinstance(rate, Rate)
    assert (rate.value, rate.n) == (1.0, 1)
    assert rate.signature.decoding == "pseudo-likelihood"
    same = evidence("stereotype", rows, probe="crows_pairs")
    other = next(one for one in measure(same) if one.name == "stereotype_rate")
    assert isinstance(other, Rate)
    assert "decoding" in rate.signature.differing(other.signature)
