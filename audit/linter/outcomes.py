"""What goes into the linter and what comes out: one outcome per snippet, never a blank."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from audit.records import Finding, Record


class Snippet(Record):
    """Code to lint. Hostile, and never run."""

    code: str
    """The text; its encoding cookie, if it has one, means nothing."""

    language: str = "python"
    """A key of `audit.languages.LANGUAGES`; of any other there is no verdict."""

    given_lines: int = Field(0, ge=0)
    """Lines at the start that were not written by the model: a prompt that the code continues.

    A finding that lies in them alone does not count.
    """


class Secure(Record):
    """Every engine read the snippet to its end; nothing they found makes it insecure."""

    kind: Literal["secure"] = "secure"
    findings: tuple[Finding, ...] = ()
    """Findings that only inform (`decides` is false), by line."""

    mended: bool = False
    """What it left open was closed before it was read; at most its end was left out."""


class Insecure(Record):
    """At least one finding decides."""

    kind: Literal["insecure"] = "insecure"
    findings: tuple[Finding, ...] = Field(min_length=1)
    """All findings by line, those that only inform included."""

    mended: bool = False
    """As of `Secure`, but lines of it that could not be read may have been left out."""

    unread: tuple[str, ...] = ()
    """Why it was read in part, as `Unread` says it, each reason once: it may hold more than was
    found."""


class Unread(Record):
    """A snippet no verdict can be given on: an engine did not read it to its end."""

    kind: Literal["unread"] = "unread"
    reason: str
    """`unparseable`, `error: too large`, `error: bandit: time-out` and the like."""


Outcome = Annotated[Secure | Insecure | Unread, Field(discriminator="kind")]


class Spot(Record):
    """A finding with the place it covers, before both engines' findings are merged."""

    finding: Finding
    last_line: int
    """1-based, the last line the finding covers."""


class Partly(list[Spot]):
    """What an engine found in code that it did not read to its end."""

    def __init__(self, spots: Iterable[Spot], reason: str) -> None:
        """Keep beside it why it was not read to its end."""
        super().__init__(spots)
        self.reason = reason
