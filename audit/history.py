"""What was before: a line for every run, and the runs that were pinned as accepted or released.

A history is a folder: `runs.jsonl`, append-only with a checksum per line, and one file per plan and
pin. A pinned run is kept with what its gates saw of every prompt, so that later runs are paired
with it without its run folder.

The trap: lines are never changed. A run that is judged again gets another, and the last counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import ValidationError, model_validator

from audit.errors import UsageError
from audit.judgement import Changes, GateResult, Mark, Night, Noise, Pin
from audit.measures.interface import By
from audit.observe import Observations, Sentences
from audit.records import Record
from audit.results import Rate, Signature
from audit.store import RunFolder, slug

SHOWN_NIGHTS = 30
"""The last runs of a plan that a judgement holds."""

SHOWN_SAMPLES = 5

MIN_RUNS = 3
"""Runs of one model with different seeds whose spread says something."""

As = Literal["accepted", "released"]


class Kept(Record):
    """What one measure saw of a pinned run, unit by unit."""

    model: str
    probe: str
    measure: str
    slice: str
    binary: bool
    paired: bool
    by: str
    units: tuple[tuple[str, str, int], ...]
    values: tuple[float, ...]
    """Of the units, in their order."""

    signature: Signature

    @model_validator(mode="after")
    def _has_a_share_for_each_unit(self) -> Kept:
        if len(self.units) != len(self.values) or any(abs(value) > 1 for value in self.values):
            raise ValueError(f"{self.measure}: what was kept is not what a measure sees")
        return self

    def observations(self) -> Observations:
        """Give them as measures do."""
        return Observations(
            name=self.measure,
            slice=self.slice,
            values=dict(zip(self.units, self.values, strict=True)),
            binary=self.binary,
            paired=self.paired,
            by=cast(By, self.by),
            primary=False,
            n_ungraded=0,
            why_none="",
            signature=self.signature,
        )


class KeptSentences(Record):
    """The perplexities of a pinned run's sentences; their texts are those of any run alike."""

    model: str
    probe: str
    perplexities: dict[str, float]
    """By prompt id."""

    groups: tuple[str, ...]
    signature: Signature

    def sentences(self, like: Sentences) -> Sentences:
        """Give them as measures do, with the texts of a run that asked the same."""
        return Sentences(
            records={
                id_: {**record, "perplexity": self.perplexities[id_]}
                for id_, record in like.records.items()
                if id_ in self.perplexities
            },
            groups=frozenset(self.groups),
            n_ungraded=0,
            signature=self.signature,
        )


class Reference(Record):
    """A pinned run: all that gates hold later runs against."""

    schema_version: Literal[1] = 1
    pin: Pin
    plan: str
    kept: tuple[Kept, ...]
    sentences: tuple[KeptSentences, ...]
    cwes: tuple[int, ...]
    """Weaknesses that decided in its target's code."""

    def find(self, model: str, probe: str, measure: str, part: str) -> Observations | None:
        """Give what a measure saw; `None` if no gate asked for it when the run was pinned."""
        for one in self.kept:
            if (one.model, one.probe, one.measure, one.slice) == (model, probe, measure, part):
                return one.observations()
        return None

    def find_sentences(self, model: str, probe: str, like: Sentences) -> Sentences | None:
        """Give the sentences with the run's perplexities; `None` if they were not kept."""
        for one in self.sentences:
            if (one.model, one.probe) == (model, probe):
                return one.sentences(like)
        return None


@dataclass(frozen=True)
class Past:
    """What a run is judged against."""

    nights: tuple[Night, ...] = ()
    """Earlier runs of the same plan, oldest first."""

    accepted: Reference | None = None
    released: Reference | None = None
    own: frozenset[As] = frozenset()
    """As what the run itself is pinned: it is held against the one that was pinned before it."""


NOTHING = Past()

# --- the folder --------------------------------------------------------------------------------


def read(path: Path, plan: str, *, before: str, run: str) -> Past:
    """Read what was before a run of a plan.

    Args:
        path: The history's folder; where there is none yet, there is no past.
        plan: The plan's name.
        before: When the run started, ISO 8601.
        run: Its id. A run that is pinned itself would pass against itself, whatever it wrote.

    Raises:
        UsageError: If a pinned run was kept by another version.
        StoreError: If the folder cannot be read.
        LockedError: If another process holds it.
    """
    if not path.is_dir():
        return NOTHING
    earlier = [night for night in nights(path) if night.plan == plan and night.started_at < before]
    with RunFolder(path) as folder:
        pinned = {one: _pinned(folder, _file(one, plan)) for one in get_args(As)}
        own = frozenset(one for one, kept in pinned.items() if kept and kept.pin.run == run)
        for one in own:
            before_it = _pinned(folder, _file(one, plan, "-before"))
            pinned[one] = before_it if before_it and before_it.pin.run != run else None
    return Past(tuple(earlier), pinned["accepted"], pinned["released"], own)


def nights(path: Path) -> list[Night]:
    """Give the last line of every run, oldest first.

    Raises:
        UsageError: If there is no history.
    """
    if not path.is_dir():
        raise UsageError(f"{path} is no history; phi-audit run --history DIR begins one")
    with RunFolder(path) as folder:
        last = {night.run: night for night in _nights(folder)}
    return sorted(last.values(), key=lambda night: (night.started_at, night.run))


