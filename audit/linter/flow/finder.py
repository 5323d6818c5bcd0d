"""What is asked of every text that is built and of every call, while a function is read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from audit.linter.flow import (
    chosen,
    documents,
    evaluated,
    pages,
    patterns,
    records,
    settings,
    sizes,
)
from audit.linter.flow.forms import COUNT, LISTED, SENT, TAG, mark
from audit.linter.flow.looks import queries
from audit.linter.flow.looks.lookups import joined
from audit.linter.flow.names import Names
from audit.linter.flow.rules import RULES
from audit.linter.flow.sinks import (
    CHECKS_URL,
    LOGS,
    Call,
    executed,
    found_in_call,
    runs_line,
    statement_rule,
)
from audit.linter.flow.syntax import dotted
from audit.linter.flow.values import Values
from audit.linter.outcomes import Spot
from audit.records import Finding

LOOKS = joined(chosen.LOOKS, documents.LOOKS, settings.LOOKS)
"""What is asked of a call of this last name."""

GROWS = frozenset({"append", "appendleft", "add", "extend", "insert", "setdefault", "update"})
"""Methods that put something into a list, set or mapping."""


class Finder(Values):
    """Looks at every text that is built and every call, and keeps what is found."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.spots: list[Spot] = []
        self._told: set[str] = set()
        self._checked: set[str] = set()
        self._pages: set[str] = set()
        self._json: frozenset[str] = frozenset()
        self._zero_caught = 0

    def built(self, node: ast.expr) -> str:
        """Read a whole expression, and look at its form."""
        form = super().built(node)
        self._look(node, form)
        return form

    def called(self, call: Call) -> None:
        """Look at what a call is handed and runs, and note what it checks, adds to or writes."""
        node = call.node
        values = (*node.args, *(k.value for k in node.keywords))
        if not LOGS.match(call.last):
            # Several `**` share a name: their forms are looked at where they were built.
            for value, form in zip(values, (*call.forms, *call.keywords.values()), strict=False):
                self._look(value, form)
        if CHECKS_URL.match(call.last):
            self._checked.update(filter(None, map(dotted, values)))
        if call.last == "startswith" and isinstance(node.func, ast.Attribute):
            self._checked.add(dotted(node.func.value))
        if call.last in GROWS and isinstance(node.func, ast.Attribute):
            # `join` of a list asks for its text, all else for its marks alone.
            forms = [*call.forms, *call.keywords.values()]
            text = "".join(forms).removeprefix(LISTED) if call.last == "append" else ""
            self._widen(dotted(node.func.value), text or mark("".join(forms)))
        if run := executed(call):
            self._look(node, run, executed=True)
        for rule in self._broken(call):
            self.tell(rule, node)
        if pages.writes(call) and TAG.search(call.first()):
            self._pages.add(call.name)

    def listed(self, node: ast.List | ast.Tuple, form: str) -> None:
        """Look at a list: it may be a command."""
        self._look(node, form)

    def _broken(self, call: Call) -> Iterable[str]:
        """Give the rules that a call breaks."""
        yield from found_in_call(call, self._checked)
        yield from self._shown(call)
        yield from sizes.found_in_call(call)
        yield from evaluated.found_in_call(call, self.names)
        yield from patterns.found_in_call(call)
        yield from records.found_in_call(call)
        for look in LOOKS.get(call.last, ()):
            yield from look(call, self._checked)

    def mapped(self, node: ast.Dict, forms: list[str]) -> None:
        """Look at a mapping: it may be a query."""
        for rule in queries.found_in_mapping(node, forms):
            self.tell(rule, node)

    def looked_up(self, node: ast.Subscript, index: str) -> None:
        """Look at an item: its index may choose code."""
        for rule in chosen.found_in_item(node, index):
            self.tell(rule, node)

    def _shown(self, call: Call) -> Iterable[str]:
        """Give the rules that a call breaks in what it shows to a client: no file is one."""
        func = call.node.func
        if isinstance(func, ast.Attribute) and dotted(func.value) in self.names.files:
            return ()
        json = self._is_json(call.node.args[:1])
        return pages.found_in_call(call, self._pages, json=json)

    def _is_json(self, nodes: Sequence[ast.expr]) -> bool:
        return any(self.names.makes_json(node) or dotted(node) in self._json for node in nodes)

    def combined(self, node: ast.BinOp, left: str, right: str) -> None:
        """Look at a sum of two forms: it may divide by zero, or be as long as somebody likes."""
        rule = sizes.found_in_sum(node.op, left, right)
        if (
            rule == "divide-by-request"
            and SENT.search(right)
            and not isinstance(node.left, ast.Constant | ast.BinOp)
        ):
            return  # a path and a name
        if rule and not (rule == "divide-by-request" and self._zero_caught):
            self.tell(rule, node)

    def _charge(self, node: ast.stmt, amount: ast.expr, form: str) -> None:
        """Tell of an amount from a client that is taken from a total and was never compared."""
        if (COUNT in form or SENT.search(form)) and dotted(amount) not in self._compared:
            self.tell("unchecked-amount", node)

    def _look(self, node: ast.AST, form: str, *, executed: bool = False) -> None:
        """Tell of a statement or command that an open value stands in, once for each text."""
        if form in self._told:
            return
        rule = "shell-dash-c" if runs_line(form) else statement_rule(form, executed=executed)
        if rule:
            self._told.add(form)
            self.tell(rule, node)

    def tell(self, rule: str, node: ast.AST) -> None:
        """Keep that a rule is broken, and where."""
        facts = RULES[rule]
        finding = Finding(
            tool="phi-audit",
            rule=rule,
            cwe=facts.cwe,
            severity=facts.severity,
            confidence=facts.confidence,
            line=getattr(node, "lineno", 1),
            column=getattr(node, "col_offset", -1) + 1,
            message=facts.message,
            decides=facts.decides,
        )
        end = getattr(node, "end_lineno", None) or finding.line
        self.spots.append(Spot(finding=finding, last_line=end))
