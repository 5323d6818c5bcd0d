"""How far a run's gated numbers rose over what they are held against, and how sure that is.

The trap: with dozens of claims some rise by luck every night. So each p is one-sided, and adjusted:
by Holm over all gates that decide, by Benjamini-Hochberg over those of one gate's groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from audit.compare import between, safety_between, significant
from audit.history import As, Past, Reference
from audit.metrics.intervals import Z95
from audit.metrics.paired import benjamini_hochberg, holm
from audit.observe import Observations, Sentences
from audit.plan import Gate
from audit.results import AnyDifference, Difference, NoDifference

ALPHA = 0.04
"""One-sided level: the chance that any deciding gate fails although nothing changed.

Gates of groups that fail at their second warning come on top: by how much, `docs/gates.md` says.
"""

POWER = 0.8

SHORTFALL = "safety_shortfall"

PINNED_AS: Mapping[str, As] = {"margin": "accepted", "budget": "released"}
"""What a rise is held against."""


@dataclass(frozen=True)
class Asked:
    """A gate with its model and slice filled in."""

    gate: Gate
    id: str
    model: str
    slice: str


@dataclass(frozen=True)
class View:
    """What a model's measures saw of one probe set."""

    observed: Mapping[tuple[str, str], Observations]
    """By measure and slice."""

    sentences: Sentences | None = None


Views = Mapping[tuple[str, str], View]
"""By model and probe set."""


@dataclass(frozen=True)
class Rise:
    """One comparison of one gate."""

    kind: Literal["margin", "budget", "baseline"]
    against: str
    threshold: float
    difference: AnyDifference | None
    """`None`: no run is pinned, or none before this one."""

    is_own: bool = False
    """The run itself is pinned: it is held against the one that was pinned before it."""

    unchanged: bool = False
    """Not one answer's value differs."""

    n_claims: int = 1
    """Claims of its family, itself included."""


def rises(gates: Sequence[Asked], views: Views, past: Past) -> list[list[Rise]]:
    """Give every comparison of every gate, adjusted, in the order asked.

    Args:
        gates: From `audit.decision.gates.asked`.
        views: What the run's measures saw: all that gates and their baselines ask for.
        past: The pinned runs.
    """
    cache: _Cache = {}
    return _adjusted(gates, [list(_of_gate(one, views, past, cache)) for one in gates])


def detectable(rise: Rise, difference: Difference) -> float:
    """Give the rise that a test of this precision finds four times in five.

    The 95 % interval says how precise the test is; the level is shared among the claims of the
    family, as in Holm's first step.

    Source:
        Normal theory, as in Connor (1987), Biometrics 43(1), 207-211, doi:10.2307/2531961, with
        the standard error taken from the interval.
    """
    from scipy.special import ndtri  # a quarter of a second to import: only who counts pays it

    error = (difference.high - difference.low) / (2 * Z95)
    return float(ndtri(1 - ALPHA / rise.n_claims) + ndtri(POWER)) * error


# --- one comparison ----------------------------------------------------------------------------

_Cache = dict[tuple[str, str, str], dict[str, AnyDifference]]
"""Safety scores of all groups come at once: by model, probe set and what they are held against."""


def _of_gate(one: Asked, views: Views, past: Past, cache: _Cache) -> Iterator[Rise]:
    gate, mine = one.gate, views[one.model, one.gate.probe]
    pins: tuple[tuple[Literal["margin", "budget"], float | None, Reference | None], ...] = (
        ("margin", gate.margin, past.accepted),
        ("budget", gate.budget, past.released),
    )
    for kind, threshold, pinned in pins:
        is_own = PINNED_AS[kind] in past.own
        if threshold is not None and pinned is None:
            yield Rise(kind, "", threshold, None, is_own)
        elif threshold is not None and pinned is not None:
            theirs = _pinned_view(one, pinned, mine)
            difference = _difference(one, mine, theirs, pinned.pin.run, cache)
            unchanged = _is_unchanged(one, mine, theirs)
            yield Rise(kind, pinned.pin.run, threshold, difference, is_own, unchanged)
    if gate.baseline:
        theirs = views[gate.baseline, gate.probe]
        difference = _difference(one, mine, theirs, gate.baseline, cache)
        unchanged = _is_unchanged(one, mine, theirs)
        yield Rise("baseline", gate.baseline, gate.baseline_margin, difference, False, unchanged)


def _pinned_view(one: Asked, pinned: Reference, mine: View) -> View:
    seen = pinned.find(one.model, one.gate.probe, one.gate.measure, one.slice)
    read = None
    if mine.sentences:
        read = pinned.find_sentences(one.model, one.gate.probe, mine.sentences)
    return View({(one.gate.measure, one.slice): seen} if seen else {}, read)


def _difference(one: Asked, mine: View, theirs: View, against: str, cache: _Cache) -> AnyDifference:
    gate, place = one.gate, (one.gate.measure, one.slice)
    if place in mine.observed and place in theirs.observed:
        return between(
            mine.observed[place],
            theirs.observed[place],
            target=one.model,
            baseline=against,
            probe=gate.probe,
        )
    if gate.measure == SHORTFALL and mine.sentences and theirs.sentences:
        key = (one.model, gate.probe, against)
        if key not in cache:
            found = safety_between(
                "bos",
                mine.sentences,
                theirs.sentences,
                target=one.model,
                baseline=against,
                probe=gate.probe,
            )
            cache[key] = {difference.slice: difference for difference in found}
        if one.slice in cache[key]:
            return cache[key][one.slice]
    is_here = place in mine.observed or mine.sentences
    return NoDifference(
        name=gate.measure,
        target=one.model,
        baseline=against,
        probe=gate.probe,
        slice=one.slice,
        reason=f"{against if is_here else 'this run'} has no such number",
    )


def _is_unchanged(one: Asked, mine: View, theirs: View) -> bool:
    place = (one.gate.measure, one.slice)
    if place in mine.observed and place in theirs.observed:
        return mine.observed[place].values == theirs.observed[place].values
    if mine.sentences and theirs.sentences:
        return mine.sentences.records == theirs.sentences.records
    return False


# --- many at once ------------------------------------------------------------------------------


def _adjusted(gates: Sequence[Asked], found: Sequence[list[Rise]]) -> list[list[Rise]]:
    families: dict[str, list[tuple[int, int, Difference]]] = defaultdict(list)
    for i, (one, compared) in enumerate(zip(gates, found, strict=True)):
        for j, rise in enumerate(compared):
            if isinstance(rise.difference, Difference):
                family = "" if one.gate.primary else one.gate.id
                families[family].append((i, j, rise.difference))
    changed = [list(compared) for compared in found]
    for family, members in families.items():
        adjust = benjamini_hochberg if family else holm
        name = "Benjamini-Hochberg" if family else "Holm"
        ps = [_one_sided(difference) for *_, difference in members]
        for (i, j, difference), p, adjusted in zip(members, ps, adjust(ps), strict=True):
            told = difference.model_copy(
                update={
                    "p": significant(p),
                    "p_adjusted": significant(adjusted),
                    "primary": not family,
                    "test": f"{difference.test}; one-sided, {name} over {len(ps)}",
                }
            )
            changed[i][j] = replace(changed[i][j], difference=told, n_claims=len(ps))
    return changed


def _one_sided(difference: Difference) -> float:
    """Give the chance of such a rise by luck."""
    return difference.p / 2 if difference.value > 0 else 1 - difference.p / 2
