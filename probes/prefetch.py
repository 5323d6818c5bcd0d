"""Fetch all that a plan needs from the network, check it, and lock what it was.

Only this step uses the network for data; a run reads what is here. What the lock beside the plan
already names is fetched as locked, so that a second machine audits the same bytes: to move on to
what is newest, remove the lock. No hash is made up: each is of bytes that were read here. The
hub's own settings (HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_OFFLINE) hold; its token goes to the hub
alone.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # it takes it from httpx, or
    HTTPError as HubConnectionError,  # from a package that succeeds httpx: not ours to name
)

from audit.errors import RefusedError, StoreError, UsageError
from audit.plan import Plan
from audit.progress import Tell, silent
from audit.store import write_atomic
from probes import catalogue, labelled, reading
from probes.interface import PublicFile, Sources
from probes.lock import Lock, LockedModel, key, lock_path, read_lock

MODEL_FILES = (
    "*.json",
    "*.jinja",
    "*.txt",
    "*.tiktoken",
    "tokenizer.model",
    "model*.safetensors",
)
"""Configuration, tokenizer and weights, from the top folder; never a pickle, never code."""

PAUSES_S: tuple[float, ...] = (1, 2, 4, 8, 16)
"""Waits before each new try, when the server or the network fails."""

TIMEOUT_S = 60
CHUNK_BYTES = 1 << 20

T = TypeVar("T")


def prefetch(plan: Plan, path: Path, tell: Tell = silent, sources: Sources | None = None) -> Path:
    """Fetch a plan's models, graders and public sets, and write its lock.

    Args:
        plan: The plan.
        path: Its file, or the name of a shipped plan: the lock lies beside it.
        tell: Told how far the work is.
        sources: Public sets in its data folder are locked as they are, not fetched.

    Returns:
        The path of the lock. It is written last: if anything fails, the one before stays.

    Raises:
        UsageError: If a probe set is unknown, the old lock is broken, or HF_HUB_OFFLINE is set.
        RefusedError: If something cannot be had, or is not what it should be.
        StoreError: If the disk refuses.
    """
    target = lock_path(str(path))
    locked = read_lock(target)
    files = [
        file for probe in plan.probes if not probe.file for file in catalogue.files(probe.name)
    ]
    if any(map(_is_published, plan.graders.values())):
        files += labelled.FILES  # what tells how far to trust them
    models = {key(m.id, m.revision): (m.id, m.revision) for m in plan.models if _on_hub(m.id)}
    graders = [grader for grader in plan.graders.values() if _is_published(grader)]
    n_steps = len(files) + len(models) + len(graders)
    hashes: dict[str, str] = {}
    commits: dict[str, LockedModel] = {}
    try:
        for n, file in enumerate(files):
            tell(f"fetch {file.path}", n, n_steps)
            hashes[file.path] = _public(file, locked, sources or Sources())
        for n, (name, (model_id, revision)) in enumerate(models.items(), start=len(files)):
            tell(f"fetch {name}", n, n_steps)
            commits[name] = fetch_model(model_id, revision, locked.models.get(name))
        for n, grader in enumerate(graders, start=len(files) + len(models)):
            tell(f"fetch grader {grader}", n, n_steps)
            _fetch_grader(grader)
    except OSError as error:  # the network's have become RefusedErrors
        raise StoreError(f"{error}; mend the disk or folder and run it again") from error
    tell("fetch", n_steps, n_steps)
    lock = Lock(models=commits, files=hashes).model_dump(mode="json")
    write_atomic(target, json.dumps(lock, indent=1, sort_keys=True).encode() + b"\n")
    return target


# --- public sets -------------------------------------------------------------------------------


def fetch_file(file: PublicFile, expected: str) -> str:
    """Fetch a public file into the cache, or go on where an earlier try stopped.

    Args:
        file: What to fetch.
        expected: The SHA-256 it must have; empty if nobody knows it yet.

    Returns:
        Its SHA-256.

    Raises:
        UsageError: If HF_HUB_OFFLINE is set.
        RefusedError: If it cannot be had, or has another hash.
        OSError: If the disk refuses.
    """
    path = reading.cached(file)
    if path.is_file() and expected in {"", _sha256(path)}:
        return _sha256(path)
    _check_online(file.path)
    partial = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    is_resumed = partial.exists()
    _patiently(lambda: _download(file.url, partial), file.url)
    digest = _sha256(partial)
    if expected in {"", digest}:
        partial.replace(path)
        return digest
    partial.unlink()
    if is_resumed:  # what the earlier try had left may have been another file's
        return fetch_file(file, expected)
    raise RefusedError(
        f"{file.url} is not the file it should be: its SHA-256 is {digest}, not {expected}; it was "
        "not kept"
    )


def _public(file: PublicFile, locked: Lock, sources: Sources) -> str:
    expected = locked.files.get(file.path, "")
    if sources.data_dir and (sources.data_dir / file.path).is_file():
        digest = _sha256(sources.data_dir / file.path)
        if expected not in {"", digest}:
            raise RefusedError(
                f"{sources.data_dir / file.path} is not the file in the lock; remove the lock to "
                "accept it"
            )
        return digest
    return fetch_file(file, expected or file.sha256)


def _download(url: str, partial: Path) -> None:
    """Append what is missing of a file; a server that cannot give parts gives it all again."""
    n_here = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url)  # noqa: S310  # the addresses are ours, all https
    if n_here:
        request.add_header("Range", f"bytes={n_here}-")
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310  # as above
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            partial.unlink()
            raise ConnectionError("what was fetched before does not fit") from error
        raise
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            n_here = 0
        n_planned = n_here + int(response.headers.get("Content-Length", -1 - n_here))
        with partial.open("ab" if n_here else "wb") as out:
            while chunk := response.read(CHUNK_BYTES):
                n_here += out.write(chunk)
                if n_here > reading.MAX_FILE_BYTES:
                    raise RefusedError(f"{url} is larger than {reading.MAX_FILE_BYTES} bytes")
    # A connection that is closed early looks like the end of the file.
    if n_planned not in {-1, n_here}:
        raise ConnectionError(f"it ended after {n_here} of {n_planned} bytes")


# --- models and graders ------------------------------------------------------------------------


def fetch_model(model_id: str, revision: str, locked: LockedModel | None) -> LockedModel:
    """Fetch a hub model's configuration, tokenizer and safetensors weights into the hub's cache.

    Args:
        model_id: Such as `microsoft/phi-2`.
        revision: A branch, tag or commit, as the plan says.
        locked: What it was locked to, if it was.

    Returns:
        Its commit, and the SHA-256 of each file, computed here.

    Raises:
        UsageError: If HF_HUB_OFFLINE is set.
        RefusedError: If it cannot be had, has no safetensors weights, or a hash is not the locked
            one or the one the hub names.
        OSError: If the disk refuses.
    """
    _check_online(model_id)
    api = huggingface_hub.HfApi()
    asked = locked.commit if locked else revision
    name = key(model_id, asked)
    info = _patiently(lambda: api.model_info(model_id, revision=asked, files_metadata=True), name)
    siblings = {file.rfilename: file for file in info.siblings or ()}
    files = [file for file in sorted(siblings) if _is_loaded(file)]
    commit = info.sha or ""
    if not re.fullmatch("[0-9a-f]{40}", commit):
        raise RefusedError(f"the hub names no commit for {name}; try again later")
    if not any(file.endswith(".safetensors") for file in files):
        raise RefusedError(f"{name} has no safetensors weights; name another model")
    folder = Path(
        _patiently(
            lambda: api.snapshot_download(
                model_id, revision=commit, allow_patterns=list(MODEL_FILES), ignore_patterns=["*/*"]
            ),
            name,
        )
    )
    hashes = {file: _sha256(folder / file) for file in files}
    for file, digest in hashes.items():
        lfs = siblings[file].lfs
        if lfs and lfs.sha256 != digest:
            raise RefusedError(f"{name}: {file} is not what the hub says; delete {folder / file}")
    if locked and locked.files != hashes:
        raise RefusedError(f"{name}: its files are not those in the lock; delete {folder}")
    return LockedModel(commit=commit, files=hashes)


def _on_hub(model_id: str) -> bool:
    return not model_id.startswith("reference:") and not Path(model_id).is_dir()


def _is_loaded(name: str) -> bool:
    return "/" not in name and any(fnmatchcase(name, pattern) for pattern in MODEL_FILES)


def _is_published(grader: str) -> bool:
    from audit.scorers.published import PUBLISHED  # imports torch

    return grader in PUBLISHED


def _fetch_grader(grader: str) -> None:
    from audit.scorers import published

    _check_online(f"the {grader} grader")
    published.prefetch(grader)


# --- the network -------------------------------------------------------------------------------

_BUSY = {http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.TOO_MANY_REQUESTS}

_NETWORK_ERRORS = (
    HubConnectionError,
    LocalEntryNotFoundError,  # how the hub's library says that it could not connect
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
)
"""Not every OSError: a full disk does not pass by waiting."""


class _Passing(Exception):
    """A failure that may pass."""


def _check_online(what: str) -> None:
    if constants.HF_HUB_OFFLINE:
        raise UsageError(f"{what} must be fetched and HF_HUB_OFFLINE is set; unset it")


def _patiently(fetch: Callable[[], T], what: str) -> T:
    """Fetch, and try again after a pause while the server or the network fails."""
    for pause in PAUSES_S:
        try:
            return _once(fetch, what)
        except _Passing:
            time.sleep(pause)
    try:
        return _once(fetch, what)
    except _Passing as error:
        raise RefusedError(
            f"{what} could not be fetched in {len(PAUSES_S) + 1} tries ({error}); what came is "
            "kept: run it again later"
        ) from error


def _once(fetch: Callable[[], T], what: str) -> T:
    """Fetch, and tell what may pass from what will not."""
    try:
        return fetch()
    except GatedRepoError as error:
        raise RefusedError(
            f"{what} is gated; accept its terms on its page, and log in with `hf auth login`"
        ) from error
    except RevisionNotFoundError as error:
        raise RefusedError(f"{what} has no such revision; name one it has") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise RefusedError(f"there is no hub model {what}, or it is private") from error
    except (HfHubHTTPError, urllib.error.HTTPError) as error:
        code = error.response.status_code if isinstance(error, HfHubHTTPError) else error.code
        if code >= http.HTTPStatus.INTERNAL_SERVER_ERROR or code in _BUSY:
            raise _Passing(f"HTTP {code}") from error
        raise RefusedError(f"{what} cannot be had (HTTP {code})") from error
    except _NETWORK_ERRORS as error:
        raise _Passing(
            str(error).splitlines()[0] if str(error) else type(error).__name__
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
