"""Find the code in a model's reply; Python is mended until CPython can parse it.

A line scanner, never a regex over the whole text: the popular fence patterns take cubic time on the
newlines that a looping model writes. What could not be parsed is dropped line by line, as little as
possible, and counted: code that lost lines may be called insecure, but hardly secure.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from audit.languages import LANGUAGES, canonical, names
from audit.records import Prompt, Record
from audit.refusals import is_refusal

MAX_CHARS = 64 << 10
"""Longest code that is mended; longer code is refused by the linter anyway."""

MAX_PARSES = 300
"""Tries at mending one piece of code."""

MAX_BLOCKS = 100

OTHER_LANGUAGES = frozenset(
    {
        "c", "c#", "c++", "cc", "cpp", "cs", "csharp", "go", "golang", "java", "javascript", "js",
        "jsx", "kotlin", "lua", "perl", "php", "r", "rb", "rs", "ruby", "rust", "scala", "swift",
        "ts", "tsx", "typescript",
    }
)  # fmt: skip
"""Tags of fenced blocks that hold a program which is not Python."""

PYTHON = frozenset({"python", "py", "python3", "py3", "python2", "ipython", "pycon"})

UNPARSEABLE = (
    SyntaxError,
    ValueError,
    RecursionError,
    MemoryError,
    OverflowError,
    UnicodeError,
)
"""All that `ast.parse` raises on hostile text (612 texts tried with CPython 3.11)."""


MIN_FENCE = 3
MAX_FENCE_INDENT = 3
"""A closing fence deeper than this below its opening is text (CommonMark 4.5)."""

MAX_CLOSINGS = 8
MIN_REPEAT = 8
MIN_WORDS = 4
PROSE_SHARE = 0.7

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
        return max(1, column + len(_lead(reply)) - len(_lead(text)))


class NoCode(Record):
    """A reply without code that could be read."""

    kind: Literal["no code"] = "no code"
    reason: Literal["no code", "refusal", "unparseable", "language not covered", "error: too large"]


@dataclass(frozen=True)
class Line:
    """A line of code and where it is from."""

    text: str
    number: int
    """1-based in the reply; 0 if it is not from the reply."""


@dataclass(frozen=True)
class Block:
    """A fenced block of the reply."""

    tag: str
    """First word after the fence, lower case; empty if there is none."""

    lines: Sequence[Line]
    closed: bool


def extract(text: str, prompt: Prompt) -> Code | NoCode:
    """Give the code of a reply. Never raises; prose and newlines cost linear time.

    Args:
        text: The reply. Hostile.
        prompt: What it answers; a `continue` prompt is code that the reply goes on with.
    """
    language = canonical(prompt.tags.get("language", "python"))
    lines = _numbered(text)
    blocks, outside = _fences(lines)
    if language in LANGUAGES and language != "python":
        return _other(text, blocks, outside, prompt, language)
    fenced = _chosen(blocks) if len(blocks) <= MAX_BLOCKS else []
    chosen = _trimmed(fenced or outside)
    if len(blocks) > MAX_BLOCKS or sum(len(line.text) + 1 for line in chosen) > MAX_CHARS:
        return NoCode(reason="error: too large")
    mended = _mended(chosen, prompt) if chosen else None
    if mended is not None:
        whole = all(block.closed for block in blocks)
        found: Found = "raw" if not fenced else "fence" if whole else "unclosed fence"
        return _code(mended, found)
    if any(block.tag in OTHER_LANGUAGES for block in blocks):
        return NoCode(reason="language not covered")
    unparseable = fenced or any(_starts_code(line.text) for line in outside)
    refused = is_refusal(text)
    return NoCode(reason="refusal" if refused else "unparseable" if unparseable else "no code")


def extract_json(job: dict[str, Any]) -> dict[str, Any]:
    """Do `extract` in a worker process: `{"text", "prompt"}` in, the record's JSON out."""
    prompt = Prompt.model_validate(job["prompt"], strict=False)  # JSON has lists for tuples
    return extract(job["text"], prompt).model_dump(mode="json")


