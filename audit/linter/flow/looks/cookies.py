"""Cookies that say who a user is, and go where they should not."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, Named
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import false, keyword, last

SESSION = re.compile(
    r"(?i).*(sess|token|auth|login|jwt|sid$|user|remember|api[-_]?key|credential|secret)"
)
IDENTIFIES = re.compile(
    r"(?i).*(sess|token|auth|login|jwt|sid|user|remember|csrf|api|key|cookie|id$)"
)
SETTING = re.compile(r"(SESSION|CSRF|REMEMBER|JWT)_COOKIE_(SECURE|HTTPONLY)$")
"""Of Flask and Django and what is added to them."""

SETS = ("set_cookie", "set_signed_cookie")


def named(one: Named) -> Found:
    """Find a cookie left open by a setting, by `httponly=False`, or put into a jar as it is."""
    if false(one.value):
        if setting := SETTING.match(one.name):
            yield ("cookie-readable", "cookie-without-secure")[setting[2] == "SECURE"], one.node
        if one.name == "httponly" and isinstance(one.by, ast.Call) and last(one.by.func) in SETS:
            yield "cookie-readable", one.node
    match one.by:
        case ast.Subscript(value=ast.Name(id=jar)) if SESSION.match(one.name) and _is_jar(jar, one):
            yield from _in_jar(jar, one.name, one.node, one.scope)


def _in_cookie(call: Called) -> Found:
    name = call.text(0, "key", "name")
    options = {word.arg for word in call.node.keywords}
    if SESSION.match(name) and not options & {None, "httponly", "http_only", "HttpOnly"}:
        yield "cookie-for-scripts", call.node
    unsecured = "secure" not in options or false(keyword(call.node, "secure"))
    if IDENTIFIES.match(name) and None not in options and unsecured:
        yield "cookie-without-secure", call.node


def _in_header(call: Called) -> Found:
    match call.node.args:
        case [ast.Constant(value=str(header)), value] if header.lower() == "set-cookie":
            parts = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
            text = "".join(part for part in parts if isinstance(part, str)).lower()
            name, _, options = text.partition("=")
            if SESSION.match(name) and "httponly" not in options:
                yield "cookie-for-scripts", call.node
            if SESSION.match(name) and "secure" not in options:
                yield "cookie-by-hand", call.node


def _is_jar(name: str, one: Named) -> bool:
    made = [value for value in one.scope.set.get(name, []) if isinstance(value, ast.Call)]
    return any(one.names.full(value.func).endswith("SimpleCookie") for value in made)


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


CALLS: Looks = {**dict.fromkeys(SETS, _in_cookie), "send_header": _in_header}
