"""Files and folders that other users of a computer may change."""

from __future__ import annotations

import ast

from audit.linter.flow.looks.called import Called, Looks, number
from audit.linter.flow.scopes import Found
from audit.linter.flow.syntax import keyword, last, operands

FOR_ALL = frozenset({"S_IWOTH", "S_IRWXO"})
WRITE = 0o002
"""The bit that lets everybody write."""

PLACES = {
    "chmod": (0, 1), "fchmod": (0, 1), "lchmod": (0, 1), "mkdir": (0, 1), "makedirs": (1,),
    "mkfifo": (1,), "mknod": (1,),
}  # fmt: skip
"""Where a call is handed a mode, as a method of a path or as a function of `os`."""


def _set(call: Called) -> Found:
    given = [keyword(call.node, "mode")]
    for place in PLACES[call.last]:
        given += call.node.args[place : place + 1]
    if any(_is_for_all(call.scope.value(mode)) for mode in given):
        yield "world-writable", call.node


def _opened(call: Called) -> Found:
    mode = call.passed(2, "mode")
    if call.owner == "os" and mode is not None and _is_for_all(call.scope.value(mode)):
        yield "world-writable", call.node
    elif call.owner == "os" and mode is None and _creates(call.passed(1, "flags")):
        yield "created-for-all", call.node


def _creates(flags: ast.expr | None) -> bool:
    return flags is not None and any(last(part) == "O_CREAT" for part in ast.walk(flags))


def _masked(call: Called) -> Found:
    if call.number(0) == 0:
        yield "world-writable", call.node


def _is_for_all(node: ast.AST | None) -> bool:
    """Tell whether a mode lets everybody write, and does not take that right away."""
    match node:
        case ast.BinOp(op=ast.BitOr()):
            return any(map(_is_for_all, operands(node)))
        case ast.Constant():
            return number(node) > 0 and bool(number(node) & WRITE)
    return last(node) in FOR_ALL


CALLS: Looks = {**dict.fromkeys(PLACES, _set), "open": _opened, "umask": _masked}
