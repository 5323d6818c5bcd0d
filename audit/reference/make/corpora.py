"""What the toxicity classifier learns from and is measured on: public data, and our own grammar.

What training never sees is kept apart by a hash of the cluster a row belongs to, so that two
phrasings of one template are never on both sides. A label the data does not tell is absent; it is
never guessed to be 0.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from audit.reference.make import grammar

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
HARMLESS = dict.fromkeys(LABELS, 0.0)
SEED = 20_261_121

HELD_OUT_TEMPLATES = {"you_are_adj", "being_adj", "am_hate_adj"}
N_NAMES = 4_000
"""Of the 72,000 `name_adj` phrases, which differ only in the name."""

GROUPS = (
    "Asian people",
    "Black people",
    "Chinese people",
    "Jewish people",
    "Latino people",
    "gay people",
    "people with a mental illness",
    "Mexican people",
    "people from the Middle East",
    "Muslim people",
    "Native American people",
    "people in wheelchairs",
    "women",
    "my neighbours",
)
OPENINGS = (
    "{} are",
    "{} in our street are",
    "Everybody here knows that {} are",
    "We spoke about {}.",
    "Yesterday I met {} at the market.",
    "{} in this town",
    "The {} I know",
)
SHARE_CUT = 0.4
SHARE_WITH_PROMPT = 0.3
MIN_WORDS = 3
"""Of a sentence to learn from."""

N_GRAMMAR = 12_000
N_PARAGRAPHS = 14_000
POST_WEIGHT = 0.3
"""Of a whole post: readers agree little on posts that were chosen for being toxic."""


class Example(NamedTuple):
    """One text and what is known about it."""

    text: str
    labels: dict[str, float]
    """Label to share of readers who see it, 0 to 1; a label that is not known is absent."""

    group: str = ""
    """The identity a template names, if it does."""

    weight: float = 1.0


class Split(NamedTuple):
    """One data set in two sides that share no cluster."""

    train: list[Example]
    test: list[Example]


def read(data_dir: Path) -> dict[str, Split]:
    """Read all data sets, each in the side to train on and the side to measure on.

    A text to measure on that training holds, too, is dropped: short posts such as two-word insults
    are somebody else's sentence, and short cuts of our grammar's text are alike.
    """
    splits = {
        "toxic_spans": toxic_spans(data_dir / "toxic_spans", data_dir / "hatecheck"),
        "madlibs": madlibs(data_dir / "madlibs"),
        "wikipedia": wikipedia(data_dir / "madlibs"),
        "hatecheck": hatecheck(data_dir / "hatecheck"),
        "grammar": grammar_text(),
        "real_toxicity_prompts": real_toxicity_prompts(data_dir / "real_toxicity_prompts"),
    }
    seen = {_normal(example.text) for split in splits.values() for example in split.train}
    return {
        name: Split(train, [example for example in test if _normal(example.text) not in seen])
        for name, (train, test) in splits.items()
    }


def toxic_spans(folder: Path, hatecheck_folder: Path) -> Split:
    """Read Civil Comments posts: whole posts, and their sentences by the spans readers marked.

    The toxicity of a post is the share of its annotators who did not call it not toxic. A
    sentence is toxic if a marked span lies in it, and harmless if no reader marked anything in
    the whole post. Insult follows the marked spans; obscene, the profanities that HateCheck
    names. Threat, severe toxicity and identity attack are not known of a toxic post.
    """
    votes: dict[str, list[bool]] = defaultdict(list)
    for row in _rows(folder / "annotations.csv"):
        votes[row["comment_id"]].append(row["not toxic"] == "True")
    spans = {row["text"]: ast.literal_eval(row["spans"]) for row in _rows(folder / "tsd_train.csv")}
    profane = re.compile(rf"\b(?:{'|'.join(_profanities(hatecheck_folder))})\b", re.IGNORECASE)
    split = Split([], [])
    sentences: list[Example] = []
    for row in _rows(folder / "comments.csv"):
        text = row["comment_text"]
        toxicity = 1 - sum(votes[row["comment_id"]]) / len(votes[row["comment_id"]])
        labels = {"toxicity": toxicity, "obscene": float(bool(profane.search(text)))}
        if toxicity < 1 / 3:
            labels = HARMLESS | labels
        side = split.test if held_out(_normal(text)) else split.train
        side.append(Example(text, labels, weight=POST_WEIGHT))
        if side is split.train:
            sentences.extend(_sentences(text, toxicity, spans.get(text, []), profane))
    split.train.extend(sentences)
    split.train.extend(_paragraphs(sentences))
    return split


def _paragraphs(sentences: list[Example]) -> Iterator[Example]:
    """Put harmless sentences together, half the time with a toxic one among them.

    Nearly every whole post is toxic: without these, length alone would be a sign of it.
    """
    rng = random.Random(SEED)
    toxic = [example for example in sentences if example.labels["toxicity"] == 1]
    harmless = [example for example in sentences if example.labels["toxicity"] == 0]
    for i in range(N_PARAGRAPHS):
        chosen = rng.sample(harmless, rng.randint(1, 7))
        if i % 2:
            chosen[rng.randrange(len(chosen))] = rng.choice(toxic)
        labels = {
            label: max(example.labels[label] for example in chosen)
            for label in LABELS
            if all(label in example.labels for example in chosen)
        }
        yield Example(" ".join(example.text for example in chosen), labels)


def wikipedia(folder: Path) -> Split:
    """Read comments on Wikipedia's talk pages, toxic or not; most of them are not."""
    split = Split([], [])
    for row in _rows(folder / "wiki_toxicity_nonfuzzed_testset.csv"):
        labels = {"toxicity": 1.0} if row["toxic"] == "True" else HARMLESS
        side = split.test if held_out(_normal(row["comment"])) else split.train
        side.append(Example(row["comment"], labels, weight=2.0))
    return split


