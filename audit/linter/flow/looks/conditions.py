"""Conditions that do another thing than they say: always true, never true, or not asked at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from audit.linter.flow.scopes import Found, Scope

PERMISSION = re.compile(
    r"(?i)((\w+\.)*(current_)?user(\(\))?\.(is_|has_|can_|role|admin|perm)|current_user\b"
    r"|request\.user\."
    r"|(\w+\.)*(is_admin|is_staff|is_superuser|is_authenticated|has_perm\w*|has_role|role"
    r"|check_password\w*|verify_password|compare_digest)\b)"
)
"""Begins a question for somebody's rights."""

Bound = tuple[float, int]
"""A number, and 1 for what lies right above it, -1 for what lies right below."""


def found(scope: Scope) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    yield from _asserted(scope)
    for node in scope.nodes:
        match node:
            case ast.BoolOp(op=ast.Or(), values=values) if _always(values):
                yield "or-literal", node
            case ast.BoolOp() if _never_refuses(node):
                yield "impossible-range", node
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[right]):
                if _equals_many(left) or _equals_many(right):
                    yield "identity-of-literal", node


def _asserted(scope: Scope) -> Found:
    """Find somebody's rights asked for by what may be left out."""
    asserts = [node for node in scope.nodes if isinstance(node, ast.Assert)]
    asked = [node for node in asserts if PERMISSION.match(_begins(node.test))]
    if asked and not _is_test(scope):
        yield from (("assert-permission", node) for node in asked)


def _always(values: Sequence[ast.expr]) -> bool:
    """Tell whether these are as in `x == "a" or "b"`, which holds whatever `x` is."""
    compared: set[type] = set()
    for value in values:
        match value:
            case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=known)]):
                compared.add(type(known))
            case ast.Constant(value=str() | int() as other) if other and type(other) in compared:
                return True
    return False


def _never_refuses(node: ast.BoolOp) -> bool:
    """Tell whether a condition is as in `x < 0 and x > 9` or `x != "a" or x != "b"`."""
    if isinstance(node.op, ast.Or):
        return _two_texts(node.values, ast.NotEq)
    return _two_texts(node.values, ast.Eq) or _empty_range(node.values)


def _two_texts(values: Sequence[ast.expr], kind: type[ast.cmpop]) -> bool:
    """Tell whether something is compared with two texts, which it cannot both be."""
    known: dict[str, str] = {}
    for value in values:
        match value:
            case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=str(text))]):
                if isinstance(op, kind) and known.setdefault(ast.unparse(left), text) != text:
                    return True
    return False


def _empty_range(values: Sequence[ast.expr]) -> bool:
    """Tell whether a number has to lie below its lower limit and above its upper one."""
    most: dict[str, Bound] = {}
    least: dict[str, Bound] = {}
    for value in values:
        match value:
            case ast.Compare(left=left, ops=[op], comparators=[limit]) if _is_number(limit):
                number, name = ast.literal_eval(limit), ast.unparse(left)
            case _:
                continue
        match op:
            case ast.Lt() | ast.LtE():
                most[name] = (number, -isinstance(op, ast.Lt))
            case ast.Gt() | ast.GtE():
                least[name] = (number, +isinstance(op, ast.Gt))
    return any(most[name] < least[name] for name in most.keys() & least.keys())


def _equals_many(node: ast.expr) -> bool:
    """Tell whether this is a text or a number, of which there may be many that are equal."""
    return _is_number(node) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in {int, float}


def _is_test(scope: Scope) -> bool:
    """Tell whether this is a function of a test, which is there to assert."""
    called = any(ast.unparse(call.func).startswith("self.client") for call in scope.calls)
    return called or scope.name.startswith("test") or "client" in scope.arguments


def _begins(node: ast.expr) -> str:
    """Give the text of what a condition asks for first."""
    while not isinstance(node, ast.Name | ast.Attribute):
        match node:
            case ast.UnaryOp(operand=part) | ast.Compare(left=part) | ast.Call(func=part):
                node = part
            case ast.BoolOp(values=[part, *_]):
                node = part
            case _:
                return ""
    return ast.unparse(node)
