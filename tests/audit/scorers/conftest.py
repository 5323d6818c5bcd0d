"""What the tests of the toxicity grader share: a tiny checkpoint, trained once."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from audit.scorers import detoxify
from audit.scorers.detoxify import KNOWN, load
from tests.audit.scorers.tiny import WORDS, Save, checkpoint


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder as `bert-base-uncased` has it: configuration and tokenizer, no weights."""
    folder = tmp_path_factory.mktemp("base")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=24,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def state(base: Path) -> dict[str, torch.Tensor]:
    """Give weights that tell the known sentences apart, whatever else they say."""
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig.from_pretrained(base, num_labels=6))
    tokenizer = BertTokenizer.from_pretrained(str(base))
    rng = random.Random(0)
    bags = [text.lower().split() for text, _, _ in KNOWN]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        texts = [" ".join(rng.choices(bag, k=rng.randint(1, 11))) for bag in bags for _ in "1234"]
        inputs = tokenizer(texts, return_tensors="pt", padding=True)
        target = torch.tensor([[low * 2] * 6 for _, low, _ in KNOWN for _ in "1234"])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(**inputs).logits, target)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


@pytest.fixture
def save(base: Path, tmp_path: Path) -> Save:
    """Write a checkpoint beside the configuration and tokenizer of its base model."""

    def write(content: dict[str, Any]) -> Path:
        shutil.copytree(base, tmp_path / "grader")
        torch.save(content, tmp_path / "grader" / "tiny.ckpt")
        return tmp_path / "grader"

    return write


@pytest.fixture(scope="session")
def scorer(
    base: Path, state: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory
) -> detoxify.Toxicity:
    folder = tmp_path_factory.mktemp("local") / "grader"
    shutil.copytree(base, folder)
    torch.save(checkpoint(state), folder / "tiny.ckpt")
    return load(str(folder))
