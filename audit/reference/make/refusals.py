"""Train the refusal classifier: `python -m audit.reference.make refusals --data-dir DIR`.

From text of ours: `refusals.jsonl` beside this file, written by hand in the voices of assistants of
2023 to 2026 and of people who only sound like them, and the sentences that the slots below make.
And from public text that answers nobody (Wikipedia talk, continuations of web text), so that text
unlike ours is not taken for a refusal.

Which sentence of a refusal refuses is nowhere written down: each text's surest sentence stands for
it, and is found anew by each round's weights (Andrews, S. et al. (2002), Support Vector Machines
for Multiple-Instance Learning, NIPS 15). The weights that judge whole texts are fitted to scores of
sentences that were not trained on.
"""

from __future__ import annotations

import csv
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from audit.reference.make.corpora import held_out
from audit.refusals import Kind, Weights, emptiness, evidence, read_text, sentences

Floats = NDArray[np.float64]

CORPUS = Path(__file__).with_suffix(".jsonl")
SLOTS = Path(__file__).with_name("refusal_slots.json")
N_MADE = 200
"""Refusals and answers from slots; half as many partial refusals."""

PUBLIC_WEIGHT = 0.2
"""Of a public text or its sentence, against 1 of ours: there are three times as many."""

LEAST = 2
"""A feature must stand in so many sentences of ours."""

PRIOR_VARIANCE = 3.0
"""Of every weight but the one that stands alone."""

ROUNDS = 4
FOLDS = 5
DIGITS = 3
SLIGHT = 0.05
"""Weights below it, of both scores, are left out."""

ANSWER_WORDS = 22
"""Answers of at least so many words make up the rest of made texts."""


class Example(NamedTuple):
    """A text and how far it refuses."""

    text: str
    label: Kind
    weight: float = 1.0


def make(data_dir: Path, out: Path) -> None:
    """Train the classifier and write `refusals.json` to the folder `out`.

    Args:
        data_dir: Folder with `madlibs` and `real_toxicity_prompts`.
        out: Where to; created if missing.
    """
    ours = list(written())
    weights = train([*ours, *made(ours), *public(data_dir)])
    rounded = Weights(
        features={
            name: (round(refuses, DIGITS), round(aside, DIGITS))
            for name, (refuses, aside) in weights.features.items()
            if max(abs(refuses), abs(aside)) >= SLIGHT
        },
        sentence=weights.sentence,
        text=weights.text,
        full=weights.full,
    )
    out.mkdir(parents=True, exist_ok=True)
    stored = json.dumps(asdict(rounded), separators=(",", ":"), sort_keys=True)
    (out / "refusals.json").write_text(stored.replace("],", "],\n") + "\n", encoding="utf-8")
    logging.info("%d features from %d texts of ours", len(rounded.features), len(ours))


def train(examples: Sequence[Example]) -> Weights:
    """Fit the weights of sentences, and of texts to sentences scored by others' weights."""
    order = np.random.default_rng(0).permutation(len(examples))
    found: dict[int, tuple[list[float], list[float]]] = {}
    for fold in range(FOLDS):
        apart = {int(i) for i in order[fold::FOLDS]}
        fitted = fit_sentences([e for i, e in enumerate(examples) if i not in apart])
        for i in apart:
            if read := read_text(examples[i].text, fitted):
                found[i] = evidence(read), emptiness(read)
    refuses = np.array([examples[i].label != "no refusal" for i in found])
    is_full = np.array([examples[i].label == "full refusal" for i in found])
    weight = np.array([examples[i].weight for i in found])
    seen = np.array([of_text for of_text, _ in found.values()])
    rest = np.array([of_rest for _, of_rest in found.values()])
    text = _logistic(csr_matrix(seen), refuses, weight)
    full = _logistic(csr_matrix(rest[refuses]), is_full[refuses], weight[refuses])
    fitted = fit_sentences(examples)
    return Weights(
        features=fitted.features,
        sentence=fitted.sentence,
        text=tuple(map(float, text)),
        full=tuple(map(float, full)),
    )


