"""Cookies that say who a user is, and go where they should not."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import keyword, last, literal

SESSION = re.compile(
    r"(?i).*(sess|token|auth|login|jwt|sid$|user|remember|api[-_]?key|credential|secret)"
)


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    for call in scope.calls:
        if last(call.func) == "set_cookie":
            yield from _in_cookie(call)
        if last(call.func) == "send_header":
            yield from _in_header(call)
    for node in scope.nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=jar), slice=item)]):
                if SESSION.match(literal(item)) and _is_jar(jar, scope, names):
                    yield from _in_jar(jar, literal(item), node, scope)


def _in_cookie(node: ast.Call) -> Found:
    name = literal(node.args[0]) if node.args else literal(keyword(node, "key", "name"))
    options = {word.arg for word in node.keywords}
    if SESSION.match(name) and not options & {None, "httponly", "http_only", "HttpOnly"}:
        yield "cookie-for-scripts", node


def _in_header(node: ast.Call) -> Found:
    match node.args:
        case [ast.Constant(value=str(header)), value] if header.lower() == "set-cookie":
            parts = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
            text = "".join(part for part in parts if isinstance(part, str)).lower()
            name, _, options = text.partition("=")
            if SESSION.match(name) and "httponly" not in options:
                yield "cookie-for-scripts", node
            if SESSION.match(name) and "secure" not in options:
                yield "cookie-by-hand", node


def _is_jar(name: str, scope: Scope, names: Names) -> bool:
    made = [value for value in scope.set.get(name, []) if isinstance(value, ast.Call)]
    return any(names.full(value.func).endswith("SimpleCookie") for value in made)


def _in_jar(jar: str, cookie: str, node: ast.AST, scope: Scope) -> Found:
    options = set()
    for part in scope.nodes:
        match part:
            case ast.Subscript(
                value=ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=which)),
                slice=ast.Constant(value=str(option)),
            ) if (name, which) == (jar, cookie):
                options.add(option.lower())
    if "httponly" not in options:
        yield "cookie-for-scripts", node
    if "secure" not in options:
        yield "cookie-by-hand", node