def _code(mended: Mended, found: Found) -> Code:
    lines = mended.lines
    return Code(
        code="\n".join(line.text for line in lines),
        found=found,
        joined=mended.joined,
        repaired=mended.changed,
        n_dropped=mended.n_dropped,
        n_kept=sum(bool(line.number and line.text.strip()) for line in lines),
        lines=tuple(line.number for line in lines),
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
    chosen = _trimmed(chosen)
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
    return _code(mended, found).model_copy(update={"language": language})


def _given(prompt: Prompt) -> list[Line]:
    """Give the lines that a reply goes on from; sentences before the code are left blank."""
    texts = prompt.text.rstrip().replace("\r\n", "\n").split("\n")
    n_said = 0
    for i, text in enumerate(texts):
        said = text[:1].isalpha() and _is_prose(text) and text.rstrip().endswith((".", ":"))
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


# --- where the code is ---------------------------------------------------------------------------


def _numbered(text: str) -> list[Line]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("<|endoftext|>", "")
    # A looping model writes newlines by the million: of a run of blank lines one is kept.
    texts = text.split("\n")
    return [Line(line, i + 1) for i, line in enumerate(texts) if line or (i and texts[i - 1])]


def _fences(lines: Sequence[Line]) -> tuple[list[Block], list[Line]]:
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
        if _trimmed(inside):
            blocks.append(Block(tag, inside, closed=end < len(lines)))
        i = end + 1
    if len(blocks) == 1 and not blocks[0].closed and not blocks[0].tag and _is_code(outside):
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


def _chosen(blocks: Sequence[Block]) -> list[Line]:
    """Give the lines of the blocks that hold the answer, in order; none if no block does."""
    tagged = any(block.tag in PYTHON for block in blocks)
    chosen = [
        block
        for block in blocks
        if block.tag in PYTHON or (not block.tag and _is_code(block.lines))
    ]
    if not tagged:
        chosen = chosen or [block for block in blocks if _is_code(block.lines)]
        chosen = chosen or [block for block in blocks if not block.tag]
    return [line for block in chosen for line in (*block.lines, Line("", 0))]


def _trimmed(lines: Sequence[Line]) -> list[Line]:
    """Leave out blank lines at both ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start].text.strip():
        start += 1
    while end > start and not lines[end - 1].text.strip():
        end -= 1
    return list(lines[start:end])


# --- joining it to the prompt --------------------------------------------------------------------


@dataclass(frozen=True)
class Mended:
    """Lines that parse."""

    lines: Sequence[Line]
    n_dropped: int
    changed: bool
    joined: bool = False


def _mended(code: Sequence[Line], prompt: Prompt) -> Mended | None:
    """Give the lines in the first form that parses, or in the one that loses fewest."""
    forms = list(_forms(code, prompt))
    for lines, joined in forms:
        if _is_code(lines):
            return Mended(lines, 0, changed=False, joined=joined)
    best: Mended | None = None
    for lines, joined in forms:
        mended = _repaired(lines, joined=joined)
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
    headers = [g.text.strip() for g in given if _starts_code(g.text) and "(" in g.text]
    first = next((g.text.strip() for g in given if g.text.strip()), "")
    return bool(headers and headers[-1] in own) or (len(first) > MIN_REPEAT and first in own)


def _body_indent(given: Sequence[Line]) -> str:
    last = next((g.text for g in reversed(given) if g.text.strip()), "")
    lead = last[: len(last) - len(last.lstrip())]
    return lead + "    " if last.rstrip().endswith(":") else lead


# --- mending it ----------------------------------------------------------------------------------


def _repaired(lines: Sequence[Line], *, joined: bool) -> Mended | None:
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
        error = _error(work)
        if error is None:
            break
        work = _step(work, error, blanked)
        if not any(line.text.strip() for line in work):
            return None
    else:
        return None
    # Any prose the parser let pass, such as `Sure`, is harmless; but it is not code.
    if not _is_code(work):
        return None
    dropped = [line for line in lines if line.number in blanked and not _is_prose(line.text)]
    trimmed = _trimmed(work)
    # A backslash before a blank last line needs that line.
    kept = work if _error(trimmed) else trimmed
    return Mended(kept, len(dropped), changed=True, joined=joined)


def _step(work: list[Line], error: SyntaxError, blanked: set[int]) -> list[Line]:
    """Mend what the parser stopped at: one change."""
    at = min(max(error.lineno or 1, 1), len(work)) - 1
    message = str(error.msg)
    if message.startswith("expected an indented block after"):
        header = _header(work, message)
        if header is not None:
            return _inserted(work, header + 1, _lead(work[header].text) + "    pass")
    if message.startswith("expected 'except' or 'finally'"):
        opening = _open_try(work, at)
        if opening is not None:
            end, lead = opening
            return _inserted(_inserted(work, end, lead + "    pass"), end, lead + "finally:")
    if message.startswith("inconsistent use of tabs"):
        return [Line(_lead(w.text).expandtabs() + w.text.lstrip(), w.number) for w in work]
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
        _starts_code(line.text) for line in work[end:]
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
        lead = _lead(work[i].text)
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
    lead = _lead(outer if before is None else before)
    handled = outer.lstrip().startswith(("except", "finally")) and _lead(outer) == lead
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


def _lead(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _depth(text: str) -> int:
    return len(_lead(text))


# --- what it is ----------------------------------------------------------------------------------


def _error(lines: Sequence[Line]) -> SyntaxError | None:
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


def _is_code(lines: Sequence[Line]) -> bool:
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


def _starts_code(text: str) -> bool:
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


def _is_prose(text: str) -> bool:
    """Tell whether a line is a sentence, a heading or a fence rather than code."""
    line = text.strip()
    if not line or line.startswith(("#", "```", "~~~", "**", "- ", "* ")):
        return True
    words = line.split()
    plain = sum(word.strip(".,:;!?\"'()`").isalpha() for word in words)
    return len(words) >= MIN_WORDS and plain / len(words) > PROSE_SHARE and "=" not in line
