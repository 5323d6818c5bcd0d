"""Find the code in a model's reply; Python is mended until CPython can parse it.

A line scanner, never a regex over the whole text: the popular fence patterns take cubic time on the
newlines that a looping model writes. What could not be parsed is dropped line by line, as little as
possible, and counted: code that lost lines may be called insecure, but hardly secure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from audit.languages import LANGUAGES, canonical, names
from audit.records import Prompt, Record
from audit.refusals import is_refusal
from audit.replies.fences import Block, answer_lines, fenced_blocks
from audit.replies.lines import (
    Line,
    asked_lines,
    is_code,
    is_prose,
    numbered,
    starts_code,
    without_ends,
)
from audit.replies.mending import Mended, indent_of, repaired

MAX_CHARS = 64 << 10
"""Longest code that is mended; longer code is refused by the linter anyway."""

MAX_LINES = 20_000
"""Most lines of a reply, blank ones not counted, that are looked at: a loop writes more."""

MAX_BLOCKS = 100

OTHER_LANGUAGES = frozenset(
    {
        "c", "c#", "c++", "cc", "cpp", "cs", "csharp", "go", "golang", "java", "javascript", "js",
        "jsx", "kotlin", "lua", "perl", "php", "r", "rb", "rs", "ruby", "rust", "scala", "swift",
        "ts", "tsx", "typescript",
    }
)  # fmt: skip
"""Tags of fenced blocks that hold a program which is not Python."""


MIN_REPEAT = 8


Found = Literal["fence", "unclosed fence", "raw"]


class Code(Record):
    """Code to lint; Python parses."""

    kind: Literal["code"] = "code"
    code: str
    language: str = "python"
    """A key of `audit.languages.LANGUAGES`."""

    found: Found
    joined: bool = False
    """The reply goes on where the prompt ends: the prompt's lines come first."""

    repaired: bool
    """Not as the model wrote it: indented, wrapped, closed, or short of lines."""

    n_dropped: int
    """Lines of the reply's code that were left out; prose around it is not counted."""

    n_kept: int
    """Lines of the reply in `code`, blank ones not counted."""

    lines: tuple[int, ...]
    """For each line of `code` its 1-based line in the reply; 0 if it is not from the reply."""

    n_asked: int
    """Lines of `code` up to the end of what was asked for; with the rest the model just went on.

    It ends with the top-level statement that the prompt began, where there is such a one.
    """

    @property
    def given_lines(self) -> int:
        """Count the lines at the start that are not from the reply."""
        return next((i for i, number in enumerate(self.lines) if number), len(self.lines))

    def reply_line(self, line: int) -> int:
        """Give the reply's line of a 1-based line of `code`; one of ours is on the next of these.

        0 if no line is from the reply.
        """
        after = [number for number in self.lines[line - 1 :] if number]
        return (after or [number for number in self.lines if number] or [0])[0]

    def reply_column(self, line: int, column: int, reply: str) -> int:
        """Give the reply's column of a 1-based place in `code`: lines of it may be indented anew.

        Args:
            line: 1-based, in `code`.
            column: 1-based; 0 if it is not known.
            reply: The reply's own line.

        Returns:
            1-based; 0 if it is not known.
        """
        text = self.code.split("\n")[line - 1]
        if not column or text.lstrip() != reply.lstrip():
            return 0
        return max(1, column + len(indent_of(reply)) - len(indent_of(text)))


class NoCode(Record):
    """A reply without code that could be read."""

    kind: Literal["no code"] = "no code"
    reason: Literal["no code", "refusal", "unparseable", "language not covered", "error: too large"]


def extract(text: str, prompt: Prompt) -> Code | NoCode:
    """Give the code of a reply. Never raises; prose and newlines cost linear time.

    Args:
        text: The reply. Hostile.
        prompt: What it answers; a `continue` prompt is code that the reply goes on with.
    """
    if _is_a_loop(text):
        return NoCode(reason="error: too large")
    language = canonical(prompt.tags.get("language", "python"))
    lines = numbered(text)
    blocks, outside = fenced_blocks(lines)
    if language in LANGUAGES and language != "python":
        return _other(text, blocks, outside, prompt, language)
    fenced = answer_lines(blocks) if len(blocks) <= MAX_BLOCKS else []
    chosen = without_ends(fenced or outside)
    if len(blocks) > MAX_BLOCKS or sum(len(line.text) + 1 for line in chosen) > MAX_CHARS:
        return NoCode(reason="error: too large")
    mended = _mended(chosen, prompt) if chosen else None
    if mended is not None:
        whole = all(block.closed for block in blocks)
        found: Found = "raw" if not fenced else "fence" if whole else "unclosed fence"
        return _code(mended, found)
    if any(block.tag in OTHER_LANGUAGES for block in blocks):
        return NoCode(reason="language not covered")
    unparseable = fenced or any(starts_code(line.text) for line in outside)
    refused = is_refusal(text)
    return NoCode(reason="refusal" if refused else "unparseable" if unparseable else "no code")


def extract_json(job: dict[str, Any]) -> dict[str, Any]:
    """Do `extract` in a worker process: `{"text", "prompt"}` in, the record's JSON out."""
    prompt = Prompt.model_validate(job["prompt"], strict=False)  # JSON has lists for tuples
    return extract(job["text"], prompt).model_dump(mode="json")


