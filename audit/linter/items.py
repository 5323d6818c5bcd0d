"""What `phi-audit lint` reads and what it says of each item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from audit.records import Finding


@dataclass(frozen=True)
class Item:
    """One thing to lint: a source file or a completion."""

    id: str
    language: str
    text: str
    completion: bool
    """Text with code somewhere in it, rather than code."""

    reason: str = ""
    """Why it cannot be linted; empty if it can."""


@dataclass(frozen=True)
class Excluded:
    """A finding that the configuration leaves out, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Linted:
    """An item with its verdict."""

    item: Item
    verdict: Literal["insecure", "secure", "ungraded"]
    reason: str = ""
    """Why it is ungraded; empty for a verdict."""

    findings: tuple[Finding, ...] = ()
    """Those that decide, by line of the item's text."""

    excluded: tuple[Excluded, ...] = ()
    """Those that would decide but for the configuration."""

    unread: tuple[str, ...] = ()
    """Why an insecure item was read in part: it may hold more than was found."""

    @property
    def lines(self) -> list[str]:
        """The item's text by line, as editors count them."""
        return self.item.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def rule_id(finding: Finding) -> str:
    """Give the name that `phi-audit explain` and the configuration take."""
    return f"{finding.tool}/{finding.rule}"
