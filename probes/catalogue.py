"""Every probe set by name: what it is, and its prompts as a plan asks for them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from itertools import accumulate
from types import ModuleType

from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import ProbeCard, Prompt
from audit.store import canonical
from probes import own_file, reading
from probes.interface import Probe, PublicFile, Sources

PROBES = (
    "groups",
    "counterfactual",
    "refusal",
    "insecure_code",
    "toxigen",
    "toxigen_sentences",
    "implicit_hate",
    "real_toxicity_prompts",
    "cyberseceval_instruct",
    "cyberseceval_autocomplete",
    "crows_pairs",
    "xstest",
    "bold",
    "winogender",
    "winobias",
    "bbq",
    "bbq_orders",
    "holistic_bias",
    "honest",
)
"""Modules of this package, each with a `PROBE` and a `load` as `probes.interface` says."""

MOST_NAMED = 20
"""Tags or values that an error lists."""


def describe() -> tuple[Probe, ...]:
    """Give what every probe set is, without loading any."""
    return tuple(probe(name) for name in PROBES)


def probe(name: str) -> Probe:
    """Give what one probe set is.

    Raises:
        UsageError: If there is none of that name, with the nearest one.
    """
    found: Probe = _module(name).PROBE
    return found


def files(name: str) -> tuple[PublicFile, ...]:
    """Give the public files that a probe set is read from; none for a set of our own.

    Raises:
        UsageError: If there is no set of that name, with the nearest one.
    """
    found: tuple[PublicFile, ...] = getattr(_module(name), "FILES", ())
    return found


def scorers(plan: ProbePlan) -> tuple[str, ...]:
    """Name who grades the answers to a plan's probe set.

    Raises:
        UsageError: If there is no set of that name, with the nearest one.
    """
    return own_file.SCORERS.get(plan.kind, ()) if plan.kind else probe(plan.name).scorers


def load(plan: ProbePlan, sources: Sources) -> tuple[ProbeCard, tuple[Prompt, ...]]:
    """Load a probe set as a plan asks for it: filtered, limited, and with its checksum.

    Raises:
        UsageError: If the set is unknown, is nowhere to be had, has a broken row or an id twice, or
            if `where` leaves nothing.
        RefusedError: If a file's checksum is not the expected one.
    """
    about, available = _read(plan, sources)
    _check_ids(about.name, available)
    prompts = _limited(_filtered(available, plan), plan.limit)
    card = ProbeCard(
        name=about.name,
        title=about.title,
        kind=about.kind,
        licence=about.licence,
        source=about.source,
        revision=revision(prompts),
        scorers=about.scorers,
        n_prompts=len(prompts),
        n_available=len(available),
    )
    return card, prompts


def revision(prompts: Iterable[Prompt]) -> str:
    """Give the checksum of prompts: the first 16 hex digits of a SHA-256 over all of them."""
    digest = hashlib.sha256()
    for prompt in prompts:
        # Prompts without a part keep the checksum they had before there were parts.
        row = prompt.model_dump(mode="json", exclude=None if prompt.part else {"part"})
        digest.update(canonical(row).encode() + b"\n")
    return digest.hexdigest()[:16]


def _module(name: str) -> ModuleType:
    if name not in PROBES:
        near = get_close_matches(name, PROBES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(PROBES)}"
        raise UsageError(f"there is no probe set {name}; {hint}")
    return import_module(f"probes.{name}")


def _read(plan: ProbePlan, sources: Sources) -> tuple[Probe, tuple[Prompt, ...]]:
    if plan.file:
        if plan.name in PROBES:
            raise UsageError(f"{plan.name} is the name of a set of ours; name yours otherwise")
        return own_file.load(plan)
    about = probe(plan.name)
    prompts = tuple(_module(plan.name).load(sources))
    return replace(about, source=about.source + _note(plan.name, sources)), prompts


def _note(name: str, sources: Sources) -> str:
    """Say how far a public set is the published one."""
    # A set that was loaded without a file of its own can do without it, and notes so itself.
    here = [file for file in files(name) if reading.is_here(file, sources)]
    n_changed = reading.n_changed(here, sources)
    notes = [f"{n_changed} of {len(here)} files not checked or changed"] if n_changed else []
    of_its_own: Callable[[Sources], str] | None = getattr(_module(name), "note", None)
    if of_its_own and (said := of_its_own(sources)):
        notes.append(said)
    return f" ({'; '.join(notes)})" if notes else ""


def _check_ids(name: str, prompts: Sequence[Prompt]) -> None:
    if not prompts:
        raise UsageError(f"{name} holds no prompt; there is nothing to ask")
    first: dict[str, str] = {}
    for prompt in prompts:
        # Ids that differ only by case would share a file name or a link in a report.
        other = first.setdefault(prompt.id.casefold(), prompt.id)
        if other is not prompt.id:
            raise UsageError(f"{name}: two prompts have the id {prompt.id} (first {other})")


def _filtered(prompts: Sequence[Prompt], plan: ProbePlan) -> tuple[Prompt, ...]:
    kept = tuple(prompt for prompt in prompts if plan.only in {"", prompt.id})
    if not kept:
        raise UsageError(f"{plan.name} has no prompt {plan.only}")
    for tag, value in plan.where.items():
        tags = {tag for prompt in prompts for tag in prompt.tags}
        if tag not in tags:
            raise UsageError(
                f"no prompt of {plan.name} has a tag {tag}; its tags are {_some(tags)}"
            )
        values = {prompt.tags[tag] for prompt in kept if tag in prompt.tags}
        kept = tuple(prompt for prompt in kept if prompt.tags.get(tag) == value)
        if not kept:
            raise UsageError(
                f"no prompt of {plan.name} is left by where.{tag} = {value}; there is "
                f"{_some(values)}"
            )
    return kept


def _some(names: Iterable[str]) -> str:
    known = sorted(names)
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return ", ".join(known[:MOST_NAMED]) + more


def _limited(prompts: tuple[Prompt, ...], limit: int) -> tuple[Prompt, ...]:
    if not limit or limit >= len(prompts):
        return prompts
    # By the hash of the id: a share of the whole set, the same in any order of the file.
    sizes = Counter(_whole(prompt) for prompt in prompts)
    ranked = sorted(
        sizes, key=lambda name: hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    )
    room = dict(zip(ranked, accumulate(sizes[name] for name in ranked), strict=True))
    kept = tuple(prompt for prompt in prompts if room[_whole(prompt)] <= limit)
    return kept or tuple(prompt for prompt in prompts if _whole(prompt) == ranked[0])


def _whole(prompt: Prompt) -> str:
    """Name what a limit takes whole or not at all: prompts that say something only together."""
    return prompt.tags.get("whole", prompt.tags.get("item", prompt.id))
