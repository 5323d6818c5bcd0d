"""Scopes: what stands in a function itself, and what its names are set to."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Sequence

from audit.linter.flow.syntax import (
    Function,
    argument_names,
    children,
    defaults,
    dotted,
    last,
    names_in,
)

Found = Iterator[tuple[str, ast.AST]]
"""Rules that are broken, each with its place."""

SIGNED = re.compile(r"(compare_digest|unsign|verify\w*)$")
CLASS = "class"
"""Stands for `self` in the name of an attribute that its class sets; no variable is called so."""

DEPTH = 4
"""How many assignments are followed back: `a = b` after `b = a` never ends."""


class Scope:
    """A function, or what a text does outside of all."""

    def __init__(
        self,
        node: ast.Module | Function,
        attributes: dict[str, list[ast.expr]],
        around: Scope | None = None,
    ) -> None:
        self.node = node
        self.name = "" if isinstance(node, ast.Module) else node.name
        self.arguments = frozenset() if isinstance(node, ast.Module) else _arguments(node)
        self.nodes: list[ast.AST] = []
        """In the order of the text, without those of functions inside."""

        self.calls: list[ast.Call] = []
        """Those of them that are calls."""

        self.set: dict[str, list[ast.expr | None]] = {}
        """To what each name is set; `None` for a part of something, as in a loop."""

        self._attributes = attributes
        self._around = around

    @functools.cached_property
    def tested(self) -> frozenset[str]:
        """The last names of all that a test in it asks for."""
        kinds = ast.If | ast.IfExp | ast.Assert | ast.While
        tests = [node.test for node in self.nodes if isinstance(node, kinds)]
        return frozenset(last(part) for test in tests for part in ast.walk(test)) - {""}

    @functools.cached_property
    def looked_at(self) -> frozenset[str]:
        """The names that a test hands to a call, asks a method of, or looks up in a list."""
        kinds = ast.If | ast.IfExp | ast.Assert | ast.While
        tests = [node.test for node in self.nodes if isinstance(node, kinds)]
        found: list[ast.expr] = []
        for part in (part for test in tests for part in ast.walk(test)):
            match part:
                case ast.Call(func=ast.Attribute(attr=asked, value=value), args=given):
                    found += [*given, value] if asked.startswith("is") else given
                case ast.Call(args=given):
                    found += given
                case ast.Compare(ops=[ast.In() | ast.NotIn()], left=value):
                    found.append(value)
        return frozenset(map(last, found)) - {""}

    @functools.cached_property
    def asks_signature(self) -> bool:
        """Whether it calls what tells bytes of our own from others."""
        return any(SIGNED.match(last(call.func)) for call in self.calls)

    @functools.cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Those that it defines, by name."""
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    def class_of(self, name: str) -> ast.ClassDef | None:
        """Give the class of this name that it, or a scope around it, defines."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.classes:
                return scope.classes[name]
            scope = scope._around
        return None

    @functools.cached_property
    def said(self) -> frozenset[str]:
        """The last names of all that stands in it."""
        return frozenset(map(last, self.nodes))

    @functools.cached_property
    def joined(self) -> frozenset[str]:
        """The names in what a call of `join` in it is handed."""
        joins = (call for call in self.calls if last(call.func) == "join")
        return frozenset(names_in(*(part for call in joins for part in call.args)))

    @functools.cached_property
    def spreads(self) -> bool:
        """Whether a call in it is handed a mapping as `**`."""
        return any(word.arg is None for call in self.calls for word in call.keywords)

    @functools.cached_property
    def defaults(self) -> dict[str, ast.expr]:
        """The arguments that have a value of their own, and that nothing sets."""
        if isinstance(self.node, ast.Module):
            return {}
        return {name: value for name, value in defaults(self.node) if name not in self.set}

    def raw(self, name: str) -> bool:
        """Tell whether a name is an argument that nothing sets."""
        return name in self.arguments and name not in self.set

    def value(self, node: ast.AST | None) -> ast.AST | None:
        """Give what a name or `self.name` was set to, if only once; else the node itself."""
        for _ in range(DEPTH):
            name = dotted(node) if node is not None else ""
            values = self._of_attribute(name) if "." in name else self._values(name)
            if len(values) != 1 or values[0] is None:
                return node
            node = values[0]
        return node

    def _of_attribute(self, name: str) -> Sequence[ast.expr | None]:
        """Give what `self.name` is set to, or else what its class says."""
        owner, _, rest = name.partition(".")
        of_class = f"{CLASS}.{rest}" if owner in {"self", "cls"} else ""
        return self._attributes.get(name) or self._attributes.get(of_class, [])

    def _values(self, name: str) -> Sequence[ast.expr | None]:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.arguments or name in scope.set:
                return scope.set.get(name, []) if name not in scope.arguments else []
            scope = scope._around
        return []


def scopes(tree: ast.Module) -> list[Scope]:
    """Give the text's own scope and that of each function in it, the outer first."""
    attributes: dict[str, list[ast.expr]] = {}
    found = [Scope(tree, attributes)]
    rest: list[tuple[ast.AST, Scope]] = [(node, found[0]) for node in reversed(tree.body)]
    while rest:
        node, scope = rest.pop()
        scope.nodes.append(node)
        if isinstance(node, ast.Call):
            scope.calls.append(node)
        _note(node, scope, attributes)
        if isinstance(node, ast.ClassDef):
            for name, value in _fields(node):
                attributes.setdefault(f"{CLASS}.{name}", []).append(value)
        inner = scope
        below = children(node)
        if isinstance(node, Function):
            inner = Scope(node, attributes, scope)
            found.append(inner)
            own = {id(part) for part in node.body}
            rest += [(c, inner if id(c) in own else scope) for c in reversed(below)]
        else:
            rest += [(child, scope) for child in reversed(below)]
    return found


def inside(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Give all that stands in some statements, without functions."""
    rest: list[ast.AST] = list(body)
    while rest:
        node = rest.pop()
        if not isinstance(node, Function):
            yield node
            rest += children(node)


def _note(node: ast.AST, scope: Scope, attributes: dict[str, list[ast.expr]]) -> None:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _set(target, value, scope, attributes)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            _set(target, value, scope, attributes)
        case ast.withitem(optional_vars=ast.Name() as target, context_expr=value):
            _set(target, value, scope, attributes)
        case ast.AugAssign(target=ast.Name(id=name)) | ast.NamedExpr(target=ast.Name(id=name)):
            scope.set.setdefault(name, []).append(None)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    scope.set.setdefault(part.id, []).append(None)


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Give what a class sets for all that are made of it."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def _set(
    target: ast.expr, value: ast.expr, scope: Scope, attributes: dict[str, list[ast.expr]]
) -> None:
    match target:
        case ast.Name(id=name):
            scope.set.setdefault(name, []).append(value)
        case ast.Attribute():
            attributes.setdefault(dotted(target), []).append(value)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for one, of in zip(elts, [*values, *[None] * len(elts)], strict=False):
                if of is not None:
                    _set(one, of, scope, attributes)
                elif isinstance(one, ast.Name):
                    scope.set.setdefault(one.id, []).append(None)


def _arguments(node: Function) -> frozenset[str]:
    return frozenset(argument_names(node)) - {"self", "cls"}
