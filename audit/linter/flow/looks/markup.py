"""Markup that is taken out by its text, and templates that escape nothing."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import keyword, literal

TAG = re.compile(r"(?i)</?(script|iframe|img|style)|javascript:|on(error|load)")
TAGS = re.compile(r"(?i).*<.{0,12}(script|iframe)|<\[\^[<>]+\][+*]\??>$|<\.[+*]\?>$")
"""A pattern for tags of scripts, or for all tags."""

LONGEST = 500
"""Letters of a pattern that are looked at."""

MAKO = frozenset({"mako.template.Template", "mako.lookup.TemplateLookup", "TemplateLookup"})


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    for call in scope.calls:
        match call.func:
            case ast.Attribute(attr="replace", value=text):
                if _takes_tag_out(call) and not _takes_tag_out(text):
                    yield "markup-removed-by-text", call
            case ast.Attribute(attr="sub"):
                if _takes_tags_out(call, scope, names):
                    yield "markup-removed-by-text", call
        if names.full(call.func) in MAKO and not _escapes(call):
            yield "mako-unescaped", call


def _takes_tag_out(node: ast.expr) -> bool:
    """Tell whether a call removes one kind of tag."""
    match node:
        case ast.Call(func=ast.Attribute(attr="replace"), args=[ast.Constant(value=str(tag)), *_]):
            return bool(TAG.match(tag))
    return False


def _takes_tags_out(call: ast.Call, scope: Scope, names: Names) -> bool:
    """Tell whether a call removes what a pattern for tags finds."""
    match names.full(call.func), call:
        case "re.sub", ast.Call(args=[pattern, ast.Constant(value=str()), *_]):
            pass
        case _, ast.Call(func=ast.Attribute(value=compiled)):
            match scope.value(compiled):
                case ast.Call(func=func, args=[pattern, *_]) if names.full(func) == "re.compile":
                    pass
                case _:
                    return False
        case _:
            return False
    return bool(TAGS.match(literal(scope.value(pattern))[:LONGEST]))


def _escapes(call: ast.Call) -> bool:
    match keyword(call, "default_filters"):
        case ast.List(elts=filters):
            return "h" in map(literal, filters)
    return False
