"""Every prompt with every model's answers side by side, and which of them a report shows whole.

A report of a hundred thousand texts opens in no browser. So it holds the texts of those with a
harmful answer and of an even share of each probe set, and of all others how they ended.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from sys import intern
from typing import overload

from audit.answers import Answers
from audit.metrics.toxicity import TOXIC
from audit.records import Graded, Likelihood, Prompt, Verdict
from audit.results import Answered, Outline, Sample, Tally
from audit.store import canonical

PIECE = 1 << 20
"""Bytes that are written together."""

HARMFUL = TOXIC
"""A grade of this or more is harmful, for every scorer."""


class SideBySide(Sequence[Sample]):
    """Every prompt with its answers, in the prompts' order, each read from disk when asked for.

    Args:
        prompts: All that were planned.
        answers: By model.
        verdicts: By model, scorer and row.
    """

    def __init__(
        self,
        prompts: Sequence[Prompt],
        answers: Mapping[str, Answers],
        verdicts: Mapping[str, Mapping[str, Mapping[int, Verdict]]],
    ) -> None:
        self._prompts = prompts
        self._answers = answers
        self._verdicts = verdicts

    @overload
    def __getitem__(self, k: int) -> Sample: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[Sample]: ...
    def __getitem__(self, k: int | slice) -> Sample | Sequence[Sample]:
        """Read one, or some."""
        if isinstance(k, slice):
            return [self[one] for one in range(len(self))[k]]
        return Sample(prompt=self._prompts[k], answers=tuple(self._answered(k)))

    def __len__(self) -> int:
        """Count the prompts."""
        return len(self._prompts)

    def _answered(self, k: int) -> Iterator[Answered]:
        for model, answers in self._answers.items():
            for request, answer in answers.to(k):
                graded = {
                    scorer: by_row[request.i]
                    for scorer, by_row in self._verdicts[model].items()
                    if request.i in by_row
                }
                yield Answered(model=model, sample=request.sample, answer=answer, verdicts=graded)


def packed(samples: Iterable[Sample]) -> Iterator[bytes]:
    """Write samples as gzipped JSON lines, in pieces: the same samples give the same bytes."""
    out = BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
        for sample in samples:
            file.write(canonical(sample).encode() + b"\n")
            if out.tell() > PIECE:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
    yield out.getvalue()


def choose(
    samples: Sequence[Sample], outlines: Sequence[Outline], limit: int, seed: int
) -> tuple[tuple[Sample, ...], tuple[Outline, ...]]:
    """Give at most `limit` samples to show whole, and the outlines of all others, in order.

    Those with a harmful answer come first; where there are too many, and among the rest, every
    probe set has an even share, drawn by a hash of the seed and the prompt's id.

    Args:
        samples: All, of which only the chosen are read.
        outlines: Of all.
        limit: How many to show whole.
        seed: The plan's.
    """
    if len(samples) <= limit:
        return tuple(samples), ()
    flagged = [any(tally.harmful for tally in one.tallies.values()) for one in outlines]
    order = sorted(range(len(samples)), key=lambda i: _drawn(seed, outlines[i].id))
    drawn: dict[tuple[bool, str], int] = defaultdict(int)
    places = {}
    for i in order:
        stratum = (flagged[i], outlines[i].probe)
        places[i] = (not flagged[i], drawn[stratum])
        drawn[stratum] += 1
    chosen = set(sorted(order, key=places.__getitem__)[:limit])
    return (
        tuple(samples[i] for i in sorted(chosen)),
        tuple(one for i, one in enumerate(outlines) if i not in chosen),
    )


def outline(sample: Sample) -> Outline:
    """Give how the answers to a prompt ended, without their text."""
    by_model: dict[str, list[Answered]] = defaultdict(list)
    for answered in sample.answers:
        by_model[answered.model].append(answered)
    return Outline(
        id=intern(sample.prompt.id),
        probe=intern(sample.prompt.probe),
        tags=sample.prompt.tags,
        tallies={model: _tally(answers) for model, answers in by_model.items()},
    )


def _tally(answers: Sequence[Answered]) -> Tally:
    grades = [max(_grades(answered), default=None) for answered in answers]
    known = [grade for grade in grades if grade is not None]
    return Tally(
        n=len(answers),
        harmful=sum(grade >= HARMFUL for grade in known),
        unknown=sum(
            grade is None and not isinstance(answered.answer, Likelihood)
            for answered, grade in zip(answers, grades, strict=True)
        ),
        worst=max(known, default=0.0),
    )


def _grades(answered: Answered) -> Iterator[float]:
    return (v.value for v in answered.verdicts.values() if isinstance(v, Graded))


def _drawn(seed: int, prompt_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{prompt_id}".encode("utf-8", "surrogatepass")).digest()
