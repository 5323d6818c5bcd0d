"""A finished run read back: the evidence behind its numbers, without its models or graders.

The trap: a run that was graded twice has verdicts of two graders, each in a file of its own.
`audit.json` says whose verdicts its numbers are made of.
"""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from audit.answers import Answers
from audit.errors import StoreError, UsageError
from audit.judgement import Judgement
from audit.observe import Evidence
from audit.prompts import Prompts
from audit.records import ModelCard, Prompt, Record, Request
from audit.results import Audit, Manifest, Sample
from audit.score import read_verdicts
from audit.store import Log, RunFolder, digest_plain, read_plain

PRODUCT = f"phi-audit@{version('phi-audit')}"

MAX_SAMPLE_BYTES = 1 << 28
"""Of one line of `samples.jsonl.gz`: a longer one was made to fill the memory."""

R = TypeVar("R", bound=Record)


def read_manifest(out: Path) -> Manifest:
    """Read how a run was made.

    Raises:
        UsageError: If `out` is not a run folder, or a newer version made it.
    """
    return _read(out, "manifest.json", Manifest)


def read_audit(out: Path) -> Audit:
    """Read a run's results.

    Raises:
        UsageError: If the run has none, or a newer version made them.
    """
    return _read(out, "audit.json", Audit)


def read_judgement(out: Path) -> Judgement:
    """Read what a run's gates said.

    Raises:
        UsageError: If the run was never judged, or a newer version judged it.
    """
    return _read(out, "gates.json", Judgement)


def verdict_log(folder: RunFolder, scorer: str, signature: str, model: str) -> Log:
    """Open the verdicts of one grader on one model.

    Another grader, version or rule pack grades into a file of its own: nothing is mixed or lost.
    """
    grader = hashlib.sha256(signature.encode()).hexdigest()[:8]
    return folder.log("verdicts", scorer, model, grader)


def read_samples(out: Path, audit: Audit) -> Iterator[Sample]:
    """Give every prompt of a run with every model's answers.

    Raises:
        UsageError: If they are not those of its `audit.json`.
    """
    path = out / "samples.jsonl.gz"
    odd = f"{path} is not what {out / 'audit.json'} names; use: phi-audit score"
    try:
        if digest_plain(path) != audit.samples_sha256:
            raise UsageError(odd)
        with gzip.open(path) as file:
            for line in iter(partial(file.readline, MAX_SAMPLE_BYTES), b""):
                yield Sample.model_validate_json(line)
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise UsageError(odd) from error


def read_evidence(folder: RunFolder, audit: Audit) -> list[Evidence]:
    """Give what every number of a finished run was made of, by probe set and model.

    Raises:
        StoreError: If records that its `audit.json` was made of are damaged or missing.
    """
    prompts = Prompts(folder.kept(Prompt, "prompts"))
    return [one for model in audit.models for one in _of_model(folder, audit, model, prompts)]


def _of_model(
    folder: RunFolder, audit: Audit, model: ModelCard, prompts: Prompts
) -> list[Evidence]:
    work = folder.kept(Request, "requests", model.name)
    with folder.log("completions", model.name) as log:
        rows = Answers(log, work, prompts)
    if len(rows) < len(work):
        raise StoreError(f"{folder.path} lacks answers of {model.name}; run the same plan again")
    verdicts = {}
    for scorer, signature in audit.graders.items():
        with verdict_log(folder, scorer, signature, model.name) as log:
            verdicts[scorer] = read_verdicts(log)
    found = []
    for card in audit.probes:
        mine = rows.of_sets({card.name})
        for scorer in card.scorers:
            if mine.lack(verdicts[scorer]):
                raise StoreError(f"{folder.path} lacks verdicts of {scorer}; use: phi-audit score")
        found.append(
            Evidence(
                model=model,
                probe=card,
                prompts=prompts,
                rows=mine,
                verdicts=verdicts,
                graders=audit.graders,
                product=audit.product,
            )
        )
    return found


def _read(out: Path, name: str, kind: type[R]) -> R:
    try:
        data = read_plain(out / name)
    except OSError as error:
        raise UsageError(f"{out} has no {name}; name the folder of a finished run") from error
    try:
        with _no_collection():
            return kind.model_validate_json(data)
    except ValidationError as error:
        raise UsageError(f"{out / name} {_why_unread(data)}") from error


@contextmanager
def _no_collection() -> Iterator[None]:
    """Look for no cycles meanwhile: records have none, and in a long run that takes a second."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _why_unread(data: bytes) -> str:
    try:
        maker = json.loads(data)["product"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "is damaged; put the whole file back, or start a new run with --out"
    if maker == PRODUCT:
        return f"is not what {PRODUCT} writes; it was changed since"
    return f"was made by {maker}, and this is {PRODUCT}"
