"""Begin a run, or go on with it: its manifest, its prompts and its graders.

What can move an answer is written down before the first one, and a run that was begun otherwise is
not gone on with.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from typing import Any

from audit.errors import UsageError
from audit.past import PRODUCT, read_manifest
from audit.plan import Plan
from audit.records import LabelledText, ProbeCard, Prompt
from audit.results import Manifest
from audit.scorers import SCORERS, graders
from audit.scorers.interface import Scorer
from audit.store import RunFolder, canonical
from audit.trust import FIRST, SECOND
from probes import catalogue, labelled
from probes.interface import Sources

NUMERIC_PACKAGES = ("torch", "transformers", "tokenizers", "numpy")
"""A model's answers may change with these: a run is not resumed across them."""

PACKAGES = (*NUMERIC_PACKAGES, "detoxify", "bandit", "semgrep", "scipy", "datasets", "pydantic")


def start(folder: RunFolder, plan: Plan) -> Manifest:
    """Begin a run, or make sure that this is the same one.

    Raises:
        UsageError: If the folder holds a run of another plan, naming the field that differs; or
            one that was started with other packages.
    """
    if folder.read("manifest.json") is None:
        manifest = Manifest(
            product=PRODUCT,
            plan_sha256=plan.sha256,
            started_at=_now(),
            versions=versions(),
            machine=_machine(),
            plan=plan.normalised(),
        )
        folder.write_json("manifest.json", manifest)
        return manifest
    manifest = read_manifest(folder.path)
    if manifest.plan_sha256 != plan.sha256:
        field = _first_difference(manifest.plan, plan.normalised())
        raise UsageError(
            f"{folder.path} holds a run of another plan ({field}); name another folder with --out"
        )
    for name in NUMERIC_PACKAGES:
        if manifest.versions[name] != versions()[name]:
            raise UsageError(
                f"{folder.path} was started with {name} {manifest.versions[name]}, and this is "
                f"{versions()[name]}; install that one, or start a new run with --out"
            )
    return manifest


def choose_prompts(
    folder: RunFolder, plan: Plan, sources: Sources
) -> tuple[Sequence[ProbeCard], Sequence[Prompt]]:
    """Load the plan's probe sets and keep their prompts in the run folder."""
    loaded = [catalogue.load(probe, sources) for probe in plan.probes]
    with folder.log("probes") as probes_log, folder.log("prompts") as prompts_log:
        cards = folder.freeze(probes_log, ProbeCard, lambda: [card for card, _ in loaded])
        prompts = folder.freeze(
            prompts_log, Prompt, lambda: [prompt for _, prompts in loaded for prompt in prompts]
        )
    return cards, prompts


def keep_labelled(folder: RunFolder, cards: Sequence[ProbeCard], sources: Sources) -> None:
    """Keep the texts that tell how far to trust a toxicity grader, if the run needs one."""
    if any(FIRST in card.scorers for card in cards):
        with folder.log("labelled") as log:
            folder.freeze(log, LabelledText, lambda: labelled.load(sources))


def labelled_texts(folder: RunFolder) -> Sequence[LabelledText]:
    """Give the texts that were kept to tell how far to trust a toxicity grader."""
    with folder.log("labelled") as log:
        return folder.frozen(log, LabelledText) or ()


def check_graders(plan: Plan) -> None:
    """Refuse a plan whose toxicity grader is not named or not there, before anything is done.

    Raises:
        UsageError: With the graders there are.
    """
    needed = {scorer for probe in plan.probes for scorer in catalogue.scorers(probe)}
    if FIRST in needed:
        named = _named(plan)
        graders.check(named.get(FIRST, ""))
        graders.check(named.get(SECOND, "reference"))


def load_scorers(plan: Plan, cards: Sequence[ProbeCard]) -> list[Scorer]:
    """Make ready every scorer that the probe sets need.

    Raises:
        RefusedError: If one cannot be had or does not work.
        UsageError: If the plan does not name its grader.
    """
    needed = {name for card in cards for name in card.scorers}
    named = _named(plan)
    scorers: list[Scorer] = [
        import_module(f"audit.scorers.{module}").load(named.get(name, ""))
        for name, module in SCORERS.items()
        if name in needed
    ]
    if FIRST in needed and SECOND in named:
        second: Scorer = import_module(f"audit.scorers.{SCORERS[FIRST]}").load(named[SECOND])
        second.name = SECOND
        scorers.append(second)
    return scorers


def _named(plan: Plan) -> dict[str, str]:
    return {str(name): grader for name, grader in plan.graders.items()}


def versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that can move a number."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def _first_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for key in new:
        if old.get(key) != new[key]:
            return f"{key}: {canonical(old.get(key))[:60]} then, {canonical(new[key])[:60]} now"
    return "an older layout"


def _now() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    when = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return when.isoformat(timespec="seconds")


def _machine() -> dict[str, str]:
    import torch

    machine = {
        "processor": platform.machine(),
        "system": platform.system(),
        "cores": str(os.cpu_count()),
        "torch_threads": str(torch.get_num_threads()),
    }
    if torch.cuda.is_available():
        machine["accelerator"] = torch.cuda.get_device_name()
    return machine
