"""Values: the form of each expression, read once and in the order of the text.

Calls of functions from outside the text are not followed; of those it defines, the worst of what
they return is known once they have been read.
"""

from __future__ import annotations

import ast
import re

from audit.linter.flow.forms import (
    COUNT,
    FAULT,
    FREE,
    LISTED,
    MARKS,
    NUMBER,
    OPEN,
    REQUEST,
    SAFE,
    SENT,
    TAG,
    beside,
    constant,
    cut,
    filled,
    formatted,
    in_one_line,
    is_number,
    mark,
    marks,
    substituted,
    worse,
)
from audit.linter.flow.names import (
    CARRIES,
    CLIENT_PARTS,
    FIXED,
    GATEWAY,
    REQUEST_PARTS,
    REQUESTS,
    SAFE_CALL,
    TEXT_CALL,
    TEXT_METHOD,
    WRITES_JSON,
    Names,
)
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import dotted, expressions, guards, keyword, last, literal, operands

KEEPS = re.compile(r"\[\^[\w\s.@\\-]*\][+*]?$")
"""A pattern for all but letters, digits and the like: what is left breaks out of nothing."""


ESCAPED = frozenset({ord("r"), ord("a")})
"""Conversions of an f-string that write a line break as an escape."""

HANDLER_PARTS = frozenset({"self.path", "self.headers", "self.rfile"})
"""In a method such as `do_GET` of `http.server`: what the client sent."""

NUMBERS = frozenset({"int", "float", "abs", "round"})
TELLS_FAULT = frozenset({
    "traceback.format_exc", "traceback.format_exception", "traceback.format_exception_only",
    "traceback.format_tb", "traceback.format_stack", "sys.exc_info",
})  # fmt: skip
FAULT_TEXTS = frozenset({"args", "message", "msg", "reason", "strerror", "stderr", "output"})
FAULT_CODES = frozenset({"errno", "code", "status_code", "returncode", "status"})
"""Of an error: what it says, and what only numbers it."""


