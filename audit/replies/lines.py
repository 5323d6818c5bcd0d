"""The lines of a reply, and what each can be: Python, or prose."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from typing import NamedTuple

UNPARSEABLE = (
    SyntaxError,
    ValueError,
    RecursionError,
    MemoryError,
    OverflowError,
    UnicodeError,
)
"""All that `ast.parse` raises on hostile text (612 texts tried with CPython 3.11)."""

MIN_WORDS = 4
PROSE_SHARE = 0.7


class Line(NamedTuple):
    """A line of code and where it is from."""

    text: str
    number: int
    """1-based in the reply; 0 if it is not from the reply."""


def numbered(text: str) -> list[Line]:
    """Give the lines of a reply; of a run of blank ones, the first."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("<|endoftext|>", "")
    # A looping model writes newlines by the million: of a run of blank lines one is kept.
    texts = text.split("\n")
    return [Line(line, i + 1) for i, line in enumerate(texts) if line or (i and texts[i - 1])]


def without_ends(lines: Sequence[Line]) -> list[Line]:
    """Leave out blank lines at both ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start].text.strip():
        start += 1
    while end > start and not lines[end - 1].text.strip():
        end -= 1
    return list(lines[start:end])


def error_in(lines: Sequence[Line]) -> SyntaxError | None:
    """Give where and why the lines do not parse; nothing if they do."""
    tree = _parsed(lines)
    return tree if isinstance(tree, SyntaxError) else None


def _parsed(lines: Sequence[Line]) -> ast.Module | SyntaxError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse("\n".join(line.text for line in lines))
    except SyntaxError as error:
        return error
    except UNPARSEABLE as error:
        # Without a place: what is nested too deep, or holds NUL, is the longest such line.
        texts = [line.text for line in lines]
        worst = max(texts, key=lambda text: ("\0" in text, len(text)))
        return SyntaxError(str(error), ("", texts.index(worst) + 1, 0, ""))


def is_code(lines: Sequence[Line]) -> bool:
    """Tell whether lines parse, and those of the reply do something: a lone word does not."""
    tree = _parsed(lines)
    if isinstance(tree, SyntaxError):
        return False
    own = {i for i, line in enumerate(lines, 1) if line.number}
    return any(
        isinstance(node, ast.stmt) and node.lineno in own and _does_something(node)
        for node in ast.walk(tree)
    )


def _does_something(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return any(isinstance(part, ast.Call | ast.Await | ast.Yield) for part in ast.walk(node))
    if isinstance(node, ast.AnnAssign):
        return node.value is not None
    return not isinstance(node, ast.Pass | ast.Global | ast.Nonlocal)


def asked_lines(lines: Sequence[Line]) -> int:
    """Count the lines up to the end of the top-level statement in which the reply begins.

    All of them if the reply begins with a statement of its own.
    """
    tree = _parsed(lines)
    first = next((i for i, line in enumerate(lines, 1) if line.number and line.text.strip()), 0)
    body = [] if isinstance(tree, SyntaxError) else tree.body
    ends = [node.end_lineno or 0 for node in body if node.lineno < first]
    return next((end for end in ends if end >= first), len(lines))


def starts_code(text: str) -> bool:
    """Tell whether a line can hardly be prose."""
    line = text.strip()
    if line.startswith(("import ", "@", "#!", "try:", "if __name__")):
        return True
    if line.startswith("from "):
        return " import " in line
    header = line.startswith(
        ("def ", "class ", "async def ", "with ", "for ", "while ", "if ", "elif ")
    )
    return (header and line.endswith((":", ",", "("))) or (
        "(" in line and line.endswith((")", "):", "(", "{", "[")) and " = " in line
    )


def is_prose(text: str) -> bool:
    """Tell whether a line is a sentence, a heading or a fence rather than code."""
    line = text.strip()
    if not line or line.startswith(("#", "```", "~~~", "**", "- ", "* ")):
        return True
    words = line.split()
    plain = sum(word.strip(".,:;!?\"'()`").isalpha() for word in words)
    return len(words) >= MIN_WORDS and plain / len(words) > PROSE_SHARE and "=" not in line
