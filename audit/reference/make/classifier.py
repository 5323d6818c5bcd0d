"""Train the small toxicity classifier that this package carries.

A BERT of Detoxify's architecture and labels, from random weights, on the training side of
`corpora`. A label that a text does not tell is left out of the loss.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from audit.reference.make.classifier_card import card
from audit.reference.make.corpora import LABELS, SEED, Example, read

log = logging.getLogger(__name__)

VOCABULARY = 6_000
MIN_DOCUMENTS = 8
"""A word piece in fewer training texts is dropped: it would tell of single rows."""

WINDOW = 128
STEPS = 2_600
BATCH_TOKENS = 3_072
LEARNING_RATE = 1e-3
UNKNOWN = 0.06
"""Share of tokens hidden while training, so that an unknown word does not decide."""

SPECIAL = 4
"""The last of the special tokens, which are never hidden."""


def make(data_dir: Path, out: Path) -> None:
    """Train the classifier; write weights, configuration, vocabulary and the card that measures it.

    The same data gives the same weights on the same machine and number of threads.

    Args:
        data_dir: Folder with `toxic_spans`, `madlibs`, `hatecheck` and `real_toxicity_prompts`.
        out: Folder to write.
    """
    splits = read(data_dir)
    train = [example for split in splits.values() for example in split.train]
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = write_tokenizer(out, [example.text for example in train])
    model = train_model(train, tokenizer)
    write_model(model, out)
    found = {
        name: scores([example.text for example in split.test], model, tokenizer)
        for name, split in splits.items()
    }
    text = card(
        splits,
        found,
        model.config,
        n_parameters=model.num_parameters(),
        min_documents=MIN_DOCUMENTS,
    )
    (out / "CARD.md").write_text(text, encoding="utf-8")


def write_tokenizer(out: Path, texts: list[str]) -> BertTokenizer:
    """Train a WordPiece vocabulary, keep the pieces that many texts share, and write it."""
    trainer = BertWordPieceTokenizer(lowercase=True)
    trainer.train_from_iterator(
        texts,
        vocab_size=VOCABULARY,
        min_frequency=MIN_DOCUMENTS,
        limit_alphabet=200,
        show_progress=False,
    )
    documents: Counter[int] = Counter()
    for encoding in trainer.encode_batch(texts):
        documents.update(set(encoding.ids))
    pieces = trainer.get_vocab()
    kept = [
        piece
        for piece, i in sorted(pieces.items(), key=lambda item: item[1])
        if documents[i] >= MIN_DOCUMENTS
        or piece.startswith("[")
        or len(piece.removeprefix("##")) == 1
    ]
    (out / "vocab.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")
    (out / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": WINDOW},
            indent=2,
        )
        + "\n"
    )
    tokenizer: BertTokenizer = BertTokenizer.from_pretrained(str(out))
    return tokenizer


def train_model(examples: list[Example], tokenizer: BertTokenizer) -> BertForSequenceClassification:
    """Train from random weights; the same examples give the same model on the same machine."""
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=256,
        max_position_embeddings=WINDOW,
        # BERT's own 0.02 is for a width of 768: at 128, training now and then never starts.
        initializer_range=0.06,
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
    )
    config.architectures = ["BertForSequenceClassification"]
    torch.manual_seed(SEED)
    model: BertForSequenceClassification = BertForSequenceClassification(config).train()
    ids = tokenizer([e.text for e in examples], truncation=True, max_length=WINDOW)["input_ids"]
    targets = torch.tensor([[e.labels.get(label, 0.0) for label in LABELS] for e in examples])
    # What is not known of a text weighs nothing, whatever stands as its target.
    weights = torch.tensor(
        [[e.weight if label in e.labels else 0.0 for label in LABELS] for e in examples]
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=STEPS, pct_start=0.15
    )
    generator = torch.Generator().manual_seed(SEED)
    for step, rows in zip(range(STEPS), _endless(ids), strict=False):
        inputs, mask = _padded([ids[row] for row in rows], tokenizer.pad_token_id)
        hidden = torch.rand(inputs.shape, generator=generator) < UNKNOWN
        inputs[hidden & (inputs > SPECIAL)] = tokenizer.unk_token_id
        logits = model(input_ids=inputs, attention_mask=mask).logits
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, targets[rows], reduction="none"
        )
        loss = (losses * weights[rows]).sum() / weights[rows].sum()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            log.info("step %d of %d: loss %.3f", step, STEPS, loss.item())
    model.train(False)
    return model


def _endless(ids: list[list[int]]) -> Iterator[list[int]]:
    """Give batches of like length, about `BATCH_TOKENS` each, in shuffled order, for ever."""
    rng = random.Random(SEED)
    while True:
        order = sorted(range(len(ids)), key=lambda row: (len(ids[row]), rng.random()))
        batches: list[list[int]] = [[]]
        for row in order:
            if (len(batches[-1]) + 1) * len(ids[row]) > BATCH_TOKENS:
                batches.append([])
            batches[-1].append(row)
        rng.shuffle(batches)
        yield from batches


def _padded(rows: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(row) for row in rows], batch_first=True, padding_value=pad
    )
    lengths = torch.tensor([len(row) for row in rows])
    return inputs, (torch.arange(inputs.shape[1]) < lengths[:, None]).long()


def write_model(model: BertForSequenceClassification, out: Path) -> None:
    """Write float16 weights as safetensors, and the configuration."""
    state = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(state, out / "model.safetensors")
    model.config.save_pretrained(out)


@torch.inference_mode()
def scores(
    texts: Sequence[str], model: BertForSequenceClassification, tokenizer: BertTokenizer
) -> np.ndarray:
    """Give `(texts, labels)`, 0 to 1; of a text longer than the window, of its beginning only."""
    ids = tokenizer(list(texts), truncation=True, max_length=WINDOW)["input_ids"]
    found = np.zeros((len(texts), len(LABELS)))
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        inputs, mask = _padded([ids[row] for row in rows], tokenizer.pad_token_id)
        found[rows] = torch.sigmoid(model(input_ids=inputs, attention_mask=mask).logits).numpy()
    return found
