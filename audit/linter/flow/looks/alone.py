"""What is found without following text: each scope of a text is looked at for itself."""

from __future__ import annotations

import ast

from audit.linter.flow.looks import (
    bounds,
    callers,
    claims,
    compared,
    conditions,
    endings,
    environment,
    errors,
    hosts,
    kept,
    loaders,
    lookups,
    markup,
    races,
    temporary,
    unheeded,
)
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, scopes
from audit.linter.flow.syntax import Function


def found(tree: ast.Module, names: Names) -> Found:
    """Give the rules that a text breaks, each with its place."""
    every = scopes(tree)
    started = races.threads(every)
    makers = compared.makers(every, names)
    made = {scope.name: scope.node for scope in every if isinstance(scope.node, Function)}
    for scope in every:
        yield from lookups.found(scope, names)
        yield from kept.found(scope, names)
        yield from callers.found(scope, names)
        yield from claims.found(scope, names)
        yield from hosts.found(scope, names)
        yield from markup.found(scope, names)
        yield from conditions.found(scope)
        yield from errors.found(scope)
        yield from bounds.found(scope)
        yield from compared.found(scope, names, makers)
        yield from races.found(scope, names, started)
        yield from unheeded.found(scope, names, made)
        yield from endings.found(scope, names)
        yield from environment.found(scope, names)
        yield from loaders.found(scope, names)
        yield from temporary.found(scope, names)
