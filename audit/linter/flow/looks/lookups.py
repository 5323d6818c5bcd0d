"""What one call, one name or one setting says by itself: each is looked up once, for all rules."""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeVar

from audit.linter.flow.looks import (
    certificates,
    chance,
    ciphers,
    commands,
    cookies,
    defaults,
    digests,
    environment,
    keys,
    loaders,
    modes,
    parsers,
    passwords,
    protocols,
    queries,
    spelled,
    temporary,
    tokens,
)
from audit.linter.flow.looks.called import Called, Named
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import last, literal

Look = TypeVar("Look")


def joined(*tables: Mapping[str, Look]) -> dict[str, list[Look]]:
    """Give tables of looks by the last name of a call as one, in their order."""
    every: dict[str, list[Look]] = defaultdict(list)
    for name, look in itertools.chain.from_iterable(table.items() for table in tables):
        every[name].append(look)
    return dict(every)


CALLS = joined(
    certificates.CALLS, chance.CALLS, ciphers.CALLS, commands.CALLS, cookies.CALLS,
    defaults.CALLS, digests.CALLS, environment.CALLS, keys.CALLS, loaders.CALLS, modes.CALLS,
    parsers.CALLS, passwords.CALLS, protocols.CALLS, queries.CALLS, spelled.CALLS,
    temporary.CALLS, tokens.CALLS,
)  # fmt: skip
"""What is asked of a call, by its last name."""

SAID = {
    **dict.fromkeys(protocols.BROKEN, "old-tls"),
    **dict.fromkeys(("METHOD_MD5", "METHOD_CRYPT"), "weak-password-hash"),
}
"""Names that are wrong wherever they stand."""

NAMED = (
    certificates.named, cookies.named, defaults.named, passwords.named, protocols.named,
    spelled.named, tokens.named,
)  # fmt: skip
"""What is asked of a value that has a name."""


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    calls = [Called(call, names.full(call.func), scope, names) for call in scope.calls]
    for part in (certificates, keys, spelled):
        yield from part.by_default(scope)
    yield from digests.found(scope, names)
    yield from chance.found(scope, calls)
    yield from tokens.found(scope, calls)
    for call in calls:
        for look in CALLS.get(call.last, ()):
            yield from look(call)
    for node in scope.nodes:
        for one in _named(node, scope, names):
            for look_at in NAMED:
                yield from look_at(one)
        yield from _in_node(node, scope)


def _in_node(node: ast.AST, scope: Scope) -> Found:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            if name in SAID:
                yield SAID[name], node
        case ast.Constant(value=str(text)):
            yield from protocols.written(node, text)
            yield from spelled.written(node, text)
        case ast.Constant(value=bytes(text)):
            yield from spelled.written(node, text.decode("latin-1"))
        case ast.Compare():
            yield from passwords.compared(node, scope)
            yield from spelled.compared(node, scope)
        case ast.BinOp():
            yield from ciphers.mixed(node)
        case ast.AugAssign():
            yield from protocols.allowed_again(node)


def _named(node: ast.AST, scope: Scope, names: Names) -> Iterator[Named]:
    """Give each value that has a name by a call, an assignment or a mapping."""
    match node:
        case ast.Call(keywords=words):
            for word in words:
                yield Named(word.arg or "", word.value, node, node, scope, names)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield Named(_name(target), value, node, target, scope, names)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield Named(_name(target), value, node, target, scope, names)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield Named(literal(key), value, value, node, scope, names)


def _name(target: ast.expr) -> str:
    return literal(target.slice) if isinstance(target, ast.Subscript) else last(target)