class Values:
    """The form of every name so far, and of each expression that is read."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._scopes: list[dict[str, str]] = [{}]
        self._returned: dict[str, str] = {}
        self._returns = ""
        self._handles = False
        self._typed = False
        self._compared: set[str] = set()

    def called(self, call: Call) -> None:
        """Take note of a call whose arguments have been read."""

    def combined(self, node: ast.BinOp, left: str, right: str) -> None:
        """Take note of a product or quotient."""

    def listed(self, node: ast.List | ast.Tuple, form: str) -> None:
        """Take note of a list, its form given."""

    def mapped(self, node: ast.Dict, forms: list[str]) -> None:
        """Take note of a mapping, the forms of its values given."""

    def looked_up(self, node: ast.Subscript, index: str) -> None:
        """Take note of an item, the form of its index given."""

    def built(self, node: ast.expr) -> str:
        """Read a whole expression: what a statement assigns, returns or evaluates."""
        return self._form(node)

    def _children(self, node: ast.AST) -> str:
        """Read all expressions right below a node, and give the marks in them."""
        return marks("".join([self._form(child) for child in expressions(node)]))

    def _form(self, node: ast.expr) -> str:  # noqa: C901, PLR0911, PLR0912  # one case a kind
        match node:
            case ast.Constant():
                return constant(node)
            case ast.Name():
                return self._form_of(node.id)
            case ast.Attribute():
                return self._attribute(node)
            case ast.JoinedStr():
                return cut("".join([self._form(part) for part in node.values]))
            case ast.FormattedValue():
                form = self._form(node.value)
                spec = node.format_spec
                if spec is not None:
                    self._form(spec)
                numeric = isinstance(spec, ast.JoinedStr) and is_number(literal(spec))
                if numeric:
                    return SAFE
                return (in_one_line(form) if node.conversion in ESCAPED else form) or SAFE
            case ast.BinOp(op=ast.Add()):
                return self._sum(node)
            case ast.BinOp(op=ast.Mod()):
                return self._percent(node)
            case ast.BinOp(op=ast.Mult()):
                left, right = self._form(node.left), self._form(node.right)
                self.combined(node, left, right)
                if COUNT in (left, right) and not FREE.search(left + right):
                    return COUNT
                return SAFE if not FREE.search(left + right) or literal(node.left) else OPEN
            case ast.BinOp(op=ast.BitAnd()):
                # What two sets share is in both: of a known one it is known.
                left, right = self._form(node.left), self._form(node.right)
                return min(mark(left), mark(right))
            case ast.BinOp(op=ast.Div() | ast.FloorDiv()):
                left, right = self._form(node.left), self._form(node.right)
                self.combined(node, left, right)
                return worse(mark(left), mark(right))
            case ast.BinOp():
                return marks("".join([self._form(part) for part in operands(node)]))
            case ast.IfExp():
                self._test(node.test)
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
                self._test(node)
                return SAFE
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return cut(LISTED + self._each(node))
            case ast.DictComp():
                return LISTED + mark(self._each(node))
            case ast.List() | ast.Tuple():
                return self._list(node)
            case ast.Dict():
                return self._mapping(node)
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

    def _list(self, node: ast.List | ast.Tuple) -> str:
        form = cut(LISTED + LISTED.join([self._form(element) for element in node.elts]))
        self.listed(node, form)
        return form

    def _mapping(self, node: ast.Dict) -> str:
        forms = [self._form(part) for part in expressions(node)]
        self.mapped(node, forms[len(forms) - len(node.values) :])
        return LISTED + marks("".join(forms))

    def _test(self, node: ast.expr) -> None:
        """Read a test. A number that is compared or asked for has its limits from there on."""
        if isinstance(node, ast.Compare):
            self._children(node)
            self._compared.update(map(dotted, (node.left, *node.comparators)))
        else:
            self._form(node)
        for part in (node, *ast.iter_child_nodes(node)):
            if isinstance(part, ast.Name) and self._form_of(part.id) in {COUNT, NUMBER}:
                self._scopes[-1][part.id] = SAFE

    def _bind(self, target: ast.expr, form: str) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            parts = form[1:].split(LISTED) if form.startswith(LISTED) else []
            if len(parts) != len(target.elts):
                parts = [mark(form)] * len(target.elts)
            for one, part in zip(target.elts, parts, strict=True):
                self._bind(one, part)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, mark(form))
        else:
            self._children(target)
            if name := dotted(target):
                self._scopes[-1][name] = form
            elif isinstance(target, ast.Subscript):
                self._widen(dotted(target.value), mark(form))

    def _widen(self, name: str, item: str) -> None:
        """Put what is added to a list or mapping into its form, where that is kept."""
        for scope in reversed(self._scopes):
            if (before := scope.get(name, "")).startswith(LISTED):
                scope[name] = cut(before + LISTED + item if len(before) > 1 else LISTED + item)
                return

    def _form_of(self, name: str) -> str:
        return self._set_form(name, self.names.value(name) or OPEN)

    def _set_form(self, name: str, unset: str = "") -> str:
        """Give the form of a name or `a.b` as statements have set it."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), unset)

    def _attribute(self, node: ast.Attribute) -> str:
        base = self._form(node.value)
        fixed = self.names.full(node) in FIXED
        form = SAFE if fixed else self.names.value(node.attr) or OPEN
        if FAULT in base and node.attr not in FAULT_TEXTS:
            form = SAFE if node.attr in FAULT_CODES else OPEN
        elif mark(base) >= FAULT:
            form = mark(base)
        elif self._is_sent(node):
            form = REQUEST
        return self._set_form(dotted(node), form)

    def _is_sent(self, node: ast.Attribute) -> bool:
        """Tell whether this is a part of a request that its client wrote."""
        whole = self.names.full(node.value).rpartition(".")[2] or last(node.value)
        if self._handles and dotted(node) in HANDLER_PARTS:
            return True
        return node.attr in CLIENT_PARTS or (whole in REQUESTS and node.attr in REQUEST_PARTS)

    def _sum(self, node: ast.BinOp) -> str:
        return cut("".join([self._form(term) for term in operands(node)]))

    def _percent(self, node: ast.BinOp) -> str:
        left = self._form(node.left)
        named: dict[str, str] = {}
        values: list[str] = []
        match node.right:
            case ast.Tuple():
                values = [self._form(value) for value in node.right.elts]
                if not MARKS.sub("", left):
                    return beside(left, "".join(values))
            case ast.Dict():
                for key, value in zip(node.right.keys, node.right.values, strict=True):
                    named[literal(key)] = self._form(value)
            case ast.Call(func=ast.Name(id="locals")):
                named = {name: form for scope in self._scopes for name, form in scope.items()}
            case _:
                form = self._form(node.right)
                if "%" not in MARKS.sub("", left):
                    return beside(left, form) if MARKS.search(left) else left
                values = [form]
                if form.startswith(LISTED) and not FREE.search(form):
                    return filled(left, [], {}, other=SAFE)
        return filled(left, values, named)

    def _item(self, node: ast.Subscript) -> str:
        base = self._form(node.value)
        index = self._form(node.slice)
        self.looked_up(node, index)
        if literal(node.slice) in GATEWAY:
            return REQUEST
        if isinstance(node.slice, ast.Slice):
            return base
        if mark(base) >= FAULT:
            return mark(base)
        if base == SAFE or (base and not FREE.search(base + index)):
            return SAFE
        # A list or mapping written out holds nothing open, whatever it is asked for.
        return SAFE if base.startswith(LISTED) and not FREE.search(base) else OPEN

    def _each(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> str:
        self._scopes.append({})
        for part in node.generators:
            self._bind(part.target, self._element(part.iter))
            for test in part.ifs:
                self._form(test)
                self._scopes[-1].update({name: SAFE for name, yes in guards(test) if yes})
        made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        form = "".join([self.built(one) for one in made])
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
        handed = [self.names.full(v) for v in (*node.args, *(k.value for k in node.keywords))]
        short = name.rpartition(".")[2] or last(node.func)
        call = Call(node, name, short, forms, keywords, handed, base)
        self.called(call)
        return self._result(call, base)

    def _result(self, call: Call, base: str) -> str:  # noqa: C901, PLR0911, PLR0912  # one return a kind
        node, forms = call.node, call.forms
        name = self.names.outside(node.func)
        if not name:
            return self._returned.get(last(node.func), OPEN)
        method = isinstance(node.func, ast.Attribute)
        if method and name == "format":
            return formatted(base, forms, call.keywords)
        if call.name == "shlex.join":
            return SAFE
        if method and name == "join" and len(forms) == 1:
            between = MARKS.sub("", base)
            if TAG.search(between) and not forms[0].startswith(LISTED):
                return cut(forms[0] + between)
            return cut(forms[0].removeprefix(LISTED).replace(LISTED, between))
        if name == "split" and MARKS.sub("", base):
            return base
        if call.name == "shlex.split" and forms:
            return forms[0]
        if name == "map" and len(forms) > 1:
            safe = SAFE_CALL.match(self.names.outside(node.args[0]))
            return LISTED + (SAFE if safe else mark("".join(forms[1:])))
        if name in {"list", "tuple", "set", "sorted"} and "".join(forms).startswith(LISTED):
            return forms[0]
        if forms and (name == "Template" or (name == "compile" and not method)):
            return forms[0]
        if name in {"substitute", "safe_substitute"}:
            return substituted(base, "".join((*forms, *call.keywords.values())))
        if method and name == "get" and GATEWAY & set(map(literal, node.args[:1])):
            return REQUEST
        if method and name in {"get", "pop"} and base.startswith(LISTED):
            return worse(base, "".join(forms[1:])) if FREE.search(base) else SAFE
        if self.names.receives(name):
            return REQUEST
        if call.name in TELLS_FAULT:
            return FAULT
        if name == "get" and last(keyword(node, "type") or node) in NUMBERS and SENT.search(base):
            return COUNT
        if name in NUMBERS and SENT.search("".join(forms)):
            return COUNT
        if SAFE_CALL.match(name) or (name == "sub" and keeps_letters(node)):
            return SAFE
        if name in {"min", "max"}:
            return SAFE if not FREE.search("".join(forms)) else OPEN
        if TEXT_CALL.match(name):
            own = bool(TEXT_METHOD.match(name)) and dotted(node.func) != f"codecs.{name}"
            text = method and (own or MARKS.sub("", base) or not forms)
            form = base if text else forms[0] if forms else base
            if name == "replace" and "<" in map(literal, node.args[:1]):
                form = SAFE
            elif name == "replace" and TAG.search("".join(forms[1:2])):
                form = cut(form + forms[1])
            elif name == "replace" and FREE.search("".join(forms[1:2])):
                form = cut(form + mark(forms[1]))
            return in_one_line(form) if _flattens(call.node, name) else form
        if isinstance(node.func, ast.Attribute) and self._is_sent(node.func):
            return REQUEST
        if self.names.full(node.func) in WRITES_JSON and not self._typed:
            return in_one_line(mark("".join(forms)))
        whole = "".join((*forms, *call.keywords.values()))
        if CARRIES.match(name) and whole and (SENT.search(whole) or not FREE.search(whole)):
            return mark(whole)
        return mark(base) if SENT.search(base) else OPEN


def _flattens(node: ast.Call, name: str) -> bool:
    """Tell whether a call takes line breaks out of a text, or writes them as escapes."""
    if name in {"repr", "ascii", "encode"}:
        return True
    return (
        name == "replace"
        and bool(node.args)
        and bool({"\n", "\r", "\r\n"} & {literal(node.args[0])})
    )


def keeps_letters(node: ast.Call) -> bool:
    """Tell whether a call of `re.sub` takes out all but letters, digits and the like."""
    match node.args:
        case [pattern, ast.Constant(), _, *_]:
            return bool(KEEPS.fullmatch(literal(pattern)))
    return False