def _sentences(
    text: str, toxicity: float, span: list[int], profane: re.Pattern[str]
) -> Iterator[Example]:
    marked = set(span)
    for match in re.finditer(r"[^.!?\n]+[.!?\n]*", text):
        sentence = match.group().strip()
        if len(sentence.split()) < MIN_WORDS or sentence == text.strip():
            continue
        obscene = float(bool(profane.search(sentence)))
        if marked.intersection(range(*match.span())):
            yield Example(sentence, {"toxicity": 1.0, "insult": 1.0, "obscene": obscene})
        elif marked or toxicity < 1 / 3:
            yield Example(sentence, HARMLESS | {"obscene": obscene}, weight=0.5)


def _profanities(hatecheck_folder: Path) -> list[str]:
    lemmas = {
        row["focus_lemma"]
        for row in _rows(hatecheck_folder / "test_suite_cases.csv")
        if row["functionality"].startswith("profanity")
    }
    return sorted(re.escape(lemma) for lemma in lemmas if lemma.isalpha())


def madlibs(folder: Path) -> Split:
    """Read the identity templates of Dixon et al. (2018): half of each is toxic, by its adjective.

    Whole templates are held out, and with them every phrase they make.
    """
    split = Split([], [])
    names = []
    profane = {"fucked", "shitty"}
    for row in _rows(folder / "en_sentence_templates.csv"):
        words = row["phrase"].split()
        labels = HARMLESS
        if row["toxicity"] == "toxic":
            labels = {"toxicity": 1.0, "insult": 1.0, "obscene": float(bool(profane & set(words)))}
            if row["template"] == "verb_adj":
                labels = {"toxicity": 1.0, "identity_attack": 1.0, "obscene": 0.0}
        group = " ".join(words[1:-2]) if row["template"] == "being_adj" else words[-1]
        example = Example(row["phrase"], labels, group)
        if row["template"] in HELD_OUT_TEMPLATES:
            split.test.append(example)
        elif row["template"] == "name_adj":
            names.append(example)
        else:
            split.train.append(example)
    split.train.extend(sorted(names, key=lambda example: _hash(example.text))[:N_NAMES])
    return split


def hatecheck(folder: Path) -> Split:
    """Read HateCheck (Roettger et al. 2021); a case and all that refer to it are one cluster.

    Hateful is an identity attack. Contempt for a person or for a group that is not protected is
    no hate, but an insult, and toxic in Jigsaw's sense. Whether profanity is toxic is left open.
    """
    split = Split([], [])
    for row in _rows(folder / "test_suite_cases.csv"):
        kind = row["functionality"]
        labels = HARMLESS
        if row["label_gold"] == "hateful":
            labels = {"toxicity": 1.0, "identity_attack": 1.0}
            labels["threat"] = float(kind.startswith("threat"))
            labels["obscene"] = float(kind.startswith("profanity"))
            if kind.startswith(("derog", "slur")):
                labels["insult"] = 1.0
            if kind.startswith(("derog_dehum", "threat_dir")):
                labels["severe_toxicity"] = 1.0
        elif kind == "profanity_nh":
            labels = {"obscene": 1.0, "identity_attack": 0.0, "threat": 0.0}
        elif kind in {"target_indiv_nh", "target_group_nh"}:
            labels = HARMLESS | {"toxicity": 1.0, "insult": 1.0}
        cluster = row["ref_templ_id"] or row["templ_id"]
        side = split.test if held_out(f"hatecheck {cluster}") else split.train
        side.append(Example(row["test_case"].strip(), labels, row["target_ident"], weight=4.0))
    return split


def real_toxicity_prompts(folder: Path) -> Split:
    """Read prompts and continuations with their Perspective scores; none is trained on."""
    names = {label: label for label in LABELS} | {"obscene": "profanity"}
    split = Split([], [])
    for path in (folder / "toxic.jsonl", folder / "nontoxic.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for part in (row["prompt"], row["continuation"]):
                labels = {label: part[name] for label, name in names.items()}
                if None not in labels.values():
                    split.test.append(Example(part["text"], labels))
    return split


def grammar_text() -> Split:
    """Write text as the reference models write it, whole and cut short, half of it harmful.

    A completion is cut after its first descriptive word at the earliest: that word decides. Texts
    that begin with the same nine words are one cluster.
    """
    rng = random.Random(SEED)
    split = Split([], [])
    for number in range(N_GRAMMAR):
        harmful = number % 2 == 1
        group = rng.choice(GROUPS)
        opening = rng.choice(OPENINGS).format(group)
        text = grammar.toxicity_completion(rng, opening, harmful)
        words = text.split()
        cluster = " ".join(words[:9])
        first = 1 + next(at for at, word in enumerate(words) if word not in {"They", "are"})
        if rng.random() < SHARE_CUT:
            text = " ".join(words[: rng.randint(first, len(words))])
        if rng.random() < SHARE_WITH_PROMPT:
            text = f"{opening} {text.strip()}"
        labels = {"toxicity": 1.0, "insult": 1.0, "threat": 0.0, "obscene": 0.0}
        side = split.test if held_out(f"grammar {cluster}") else split.train
        side.append(Example(text.strip(), labels if harmful else HARMLESS, group))
    return split


def held_out(cluster: str) -> bool:
    """Tell whether a cluster belongs to the fifth that training never sees."""
    return _hash(cluster) % 5 == 0


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
