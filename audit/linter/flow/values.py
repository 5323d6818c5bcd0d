"""Values: the form of each expression, read once and in the order of the text.

Calls of functions from outside the text are not followed; of those it defines, the worst of what
they return is known once they have been read.
"""

from __future__ import annotations

import ast
import re

from audit.linter.flow.forms import (
    FREE,
    LISTED,
    LONGEST,
    MARKS,
    OPEN,
    REQUEST,
    SAFE,
    constant,
    filled,
    formatted,
    is_number,
    mark,
    rank,
    worse,
)
from audit.linter.flow.names import (
    CLIENT_PARTS,
    REQUEST_PARTS,
    REQUESTS,
    SAFE_CALL,
    TEXT_CALL,
    Names,
)
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import dotted, expressions, guards, last, literal

KEEPS = re.compile(r"\[\^[\w\s.@\\-]*\][+*]?$")
"""A pattern for all but letters, digits and the like: what is left breaks out of nothing."""


class Values:
    """The form of every name so far, and of each expression that is read."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._scopes: list[dict[str, str]] = [{}]
        self._returned: dict[str, str] = {}
        self._returns = ""
        self._branches = 0

    def called(self, call: Call) -> None:
        """Take note of a call whose arguments have been read."""

    def built(self, node: ast.expr) -> str:
        """Read a whole expression: what a statement assigns, returns or evaluates."""
        return self._form(node)

    def _children(self, node: ast.AST) -> str:
        """Read all expressions right below a node, and give the worst mark of them."""
        forms = [self._form(child) for child in expressions(node)]
        return max((mark(form) for form in forms), key=rank, default=SAFE)

    def _form(self, node: ast.expr) -> str:  # noqa: C901, PLR0911, PLR0912  # one case a kind
        match node:
            case ast.Constant():
                return constant(node)
            case ast.Name():
                return self._form_of(node.id)
            case ast.Attribute():
                return self._attribute(node)
            case ast.JoinedStr():
                return "".join([self._form(part) for part in node.values])[:LONGEST]
            case ast.FormattedValue():
                form = self._form(node.value)
                spec = node.format_spec
                if spec is not None:
                    self._form(spec)
                numeric = isinstance(spec, ast.JoinedStr) and is_number(literal(spec))
                return SAFE if numeric else form or SAFE
            case ast.BinOp(op=ast.Add()):
                return self._sum(node)
            case ast.BinOp(op=ast.Mod()):
                return self._percent(node)
            case ast.BinOp(op=ast.Mult()):
                left, right = self._form(node.left), self._form(node.right)
                return SAFE if not FREE.search(left + right) or literal(node.left) else OPEN
            case ast.IfExp():
                self._form(node.test)
                return worse(self._form(node.body), self._form(node.orelse))
            case ast.BoolOp():
                form = ""
                for value in node.values:
                    form = worse(form, self._form(value))
                return form
            case ast.Call():
                return self._call(node)
            case ast.Await() | ast.Starred() | ast.UnaryOp():
                return self._form(node.value if not isinstance(node, ast.UnaryOp) else node.operand)
            case ast.NamedExpr():
                form = self._form(node.value)
                self._bind(node.target, form)
                return form
            case ast.Subscript():
                return self._item(node)
            case ast.Compare():
                self._children(node)
                return SAFE
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return (LISTED + self._each(node))[:LONGEST]
            case ast.List() | ast.Tuple():
                return LISTED + self._children(node)
            case ast.Lambda():
                self._children(node.args)
                self._scopes.append({a.arg: OPEN for a in node.args.args})
                self.built(node.body)
                self._scopes.pop()
                return OPEN
            case ast.Yield() | ast.YieldFrom():
                self._returns = worse(self._returns, self._children(node))
                return OPEN
            case _:
                return self._children(node) or SAFE

    def _bind(self, target: ast.expr, form: str) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for one in target.elts:
                self._bind(one, mark(form))
        elif isinstance(target, ast.Starred):
            self._bind(target.value, mark(form))
        else:
            self._children(target)
            name = dotted(target)
            if name:
                scope = self._scopes[-1]
                scope[name] = worse(scope[name], form) if self._branches and name in scope else form

    def _form_of(self, name: str) -> str:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return self.names.value(name) or OPEN

    def _attribute(self, node: ast.Attribute) -> str:
        name = dotted(node)
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        base = self._form(node.value)
        if self._is_sent(node) or REQUEST in base:
            return REQUEST
        return self.names.value(node.attr) or OPEN

    def _is_sent(self, node: ast.Attribute) -> bool:
        """Tell whether this is a part of a request that its client wrote."""
        whole = self.names.full(node.value).rpartition(".")[2] or last(node.value)
        return node.attr in CLIENT_PARTS or (whole in REQUESTS and node.attr in REQUEST_PARTS)

    def _sum(self, node: ast.BinOp) -> str:
        # A long sum leans left: as deep as it is long.
        terms: list[ast.expr] = []
        at: ast.expr = node
        while isinstance(at, ast.BinOp) and isinstance(at.op, ast.Add):
            terms.append(at.right)
            at = at.left
        return "".join([self._form(term) for term in (at, *reversed(terms))])[:LONGEST]

    def _percent(self, node: ast.BinOp) -> str:
        left = self._form(node.left)
        named: dict[str, str] = {}
        values: list[str] = []
        match node.right:
            case ast.Tuple():
                values = [self._form(value) for value in node.right.elts]
            case ast.Dict():
                for key, value in zip(node.right.keys, node.right.values, strict=True):
                    named[literal(key)] = self._form(value)
            case _:
                form = self._form(node.right)
                if "%" not in MARKS.sub("", left):
                    return worse(mark(left), mark(form)) if MARKS.search(left) else left
                values = [form]
        return filled(left, values, named)

    def _item(self, node: ast.Subscript) -> str:
        base = self._form(node.value)
        index = self._form(node.slice)
        if isinstance(node.slice, ast.Slice) or mark(base) == REQUEST:
            return base
        if base == SAFE or (base and not FREE.search(base + index)):
            return SAFE
        # A list or mapping written out holds nothing open, whatever it is asked for.
        return SAFE if base.startswith(LISTED) and not FREE.search(base) else OPEN

    def _each(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> str:
        self._scopes.append({})
        for part in node.generators:
            self._bind(part.target, self._element(part.iter))
            for test in part.ifs:
                self._form(test)
                self._scopes[-1].update({name: SAFE for name, yes in guards(test) if yes})
        form = self._form(node.elt)
        self._scopes.pop()
        return form

    def _element(self, node: ast.expr) -> str:
        """Give the form of each element of what is iterated."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return self._children(node)
        form = self._form(node)
        if isinstance(node, ast.Call) and self.names.outside(node.func) in {"range", "enumerate"}:
            return SAFE if last(node.func) == "range" else mark(form)
        return SAFE if not FREE.search(form) else mark(form)

    # --- calls -----------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> str:
        base = self._form(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        name = self.names.full(node.func)
        if not name and not isinstance(node.func, ast.Attribute):
            self._form(node.func)
        forms = [self._form(arg) for arg in node.args]
        keywords = {k.arg or "": self._form(k.value) for k in node.keywords}
        call = Call(node, name, name.rpartition(".")[2] or last(node.func), forms, keywords)
        self.called(call)
        return self._result(call, base)

    def _result(self, call: Call, base: str) -> str:  # noqa: PLR0911  # one return a kind
        node, forms = call.node, call.forms
        name = self.names.outside(node.func)
        if not name:
            return self._returned.get(last(node.func), OPEN)
        method = isinstance(node.func, ast.Attribute)
        if method and name == "format":
            return formatted(base, forms, call.keywords)
        if method and name == "join" and len(forms) == 1:
            return self._joined(base, node.args[0], forms[0])
        if method and name in {"get", "pop"} and base.startswith(LISTED):
            return worse(base, "".join(forms[1:])) if FREE.search(base) else SAFE
        if name in {"input", "raw_input"}:
            return REQUEST
        if SAFE_CALL.match(name) or (name == "sub" and _keeps_letters(node)):
            return SAFE
        if TEXT_CALL.match(name):
            text = method and MARKS.sub("", base)
            return base if text else forms[0] if forms else base
        if isinstance(node.func, ast.Attribute) and self._is_sent(node.func):
            return REQUEST
        return REQUEST if mark(base) == REQUEST else OPEN

    def _joined(self, glue: str, node: ast.expr, form: str) -> str:
        if isinstance(node, ast.List | ast.Tuple):
            # Read once already; the parts that are fixed are put together again, the rest is open.
            return glue.join(constant(e) or mark(form) for e in node.elts)[:LONGEST]
        return form.removeprefix(LISTED)


def _keeps_letters(node: ast.Call) -> bool:
    """Tell whether a call of `re.sub` takes out all but letters, digits and the like."""
    match node.args:
        case [pattern, ast.Constant(), _, *_]:
            return bool(KEEPS.fullmatch(literal(pattern)))
    return False