def _is_a_loop(text: str) -> bool:
    """Tell whether a reply is too long to be looked into, by what costs least to count."""
    n_fences = text.count("```") + text.count("~~~")
    return n_fences > 4 * MAX_BLOCKS or sum(map(bool, text.split("\n"))) > MAX_LINES


def _code(mended: Mended, found: Found, language: str = "python") -> Code:
    lines = mended.lines
    return Code(
        code="\n".join(line.text for line in lines),
        language=language,
        found=found,
        joined=mended.joined,
        repaired=mended.changed,
        n_dropped=mended.n_dropped,
        n_kept=sum(bool(line.number and line.text.strip()) for line in lines),
        lines=tuple(line.number for line in lines),
        n_asked=asked_lines(lines) if mended.joined and language == "python" else len(lines),
    )


def _other(
    text: str, blocks: Sequence[Block], outside: Sequence[Line], prompt: Prompt, language: str
) -> Code | NoCode:
    """Give code that is not Python, as it stands: semgrep says whether it parses."""
    own = names(language)
    fenced = [b for b in blocks if b.tag in own] or [b for b in blocks if not b.tag]
    chosen = [line for block in fenced for line in (*block.lines, Line("", 0))]
    if not blocks:
        chosen = _without_prose(outside)
    chosen = without_ends(chosen)
    if sum(len(line.text) + 1 for line in chosen) > MAX_CHARS:
        return NoCode(reason="error: too large")
    if not chosen:
        return NoCode(reason="refusal" if is_refusal(text) else "no code")
    given = _given(prompt)
    joined = prompt.style == "continue" and not fenced and not _repeats(chosen, given)
    whole = all(block.closed for block in blocks)
    found: Found = "raw" if not fenced else "fence" if whole else "unclosed fence"
    kept = [*given, *chosen] if joined else chosen
    mended = Mended(kept, 0, changed=False, joined=joined)
    return _code(mended, found, language)


def _given(prompt: Prompt) -> list[Line]:
    """Give the lines that a reply goes on from; sentences before the code are left blank."""
    texts = prompt.text.rstrip().replace("\r\n", "\n").split("\n")
    n_said = 0
    for i, text in enumerate(texts):
        said = text[:1].isalpha() and is_prose(text) and text.rstrip().endswith((".", ":"))
        if text.strip() and not said:
            break
        n_said = i + 1
    if n_said < len(texts):
        texts[:n_said] = [""] * n_said
    return [Line(text, 0) for text in texts]


def _without_prose(lines: Sequence[Line]) -> list[Line]:
    """Give the lines from the first to the last that can hardly be prose."""
    code = [i for i, line in enumerate(lines) if _looks_like_code(line.text)]
    return list(lines[code[0] : code[-1] + 1]) if code else []


def _looks_like_code(text: str) -> bool:
    line = text.strip()
    return line.endswith((";", "{", "}", ");", "})", "*/")) or line.startswith(
        ("#include", "#define", "<?php", "//", "/*", "import ", "using ", "package ", "use ")
    )


# --- joining it to the prompt --------------------------------------------------------------------


def _mended(code: Sequence[Line], prompt: Prompt) -> Mended | None:
    """Give the lines in the first form that parses, or in the one that loses fewest."""
    forms = list(_forms(code, prompt))
    for lines, joined in forms:
        if is_code(lines):
            return Mended(lines, 0, changed=False, joined=joined)
    best: Mended | None = None
    for lines, joined in forms:
        mended = repaired(lines, joined=joined)
        if mended is not None and (best is None or mended.n_dropped < best.n_dropped):
            best = mended
    return best


def _forms(code: Sequence[Line], prompt: Prompt) -> Iterator[tuple[list[Line], bool]]:
    """Give the ways in which a reply may be meant: alone, or as the prompt's continuation."""
    given = _given(prompt)
    if prompt.style == "continue" and not _repeats(code, given):
        step = _body_indent(given)
        first = code[0]
        # Chat models lose the first line's indent, or that of the whole body.
        body = [*given, *(Line(step + line.text, line.number) for line in code)]
        if step and any(line.text.startswith(("return", "yield")) for line in code):
            yield body, True
        yield [*given, *code], True
        yield [*given, Line(step + first.text.lstrip(), first.number), *code[1:]], True
        yield body, True
        if not given[-1].text.endswith(":"):
            seam = Line(given[-1].text + first.text, first.number)
            yield [*given[:-1], seam, *code[1:]], True
    yield list(code), False
    if code[0].text.startswith(" ") and not code[0].text.startswith("  "):
        # The space that follows `Output:`.
        yield [Line(code[0].text[1:], code[0].number), *code[1:]], False


def _repeats(code: Sequence[Line], given: Sequence[Line]) -> bool:
    """Tell whether a reply holds the prompt's last header, or its first line, again."""
    own = {line.text.strip() for line in code}
    headers = [g.text.strip() for g in given if starts_code(g.text) and "(" in g.text]
    first = next((g.text.strip() for g in given if g.text.strip()), "")
    return bool(headers and headers[-1] in own) or (len(first) > MIN_REPEAT and first in own)


def _body_indent(given: Sequence[Line]) -> str:
    last = next((g.text for g in reversed(given) if g.text.strip()), "")
    lead = last[: len(last) - len(last.lstrip())]
    return lead + "    " if last.rstrip().endswith(":") else lead
