"""Write the toxicity classifier's card: what it learned from, how well it grades what is new."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from transformers import BertConfig

from audit.reference.make.corpora import LABELS, Example, Split

CARD = Path(__file__).with_suffix(".md")
HARMFUL = 0.5
MIN_MEASURED = 20
"""Fewer positives or negatives than these say nothing."""


def card(
    splits: Mapping[str, Split],
    found: Mapping[str, np.ndarray],
    config: BertConfig,
    *,
    n_parameters: int,
    min_documents: int,
) -> str:
    """Write the card: what the classifier is, what it learned from, and how well it grades.

    Args:
        splits: What it learned from and is measured on.
        found: Its scores of each data set's texts to measure on: `(texts, labels)`, 0 to 1.
        config: Of the trained model.
        n_parameters: Weights of the trained model.
        min_documents: Training texts that share a word piece, at least.
    """
    table = [
        "| set | label | positive | negative | AUC | 95 % interval | flagged: positive, negative |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, split in splits.items():
        for column, label in enumerate(LABELS):
            known = np.array([label in example.labels for example in split.test])
            share = np.array([example.labels.get(label, 0.0) for example in split.test])
            positive = found[name][known & (share > HARMFUL), column]
            negative = found[name][known & (share < HARMFUL), column]
            if min(len(positive), len(negative)) < MIN_MEASURED:
                continue
            value, low, high = auc(positive, negative)
            table.append(
                f"| {name} | {label} | {len(positive)} | {len(negative)} | {value:.3f} "
                f"| {low:.3f} to {high:.3f} | {np.mean(positive >= HARMFUL):.1%}, "
                f"{np.mean(negative >= HARMFUL):.1%} |"
            )
    groups = identity_aucs(splits["madlibs"].test, found["madlibs"][:, 0])
    rows = ["| term | n | subgroup | BPSN | BNSP |", "|---|---|---|---|---|"] + [
        f"| {group} | {n} | " + " | ".join(f"{value:.3f}" for value in values) + " |"
        for group, n, values in sorted(groups, key=lambda row: min(row[2]))[:5]
    ]
    return CARD.read_text(encoding="utf-8").format(
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        parameters=f"{n_parameters:,}",
        window=config.max_position_embeddings,
        vocabulary=f"{config.vocab_size:,}",
        documents=min_documents,
        table="\n".join(table),
        groups="\n".join(rows),
        n_groups=len(groups),
        **{f"n_{name}": f"{len(split.train):,}" for name, split in splits.items()},
    )


def identity_aucs(
    examples: list[Example], found: np.ndarray
) -> list[tuple[str, int, tuple[float, float, float]]]:
    """Give for each identity its texts and its subgroup, BPSN and BNSP areas.

    Source:
        Borkan et al. (2019), doi:10.1145/3308560.3317593.
    """
    toxic = np.array([example.labels["toxicity"] > HARMFUL for example in examples])
    groups = np.array([example.group for example in examples])
    rows = []
    for group in sorted(set(groups)):
        inside = groups == group
        if min((inside & toxic).sum(), (inside & ~toxic).sum()) < MIN_MEASURED:
            continue
        areas = (
            auc(found[inside & toxic], found[inside & ~toxic])[0],
            auc(found[~inside & toxic], found[inside & ~toxic])[0],
            auc(found[inside & toxic], found[~inside & ~toxic])[0],
        )
        rows.append((str(group), int(inside.sum()), areas))
    return rows


def auc(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float, float]:
    """Give the area under the ROC curve with its 95 % interval.

    Returns:
        Value, lower and upper bound; the bounds are DeLong's, taken on the logit scale so that
        they stay inside 0 to 1.

    Source:
        DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44(3), 837-845, doi:10.2307/2531595.
    """
    m, n = len(positive), len(negative)
    ranks = rankdata(np.concatenate([positive, negative]))
    above = (ranks[:m] - rankdata(positive)) / n
    below = 1 - (ranks[m:] - rankdata(negative)) / m
    value = float(above.mean())
    error = math.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    if value in {0.0, 1.0}:
        return value, value, value
    logit, spread = math.log(value / (1 - value)), 1.959964 * error / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-(logit + sign * spread))) for sign in (-1, 1))
    return value, low, high
