"""Follow text through a function: what is fixed in it, what comes from outside, where it is run.

Each statement is read once, in the order of the text; an assignment in a branch keeps the worse of
both forms.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Sequence, Set
from pathlib import Path

from audit.linter.flow import chosen, pages, peers, settings, sizes
from audit.linter.flow.finder import Finder
from audit.linter.flow.forms import (
    COUNT,
    FAULT,
    FREE,
    LISTED,
    NUMBER,
    OPEN,
    REQUEST,
    SAFE,
    SENT,
    constant,
    cut,
    filled,
    mark,
    worse,
)
from audit.linter.flow.looks import alone, loaders, queries
from audit.linter.flow.names import RECORDS, REQUESTS, ROUTES, SERVES, Names
from audit.linter.flow.paths import Paths
from audit.linter.flow.syntax import (
    argument_names,
    catches,
    dotted,
    expected,
    guards,
    handles_faults,
    last,
    leaves,
    numbers_in_routes,
    numeric_arguments,
    supplied_arguments,
)
from audit.linter.outcomes import Spot


@functools.cache
def fingerprint() -> str:
    """Give 8 hex digits that change when a module of this package does."""
    modules = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in modules)).hexdigest()[:8]


def inspect(tree: ast.Module) -> list[Spot]:
    """Give what is found in a parsed text, in the order of the text."""
    names = Names(tree)
    reader = _Reader(names)
    reader.read(tree)
    for rule, node in alone.found(tree, names):
        reader.tell(rule, node)
    return sorted(reader.spots, key=lambda spot: spot.finding.line)


class _Reader(Finder):
    """Reads statements in order."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._view: pages.View = ""
        self._serves = False
        self._files = Paths(names, self._is_sent)

    def read(self, tree: ast.Module) -> None:
        self.block(tree.body)
        self._follow_paths(tree.body, {})

    def block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _follow_paths(
        self, body: Sequence[ast.stmt], scope: dict[str, str], sent: Set[str] = frozenset()
    ) -> None:
        given = {name for name, form in scope.items() if FREE.search(form)}
        sent = {name for name, form in scope.items() if SENT.search(form)} | sent
        for rule, node in self._files.found_in(body, given, sent):
            self.tell(rule, node)

    def _statement(self, node: ast.stmt) -> None:  # noqa: C901, PLR0912  # one case a kind
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._defined(node)
                self._children(node)
                outer, self._serves = self._serves, any(map(SERVES.search, map(last, node.bases)))
                self._scopes.append({})
                self.block(node.body)
                self._scopes.pop()
                self._serves = outer
            case ast.Assign():
                form = self.built(node.value)
                if taken := sizes.taken_away(node):
                    self._charge(node, taken, form)
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
                self._paths([], node.body)
                self.block(node.orelse)
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
                    self._paths([], one.body)
            case ast.Return(value=ast.expr() as value):
                self._returns = worse(self._returns, self._answer(value))
            case ast.Expr(value=value):
                self.built(value)
            case _:
                self._children(node)

    def _answer(self, node: ast.expr) -> str:
        """Read what is returned: a page, or a page with its status and headers.

        Returns:
            Its mark, or of a tuple those of its parts, as a list.
        """
        if not isinstance(node, ast.Tuple) or not node.elts:
            form = self.built(node)
            for rule in pages.found_in_answer(form, node, status=0, view=self._view):
                self.tell(rule, node)
            return mark(form)
        page, *rest = (self.built(part) for part in node.elts)
        status = pages.status_of(node.elts[1]) if rest else 0
        plain = any(pages.is_plain(part) for part in node.elts[1:])
        for rule in pages.found_in_answer(page, node.elts[0], status=status, view=self._view):
            if not plain:
                self.tell(rule, node)
        return LISTED + LISTED.join(map(mark, (page, *rest)))

    def _defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for rule, place in settings.found_in_definition(node):
            self.tell(rule, place)
        if isinstance(node, ast.ClassDef) and loaders.is_free(node, self.names):
            self.tell("yaml-load", node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._defined(node)
        self._children(node)
        self._children(node.args)
        routes = [d for d in node.decorator_list if isinstance(d, ast.Call)]
        routes = [route for route in routes if last(route.func) in ROUTES]
        names = [name for name in argument_names(node) if name not in {"self", "cls"}]
        answers = bool(names and names[0] in REQUESTS)
        serves = self._serves and node.name.lower() in ROUTES
        serves |= any(last(decorator) == "expose" for decorator in node.decorator_list)
        sent = names if routes else []
        if not routes and (answers or serves):
            sent = [name for name in names[answers:] if not RECORDS.match(name)]
        scope = dict.fromkeys(argument_names(node), OPEN) | dict.fromkeys(sent, REQUEST)
        for name in numeric_arguments(node):
            scope[name] = COUNT if name in sent else SAFE
        scope |= dict.fromkeys(numbers_in_routes(routes), NUMBER)
        scope |= dict.fromkeys(supplied_arguments(node), OPEN)
        if any(map(handles_faults, routes)):
            scope |= dict.fromkeys(names[-1:], FAULT)
        outer = (self._returns, self._view, self._handles, self._json, self._typed)
        self._returns = ""
        self._view = "answer" if routes or answers or serves else ""
        if any(last(route.func) == "route" for route in routes):
            self._view = "page"
        self._json = self.names.of_json(node)
        self._typed = self.names.sends_json(node)
        self._handles = bool(re.match(r"do_[A-Z]+$", node.name))
        self._pages.clear()
        self._told.clear()
        self._compared.clear()
        self._checked.clear()
        self._scopes.append(scope)
        self._follow_paths(node.body, scope, peers.received(node) - set(numeric_arguments(node)))
        self.block(node.body)
        self._scopes.pop()
        # One that only raises is to be written elsewhere.
        returns = self._returns or (OPEN if isinstance(node.body[-1], ast.Raise) else SAFE)
        self._returned[node.name] = worse(self._returned.get(node.name, SAFE), returns)
        self._returns, self._view, self._handles, self._json, self._typed = outer

    def _paths(self, *bodies: Sequence[ast.stmt], safe: Sequence[Sequence[str]] = ((), ())) -> None:
        """Read bodies of which one runs: a name then has the worst form of those that go on.

        Args:
            bodies: Empty for the way past the others.
            safe: For each body, the names that are safe in it.
        """
        ends: list[dict[str, str]] = []
        for body, names in zip(bodies, safe, strict=True):
            self._scopes.append(dict.fromkeys(names, SAFE))
            self.block(body)
            end = self._scopes.pop()
            if not body or not leaves(body[-1]):
                ends.append(end)
        for name in set().union(*ends):
            before = self._set_form(name)
            forms = [end.get(name, before) for end in ends]
            self._scopes[-1][name] = functools.reduce(worse, forms)

    def _if(self, node: ast.If | ast.While) -> None:
        self._test(node.test)
        checked = dict(guards(node.test))
        inside = [name for name, passed in checked.items() if passed]
        outside = [name for name, passed in checked.items() if not passed]
        self._paths(node.body, node.orelse, safe=(inside, outside))

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        # `try: n = int(n)` with a handler that leaves is as good as `n = int(n)`.
        sure = node.handlers and all(leaves(handler.body[-1]) for handler in node.handlers)
        zero = any(catches(handler, "ZeroDivisionError") for handler in node.handlers)
        self._zero_caught += zero
        if sure:
            self.block(node.body)
        else:
            self._paths([], node.body)
        self._zero_caught -= zero
        for handler in node.handlers:
            self._children(handler)
            if handler.name:
                self._scopes[-1][handler.name] = OPEN if expected(handler) else FAULT
            self._paths([], handler.body)
        self.block(node.orelse)
        self.block(node.finalbody)

    def _assign(self, target: ast.expr, value: ast.expr, form: str) -> None:
        if isinstance(target, ast.Subscript) and pages.is_header(target) and REQUEST in form:
            self.tell("header-injection", value)
        for rule in (
            *settings.found_in_assignment(target, value),
            *loaders.found_in_assignment(target, value),
            *queries.found_in_assignment(target, form),
            *chosen.found_in_assignment(target, value, form, self._checked, self._compared),
        ):
            self.tell(rule, target)
        for rule in pages.found_in_assignment(target, form):
            self.tell(rule, value)
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, of in zip(target.elts, value.elts, strict=False):
                # Each was read with the whole; here only its kind is asked again, without effect.
                self._bind(one, constant(of) or (OPEN if FREE.search(form) else SAFE))
            return
        self._bind(target, form)

    def _add(self, node: ast.AugAssign) -> None:
        form, name = self.built(node.value), dotted(node.target)
        self._children(node.target)
        if isinstance(node.op, ast.Sub) and not isinstance(node.target, ast.Name):
            self._charge(node, node.value, form)
        if name and isinstance(node.op, ast.Add):
            whole = cut(self._form_of(name) + form)
            self._scopes[-1][name] = whole
            self._look(node, whole)
        elif name and isinstance(node.op, ast.Mod):
            whole = filled(self._form_of(name), [form], {})
            self._scopes[-1][name] = whole
            self._look(node, whole)