def fit_sentences(examples: Sequence[Example]) -> Weights:
    """Fit the two scores of a sentence; the weights of texts are left empty."""
    rows = [(i, features) for i, e in enumerate(examples) for _, features in sentences(e.text)]
    of = np.array([i for i, _ in rows])
    label = np.array([examples[i].label for i in of])
    weight = np.array([examples[i].weight for i in of])
    names = _names([features for i, features in rows if examples[i].weight == 1])
    x = _matrix([features for _, features in rows], names)

    whole = label != "partial refusal"  # which of its sentences are an answer nobody wrote down
    aside = _logistic(x[whole], label[whole] == "full refusal", weight[whole])
    refuses = aside
    answers = label == "no refusal"
    for _ in range(ROUNDS):
        kept = answers | _surest(of, x @ refuses[:-1])
        refuses = _logistic(x[kept], ~answers[kept], weight[kept])
    return Weights(
        features={name: (float(refuses[i]), float(aside[i])) for name, i in names.items()},
        sentence=(float(refuses[-1]), float(aside[-1])),
        text=(),
        full=(),
    )


def _names(rows: Sequence[set[str]]) -> dict[str, int]:
    counts = Counter(name for features in rows for name in features)
    return {name: i for i, name in enumerate(sorted(n for n in counts if counts[n] >= LEAST))}


def _matrix(rows: Sequence[set[str]], names: dict[str, int]) -> csr_matrix:
    """Give `(sentences, features)`, 1 where a sentence has a feature."""
    columns = [sorted(names[name] for name in features if name in names) for features in rows]
    ends = np.cumsum([0, *map(len, columns)])
    flat = [column for row in columns for column in row]
    return csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(rows), len(names)))


def _surest(of: NDArray[np.int64], scores: Floats) -> NDArray[np.bool_]:
    """Mark the sentence with the highest score of each text; `of` says whose each is, in order."""
    marked = np.zeros(len(of), dtype=bool)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(of)], strict=True):
        marked[start + int(scores[start:end].argmax())] = True
    return marked


def _logistic(x: csr_matrix, y: NDArray[np.bool_], weight: Floats) -> Floats:
    """Fit logistic regression with a normal prior on all but the last weight."""

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w[:-1] + w[-1]
        off = weight * (1 / (1 + np.exp(-z)) - y)
        pull = w[:-1] / PRIOR_VARIANCE
        value = float((weight * np.logaddexp(0, np.where(y, -z, z))).sum() + w[:-1] @ pull / 2)
        return value, np.append(x.T @ off + pull, off.sum())

    start = np.zeros(x.shape[1] + 1)
    fitted: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return fitted


# --- text ----------------------------------------------------------------------------------------


def written() -> Iterator[Example]:
    """Give the texts of ours that were written by hand."""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Example(row["text"], row["label"])


def public(data_dir: Path) -> Iterator[Example]:
    """Give public text that answers nobody; a fifth, by hash, is kept apart for the tests."""
    with (data_dir / "madlibs/wiki_toxicity_nonfuzzed_testset.csv").open(newline="") as file:
        texts = [row["comment"] for row in csv.DictReader(file)]
    for name in ("toxic", "nontoxic"):
        path = data_dir / f"real_toxicity_prompts/{name}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        texts += [json.loads(line)["continuation"]["text"] for line in lines]
    for text in texts:
        if not held_out(text):
            yield Example(text, "no refusal", PUBLIC_WEIGHT)


def made(ours: Sequence[Example]) -> Iterator[Example]:
    """Make refusals from slots, alone and before answers of ours, and answers behind disclaimers.

    What is asked for stands in all three, so that no subject is a sign of refusal.
    """
    slots: dict[str, list[str]] = json.loads(SLOTS.read_text(encoding="utf-8"))
    answers = [e.text for e in ours if e.label == "no refusal"]
    answers = [text for text in answers if len(text.split()) >= ANSWER_WORDS]
    chance = random.Random(0)

    def fill(*names: str) -> str:
        parts = (chance.choice(slots[name]) for name in names)
        return " ".join(part for part in parts if part)

    def refusal() -> str:
        text = fill("before", "cannot", "help", "act", "why")
        return text[0].upper() + text[1:] + "."

    for i in range(N_MADE):
        yield Example(f"{refusal()} {fill('after', 'after')}", "full refusal")
        if i % 2:
            text = f"{refusal()} {fill('turn')} {chance.choice(answers)}"
            yield Example(text, "partial refusal")
        opening = fill("opening").format(act=fill("act"))
        yield Example(f"{opening} {chance.choice(answers)}", "no refusal")
