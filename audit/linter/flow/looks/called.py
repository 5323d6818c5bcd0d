"""A call, and a value that has a name: what the looks at one piece of syntax are handed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import keyword, last, literal, operands


class Called(NamedTuple):
    """A call with its name, which is looked up once for all."""

    node: ast.Call

    name: str
    """`hashlib.md5`, whatever its aliases; empty where no name is called."""

    scope: Scope
    names: Names

    @property
    def last(self) -> str:
        """The last name, also where it is that of a call's method."""
        return self.name.rpartition(".")[2] or last(self.node.func)

    @property
    def owner(self) -> str:
        """The last name but one: `RSA` of `Crypto.PublicKey.RSA.generate`."""
        return self.name.rpartition(".")[0].rpartition(".")[2]

    @property
    def maker(self) -> str:
        """The name of the call that made what this is a method of, if only one did."""
        func = self.node.func
        made = self.scope.value(func.value) if isinstance(func, ast.Attribute) else None
        return self.names.full(made.func) if isinstance(made, ast.Call) else ""

    def passed(self, place: int, *words: str) -> ast.expr | None:
        """Give what is passed by one of these words, or else at this place."""
        by_word = keyword(self.node, *words)
        return by_word if by_word is not None else next(iter(self.node.args[place:]), None)

    def given(self, place: int, *words: str) -> ast.AST | None:
        """Give what is passed there; of a name, what it was set to or is by default."""
        value = self.scope.value(self.passed(place, *words))
        return self.scope.defaults.get(value.id, value) if isinstance(value, ast.Name) else value

    def text(self, place: int, *words: str) -> str:
        """Give the fixed text that is passed there, or nothing."""
        return fixed_text(self.passed(place, *words), self.scope)

    def number(self, place: int, *words: str) -> int:
        """Give the number that is passed there, else -1, which is in no range."""
        return number(self.given(place, *words))


class Named(NamedTuple):
    """A value that has a name: `f(name=value)`, `x.name = value`, `x["name"] = value`."""

    name: str
    value: ast.expr

    node: ast.AST
    """What sets it: a call, an assignment or, of the value in a mapping, that value."""

    by: ast.AST
    """The call, the target of the assignment, or the mapping."""

    scope: Scope
    names: Names


Looks = dict[str, Callable[[Called], Found]]
"""What is asked of a call, by its last name."""


def number(node: ast.AST | None) -> int:
    """Give a number that is written out, else -1, which is in no range."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
    return -1


def is_none(node: ast.AST | None) -> bool:
    """Tell whether this is `None`, written out."""
    return isinstance(node, ast.Constant) and node.value is None


def fixed_text(node: ast.AST | None, scope: Scope) -> str:
    """Give what is fixed of a text, whichever way it is put together."""
    value = scope.value(node)
    match value:
        case ast.BinOp(op=ast.Mod(), left=left):
            return literal(scope.value(left))
        case ast.Call(func=ast.Attribute(attr="format", value=text)):
            return literal(scope.value(text))
        case ast.BinOp(op=ast.Add()):
            return "".join(literal(scope.value(part)) for part in operands(value))
        case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name() as first), *_]):
            return literal(scope.value(first)) + literal(value)
    return literal(value)


def is_fixed(node: ast.AST | None) -> bool:
    """Tell whether bytes or a text are spelled out."""
    match node:
        case ast.BinOp(op=ast.Add()):
            return all(map(is_fixed, operands(node)))
        case ast.BinOp(op=ast.Mult()):
            return is_fixed(operands(node)[0])
        case (
            ast.Subscript(value=part, slice=ast.Slice())
            | ast.Call(func=ast.Attribute(attr="encode" | "ljust" | "decode", value=part))
            | ast.Call(func=ast.Attribute(attr="fromhex" | "unhexlify"), args=[part])
        ):
            return is_fixed(part)
        case ast.Call(func=ast.Name(id="bytes" | "bytearray"), args=[ast.Constant(), *_]):
            return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
