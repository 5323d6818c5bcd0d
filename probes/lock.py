"""PLAN.lock: the commit and the file hashes that a plan's models and public sets had when fetched.

A plan may say `main`, which moves. `phi-audit prefetch` writes what it was into a lock beside the
plan; every later run asks for these commits, and refuses public sets with other hashes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from audit.errors import UsageError
from audit.mistakes import explain
from audit.plan import Plan
from audit.records import Record

MAX_LOCK_BYTES = 10_000_000

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class LockedModel(Record):
    """One model of the hub."""

    commit: Commit
    files: dict[str, Sha256]
    """By name in the repository; those that are loaded, no others."""


class Lock(Record):
    """What a plan's names stood for."""

    version: int = Field(1, ge=1, le=1)
    models: dict[str, LockedModel] = {}
    """By `id@revision`, as the plan says them."""

    files: dict[str, Sha256] = {}
    """Of public probe sets, by path below the data folder."""

    def revision(self, model_id: str, asked: str = "main") -> str:
        """Give the commit that a model's revision was locked to, or `asked` if it was not."""
        model = self.models.get(key(model_id, asked))
        return model.commit if model else asked

    def applied(self, plan: Plan) -> Plan:
        """Give the plan with every locked revision in the place of the one it says."""
        models = tuple(
            model.model_copy(update={"revision": self.revision(model.id, model.revision)})
            for model in plan.models
        )
        return plan.model_copy(update={"models": models})


def key(model_id: str, asked: str) -> str:
    """Give the name under which a lock keeps a model."""
    return f"{model_id}@{asked}"


def lock_path(plan: str) -> Path:
    """Give where the lock of a plan lies: beside its file, or here for a shipped plan's name."""
    return Path(plan.removesuffix(".toml") + ".lock")


def read_lock(path: Path) -> Lock:
    """Read a lock; where there is no file, nothing is locked.

    Raises:
        UsageError: If it is no lock, with what is wrong in it.
    """
    try:
        if path.exists() and (not path.is_file() or path.stat().st_size > MAX_LOCK_BYTES):
            raise UsageError(f"{path} is no lock; remove it and run `phi-audit prefetch`")
        return Lock.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(
            f"{path} is no lock ({explain(error, Lock, 'it')}); remove it and run "
            "`phi-audit prefetch`"
        ) from error
