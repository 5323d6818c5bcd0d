"""Mend code in braces until semgrep reads all of it, led by the lines where its parser stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from audit.linter.braces import wholes
from audit.linter.outcomes import Spot
from audit.linter.with_semgrep import Stopped

UNPARSED = frozenset(
    {"PartialParsing", "Syntax error", "ParseError", "Other syntax error", "Lexical error"}
)
"""Semgrep's words for code it could not read whole."""

VERSION = 1
"""Raised when mending changes what is read: verdicts move with it."""

ROUNDS = 6
"""Times that the lines where the parser stopped are left out."""

MAX_MENDED = 16 << 10
"""Characters of the longest text that is mended: each is read many times."""

Inspect = Callable[[Sequence[str]], list[list[Spot] | str]]


@dataclass(frozen=True)
class Mended:
    """A text that was read after mending."""

    text: str
    """As it was."""

    spots: list[Spot]
    dropped: frozenset[int]
    """1-based lines of the text that were left out."""

    def lost_only_its_end(self, given_lines: int) -> bool:
        """Tell whether of the lines after those given at most the last were left out, and few."""
        lines = self.text.split("\n")[given_lines:]
        own = [i for i, line in enumerate(lines, given_lines + 1) if line.strip()]
        lost = [i for i in own if i in self.dropped]
        return own[len(own) - len(lost) :] == lost and 2 * len(lost) <= len(own)


def mend(texts: Sequence[str], language: str, inspect: Inspect) -> Iterator[Mended]:
    """Give each text that can be mended; of the others nothing can be said.

    Args:
        texts: Code in one language that semgrep could not read whole.
        language: A key of `audit.languages.LANGUAGES`.
        inspect: `Semgrep.inspect` of that language.
    """
    work = {text: text.split("\n") for text in texts if len(text) <= MAX_MENDED}
    for _ in range(ROUNDS):
        tries = [(t, w) for t, lines in work.items() for w in wholes("\n".join(lines), language)]
        answers = inspect([whole for _, whole in tries])
        stops: dict[str, tuple[int, ...]] = {}
        for (text, _), answer in zip(tries, answers, strict=True):
            if text not in work:
                continue
            if not isinstance(answer, str):
                yield Mended(text, answer, _dropped(text, work.pop(text)))
            elif isinstance(answer, Stopped) and answer in UNPARSED and answer.lines:
                best = stops.get(text)
                if best is None or len(answer.lines) < len(best):
                    stops[text] = answer.lines
        work = {t: _without(work[t], stops[t]) for t in work if t in stops}
        work = {text: lines for text, lines in work.items() if any(lines)}


def _without(lines: Sequence[str], stops: Sequence[int]) -> list[str]:
    """Leave out the lines where the parser stopped, or the last before that is not blank."""
    left = list(lines)
    for stop in stops:
        at = min(stop, len(left)) - 1
        while at > 0 and not left[at].strip():
            at -= 1
        left[at] = ""
    return left


def _dropped(text: str, lines: Sequence[str]) -> frozenset[int]:
    old = text.split("\n")
    return frozenset(i for i, line in enumerate(lines, 1) if line != old[i - 1])
