"""Secrets compared letter by letter: the time that takes tells how much of one was right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Set

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import DEPTH, Found, Scope
from audit.linter.flow.syntax import dotted, last, walk

CODES = frozenset({"hmac.new", "hmac.digest", "hmac.HMAC"})
RECEIVED = re.compile(
    r"(?i)(\w+[-_])?(x?csrf(_?token)?|_?xsrf|\w*signature\w*|api[-_]?key|auth[-_]?token|access[-_]?token"
    r"|secret|hmac)$"
)
"""The name of a field or header in which a client sends a secret."""

SECRET = re.compile(
    r"(?i)_?((\w+_)?(signature|hmac|api_?key|auth_?token|access_token|csrf_?token|session_token"
    r"|reset_token|api_token|bearer_token|secret|password|passwd|pwd|password_hash"
    r"|hashed_password)|token|digest|sig|mac)$"
)
KEPT = re.compile(
    r"(?i)(?!(.*(type|kind|token_?\w*\.[A-Z_]+)|(\w+\.)+[A-Z_]+|len\(.*"
    r"|.*(password|passwd|pwd|confirm\w*|repeat\w*|password_?2|again)$)$)(?!.*(confirm|repeat|again))"
    r".*(expected|stored|\bsign\(|_sign|valid|correct|secret|token|signature|digest|api_?key|hash|hmac"
    r"|users?\b|user_|db|config|settings|environ|getenv|request|session|password)"
)
"""What a secret is compared with, written out: another that is known or was sent."""

LONGEST = 200
"""Letters of the name of a field, or of an expression, that are looked at."""


def makers(scopes: Iterable[Scope], names: Names) -> frozenset[str]:
    """Give the names of functions of a text that make a keyed code and compare none."""
    return frozenset(
        scope.name
        for scope in scopes
        if any(names.full(call.func) in CODES for call in scope.calls)
        and not any(last(call.func) == "compare_digest" for call in scope.calls)
    ) - {""}


def found(scope: Scope, names: Names, made: Set[str]) -> Found:
    """Give the rules that a scope breaks, each with its place.

    Args:
        scope: To look at.
        names: Of the text.
        made: Names of its functions that make a keyed code.
    """
    keyed = _Keyed(scope, names, made)
    for node in scope.nodes:
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                sides = (scope.value(left), scope.value(right))
                if any(isinstance(side, ast.Constant) for side in (*sides, left, right)):
                    continue
                if keyed.holds(left) or keyed.holds(right):
                    yield "hmac-compared", node
                elif any(RECEIVED.match(_field(side)[:LONGEST]) for side in sides):
                    yield "received-secret-compared", node
                elif _is_secret(left, right) or _is_secret(right, left):
                    yield "secret-compared", node


class _Keyed:
    """Where in a scope a keyed code stands."""

    def __init__(self, scope: Scope, names: Names, made: Set[str]) -> None:
        self._calls = {
            id(call)
            for call in scope.calls
            if names.full(call.func) in CODES or last(call.func) in made
        }
        self._names: set[str] = set()
        for _ in range(DEPTH if self._calls else 0):
            self._names |= {
                name
                for name, values in scope.set.items()
                if any(value is not None and self.holds(value) for value in values)
            }

    def holds(self, node: ast.AST) -> bool:
        """Tell whether an expression is made of a keyed code."""
        return bool(self._calls) and any(
            id(part) in self._calls or (isinstance(part, ast.Name) and part.id in self._names)
            for part in walk(node)
        )


def _field(node: ast.AST | None) -> str:
    """Give the name of a field or header that an expression reads."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Call(func=ast.Attribute(attr=how), args=[ast.Constant(value=str(key)), *_]):
            return key if how.startswith("get") else ""
    return ""


def _is_secret(node: ast.expr, other: ast.expr) -> bool:
    """Tell whether a secret, by its name, is compared with one that is known or was sent."""
    named = dotted(node) and SECRET.match(last(node))
    return bool(named and KEPT.match(ast.unparse(other)[:LONGEST]))
