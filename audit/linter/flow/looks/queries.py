"""Queries of a document store: an object from a client in the place of a text, code in a text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from audit.linter.flow.forms import FREE
from audit.linter.flow.looks.called import Called, Looks
from audit.linter.flow.names import REQUESTS
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, last, literal

STORE = re.compile(
    r"(?i)(\w+\.)*(db|mongo|client|coll(ection)?|users?|accounts?|orders?|items?|products?|posts?)"
    r"(\.\w+)*$"
)
FINDS = frozenset({
    "find_one", "find", "find_one_and_update", "find_one_and_delete", "find_one_and_replace",
    "delete_one", "delete_many", "update_one", "update_many", "replace_one", "count_documents",
    "aggregate",
})  # fmt: skip
RUN = frozenset({"$where", "$function", "$accumulator"})
"""Keys of a query whose value Mongo runs as JavaScript."""

JSON = frozenset({"json", "get_json", "data", "body"})
PARTS = 100
"""How much of a query is looked through: a name may stand for a long one, and be used often."""


def found_in_mapping(node: ast.Dict, forms: list[str]) -> Iterator[str]:
    """Give the rule that a mapping breaks, the forms of its values given."""
    for key, form in zip(node.keys, forms, strict=True):
        if literal(key) in RUN and FREE.search(form):
            yield "nosql-where"


def found_in_assignment(target: ast.expr, form: str) -> Iterator[str]:
    """Give the rule that setting a key of a mapping breaks, the form of its value given."""
    match target:
        case ast.Subscript(slice=ast.Constant(value=key)) if key in RUN and FREE.search(form):
            yield "nosql-where"


def _asked(call: Called) -> Found:
    func = call.node.func
    if not call.node.args or not isinstance(func, ast.Attribute):
        return
    query = call.scope.value(call.node.args[0])
    known = func.attr not in {"find", "aggregate"} or isinstance(query, ast.Dict | ast.List)
    if query is None or not (known or STORE.match(dotted(func.value))):
        return
    if any(_is_sent(part, call.scope) for part in _values(query)):
        yield "nosql-from-json", call.node


def _values(query: ast.AST) -> Iterator[ast.AST]:
    """Give what stands in a query as a value, without what was made of it by a call."""
    rest = [query]
    for _ in range(PARTS):
        if not rest:
            return
        match rest.pop():
            case ast.Dict(values=values) | ast.List(elts=values) | ast.BoolOp(values=values):
                rest += values
            case ast.AST() as value:
                yield value


def _is_sent(node: ast.AST | None, scope: Scope) -> bool:
    """Tell whether a value is a part of a body of JSON, of which nobody asked the type."""
    for _ in range(PARTS):
        match node:
            case ast.Name(id=name) if name not in scope.looked_at:
                value = scope.value(node)
                node = value if value is not node else None
            case ast.Attribute(attr=part, value=request) if part in JSON:
                return last(request) in REQUESTS
            case ast.Call(func=ast.Name(id="loads") | ast.Attribute(attr="loads")):
                return True
            case ast.Call(func=ast.Attribute(attr="get" | "pop", value=part)):
                node = part
            case ast.Call(func=ast.Attribute(attr="json" | "get_json") as part):
                node = part
            case ast.Subscript(value=part) | ast.Await(value=part):
                node = part
            case _:
                return False
    return False


CALLS: Looks = dict.fromkeys(FINDS, _asked)
