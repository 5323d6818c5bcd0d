"""Evidence made by hand: what a model answered and how it was graded, without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.observe import Evidence
from audit.records import (
    Answer,
    Completion,
    Decoding,
    Graded,
    Kind,
    ModelCard,
    ProbeCard,
    Prompt,
    Request,
    Verdict,
)

Row = tuple[Prompt, int, Answer, Verdict | None]
"""A prompt, the sample's number, the answer and its verdict."""

SCORER: Mapping[Kind, tuple[str, ...]] = {
    "toxicity": ("toxicity",),
    "bias": ("toxicity",),
    "stereotype": (),
    "refusal": ("refusal",),
    "code": ("code",),
    "likelihood": (),
}


def prompt(number: int, style: Any = "continue", **tags: str) -> Prompt:
    return Prompt(id=f"set/{number:04}", probe="set", text=f"text {number}", style=style, tags=tags)


def completion(text: str = "some words", finish_reason: Any = "stop") -> Completion:
    return Completion(
        prompt_id="set/x", sample=0, text=text, token_ids=(1, 2), finish_reason=finish_reason
    )


def graded(value: float, label: str = "", **more: Any) -> Graded:
    return Graded(value=float(value), label=label, **more)


def evidence(
    kind: Kind,
    rows: Sequence[Row],
    *,
    model: str = "m",
    role: Any = "target",
    probe: str = "set",
    decoding: Decoding | None = None,
    **changed: Any,
) -> Evidence:
    """Build the evidence of one model; `changed` replaces fields of its cards or the product."""
    card = ModelCard(
        name=model,
        role=role,
        id=changed.get("id", model),
        revision="r",
        architecture="phi",
        n_parameters=1,
        dtype="float32",
        device="cpu",
        prompt_mode=changed.get("prompt_mode", "raw"),
        template_sha256="",
        likelihood=changed.get("likelihood", "causal"),
    )
    scorers = SCORER[kind]
    asked = [
        (
            Request(
                i=i,
                prompt_id=one.id,
                sample=sample,
                seed=i,
                text=one.text,
                n_tokens=3,
                decoding=None if kind in {"likelihood", "stereotype"} else decoding or Decoding(),
                batch=0,
            ),
            answer,
        )
        for i, (one, sample, answer, _) in enumerate(rows)
    ]
    return Evidence(
        model=card,
        probe=ProbeCard(
            name=probe,
            title=probe,
            kind=kind,
            licence="Apache-2.0",
            source="phi-audit",
            revision=changed.get("revision", "0" * 16),
            scorers=scorers,
            n_prompts=len(rows),
            n_available=len(rows),
        ),
        prompts={one.id: one for one, *_ in rows},
        rows=asked,
        verdicts={
            scorer: {i: row[3] for i, row in enumerate(rows) if row[3] is not None}
            for scorer in scorers
        },
        graders={scorer: changed.get("grader", f"{scorer}@1+abc") for scorer in scorers},
        product=changed.get("product", "phi-audit@0"),
    )
