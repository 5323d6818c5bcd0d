"""Follow text through a function: what is fixed in it, what comes from outside, where it is run.

Each statement is read once, in the order of the text; an assignment in a branch keeps the worse of
both forms.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

from audit.linter.flow.forms import (
    FREE,
    LONGEST,
    OPEN,
    REQUEST,
    SAFE,
    constant,
    filled,
    mark,
    worse,
)
from audit.linter.flow.names import NUMERIC, ROUTES, Names
from audit.linter.flow.rules import RULES
from audit.linter.flow.sinks import (
    CHECKS_URL,
    LOGS,
    Call,
    executes,
    found_in_call,
    statement_rule,
)
from audit.linter.flow.syntax import dotted, guards, last, leaves
from audit.linter.flow.values import Values
from audit.linter.outcomes import Spot
from audit.records import Finding


@functools.cache
def fingerprint() -> str:
    """Give 8 hex digits that change when a module of this package does."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in modules)).hexdigest()[:8]


def inspect(tree: ast.Module) -> list[Spot]:
    """Give what is found in a parsed text, in the order of the text."""
    reader = _Reader(Names(tree))
    reader.block(tree.body)
    return reader.spots


class _Reader(Values):
    """Reads statements in order, and looks at every text that is built and every call."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.spots: list[Spot] = []
        self._told: set[str] = set()
        self._checked: set[str] = set()

    def block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:  # noqa: C901, PLR0912  # one case a kind
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._children(node)
                self._scopes.append({})
                self.block(node.body)
                self._scopes.pop()
            case ast.Assign():
                form = self.built(node.value)
                for target in node.targets:
                    self._assign(target, node.value, form)
            case ast.AnnAssign(value=ast.expr() as value):
                self._form(node.annotation)
                self._assign(node.target, value, self.built(value))
            case ast.AugAssign():
                self._add(node)
            case ast.If() | ast.While():
                self._if(node)
            case ast.For() | ast.AsyncFor():
                self._bind(node.target, self._element(node.iter))
                self._branch(node.body)
                self._branch(node.orelse)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    form = self._form(item.context_expr)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, form)
                self.block(node.body)
            case ast.Match():
                self._form(node.subject)
                for one in node.cases:
                    self._children(one)
                    self._branch(one.body)
            case ast.Return(value=ast.expr() as value):
                self._returns = worse(self._returns, mark(self.built(value)))
            case ast.Expr(value=value):
                self.built(value)
            case _:
                self._children(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._children(node)
        self._children(node.args)
        routed = any(last(d.func) in ROUTES for d in node.decorator_list if isinstance(d, ast.Call))
        a = node.args
        scope = {}
        for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))):
            numeric = arg.annotation is not None and last(arg.annotation) in NUMERIC
            named = REQUEST if routed and arg.arg not in {"self", "cls"} else OPEN
            scope[arg.arg] = SAFE if numeric else named
        outer, self._branches, self._returns = (self._branches, self._returns), 0, ""
        self._told.clear()
        self._checked.clear()
        self._scopes.append(scope)
        self.block(node.body)
        self._scopes.pop()
        # One that only raises is to be written elsewhere.
        returns = self._returns or (OPEN if isinstance(node.body[-1], ast.Raise) else SAFE)
        self._returned[node.name] = worse(self._returned.get(node.name, SAFE), returns)
        self._branches, self._returns = outer

    def _branch(self, body: Sequence[ast.stmt]) -> None:
        self._branches += 1
        self.block(body)
        self._branches -= 1

    def _if(self, node: ast.If | ast.While) -> None:
        self._form(node.test)
        guarded = dict(guards(node.test))
        inside = {n: self._form_of(n) for n, positive in guarded.items() if positive}
        self._scopes[-1].update(dict.fromkeys(inside, SAFE))
        self._branch(node.body)
        self._scopes[-1].update(inside)
        self._branch(node.orelse)
        if leaves(node.body[-1]):
            safe = [name for name, positive in guarded.items() if not positive]
            self._scopes[-1].update(dict.fromkeys(safe, SAFE))

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        # `try: n = int(n)` with a handler that leaves is as good as `n = int(n)`.
        sure = node.handlers and all(leaves(handler.body[-1]) for handler in node.handlers)
        (self.block if sure else self._branch)(node.body)
        for handler in node.handlers:
            self._children(handler)
            self._branch(handler.body)
        (self.block if sure else self._branch)(node.orelse)
        self.block(node.finalbody)

    def _assign(self, target: ast.expr, value: ast.expr, form: str) -> None:
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, of in zip(target.elts, value.elts, strict=False):
                # Each was read with the whole; here only its kind is asked again, without effect.
                self._bind(one, constant(of) or (OPEN if FREE.search(form) else SAFE))
            return
        self._bind(target, form)

    def _add(self, node: ast.AugAssign) -> None:
        form, name = self.built(node.value), dotted(node.target)
        self._children(node.target)
        if name and isinstance(node.op, ast.Add):
            whole = (self._form_of(name) + form)[:LONGEST]
            self._scopes[-1][name] = whole
            self._look(node, whole)
        elif name and isinstance(node.op, ast.Mod):
            whole = filled(self._form_of(name), [form], {})
            self._scopes[-1][name] = whole
            self._look(node, whole)

    # --- findings --------------------------------------------------------------------------------

    def built(self, node: ast.expr) -> str:
        form = super().built(node)
        self._look(node, form)
        return form

    def called(self, call: Call) -> None:
        node = call.node
        if not LOGS.match(call.last):
            values = (*node.args, *(k.value for k in node.keywords))
            # Several `**` share a name: their forms are looked at where they were built.
            for value, form in zip(values, (*call.forms, *call.keywords.values()), strict=False):
                self._look(value, form)
        if CHECKS_URL.match(call.last):
            self._checked.update(filter(None, map(dotted, node.args)))
        if executes(call):
            self._look(node, call.first("sql", "query", "statement"), executed=True)
        for rule in found_in_call(call, self._checked):
            self._tell(rule, node)

    def _look(self, node: ast.AST, form: str, *, executed: bool = False) -> None:
        """Tell of an SQL statement that an open value stands in, once for each text."""
        rule = "" if form in self._told else statement_rule(form, executed=executed)
        if rule:
            self._told.add(form)
            self._tell(rule, node)

    def _tell(self, rule: str, node: ast.AST) -> None:
        facts = RULES[rule]
        finding = Finding(
            tool="phi-audit",
            rule=rule,
            cwe=facts.cwe,
            severity=facts.severity,
            confidence=facts.confidence,
            line=getattr(node, "lineno", 1),
            message=facts.message,
        )
        end = getattr(node, "end_lineno", None) or finding.line
        self.spots.append(Spot(finding=finding, last_line=end))
