"""Questions about a piece of syntax alone: what it is called, what it tests, whether it leaves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
NUMERIC = frozenset({"int", "float", "bool", "UUID", "Decimal", "date", "datetime", "complex"})

MARKS = frozenset({"ctx", "op", "ops", "id", "attr", "kind", "type_comment"})
"""Fields of a node that hold no other: how it is used, and what it is called."""

FIELDS = {
    kind: tuple(name for name in kind._fields if name not in MARKS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""Of each kind of node, those that may hold others."""

SERVER_FAULT = 500
"""HTTP status of an error that nothing else handles."""


def guards(test: ast.expr) -> Iterator[tuple[str, bool]]:  # noqa: C901, PLR0912  # one case a kind
    """Give the names a test checks, and whether they passed where it is true."""
    positive = True
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        positive, test = not positive, test.operand
    match test:
        case ast.BoolOp():
            for value in test.values:
                for name, passed in guards(value):
                    # `a or b` says nothing of `b` where it is true; `a and b` nothing where false,
                    # but for `x and x not in ALLOWED`.
                    if passed == isinstance(test.op, ast.And) or not passed:
                        yield name, passed if positive else not passed
        case ast.Compare(left=ast.Constant(value="\n" | "\r" | "\r\n"), ops=[ast.In()]):
            yield dotted(test.comparators[0]), not positive
        case ast.Compare(ops=[ast.In() | ast.NotIn() | ast.Eq() | ast.NotEq()]):
            other = test.comparators[0]
            known = not isinstance(other, ast.Constant) or isinstance(test.ops[0], ast.Eq)
            if known and dotted(test.left) and not isinstance(test.ops[0], ast.NotEq):
                if isinstance(test.ops[0], ast.Eq) and not isinstance(other, ast.Constant):
                    return
                yield dotted(test.left), positive != isinstance(test.ops[0], ast.NotIn)
        case ast.Call(func=ast.Attribute() as func):
            if func.attr in {"isdigit", "isalnum", "isidentifier", "isnumeric", "isdecimal"}:
                yield dotted(func.value), positive
            elif func.attr in {"match", "fullmatch"} and test.args:
                yield dotted(test.args[-1]), positive
                if len(test.args) > 1:
                    yield dotted(test.args[1]), positive


def leaves(node: ast.stmt) -> bool:
    """Tell whether nothing after this statement runs in its block."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return bool(re.match(r"(abort|_?exit|quit|fail|error)$", last(node.value.func)))
    return isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break)


def children(node: ast.AST) -> list[ast.AST]:
    """Give the nodes right below one, as `ast.iter_child_nodes` does, without operators."""
    found: list[ast.AST] = []
    for name in FIELDS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [part for part in value if isinstance(part, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def names_in(*nodes: ast.AST) -> set[str]:
    """Give the names that stand in some syntax, whatever they are used for."""
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


def walk(node: ast.AST) -> list[ast.AST]:
    """Give a node and all below it, as `ast.walk` does, without operators."""
    found = [node]
    for part in found:
        found += children(part)
    return found


def expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Give the expressions right below a node, those in its arguments and keywords too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.keyword | ast.comprehension | ast.withitem | ast.arg):
            yield from expressions(child)


def dotted(node: ast.AST) -> str:
    """Give `a.b.c` of such an expression, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def last(node: ast.AST | None) -> str:
    """Give the last name of a dotted expression, whatever stands before it."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def operands(node: ast.BinOp) -> list[ast.expr]:
    """Give what one operator joins, from the left: a chain is as deep as it is long."""
    parts: list[ast.expr] = []
    at: ast.expr = node
    while isinstance(at, ast.BinOp) and isinstance(at.op, type(node.op)):
        parts.append(at.right)
        at = at.left
    return [at, *reversed(parts)]


def literal(node: ast.AST | None) -> str:
    """Give the fixed text of a string, f-string or list of them."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(value) for value in node.values)
    if isinstance(node, ast.List | ast.Tuple):
        return "".join(literal(value) for value in node.elts)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def keyword(node: ast.Call, *names: str) -> ast.expr | None:
    """Give the first argument of a call passed by one of these names."""
    return next((k.value for k in node.keywords if k.arg in names), None)


def false(node: ast.AST | None) -> bool:
    """Tell whether this is `False`, written out."""
    return isinstance(node, ast.Constant) and node.value is False


def true(node: ast.AST | None) -> bool:
    """Tell whether this is written out and true."""
    return isinstance(node, ast.Constant) and bool(node.value)


def catches(handler: ast.ExceptHandler, name: str) -> bool:
    """Tell whether a handler names this error."""
    return any(last(kind) == name for kind in _kinds(handler))


def expected(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes only errors whose text is written for the client."""
    return bool(kinds := _kinds(handler)) and all(
        re.search(r"Valid|Http404|HTTPException|ValueError$|PermissionDenied", last(kind))
        for kind in kinds
    )


def argument_names(node: Function) -> list[str]:
    """Give all of them, in order."""
    return [arg.arg for arg in _arguments(node)]


def numeric_arguments(node: Function) -> list[str]:
    """Give those that are declared to be numbers or dates."""
    return [a.arg for a in _arguments(node) if a.annotation and last(a.annotation) in NUMERIC]


def defaults(node: Function) -> list[tuple[str, ast.expr]]:
    """Give the arguments that have a value of their own, with it."""
    a = node.args
    named = [*a.posonlyargs, *a.args][-len(a.defaults) :] if a.defaults else []
    pairs = [*zip(named, a.defaults, strict=True), *zip(a.kwonlyargs, a.kw_defaults, strict=True)]
    return [(arg.arg, value) for arg, value in pairs if value is not None]


def supplied_arguments(node: Function) -> list[str]:
    """Give those that the framework makes: `db=Depends(session)`."""
    return [
        name
        for name, value in defaults(node)
        if isinstance(value, ast.Call) and last(value.func) in {"Depends", "Security"}
    ]


def numbers_in_routes(routes: list[ast.Call]) -> list[str]:
    """Give the arguments that a route such as `/<int:n>` hands over as numbers."""
    texts = "".join(literal(arg) for route in routes for arg in route.args)
    return re.findall(r"<(?:int|float|uuid):(\w+)>", texts)


def handles_faults(route: ast.Call) -> bool:
    """Tell whether a decorator such as `errorhandler(500)` hands over errors of any kind."""
    return last(route.func) in {"errorhandler", "exception_handler"} and any(
        last(kind) in {"Exception", "InternalServerError"}
        or (isinstance(kind, ast.Constant) and kind.value == SERVER_FAULT)
        for kind in route.args
    )


def parts_of_text(call: ast.Call) -> Iterator[ast.expr]:
    """Give the values that a call writes out, those in texts put together for it too."""
    return parts_in(*call.args, *call.keywords)


def parts_in(*texts: ast.AST) -> Iterator[ast.expr]:
    """Give the values that texts are put together from."""
    rest = list(texts)
    while rest:
        node = rest.pop()
        match node:
            case ast.JoinedStr() | ast.FormattedValue() | ast.BinOp() | ast.Tuple() | ast.keyword():
                rest += ast.iter_child_nodes(node)
            case ast.Call(func=ast.Attribute(attr="format") | ast.Name(id="str" | "repr")):
                rest += [*node.args, *node.keywords]
            case ast.expr():
                yield node


def _arguments(node: Function) -> list[ast.arg]:
    a = node.args
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]


def _kinds(handler: ast.ExceptHandler) -> list[ast.expr]:
    if isinstance(handler.type, ast.Tuple):
        return handler.type.elts
    return [handler.type] if handler.type else []
