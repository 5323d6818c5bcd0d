"""Checks of an address by its text, which another address may pass too."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import literal

ENDINGS = r"(com|org|net|io|edu|gov|dev|app|de|uk)"
CONTAINED = re.compile(rf"(https?://)?([\w-]+\.)+({ENDINGS}|local|example)$")
BEGINS = re.compile(r"https?://[\w.-]+\.[a-z]+$")
ENDS = re.compile(rf"([\w-]+\.)+{ENDINGS}/?$|\.(com|org|net)/$")
PLAIN_DOT = re.compile(r".*[a-z0-9)]\.[a-z0-9-]+\\?\.(com|org|net|edu|gov|io)\b")
"""In a pattern: the last dot but one of a host, which stands for any letter."""

LONGEST = 500
"""Letters of a text or pattern that are looked at."""


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    for node in scope.nodes:
        match node:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                host = literal(scope.value(left))[:LONGEST]
                if CONTAINED.match(host) and not _is_list(right, scope):
                    yield "weak-host-check", node
    for call in scope.calls:
        match call.func:
            case ast.Attribute(attr="startswith") if BEGINS.match(_text(call, scope)):
                yield "weak-host-check", call
            case ast.Attribute(attr="endswith") if ENDS.match(_text(call, scope)):
                yield "weak-host-check", call
            case func if names.full(func).startswith("re.") and PLAIN_DOT.match(_text(call, scope)):
                yield "host-pattern-dot", call


def _text(call: ast.Call, scope: Scope) -> str:
    """Give the fixed text that a call is handed first."""
    return literal(scope.value(call.args[0]))[:LONGEST] if call.args else ""


def _is_list(node: ast.expr, scope: Scope) -> bool:
    """Tell whether a host is looked for among others, whole."""
    return isinstance(scope.value(node), ast.List | ast.Tuple | ast.Set | ast.Dict)
