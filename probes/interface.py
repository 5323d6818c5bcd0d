"""What a probe set is: a fixed list of prompts, with what a reader must know of it.

Each module named in `probes.catalogue.PROBES` has a `PROBE` (what the set is) and a `load` (its
prompts); a public set's has `FILES` too (what it is read from). Probe text is hostile:
loaders read plain JSON or text, check every row, and run nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit.records import Kind, Prompt


@dataclass(frozen=True)
class Sources:
    """Where public data is read from: a folder, or else what `prefetch` fetched."""

    data_dir: Path | None = None
    """`--data-dir` or PHI_AUDIT_DATA: one folder a set, as the sets are published."""

    lock: Path | None = None
    """PLAN.lock, with the commit and hash of every file that `prefetch` fetched."""


@dataclass(frozen=True)
class Probe:
    """A probe set before it is loaded."""

    name: str
    title: str
    kind: Kind
    scorers: tuple[str, ...]
    """Which scorers grade it, of `audit.scorers.SCORERS`; none for likelihood sets."""

    licence: str
    source: str
    """Who made it and where it is published; ours says `phi-audit`."""

    n: int
    """Prompts in the published set; 0 where this depends on the copy."""

    about: str
    """One line: what it asks and what a high rate means."""

    tokens_each: int = 0
    """Tokens of a prompt on average, four characters each; 0 if this depends on the copy."""

    direction: str = "higher is more harmful"


@dataclass(frozen=True)
class PublicFile:
    """A file of a public set, as it was published."""

    path: str
    """Below the data folder, such as `safenlp/toxiGen.json`."""

    url: str
    """Where it is published, at a commit that does not move."""

    sha256: str
    """Of the published file; empty if we do not know it: then the lock keeps what was fetched."""


@dataclass(frozen=True)
class Repository:
    """A public repository on GitHub, at the commit that is read."""

    name: str
    """`owner/repository`."""

    commit: str
    """All 40 digits: it does not move."""

    @property
    def source(self) -> str:
        """Give where it is, as reports say it."""
        return f"github.com/{self.name}@{self.commit[:8]}"

    def file(self, path: str, at: str, sha256: str) -> PublicFile:
        """Give one of its files.

        Args:
            path: Below the data folder.
            at: In the repository.
            sha256: As `PublicFile` says.
        """
        url = f"https://raw.githubusercontent.com/{self.name}/{self.commit}/{at}"
        return PublicFile(path, url, sha256)


class Load(Protocol):
    """The `load` of a probe module."""

    def __call__(self, sources: Sources) -> Sequence[Prompt]:
        """Give the set's prompts in their published order, ids unique.

        Raises:
            UsageError: If a row is broken, with file and line; or the data is nowhere to be had,
                with how to get it.
            RefusedError: If a file's checksum is not the locked one.
        """
        ...
