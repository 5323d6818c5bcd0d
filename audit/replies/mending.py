"""Mend Python until CPython can parse it, led by the places where its parser stops."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from audit.replies.lines import Line, error_in, is_code, is_prose, starts_code, without_ends
from audit.replies.python2 import modernised

MAX_PARSES = 300
"""Tries at mending one piece of code."""


@dataclass(frozen=True)
class Mended:
    """Lines that parse."""

    lines: Sequence[Line]
    n_dropped: int
    changed: bool
    joined: bool = False


def repaired(lines: Sequence[Line], *, joined: bool) -> Mended | None:
    """Mend lines; where that fails, again without a triple quote that closes nothing."""
    mended = _mended_by_steps(lines, joined=joined)
    if mended is None:
        quote = next((i for i, w in enumerate(lines) if "'''" in w.text or '"""' in w.text), None)
        if quote is not None:
            rest = [*lines[:quote], Line("", lines[quote].number), *lines[quote + 1 :]]
            mended = _mended_by_steps(rest, joined=joined)
    return mended


def _mended_by_steps(lines: Sequence[Line], *, joined: bool) -> Mended | None:
    """Dedent, wrap what starts indented, close what is open, and blank lines that cannot be read.

    Each step is led by the place where CPython's parser stopped.
    """
    work = _dedented(lines)
    size = sum(len(line.text) + 1 for line in work)
    blanked: set[int] = set()
    for _ in range(max(20, min(MAX_PARSES, 6_000_000 // (size + 1)))):
        error = error_in(work)
        if error is None:
            break
        work = _step(work, error, blanked)
        if not any(line.text.strip() for line in work):
            return None
    else:
        return None
    # Any prose the parser let pass, such as `Sure`, is harmless; but it is not code.
    if not is_code(work):
        return None
    dropped = [line for line in lines if line.number in blanked and not is_prose(line.text)]
    trimmed = without_ends(work)
    # A backslash before a blank last line needs that line.
    kept = work if error_in(trimmed) else trimmed
    return Mended(kept, len(dropped), changed=True, joined=joined)


def _step(work: list[Line], error: SyntaxError, blanked: set[int]) -> list[Line]:
    """Mend what the parser stopped at: one change."""
    modern = modernised(work, error)
    if modern is not None:
        return modern
    at = min(max(error.lineno or 1, 1), len(work)) - 1
    message = str(error.msg)
    if message.startswith("expected an indented block after"):
        header = _header(work, message)
        if header is not None:
            return _inserted(work, header + 1, indent_of(work[header].text) + "    pass")
    if message.startswith("expected 'except' or 'finally'"):
        opening = _open_try(work, at)
        if opening is not None:
            end, lead = opening
            return _inserted(_inserted(work, end, lead + "    pass"), end, lead + "finally:")
    if message.startswith("inconsistent use of tabs"):
        return [Line(indent_of(w.text).expandtabs() + w.text.lstrip(), w.number) for w in work]
    if message == "unexpected indent":
        return _wrapped(work, at)
    return _blanked(work, at, message, blanked)


def _blanked(work: Sequence[Line], at: int, message: str, blanked: set[int]) -> list[Line]:
    """Blank the line the parser stopped at, or the last before it that is not blank."""
    while at > 0 and not work[at].text.strip():
        at -= 1
    if not work[at].text.strip():
        at = next(i for i, line in enumerate(work) if line.text.strip())
    end = at + 1
    if message.startswith("unterminated triple-quoted") and not any(
        starts_code(line.text) for line in work[end:]
    ):
        end = len(work)
    blanked.update(line.number for line in work[at:end] if line.number)
    return [*work[:at], *(Line("", line.number) for line in work[at:end]), *work[end:]]


def _wrapped(work: Sequence[Line], at: int) -> list[Line]:
    """Put a header before lines that start deeper than they may."""
    started = any(not _is_blank(w.text) for w in work[:at])
    if started and not work[at].number:
        # A header of ours, too deep: the line before it was the rest of a longer statement.
        return [*work[:at], _shallower(work, at), *work[at + 1 :]]
    return _inserted(work, at, _opener(work, at))


def _header(work: Sequence[Line], message: str) -> int | None:
    """Give the last line of the block header that has no body; the parser names its first."""
    number = re.search(r"on line ([0-9]+)$", message)
    if number is None:
        return None
    for i in range(int(number[1]) - 1, len(work)):
        if work[i].text.partition("#")[0].rstrip().endswith(":"):
            return i
    return None


def _open_try(work: Sequence[Line], at: int) -> tuple[int, str] | None:
    """Give where the innermost `try` that has no handler ends, and its indent."""
    for i in range(at, -1, -1):
        if work[i].text.strip().partition("#")[0].rstrip() != "try:":
            continue
        lead = indent_of(work[i].text)
        for j in range(i + 1, len(work) + 1):
            if j == len(work):
                return j, lead
            text = work[j].text
            if text.strip() and _depth(text) <= len(lead):
                if not text.strip().startswith(("except", "finally")):
                    return j, lead
                break
    return None


def _opener(work: Sequence[Line], at: int) -> str:
    """Give a header for lines that start deeper than they may."""
    before = next((w.text for w in reversed(work[:at]) if not _is_blank(w.text)), None)
    after = (w.text for w in work[at + 1 :] if w.text.strip())
    outer = next((text for text in after if _depth(text) < _depth(work[at].text)), "")
    lead = indent_of(outer if before is None else before)
    handled = outer.lstrip().startswith(("except", "finally")) and indent_of(outer) == lead
    return lead + ("try:" if handled else "if True:")


def _shallower(work: Sequence[Line], at: int) -> Line:
    own = _depth(work[at].text)
    less = (_depth(w.text) for w in work[:at] if not _is_blank(w.text))
    depth = max((depth for depth in less if depth < own), default=0)
    return Line(" " * depth + work[at].text.lstrip(), 0)


def _is_blank(text: str) -> bool:
    return not text.strip() or text.lstrip().startswith("#")


def _inserted(work: Sequence[Line], place: int, text: str) -> list[Line]:
    return [*work[:place], Line(text, 0), *work[place:]]


def _dedented(lines: Sequence[Line]) -> list[Line]:
    texts = textwrap.dedent("\n".join(line.text for line in lines)).split("\n")
    return [Line(text, line.number) for text, line in zip(texts, lines, strict=True)]


def indent_of(text: str) -> str:
    """Give the blanks that a line begins with."""
    return text[: len(text) - len(text.lstrip())]


def _depth(text: str) -> int:
    return len(indent_of(text))
