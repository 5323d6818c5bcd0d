"""What a client says of itself: its name, its address, the page that it comes from."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import last, literal

IDENTITY = re.compile(
    r"(?i)(http[-_])?x[-_](remote[-_]user|forwarded[-_](user|email)|authenticated[-_]user|user([-_]id)?"
    r"|user[-_]name|role|admin)$"
)
"""A header in which a client says who it is."""

ADDRESS = re.compile(
    r"(?i)(http[-_])?(x[-_]forwarded[-_]for|x[-_]real[-_]ip|client[-_]ip|x[-_]client[-_]ip"
    r"|true[-_]client[-_]ip)$"
)
"""One in which it says where it calls from."""

ORIGIN = re.compile(r"(?i)(http_)?(referr?er|host|user-agent|x-forwarded-host)$")
"""One in which it says what it came from, or asked for."""

HEADERS = frozenset({"headers", "META", "environ"})
NAMES_ADDRESS = frozenset({"socket.gethostbyaddr", "socket.getfqdn", "socket.getnameinfo"})


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    for node in scope.nodes:
        match node:
            case ast.Subscript(ctx=ast.Load()):
                yield from _read(node)
            case ast.Call(func=ast.Attribute(attr="startswith" | "endswith", value=asked)):
                yield from _judged_by(asked, node, scope, names)
            case ast.Call():
                yield from _read(node)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()]):
                yield from _judged_by(left, node, scope, names)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                # Among the hosts that are known, the one that was asked for is well looked up.
                if not ORIGIN.match(_header(left)):
                    yield from _judged_by(left, node, scope, names)
                yield from _judged_by(right, node, scope, names)


def _read(node: ast.expr) -> Found:
    header = _header(node)
    if IDENTITY.match(header):
        yield "identity-from-header", node
    elif ADDRESS.match(header):
        yield "forwarded-address", node


def _judged_by(asked: ast.expr, node: ast.expr, scope: Scope, names: Names) -> Found:
    """Find a test of what a client, or the owner of its address, may choose."""
    if ORIGIN.match(_header(asked)):
        yield "trusted-referer", node
    elif _from_address(asked, scope, names):
        yield "name-of-address", node


def _header(node: ast.expr) -> str:
    """Give the name of the header that an expression reads, else nothing."""
    match node:
        case ast.Subscript(value=part, slice=key):
            pass
        case ast.Call(func=ast.Attribute(attr="get" | "getlist", value=part), args=[key, *_]):
            pass
        case _:
            return ""
    return literal(key) if last(part) in HEADERS else ""


def _from_address(node: ast.AST, scope: Scope, names: Names) -> bool:
    """Tell whether this is the name of an address, which its owner chooses."""
    for _ in range(2):
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        node = scope.value(node) or node
    return isinstance(node, ast.Call) and names.full(node.func) in NAMES_ADDRESS
