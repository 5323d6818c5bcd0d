"""Make a piece of code whole, in languages whose blocks stand in braces.

A model is shown the middle of a file and stops in the middle of a line. What stays open is closed,
and what is closed unopened is opened first: a block, a function, a class. Nothing of the piece is
changed and no line moves: openers stand before its first line of code, closers after its last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

CLOSERS = {"(": ")", "[": "]", "{": "}"}
OPENERS = {closer: opener for opener, closer in CLOSERS.items()}
BLOCK = "if (1) {"
"""Opens a block that `else` may follow."""

TEXT = {
    "javascript": r"""'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?|`(?:\\.|[^`\\])*`?"""
    r"""|(?<=[(,=:\[!&|?{};])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/""",
    "java": r'''"""(?:\\.|[^\\])*?(?:"""|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?''',
    "c": r""""(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""",
    "cpp": r"""R"\(.*?(?:\)"|\Z)|"(?:\\.|[^"\\\n])*"?|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'?""",
    "csharp": r"""\$?@\$?"(?:""|[^"])*"?|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""",
    "rust": r"""r#".*?(?:"#|\Z)|"(?:\\.|[^"\\])*"?|'(?:\\[^\n]+?|[^'\\\n])'""",
    "php": r"""'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?"""
    r"""|<<<['"]?(?P<tag>\w+)['"]?\n.*?(?:\n\s*(?P=tag)\b|\Z)""",
}
"""Strings, and whatever else may hold a brace that is none; a string may lack its end."""

COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"

SCOPES = {
    "javascript": ("class PhiAudit {", "phi_audit() {"),
    "java": ("class PhiAudit {", "void phi_audit() {"),
    "c": ("void phi_audit(void) {",),
    "cpp": ("namespace phi_audit {", "void phi_audit() {"),
    "csharp": ("class PhiAudit {", "void phi_audit() {"),
    "rust": ("impl PhiAudit {", "fn phi_audit() {"),
    "php": ("class PhiAudit {", "function phi_audit() {"),
}
"""What a piece may stand in, from the outside inward."""

CALLBACK = {
    "java": "() -> {", "csharp": "() => {", "cpp": "[] {", "rust": "|| {", "c": "{",
    "javascript": "function () {", "php": "function () {",
}  # fmt: skip
"""Opens a block that ends within a call's parentheses."""

HEAD = re.compile(r"\s*(#|//|/\*|\*|import\b|package\b|using\b|use\b|namespace\b.*;|<\?php|$)")
"""A line that must, or may, stand before all else."""

UNFINISHED = re.compile(r"[,=+\-|&?]\s*\Z")
"""An end after which a value is missing."""

CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|else|elif|endif|region|endregion)\b")


class _Mark(NamedTuple):
    """A bracket that is code."""

    text: str
    place: int
    after: str
    """The first word or mark that follows."""


def wholes(piece: str, language: str) -> Iterator[str]:
    """Give the ways in which a piece may be made whole, the plainest first; each has a line more.

    Args:
        piece: Code, of which some lines may be blank.
        language: A key of `audit.languages.LANGUAGES` whose blocks stand in braces.
    """
    language = "javascript" if language == "typescript" else language
    piece = _without_half_conditions(piece)
    unopened, unclosed, tail = _open_ends(piece, language)
    # The level at which the piece ends, before what it leaves open is closed: file, class, body.
    levels = range(len(SCOPES[language]) + 1)
    for level in levels:
        before = _before(unopened, level, language)
        after = tail + "".join(CLOSERS[mark] for mark in reversed(unclosed))
        ends = ";" if unclosed and not re.search(r"[;{}]\s*\Z", piece + tail) else ""
        first = next((i for i, mark in enumerate(reversed(unclosed)) if mark == "{"), None)
        if first is not None:
            inner, outer = after[: len(tail) + first], after[len(tail) + first :]
            after = f"{inner}{ends}{outer}"
        elif not re.search(r"[;}]\s*\Z", piece + after) and (level or language != "rust"):
            after += ";"
        yield _put_first(piece, before) + f"\n{after}" + "}" * level


def _open_ends(piece: str, language: str) -> tuple[list[_Mark], list[str], str]:
    """Give the closers that nothing opens, the openers nothing closes, and what its end lacks."""
    unopened: list[_Mark] = []
    unclosed: list[str] = []
    tail = "0" if UNFINISHED.search(piece) else ""
    token = re.compile(rf"(?P<skip>{COMMENT}|{TEXT[language]})|[()\[\]{{}}]", re.DOTALL)
    for match in token.finditer(piece):
        mark = match[0]
        if match["skip"] is not None:
            if match.end() == len(piece):
                tail = _end_of(mark)
        elif mark in CLOSERS:
            unclosed.append(mark)
        elif unclosed and unclosed[-1] == OPENERS[mark]:
            unclosed.pop()
        elif mark == "}" and "{" in unclosed:
            # A parenthesis that was never closed does not reach beyond its block.
            while unclosed.pop() != "{":
                pass
        elif not unclosed:
            after = re.match(r"\s*(\w+|\S)?", piece[match.end() : match.end() + 200])
            unopened.append(_Mark(mark, match.start(), (after and after[1]) or ""))
    return unopened, unclosed, tail


def _end_of(text: str) -> str:
    """Give what ends a comment or string that the piece's end cuts."""
    if text.startswith("/*"):
        return "" if text.endswith("*/") and len(text) > len("/**/") - 1 else "*/"
    if text[:1] in {'"', "'", "`"} and (len(text) == 1 or text[-1] != text[0]):
        return text[0]
    return ""


def _before(unopened: list[_Mark], level: int, language: str) -> str:
    """Give the openers of what the piece closes, and of the level that it ends at."""
    scopes = SCOPES[language]
    n_blocks = sum(mark.text == "}" for mark in unopened)
    depth = level + n_blocks
    inward = [scopes[i] if i < len(scopes) else BLOCK for i in range(level)]
    outward: list[str] = []
    for i, mark in enumerate(unopened):
        if mark.text == "}":
            depth -= 1
            if depth < len(scopes):
                outward.append(scopes[depth])
            elif mark.after in {"catch", "finally"}:
                outward.append("try {")
            elif i + 1 < len(unopened) and unopened[i + 1].text == ")" and mark.after == ")":
                outward.append(CALLBACK[language])
            else:
                outward.append(BLOCK)
        else:
            outward.append("f(" if mark.text == ")" else "a[")
    return " ".join([*inward, *reversed(outward)])


def _put_first(piece: str, before: str) -> str:
    if not before:
        return piece
    lines = piece.split("\n")
    first = next((i for i, line in enumerate(lines) if not HEAD.match(line)), len(lines) - 1)
    return "\n".join([*lines[:first], f"{before} {lines[first]}", *lines[first + 1 :]])


def _without_half_conditions(piece: str) -> str:
    """Blank the lines of conditions that begin or end outside the piece."""
    lines = piece.split("\n")
    words = [m[1] for line in lines if (m := CONDITION.match(line))]
    starts = sum(word in {"if", "ifdef", "ifndef", "region"} for word in words)
    if starts == sum(word in {"endif", "endregion"} for word in words):
        return piece
    return "\n".join("" if CONDITION.match(line) else line for line in lines)
