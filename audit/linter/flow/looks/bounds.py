"""Places in a list that it does not have: one behind its end."""

from __future__ import annotations

import ast

from audit.linter.flow.scopes import Found, Scope, inside
from audit.linter.flow.syntax import dotted


def found(scope: Scope) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    for node in scope.nodes:
        match node:
            case ast.For():
                yield from _beyond_end(node)
                yield from _one_too_many(node)
            case ast.While():
                yield from _one_too_far(node)
            case ast.Subscript(value=whole, slice=ast.Call() as place, ctx=ast.Load()):
                if _is_length(place, whole):
                    yield "off-by-one", node


def _beyond_end(node: ast.For) -> Found:
    """Find `x[i + 1]` where `i` goes up to the last place of `x`."""
    match node:
        case ast.For(
            target=ast.Name(id=place),
            iter=ast.Call(
                func=ast.Name(id="range"),
                args=[ast.Call(func=ast.Name(id="len"), args=[whole])]
                | [ast.Constant(value=0 | 1), ast.Call(func=ast.Name(id="len"), args=[whole])],
            ),
        ):
            parts = list(inside(node.body))
        case _:
            return
    if any(isinstance(part, ast.If | ast.IfExp | ast.Try | ast.BoolOp) for part in parts):
        return
    for part in parts:
        match part:
            case ast.Subscript(
                value=list_,
                slice=ast.BinOp(
                    left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=int())
                ),
                ctx=ast.Load(),
            ) if name == place and dotted(list_) and dotted(list_) == dotted(whole):
                yield "beyond-end", part
                return


def _one_too_many(node: ast.For) -> Found:
    """Find `x[i]` where `i` goes up to the length of `x`, or down from there."""
    match node:
        case ast.For(
            target=ast.Name(id=place),
            iter=ast.Call(
                func=ast.Name(id="range"),
                args=[*_, ast.BinOp(left=end, op=ast.Add(), right=ast.Constant(value=1))]
                | [ast.Call() as end, _, ast.UnaryOp(op=ast.USub())],
            ),
        ) if _asks_for(node.body, place, end):
            yield "off-by-one", node


def _one_too_far(node: ast.While) -> Found:
    """Find `x[i]` while `i` may be the length of `x`."""
    match node.test:
        case ast.Compare(left=ast.Name(id=place), ops=[ast.LtE()], comparators=[end]):
            if _asks_for(node.body, place, end):
                yield "off-by-one", node


def _asks_for(body: list[ast.stmt], place: str, end: ast.expr) -> bool:
    """Tell whether a list is asked for a place that may be its end, and nothing in between."""
    asked = False
    for part in inside(body):
        match part:
            case ast.Subscript(value=whole, slice=ast.Name(id=name)) if name == place:
                asked = asked or _is_length(end, whole)
            case ast.Subscript(value=whole, slice=ast.Slice(upper=ast.Name(id=name))):
                if name == place and _is_length(end, whole):
                    return False
            case ast.Compare(left=left, comparators=[*others]):
                if place in map(dotted, (left, *others)):
                    return False
    return asked


def _is_length(node: ast.expr, whole: ast.expr) -> bool:
    """Tell whether this is the length of a list."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[measured]):
            return ast.unparse(measured) == ast.unparse(whole)
    return False
