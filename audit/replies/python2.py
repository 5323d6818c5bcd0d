"""Write Python 2's own statements and literals as Python 3 does: a line left out hides what it did.

The parser says where it stopped; nothing else is touched.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence

from audit.replies.lines import Line

LONGEST = 2_000
"""Characters of a line that is rewritten: the patterns below may take time by its square."""

RAISED = re.compile(r"\braise\s+[\w.]+\s*$")
QUOTED = re.compile(r"`(?P<value>[^`]*)`")
LED_BY_MESSAGE = tuple(
    (start, re.compile(pattern), by)
    for start, pattern, by in (
        ("multiple exception types", r"(?P<a>.+),\s*(?P<b>\w+)\s*:", r"\g<a> as \g<b>:"),
        ("leading zeros in decimal", r"0+(?P<a>[0-7]+)", r"0o\g<a>"),
        ("invalid decimal literal", r"(?P<a>\w*?)[lL]\b", r"\g<a>"),
        ("invalid hexadecimal literal", r"(?P<a>\w*?)[lL]\b", r"\g<a>"),
        ("Function parameters cannot", r"\((?P<a>[\w, ]*)\)", r"\g<a>"),
        ("Lambda expression parameters cannot", r"\((?P<a>[\w, ]*)\)", r"\g<a>"),
    )
)
"""How the parser's message begins, what stands where it stopped, and how that is written now."""

IN_PLACE = re.compile(r"\s+in\s+(?=[\w.]+(\s*,\s*[\w.]+)?\s*$)")
"""Before the mappings of an `exec`."""


def modernised(lines: Sequence[Line], error: SyntaxError) -> list[Line] | None:
    """Rewrite what the parser stopped at.

    Args:
        lines: As the parser read them.
        error: Its error.

    Returns:
        The lines with one change; nothing if it is no Python 2 that stands there.
    """
    at, column = (error.lineno or 0) - 1, max(0, (error.offset or 1) - 1)
    if not 0 <= at < len(lines) or len(lines[at].text) > LONGEST:
        return None
    before, rest = lines[at].text[:column], lines[at].text[column:]
    message = str(error.msg)
    if message.startswith("Missing parentheses in call to"):
        word = rest[: len("print")].rstrip()
        return _called(lines, at, before + word, rest[len(word) :])
    if rest.startswith(",") and RAISED.search(before):
        return _called(lines, at, before.rstrip(), rest[1:])
    text = _rewritten(before, rest, message)
    if text == lines[at].text:
        return None
    return [*lines[:at], lines[at]._replace(text=text), *lines[at + 1 :]]


def _rewritten(before: str, rest: str, message: str) -> str:
    """Give a line anew of which the parser read the part before."""
    for start, pattern, by in LED_BY_MESSAGE:
        if message.startswith(start):
            return before + pattern.sub(by, rest, count=1)
    if rest.startswith("<>"):
        return f"{before}!={rest[2:]}"
    if rest.startswith("`"):
        return before + QUOTED.sub(r"repr(\g<value>)", rest, count=1)
    if before[-2:].lower() == "ur" and rest[:1] in {"'", '"'}:
        return f"{before[:-2]}r{rest}"
    return before + rest


def _called(lines: Sequence[Line], at: int, before: str, rest: str) -> list[Line]:
    """Put parentheses around the rest of a statement, wherever it ends."""
    texts = [rest.lstrip(), *(line.text for line in lines[at + 1 :])]
    row, column = _end(texts)
    texts[row] = f"{texts[row][:column]}){texts[row][column:]}"
    if row == 0 and before.endswith("exec"):
        inner, closed, after = texts[0].rpartition(")")
        texts[0] = IN_PLACE.sub(", ", inner, count=1) + closed + after
    texts[0] = f"{before}({texts[0]}"
    changed = zip(lines[at:], texts[: row + 1], strict=False)
    return [
        *lines[:at],
        *(line._replace(text=text) for line, text in changed),
        *lines[at + row + 1 :],
    ]


def _end(texts: Sequence[str]) -> tuple[int, int]:
    """Give the row and column where the statement at the start of the texts ends."""
    reader = io.StringIO("\n".join(texts)).readline
    end, depth = (1, 0), 0
    try:
        for token in tokenize.generate_tokens(reader):
            depth += (token.string in {"(", "[", "{"}) - (token.string in {")", "]", "}"})
            over = token.type in {tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.COMMENT}
            if depth <= 0 and (over or token.string == ";"):
                break
            end = token.end
    except (tokenize.TokenError, SyntaxError):
        end = (1, len(texts[0]))
    return end[0] - 1, end[1]
