"""What is found without following text: each scope of a text is looked at for itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from audit.linter.flow import callers, ciphers, defaults, endings, kept
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import scopes
from audit.linter.flow.syntax import Function


def found(tree: ast.Module, names: Names) -> Iterator[tuple[str, ast.AST]]:
    """Give the rules that a text breaks, each with its place."""
    started = endings.threads(tree)
    every = scopes(tree)
    made = {scope.name: scope.node for scope in every if isinstance(scope.node, Function)}
    for scope in every:
        yield from defaults.found(scope, names)
        yield from kept.found(scope, names)
        yield from ciphers.found(scope, names)
        yield from callers.found(scope, names)
        yield from endings.found(scope, names, made, started)
