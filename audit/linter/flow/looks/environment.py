"""The whole environment of a program, handed to a client."""

from __future__ import annotations

import ast

from audit.linter.flow.looks.called import Called, Looks
from audit.linter.flow.names import ROUTES, Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import Function, children, last

SHOWS = frozenset({
    "jsonify", "JsonResponse", "JSONResponse", "HttpResponse", "make_response", "Response",
    "json_response", "render_template", "render",
})  # fmt: skip
NAMES_ONE = frozenset({"get", "setdefault", "pop", "keys"})
"""Methods of it that give one value, or none."""

PARTS = 100
"""How much of an answer is looked through: a name may stand for a long one, and be used often."""


def found(scope: Scope, names: Names) -> Found:
    """Give the rule that a scope breaks by what it returns to a client, with its place."""
    if isinstance(scope.node, Function) and any(map(_is_route, scope.node.decorator_list)):
        for node in scope.nodes:
            match node:
                case ast.Return(value=ast.expr() as value) if not _shows(value):
                    if _is_in(value, scope, names):
                        yield "environment-returned", node


def _is_route(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last(node.func) in ROUTES


def _shows(node: ast.expr) -> bool:
    """Tell whether this is a call that is looked at for itself."""
    return isinstance(node, ast.Call) and last(node.func) in SHOWS


def _shown(call: Called) -> Found:
    values = (*call.node.args, *(word.value for word in call.node.keywords))
    if any(_is_in(value, call.scope, call.names) for value in values):
        yield "environment-returned", call.node


def _is_in(whole: ast.expr, scope: Scope, names: Names) -> bool:
    """Tell whether a value holds all of the environment."""
    rest: list[ast.AST] = [whole]
    for _ in range(PARTS):
        if not rest:
            break
        node = rest.pop()
        match node:
            case ast.Name():
                value = scope.value(node)
                rest += [value] if value is not node and value else []
            case ast.Attribute(attr="environ") if names.full(node) == "os.environ":
                return True
            case ast.Subscript(value=ast.Attribute(attr="environ")) | ast.Compare():
                pass
            case ast.Call(func=ast.Attribute(attr=method, value=part)) if (
                method in NAMES_ONE and last(part) == "environ"
            ):
                pass
            case _:
                rest += children(node)
    return False


CALLS: Looks = dict.fromkeys(SHOWS, _shown)
