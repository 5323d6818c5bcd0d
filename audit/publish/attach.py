"""Put a run's report and decision where a release is read: a model's page, or a GitHub release.

The report that is sent holds no prompt and no completion unless the whole one is asked for. On a
model's page the numbers also go into the card: a block between two marks, and its `model-index`.

The trap: a card is its owner's. What is theirs stays as it is, and a card that cannot be read is
refused rather than written over.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index

from audit.errors import RefusedError, UsageError
from audit.publish.github import gh
from audit.safe_text import safe_text
from audit.steps.finish import show
from reports.exports.catalog import export, finished
from reports.exports.interface import Finished
from reports.exports.model_card import block, placed, read_yaml, results

FORMATS = ("bom", "in-toto", "model-card")

SENT = ("summary.md", "verdict.json", "bom.cdx.json", "test-result.intoto.json", "SHA256SUMS")
"""Besides the report. None of them holds text that a model wrote."""

FOLDER = "phi-audit"
"""On a model's page; a release has no folders."""

CARD = "README.md"


@dataclass(frozen=True)
class Upload:
    """One file as it will be there."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Give its digest, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Attachment:
    """All that is sent, and where."""

    to: str
    run: str
    uploads: tuple[Upload, ...]
    change: tuple[str, ...] = ()
    """What becomes of the model card, as a unified diff."""


def prepare(out: Path, to: str, *, whole: bool = False) -> Attachment:
    """Gather what is sent, and change nothing anywhere but in the run folder.

    Args:
        out: A finished run, whose report is written: with `whole` the full one, else the redacted.
        to: `hf:OWNER/MODEL` or `gh:OWNER/REPO@TAG`.
        whole: Send prompts and completions too.

    Raises:
        UsageError: If `out` is not a finished run, or `to` is neither.
        RefusedError: If the model's card cannot be read.
    """
    _destination(to)
    show(out, redact=not whole)
    export(out, FORMATS, {})
    run = finished(out)
    report = "report.html" if whole else "report.redacted.html"
    names = (report, *SENT)
    if to.startswith("gh:"):
        uploads = [Upload(f"{FOLDER}-{name}", (out / name).read_bytes()) for name in names]
        return Attachment(to, run.judgement.run, tuple(uploads))
    uploads = [Upload(f"{FOLDER}/{name}", (out / name).read_bytes()) for name in names]
    before = _card(to.removeprefix("hf:"))
    after = _with_numbers(before, run)
    lines = (before.splitlines(), after.splitlines(), CARD, CARD)
    change = tuple(difflib.unified_diff(*lines, lineterm=""))
    return Attachment(to, run.judgement.run, (*uploads, Upload(CARD, after.encode())), change)


def send(attachment: Attachment) -> str:
    """Send it, and give where it can be seen.

    Raises:
        RefusedError: If the other side refuses.
    """
    kind, where = attachment.to[:2], attachment.to[3:]
    if kind == "hf":
        return _commit(where, attachment)
    repo, _, tag = where.partition("@")
    with tempfile.TemporaryDirectory() as folder:
        for upload in attachment.uploads:
            (Path(folder) / upload.name).write_bytes(upload.data)
        paths = [str(Path(folder) / upload.name) for upload in attachment.uploads]
        gh(["release", "upload", tag, *paths, "--clobber", "--repo", repo])
    return f"{repo} {tag}"


def _destination(to: str) -> None:
    name = r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*"
    if not re.fullmatch(rf"hf:{name}|gh:({name}/)?{name}@[\w.][\w.+/-]*", to):
        raise UsageError(f"{to} is no place to attach to; name hf:OWNER/MODEL or gh:OWNER/REPO@TAG")


# --- the Hugging Face hub ----------------------------------------------------------------------


def _card(repo: str) -> str:
    """Give the text of a model's card; empty if it has none."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, RemoteEntryNotFoundError

    try:
        return Path(hf_hub_download(repo, CARD, force_download=True)).read_bytes().decode()
    except RemoteEntryNotFoundError:
        return ""
    except (EntryNotFoundError, OSError, ValueError) as error:  # offline is not "has no card"
        raise _refused(repo, error) from error


def _with_numbers(card: str, run: Finished) -> str:
    """Give the card with our block and our numbers in place of those from before."""
    header, text = _parted(card)
    mine = eval_results_to_model_index(run.audit.target.id, results(run))
    try:
        (theirs,) = header.get("model-index") or [{**mine[0], "results": []}]
        kept = [one for one in theirs["results"] if not _is_ours(one)]
        header["model-index"] = [{**theirs, "results": [*kept, *mine[0]["results"]]}]
        written = yaml.safe_dump(header, sort_keys=False, allow_unicode=True)
        whole = f"---\n{written}---\n{placed(text, block(run))}"
        ModelCard(whole)  # reads it as the hub does
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RefusedError(f"the model's card has an odd model-index ({error}); mend it") from error
    return whole


def _parted(card: str) -> tuple[dict[str, Any], str]:
    """Give a card's header and its text."""
    match = re.match(r"---[ \t]*\r?\n(.*?)\r?\n---[ \t]*\r?\n?", card, re.DOTALL)
    if match is None:
        return {}, card
    try:
        header = read_yaml(match[1])
    except ValueError as error:
        raise RefusedError("the header of the model's card is no YAML; mend it") from error
    if not isinstance(header, dict):
        raise RefusedError("the header of the model's card is not a table; mend it")
    return header, card[match.end() :]


def _is_ours(result: dict[str, Any]) -> bool:
    """Tell whether a result is a number of an earlier run: only ours have a signature."""
    return any("signature" in (metric.get("args") or {}) for metric in result["metrics"])


def _commit(repo: str, attachment: Attachment) -> str:
    from huggingface_hub import CommitOperationAdd, HfApi

    operations = [CommitOperationAdd(upload.name, upload.data) for upload in attachment.uploads]
    message = f"Attach the phi-audit report of {attachment.run}"
    try:
        return str(HfApi().create_commit(repo, operations, commit_message=message).commit_url)
    except (OSError, ValueError) as error:
        raise _refused(repo, error) from error


def _refused(repo: str, error: Exception) -> RefusedError:
    cause = error.__cause__ or error  # the library wraps what happened in what it was about
    what = safe_text(" ".join(str(cause).split()), limit=200)
    return RefusedError(f"{repo}: {type(cause).__name__}: {what}; set HF_TOKEN, and see its rights")
