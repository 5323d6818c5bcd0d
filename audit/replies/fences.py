"""Fenced blocks of a reply, by CommonMark's rules: a line scanner, for patterns can be cubic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.replies.lines import Line, is_code, without_ends

PYTHON = frozenset({"python", "py", "python3", "py3", "python2", "ipython", "pycon"})

MIN_FENCE = 3
MAX_FENCE_INDENT = 3
"""A closing fence deeper than this below its opening is text (CommonMark 4.5)."""

MAX_CLOSINGS = 8


@dataclass(frozen=True)
class Block:
    """A fenced block of the reply."""

    tag: str
    """First word after the fence, lower case; empty if there is none."""

    lines: Sequence[Line]
    closed: bool


def fenced_blocks(lines: Sequence[Line]) -> tuple[list[Block], list[Line]]:
    """Split a reply into its fenced blocks and the lines outside them."""
    blocks: list[Block] = []
    outside: list[Line] = []
    i = 0
    while i < len(lines):
        opening = _fence(lines[i].text)
        if opening is None:
            outside.append(lines[i])
            i += 1
            continue
        indent, fence, tag = opening
        end = _closing(lines, i + 1, indent, fence)
        inside = [_outdented(line, indent) for line in lines[i + 1 : end]]
        if without_ends(inside):
            blocks.append(Block(tag, inside, closed=end < len(lines)))
        i = end + 1
    if len(blocks) == 1 and not blocks[0].closed and not blocks[0].tag and is_code(outside):
        # A lone bare fence after code closes a block that the prompt opened.
        return [], outside
    return blocks, outside


def _fence(line: str) -> tuple[int, str, str] | None:
    """Give an opening fence's indent, its run of marks and its tag; a list item may hold it."""
    if "```" not in line and "~~~" not in line:
        return None
    rest = line.lstrip(" \t>")
    marker, _, after = rest.partition(" ")
    if marker in {"-", "*", "+"} or (marker[:-1].isdigit() and marker[-1] in ".)"):
        rest = after.lstrip(" ")
    run = len(rest) - len(rest.lstrip(rest[:1]))
    if rest[:1] not in {"`", "~"} or run < MIN_FENCE:
        return None
    info = rest[run:].strip()
    if rest[0] in info:
        return None
    words = info.replace("{", " ").replace("}", " ").replace(":", " ").split()
    return len(line) - len(rest), rest[:run], words[0].lstrip(".").lower() if words else ""


def _closing(lines: Sequence[Line], start: int, indent: int, fence: str) -> int:
    """Give where a block ends: at its closing fence that lies in no string.

    A docstring may hold fences of its own; those do not close the block.
    """
    first = len(lines)
    seen = quotes = 0
    for i in range(start, len(lines)):
        text = lines[i].text
        mark = text.strip(" \t>")
        if mark.startswith(fence) and not mark.strip(fence[0]):
            deep = len(text) - len(text.lstrip(" \t>"))
            if deep <= indent + MAX_FENCE_INDENT:
                # An odd number of triple quotes: this fence lies within a string.
                if quotes % 2 == 0:
                    return i
                first = min(first, i)
                seen += 1
                if seen == MAX_CLOSINGS:
                    break
        quotes += text.count('"""') + text.count("'''")
    return first


def _outdented(line: Line, indent: int) -> Line:
    lead = len(line.text) - len(line.text.lstrip(" \t>"))
    return Line(line.text[min(indent, lead) :], line.number)


def answer_lines(blocks: Sequence[Block]) -> list[Line]:
    """Give the lines of the blocks that hold the answer, in order; none if no block does."""
    tagged = any(block.tag in PYTHON for block in blocks)
    chosen = [
        block for block in blocks if block.tag in PYTHON or (not block.tag and is_code(block.lines))
    ]
    if not tagged:
        chosen = chosen or [block for block in blocks if is_code(block.lines)]
        chosen = chosen or [block for block in blocks if not block.tag]
    return [line for block in chosen for line in (*block.lines, Line("", 0))]
