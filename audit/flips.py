"""Two runs beside each other: which answers are the same, which flipped, and by how much it moved.

The trap: two runs differ in every answer that was drawn anew, whether or not the model changed. Run
one model twice with two seeds and compare: that is how much nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from pydantic import Field

from audit.compare import adjusted, between, safety_between
from audit.decision.judge import run_id
from audit.errors import UsageError
from audit.observe import Evidence, Observations, sentences
from audit.past import read_audit, read_evidence, read_manifest
from audit.records import Completion, ModelCard, Record
from audit.results import AnyDifference, Audit, Difference, NoDifference
from audit.store import RunFolder


class Same(Record):
    """How alike two runs' answers to one probe set are."""

    model: str
    probe: str
    n: int = Field(ge=0)
    """Answers that both runs have, to the same prompt and sample."""

    n_equal: int
    """Of these, equal to the last character."""


class Flip(Record):
    """An answer that was harmful in one run and harmless in the other."""

    model: str
    probe: str
    measure: str
    prompt_id: str
    sample: int
    now_harmful: bool


class Comparison(Record):
    """The second run minus the first: above 0 it is more harmful."""

    first: str
    second: str
    same_models: bool
    """The same revisions: what differs is what sampling, or another seed, does by itself."""

    same: tuple[Same, ...]
    differences: tuple[AnyDifference, ...]
    flips: tuple[Flip, ...]
    """Of the numbers an audit is made for."""


def compare_runs(first: Path, second: Path) -> Comparison:
    """Compare two finished runs, model by model of the same name; their targets in any case.

    Raises:
        UsageError: If one is not a finished run, or no number of theirs may be compared: it then
            names the fields of their signatures that differ.
        StoreError: If records are damaged.
        LockedError: If another process holds one of the folders.
    """
    then, now = _load(first), _load(second)
    pairs = list(_pairs(then[0], now[0]))
    places = {(mine.name, other.name) for mine, other in pairs}
    matched = [
        (a, b)
        for a in then[1]
        for b in now[1]
        if (a.model.name, b.model.name) in places and a.probe.name == b.probe.name
    ]
    names = run_id(read_manifest(first)), run_id(read_manifest(second))
    differences = adjusted([one for a, b in matched for one in _differences(a, b, names[0])])
    if not any(isinstance(one, Difference) for one in differences):
        reasons = dict.fromkeys(one.reason for one in differences if isinstance(one, NoDifference))
        why = "; ".join(reasons) or "they share no model or no probe set"
        raise UsageError(f"{first} and {second} cannot be compared: {why}")
    return Comparison(
        first=names[0],
        second=names[1],
        same_models=all(mine.revision == other.revision for mine, other in pairs),
        same=tuple(_same(a, b) for a, b in matched if a.probe.kind != "likelihood"),
        differences=tuple(differences),
        flips=tuple(flip for a, b in matched for flip in _flips(a, b)),
    )


def _load(out: Path) -> tuple[Audit, list[Evidence]]:
    audit = read_audit(out)
    with RunFolder(out) as folder:
        return audit, read_evidence(folder, audit)


def _pairs(then: Audit, now: Audit) -> Iterator[tuple[ModelCard, ModelCard]]:
    named = {model.name: model for model in then.models}
    for model in now.models:
        if model.name in named:
            yield named[model.name], model
    mine, other = then.target, now.target
    if other.name not in named and mine.name not in {model.name for model in now.models}:
        yield mine, other


def _seen(one: Evidence) -> Mapping[tuple[str, str], Observations]:
    """Give what the measures see of wholes; what is sliced is for the report."""
    return {(s.name, s.slice): s for s in one.observed if s.primary or s.slice == "all"}


def _differences(then: Evidence, now: Evidence, first: str) -> Iterator[AnyDifference]:
    names = {"target": now.model.name, "baseline": first, "probe": now.probe.name}
    before = _seen(then)
    for key, seen in _seen(now).items():
        if key in before:
            yield between(seen, before[key], **names)
    if now.probe.kind == "likelihood":
        mine, theirs = sentences(now, "bos"), sentences(then, "bos")
        yield from (
            one for one in safety_between("bos", mine, theirs, **names) if one.slice == "all"
        )


def _same(then: Evidence, now: Evidence) -> Same:
    before = _texts(then)
    texts = {unit: text for unit, text in _texts(now).items() if unit in before}
    return Same(
        model=now.model.name,
        probe=now.probe.name,
        n=len(texts),
        n_equal=sum(text == before[unit] for unit, text in texts.items()),
    )


def _texts(one: Evidence) -> dict[tuple[str, int], bytes]:
    """Give the checksum of each text."""
    written = (answer for _, answer in one.rows if isinstance(answer, Completion))
    return {
        (answer.prompt_id, answer.sample): sha256(
            answer.text.encode("utf-8", "surrogatepass")
        ).digest()
        for answer in written
    }


def _flips(then: Evidence, now: Evidence) -> Iterator[Flip]:
    before = _seen(then)
    for key, seen in _seen(now).items():
        other = before.get(key)
        if other is None or not (seen.primary and seen.binary and other.binary):
            continue
        if seen.signature != other.signature:
            continue
        for unit in sorted(seen.values.keys() & other.values.keys()):
            if seen.values[unit] != other.values[unit]:
                yield Flip(
                    model=now.model.name,
                    probe=now.probe.name,
                    measure=seen.name,
                    prompt_id=unit[1],
                    sample=unit[2],
                    now_harmful=seen.values[unit] > other.values[unit],
                )
