"""A checkpoint of Detoxify's layout, small enough to train in a moment, and a grader's words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audit.records import Completion, Graded, Prompt, Verdict
from audit.scorers import detoxify
from audit.scorers.detoxify import KNOWN

LABELS = ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"]
PROMPT = Prompt(id="own/1", probe="own", text="They are", style="continue")
WORDS = sorted({word for text, _, _ in KNOWN for word in text.lower().strip(".").split()})


def grade(scorer: detoxify.Toxicity, *texts: str) -> list[Verdict]:
    return list(scorer.score([(PROMPT, completion(text)) for text in texts]))


def value(scorer: detoxify.Toxicity, text: str) -> float:
    (verdict,) = grade(scorer, text)
    assert isinstance(verdict, Graded)
    return verdict.value


def completion(text: str) -> Completion:
    return Completion(prompt_id="own/1", sample=0, text=text, token_ids=(), finish_reason="stop")


def checkpoint(state: dict[str, Any], **args: Any) -> dict[str, Any]:
    """Lay a checkpoint out as Detoxify publishes them."""
    arch = {
        "model_type": "bert-base-uncased",
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": 6,
    }
    classes = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
    return {
        "config": {"arch": {"args": arch | args}, "dataset": {"args": {"classes": classes}}},
        "state_dict": state,
    }


Save = Callable[[dict[str, Any]], Path]


class Runs:
    """A pickle that leaves a file behind if its code runs."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return os.mkdir, (str(self.mark),)
