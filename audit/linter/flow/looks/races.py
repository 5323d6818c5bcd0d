"""What others may change in between: files between a look and their use, totals among threads."""

from __future__ import annotations

import ast
import bisect
import sys
from collections import defaultdict
from collections.abc import Iterable, Set

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope, inside
from audit.linter.flow.syntax import Function, dotted, keyword, last, literal

STARTS = frozenset({"Thread", "Timer", "start_new_thread", "submit"})
LOOKS = frozenset({"os.stat", "os.lstat", "os.path.islink", "os.path.getsize"})
EXISTS = frozenset({"os.path.exists", "os.path.isfile", "os.path.lexists", "exists"})


def threads(scopes: Iterable[Scope]) -> frozenset[str]:
    """Give the names of functions that a text starts as threads."""
    calls = [call for scope in scopes for call in scope.calls if last(call.func) in STARTS]
    given = [part for call in calls for part in (*call.args, *(k.value for k in call.keywords))]
    return frozenset(filter(None, map(last, given)))


def found(scope: Scope, names: Names, started: Set[str]) -> Found:
    """Give the rules that a scope breaks, each with its place.

    Args:
        scope: To look at.
        names: Of the text.
        started: Names of functions that the text starts as threads.
    """
    if isinstance(scope.node, Function) and scope.name in started:
        yield from _without_lock(scope.node)
    opens = any(names.full(call.func) in {"open", "os.open"} for call in scope.calls)
    written = _written(scope.calls, names)
    if not (opens or written):
        return
    for node in scope.nodes:
        if isinstance(node, ast.If):
            yield from _looked_at_before(node, names)
            if written and _makes_if_new(node, written, names):
                yield "exists-then-write", node


def _looked_at_before(node: ast.If, names: Names) -> Found:
    """Find a file that is opened by its name after another look at what that names."""
    looked = {
        dotted(call.args[0])
        for call in ast.walk(node.test)
        if isinstance(call, ast.Call) and call.args and names.full(call.func) in LOOKS
    } - {""}
    for part in inside(node.body):
        opens = isinstance(part, ast.Call) and names.full(part.func) in {"open", "os.open"}
        if opens and isinstance(part, ast.Call) and looked & set(map(dotted, part.args[:1])):
            yield "exchanged-between", part
            return


def _written(calls: Iterable[ast.Call], names: Names) -> dict[str, list[int]]:
    """Give the lines in which the file of each path is written anew."""
    lines: dict[str, list[int]] = defaultdict(list)
    for call in calls:
        match call:
            case ast.Call(func=ast.Attribute(attr="write_text" | "write_bytes", value=path)):
                mode = "w"
            case ast.Call(func=func, args=[path, *rest]) if names.full(func) == "open":
                mode = literal(rest[0] if rest else keyword(call, "mode"))
            case ast.Call(func=ast.Attribute(attr="open", value=path), args=[way, *_]):
                mode = literal(way)
            case _:
                continue
        if mode.startswith("w"):
            bisect.insort(lines[ast.unparse(path)], call.lineno)
    return lines


def _makes_if_new(node: ast.If, written: dict[str, list[int]], names: Names) -> bool:
    """Tell whether a file is written where, or after, nothing was found under its name."""
    end = node.body[-1].end_lineno or 0
    match node.test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call):
            where = range(node.body[0].lineno, end + 1)
        case ast.Call() as call if isinstance(node.body[-1], ast.Return | ast.Raise):
            where = range(end + 1, sys.maxsize)
        case _:
            return False
    match call:
        case ast.Call(func=func, args=[path]) if names.full(func) in EXISTS:
            lines = written.get(ast.unparse(path), [])
        case ast.Call(func=ast.Attribute(attr="exists" | "is_file", value=path), args=[]):
            lines = written.get(ast.unparse(path), [])
        case _:
            return False
    place = bisect.bisect_left(lines, where.start)
    return place < len(lines) and lines[place] in where


def _without_lock(node: Function) -> Found:
    """Find a total of the whole program that threads change at the same time."""
    parts = list(ast.walk(node))
    shared = {name for part in parts if isinstance(part, ast.Global) for name in part.names}
    held = [item for part in parts if isinstance(part, ast.With) for item in part.items]
    if any(not isinstance(item.context_expr, ast.Call) for item in held):
        return
    if any(isinstance(part, ast.Attribute) and part.attr == "acquire" for part in parts):
        return
    for part in parts:
        name = dotted(part.target) if isinstance(part, ast.AugAssign) else ""
        if name and (name in shared or name.startswith("self.")):
            yield "total-without-lock", part
            return