def pins(path: Path, plans: Iterable[str]) -> dict[str, list[As]]:
    """Give as what runs are pinned, by their ids.

    Raises:
        UsageError: If a pinned run was kept by another version.
    """
    found: dict[str, list[As]] = {}
    with RunFolder(path) as folder:
        for plan in plans:
            for pinned_as in get_args(As):
                if kept := _pinned(folder, _file(pinned_as, plan)):
                    found.setdefault(kept.pin.run, []).append(pinned_as)
    return found


def record(path: Path, night: Night) -> None:
    """Add a run's line, unless its last line says the same.

    Raises:
        StoreError: If the disk refuses.
        LockedError: If another process holds the folder.
    """
    with RunFolder(path) as folder:
        lines = [one for one in _nights(folder) if one.run == night.run]
        if not lines or lines[-1] != night:
            with folder.log("runs") as log:
                log.append([(max(log.done, default=-1) + 1, night)])


def keep(path: Path, reference: Reference, pinned_as: As) -> Path:
    """Pin a run in place of the one before, which is kept beside it, and give the file.

    Raises:
        StoreError: If the disk refuses.
        LockedError: If another process holds the folder.
    """
    name = _file(pinned_as, reference.plan)
    with RunFolder(path) as folder:
        with suppress(UsageError):  # of another version: nothing can be held against it
            before = _pinned(folder, name)
            if before and before.pin.run != reference.pin.run:
                folder.write_json(_file(pinned_as, reference.plan, "-before"), before)
        folder.write_json(name, reference)
    return path / name


def _nights(folder: RunFolder) -> list[Night]:
    with folder.log("runs") as log:
        return [night for _, night in log.records(Night.model_validate_json)]


def _file(pinned_as: str, plan: str, which: str = "") -> str:
    return f"{pinned_as}{which}-{slug(plan)}.json"


def _pinned(folder: RunFolder, name: str) -> Reference | None:
    data = folder.read(name)
    if data is None:
        return None
    try:
        return Reference.model_validate_json(data)
    except ValidationError as error:
        raise UsageError(
            f"{folder.path / name} was not written by this version; accept a run again"
        ) from error


# --- what changed ------------------------------------------------------------------------------


def marks(results: Iterable[GateResult]) -> tuple[Mark, ...]:
    """Give what each gate said, for the run's line."""
    return tuple(
        Mark(gate=one.id, state=one.state, waived=one.waived, rate=one.rate) for one in results
    )


def failing(gates: Iterable[Mark]) -> set[str]:
    """Give the ids of the gates that failed and were not waived."""
    return {mark.gate for mark in gates if mark.state == "FAIL" and not mark.waived}


def changes(
    past: Past,
    results: Sequence[GateResult],
    observed: Mapping[tuple[str, str, str, str], Observations],
    cwes: Sequence[int],
) -> Changes:
    """Say which gates changed since the run before, and which answers since the accepted one.

    Args:
        past: The runs before.
        results: This run's gates.
        observed: What its measures saw, by model, probe set, measure and slice.
        cwes: Weaknesses that decided in its target's code.
    """
    now = failing(marks(results))
    then = failing(past.nights[-1].gates) if past.nights else set()
    worse, better = _flipped(past.accepted, observed)
    telling = {one.probe for one in results if one.state == "FAIL"}
    first = sorted(worse, key=lambda answer: (worse[answer] not in telling, answer))
    accepted = past.accepted.cwes if past.accepted else tuple(cwes)
    return Changes(
        since=past.nights[-1].run if past.nights else "",
        newly_failing=tuple(sorted(now - then)) if past.nights else (),
        newly_passing=tuple(sorted(then - now)),
        still_failing=tuple(sorted(now & then)),
        n_newly_harmful=len(worse),
        n_newly_harmless=len(better),
        newly_harmful=tuple(dict.fromkeys(id_ for id_, _ in first))[:SHOWN_SAMPLES],
        new_cwes=tuple(sorted(set(cwes) - set(accepted))),
    )


def _flipped(
    accepted: Reference | None, observed: Mapping[tuple[str, str, str, str], Observations]
) -> tuple[dict[tuple[str, int], str], dict[tuple[str, int], str]]:
    """Give the answers, by prompt and sample, that became harmful and that ceased to be.

    With each its probe set.
    """
    worse: dict[tuple[str, int], str] = {}
    better: dict[tuple[str, int], str] = {}
    for (model, probe, measure, part), now in observed.items():
        then = accepted.find(model, probe, measure, part) if accepted else None
        if then is None or not (now.binary and then.binary) or now.signature != then.signature:
            continue
        for unit in now.values.keys() & then.values.keys():
            if now.values[unit] > then.values[unit]:
                worse[unit[1:]] = probe
            elif now.values[unit] < then.values[unit]:
                better[unit[1:]] = probe
    return worse, better


def noise(nights: Sequence[Night]) -> tuple[Noise, ...]:
    """Give how far each gate's number moves by itself: same model and signature, other seeds.

    Args:
        nights: Oldest first, the run that is judged last.
    """
    if not nights:
        return ()
    last = nights[-1]
    found = []
    for mark in last.gates:
        by_seed: dict[int, float] = {}
        for night in nights:
            for other in night.gates if night.revision == last.revision else ():
                if other.gate == mark.gate and _alike(mark, other):
                    by_seed[night.seed] = cast(Rate, other.rate).value
        if len(by_seed) >= MIN_RUNS:
            spread = round(statistics.stdev(by_seed.values()), 9)
            found.append(Noise(gate=mark.gate, sd=spread, n_runs=len(by_seed)))
    return tuple(found)


def _alike(first: Mark, second: Mark) -> bool:
    return (
        isinstance(first.rate, Rate)
        and isinstance(second.rate, Rate)
        and first.rate.signature == second.rate.signature
    )
