"""Patterns that take exponential time: a repeated group that can match one text in many ways.

`(a+)+b` reads `aaaa` as one group of four, as two of two, and so on, and tries all of them before
it gives up. What follows a group decides whether it ever gives up, so a group at the end is fine.

Source: Weideman et al. (2016), Analyzing matching time behavior of backtracking regular expression
matchers by using ambiguity of NFA, doi:10.1007/978-3-319-40946-7_27. Only ambiguity within a group
is told here, not polynomial time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from re import _constants as op  # type: ignore[attr-defined]  # the parser of `re` has no other name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from audit.linter.flow.forms import MARKS, SENT
from audit.linter.flow.sinks import Call

Item = tuple[Any, Any]
"""An operation of a parsed pattern and what it is about."""

COMPILES = re.compile(
    r"(re2?|regex)\.(compile|match|search|fullmatch|sub|subn|findall|finditer|split)$"
    r"|(\w+\.)*(RegexValidator|RegexField|re_path)$"
)
REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT})
CHARACTERS = frozenset(range(129))
"""Of ASCII, and 128 for all others."""

LONGEST = 2000
"""Of a pattern that is looked at."""


MOST_WAYS = 40
"""Of a group that are compared with each other."""


def found_in_call(call: Call) -> Iterator[str]:
    """Give the rules that the pattern of a call breaks."""
    if COMPILES.match(call.name):
        form = call.first("pattern", "regex")
        # Of a compiled pattern called `regex` the first argument is the text.
        module = call.name.startswith("re.") or len(call.forms) > 1 or call.last == "compile"
        if SENT.search(form) and module and not call.name.startswith("re2."):
            yield "pattern-from-request"
        pattern = MARKS.sub("x", form)
        spaced = any(re.search(r"\.(VERBOSE|X)$", name) for name in call.handed)
        whole = call.last == "fullmatch"
        if len(pattern) <= LONGEST and _is_exponential(pattern, spaced=spaced, whole=whole):
            yield "pattern-catastrophic"


@functools.lru_cache(maxsize=1000)
def _is_exponential(pattern: str, *, spaced: bool, whole: bool) -> bool:
    try:
        items = list(_parser.parse(pattern, re.VERBOSE if spaced else 0))
    except (re.error, OverflowError, RecursionError):
        return False
    return _explodes(items, followed=whole)


def _explodes(items: Sequence[Item], *, followed: bool) -> bool:
    """Tell whether a group among these is ambiguous and followed by what may fail."""
    for place, (kind, about) in enumerate(items):
        rest = followed or place + 1 < len(items)
        if kind in REPEATS:
            _, most, body = about
            if most == op.MAXREPEAT and rest and _ambiguous(_inner(body)):
                return True
            parts = [(list(body), rest or most > 1)]
        elif kind is op.SUBPATTERN:
            parts = [(list(about[-1]), rest)]
        elif kind is op.BRANCH:
            parts = [(list(one), rest) for one in about[1]]
        else:
            continue
        if any(_explodes(part, followed=after) for part, after in parts):
            return True
    return False


def _inner(body: Sequence[Item]) -> list[Item]:
    """Give the items of a body that may be in groups of its own."""
    items = list(body)
    while len(items) == 1 and items[0][0] is op.SUBPATTERN:
        items = list(items[0][1][-1])
    return items


def _ambiguous(items: list[Item]) -> bool:
    """Tell whether a body that is repeated can match one text in several numbers of rounds."""
    if len(items) == 1 and items[0][0] is op.BRANCH:
        ways = [_inner(one) for one in items[0][1][1][:MOST_WAYS]]
        if any(_ambiguous(way) for way in ways):
            return True
        sets = [_characters(way[0]) for way in ways if len(way) == 1]
        return any(one & other for one, other in combinations(sets, 2))
    for place, item in enumerate(items):
        repeated = _repeated(item)
        others = [other for at, other in enumerate(items) if at != place]
        if repeated and all(_may_be_empty(o) or _characters(o) & repeated for o in others):
            return True
    return False


def _repeated(item: Item) -> frozenset[int]:
    """Give the characters that an item repeats without end; none if it does not."""
    items = _inner([item])
    if len(items) != 1 or items[0][0] not in REPEATS or items[0][1][1] != op.MAXREPEAT:
        return frozenset()
    return _characters(items[0])


def _may_be_empty(item: Item) -> bool:
    kind, about = item
    if kind in REPEATS:
        return about[0] == 0 or all(map(_may_be_empty, about[2]))
    if kind is op.SUBPATTERN:
        return all(map(_may_be_empty, about[-1]))
    if kind is op.BRANCH:
        return any(all(map(_may_be_empty, one)) for one in about[1])
    return kind in {op.AT, op.ASSERT, op.ASSERT_NOT}


def _characters(item: Item) -> frozenset[int]:
    """Give the characters of an item that matches one of them, or a run; else none."""
    kind, about = item
    if kind in REPEATS or kind is op.SUBPATTERN:
        items = _inner(about[-1])
        return _characters(items[0]) if len(items) == 1 else frozenset()
    if kind is op.LITERAL:
        return frozenset({min(about, 128)})
    if kind is op.NOT_LITERAL:
        return CHARACTERS - {about}
    if kind is op.ANY:
        return CHARACTERS - {ord("\n")}
    return _one_of(about) if kind is op.IN else frozenset()


def _one_of(items: Sequence[Item]) -> frozenset[int]:
    found: set[int] = set()
    for kind, about in items:
        if kind is op.LITERAL:
            found.add(min(about, 128))
        elif kind is op.RANGE:
            found |= {min(one, 128) for one in range(about[0], min(about[1], 128) + 1)}
        elif kind is op.CATEGORY:
            found |= _category(str(about).lower())
    return CHARACTERS - found if items and items[0][0] is op.NEGATE else frozenset(found)


def _category(name: str) -> frozenset[int]:
    shorthand = {"digit": r"\d", "space": r"\s", "word": r"\w"}[name.rpartition("_")[2]]
    found = frozenset(one for one in range(128) if re.match(shorthand, chr(one)))
    return CHARACTERS - found if "_not_" in name else found
