r"""Forms: what is fixed in a text, and what comes from outside.

A form is a string in which fixed text stands for itself and every other part is a mark. So
`f"SELECT * FROM users WHERE name = '{name}'"` has the form
`SELECT * FROM users WHERE name = '\x03'`, whichever way it was put together.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

SAFE = "\x01"
"""A value that cannot change the meaning of text around it: a constant, a number, quoted text."""

COUNT = "\x02"
"""A number that a client chose: safe in a text, but it may be nought or a million."""

OPEN = "\x03"
"""A value that may be any text: a parameter, the result of an unknown call."""

FAULT = "\x04"
"""The text of an error that was caught."""

FLAT = "\x05"
"""A value that a client or user sends, in one line."""

REQUEST = "\x06"
"""A value that a client or user sends."""

NUMBER = "\x07"
"""A value written as a number, by `%d` or in a route: it cannot leave its place in a statement, but
belongs beside it."""

LISTED = "\x08"
"""Begins the form of a list or mapping: its elements are handed over one by one."""

MARKS = re.compile(f"[{SAFE}-{LISTED}]")
FREE = re.compile(f"[{OPEN}-{REQUEST}]")
SENT = re.compile(f"[{FLAT}{REQUEST}]")
OPENNESS = re.compile(f"[{SAFE}-{REQUEST}]")
FREE_OR_NUMBER = re.compile(f"[{OPEN}-{NUMBER}]")
TAG = re.compile(r"<[a-zA-Z!/]")
"""In a text: it is markup."""

LONGEST = 4096
"""Of a form: `text += text` in a loop of ten doubles it a thousandfold."""

SPEC = re.compile(r"%(?:\((\w+)\))?[-+ #0]*(?:\*|\d+)?(?:\.\d+)?([a-zA-Z%])")
FIELD = re.compile(r"\{\{|\}\}|\{(\w*)[^{}:!]*(?:![rsa])?(?::([^{}]*))?\}")


def mark(form: str) -> str:
    """Give the one mark that a form is worth: the most open in it."""
    return max(OPENNESS.findall(form), default=SAFE)


def marks(form: str) -> str:
    """Give each mark in a form once; of a fixed text that it is safe."""
    found = set(OPENNESS.findall(form)) - {SAFE}
    return "".join(sorted(found)) or SAFE


def cut(form: str) -> str:
    """Give a form no longer than it may be, with the marks of what is cut off at its end."""
    if len(form) <= LONGEST:
        return form
    return form[:LONGEST] + marks(form[LONGEST:])


def worse(one: str, other: str) -> str:
    """Give the form of two in which more is open; of equals the longer."""
    return max(one, other, key=lambda form: (mark(form), len(form)))


def beside(text: str, values: str) -> str:
    """Give the form of values put into a text that is not seen, fixed or not."""
    whole = text == SAFE and FREE.search(values)
    return text + marks(values) if whole else worse(mark(text), mark(values))


def in_one_line(form: str) -> str:
    """Give the form of a text with its line breaks taken out or escaped."""
    return form.replace(REQUEST, FLAT)


def constant(node: ast.AST) -> str:
    """Give the form of a literal, or nothing of anything else."""
    if not isinstance(node, ast.Constant):
        return ""
    value = node.value
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return MARKS.sub(" ", value) if isinstance(value, str) else SAFE


def is_number(spec: str) -> bool:
    """Tell whether a format writes a number."""
    return bool(re.search(r"[bcdoxXeEfFgGn%]$", spec)) and not spec.endswith("s")


def filled(text: str, values: Sequence[str], named: dict[str, str], other: str = OPEN) -> str:
    """Put values into the `%s` of a text, and `other` where there is none."""
    rest = iter(values)

    def value(spec: re.Match[str]) -> str:
        if spec[2] == "%":
            return "%"
        form = named.get(spec[1], other) if spec[1] else next(rest, other)
        if spec[2] in "ra":
            return in_one_line(form)
        return form if spec[2] == "s" else NUMBER if FREE_OR_NUMBER.search(form) else SAFE

    return cut(SPEC.sub(value, text))


def formatted(text: str, values: Sequence[str], named: dict[str, str]) -> str:
    """Put values into the `{}` of a text."""
    if not MARKS.sub("", text):
        return beside(text, "".join((*values, *named.values())))
    rest = iter(values)

    def value(field: re.Match[str]) -> str:
        if field[0] in {"{{", "}}"}:
            return field[0][0]
        if field[2] and is_number(field[2]):
            return SAFE
        if not field[1]:
            return next(rest, OPEN)
        if field[1].isdecimal():
            return values[int(field[1])] if int(field[1]) < len(values) else OPEN
        return named.get(field[1], OPEN)

    return cut(FIELD.sub(value, text))


def substituted(text: str, values: str) -> str:
    """Put values into the `$name` of a `string.Template`."""
    return cut(re.sub(r"\$\{?\w+\}?", lambda _: mark(values), text))
