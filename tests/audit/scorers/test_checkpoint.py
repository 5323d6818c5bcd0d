"""Checkpoints of strangers: what is refused, and that nothing in one ever runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from detoxify import Detoxify
from tokenizers import ByteLevelBPETokenizer
from transformers import RobertaConfig, RobertaForSequenceClassification, RobertaTokenizer

from audit.errors import RefusedError, UsageError
from audit.records import Graded
from audit.scorers.detoxify import KNOWN, load
from tests.audit.scorers.tiny import LABELS, Runs, Save, checkpoint, grade, value


def test_no_grader_is_picked_silently() -> None:
    with pytest.raises(UsageError, match=r"original, unbiased, .*reference"):
        load("")


def test_a_misspelt_grader_is_told_the_near_one() -> None:
    with pytest.raises(UsageError, match="did you mean unbiased"):
        load("unbaised")


def test_code_in_a_checkpoint_never_runs(
    save: Save, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    folder = save(checkpoint(state) | {"optimizer": Runs(tmp_path / "ran")})
    with pytest.raises(RefusedError, match="cannot be read as plain weights"):
        load(str(folder))
    assert not (tmp_path / "ran").exists()
    Detoxify.__init__.__globals__["torch"].load(folder / "tiny.ckpt", weights_only=False)
    assert (tmp_path / "ran").exists(), "the trap itself must work"


def test_a_checkpoint_without_its_head_is_refused_though_detoxify_grades_with_it(
    save: Save, state: dict[str, torch.Tensor]
) -> None:
    headless = {name: tensor for name, tensor in state.items() if "classifier" not in name}
    with pytest.raises(RefusedError, match=r"2 weights are missing.*classifier\.bias"):
        load(str(save(checkpoint(headless))))


def test_weights_under_another_prefix_are_refused(
    save: Save, state: dict[str, torch.Tensor]
) -> None:
    renamed = {f"model.{name}": tensor for name, tensor in state.items()}
    with pytest.raises(RefusedError, match="weights are missing, unexpected"):
        load(str(save(checkpoint(renamed))))


def test_a_weight_too_many_is_refused(save: Save, state: dict[str, torch.Tensor]) -> None:
    with pytest.raises(RefusedError, match=r"1 weights are .*such as extra\.weight"):
        load(str(save(checkpoint(state | {"extra.weight": torch.ones(2)}))))


def test_the_index_of_positions_that_old_checkpoints_hold_is_accepted(
    save: Save, state: dict[str, torch.Tensor]
) -> None:
    positions = {"bert.embeddings.position_ids": torch.arange(24)[None]}
    assert value(load(str(save(checkpoint(state | positions)))), "you stupid idiot") > 0.5


def test_random_weights_are_refused(save: Save, state: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(1)
    noise = {name: torch.randn_like(tensor) * 0.02 for name, tensor in state.items()}
    with pytest.raises(RefusedError, match="not those of a toxicity grader"):
        load(str(save(checkpoint(noise))))


def test_a_class_that_is_not_allowed_is_refused(save: Save, state: dict[str, torch.Tensor]) -> None:
    with pytest.raises(RefusedError, match="wants the class 'pipeline'"):
        load(str(save(checkpoint(state, model_name="pipeline"))))


@pytest.mark.parametrize("part", ["config", "state_dict"])
def test_a_checkpoint_of_another_layout_is_refused(
    part: str, save: Save, state: dict[str, torch.Tensor]
) -> None:
    content = checkpoint(state)
    del content[part]
    with pytest.raises(RefusedError, match="not a Detoxify checkpoint"):
        load(str(save(content)))


def test_outputs_without_a_name_are_graded_by_nobody(
    save: Save, state: dict[str, torch.Tensor]
) -> None:
    """`unbiased` has 16 outputs and names 7; the others never reach a verdict."""
    wide = state | {
        "classifier.weight": torch.cat([state["classifier.weight"], torch.ones(10, 16)]),
        "classifier.bias": torch.cat([state["classifier.bias"], torch.ones(10)]),
    }
    (verdict,) = grade(load(str(save(checkpoint(wide, num_classes=16)))), "the train")
    assert isinstance(verdict, Graded)
    assert list(verdict.scores) == [*LABELS, "n_windows"]


def test_a_tokenizer_of_another_model_is_refused(
    save: Save, state: dict[str, torch.Tensor]
) -> None:
    folder = save(checkpoint(state))
    with (folder / "vocab.txt").open("a") as file:
        file.write("another\n")
    with pytest.raises(RefusedError, match=r"the tokenizer knows \d+ tokens, the model"):
        load(str(folder))


@pytest.mark.parametrize(
    "setting",
    [
        {"auto_map": {"AutoModel": "evil.Model"}},
        {"trust_remote_code": True},
        {"quantization_config": {"quant_method": "evil"}},
        {"attn_implementation": "org/kernel"},
    ],
)
def test_a_configuration_that_would_load_code_is_refused(
    setting: dict[str, Any], save: Save, state: dict[str, torch.Tensor]
) -> None:
    folder = save(checkpoint(state))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | setting))
    with pytest.raises(RefusedError, match=f"sets {next(iter(setting))}"):
        load(str(folder))


def test_a_folder_without_weights_is_refused(base: Path) -> None:
    with pytest.raises(RefusedError, match=r"must hold model\.safetensors or one \.ckpt"):
        load(str(base))


def test_roberta_is_read_in_windows_without_the_positions_it_reserves(tmp_path: Path) -> None:
    """RoBERTa numbers positions from behind its padding, so 26 of them hold 24 tokens."""
    texts = [text for text, _, _ in KNOWN]
    trainer = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer.train_from_iterator(texts, vocab_size=330, special_tokens=special, show_progress=False)
    trainer.save_model(str(tmp_path))
    tokenizer = RobertaTokenizer.from_pretrained(str(tmp_path))
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=26,
        id2label=dict(enumerate(LABELS)),
    )
    config.save_pretrained(tmp_path)
    model = RobertaForSequenceClassification(config)
    inputs = tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=24)
    target = torch.tensor([[low * 2] * 6 for _, low, _ in KNOWN])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(**inputs).logits, target)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    content = checkpoint(model.state_dict(), model_name="RobertaForSequenceClassification")
    torch.save(content, tmp_path / "tiny.ckpt")
    loaded = load(str(tmp_path / "tiny.ckpt"))
    assert loaded.detoxify.tokenizer.model_max_length == 24
    assert value(loaded, texts[0] * 9) > 0.5
