"""Origins: which names that somebody chose a value comes from, if it is, or begins, a path.

A call from outside hands on nothing, but for those that write a path, or what a client sent, in
another form. Of a function of the text what it returns is known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from audit.linter.flow.names import GATEWAY, SAFE_CALL, Names
from audit.linter.flow.syntax import dotted, expressions, last, literal, operands
from audit.linter.flow.traces import NO_ROOTS, NONE, Trace, in_folder, in_text, together
from audit.linter.flow.values import keeps_letters

CARRIES = re.compile(
    r"(str|bytes|fspath|realpath|abspath|normpath|normcase|expanduser|expandvars|resolve|absolute"
    r"|unquote(_plus)?|urlparse|urlsplit|(Pure)?(Posix)?Path|text_type|strip|lstrip|rstrip|lower|upper|title|encode"
    r"|decode|replace|removeprefix|removesuffix|split|rsplit|partition|rpartition|sub|pop|fsencode"
    r"|fsdecode|format_map|as_posix|with_suffix|sorted|list|tuple|set|reversed|smart_str|splitext)$"
)
"""Calls that hand on a path, or a list of them, in another form."""

ASKS = frozenset({"get", "getlist", "values", "items", "getall", "get_all"})
"""Methods of what a client sent."""

DECODES = re.compile(r"(?i)\w*(decode|decrypt|decompress|parse|loads|json|convert|force_text)\w*$")
"""Calls from outside that most likely hand on what a client sent, in another form."""

NO_FOLDER = re.compile(r"(\w+_)?(basename|secure_filename|get_valid_(file)?name)$")
"""Calls that leave the last part of a path, with its ending."""

LISTS_MEMBERS = frozenset({"namelist", "infolist", "getmembers", "getnames"})
CLEANS = re.compile(r"(?i)_*(safe|secure|sanit|clean|slugify|normali[sz]e_and_check)\w*$")
LEAVES_FOLDER = re.compile(r"\.\.|[/\\]")
SPLITS = frozenset({"os.path.splitext", "os.path.split", "splitext", "path.split", "path.splitext"})
"""Calls whose second part holds no folder."""

LAST_PARTS = frozenset({"name", "stem", "suffix", "suffixes"})
UPLOADS = re.compile(r"(\w+\.)*(files|FILES)$")


class Origins:
    """The trace of every name so far, and of each expression that is read."""

    def __init__(
        self,
        names: Names,
        is_sent: Callable[[ast.Attribute], bool],
        given: set[str],
        sent: set[str],
    ) -> None:
        self.names = names
        self.is_sent = is_sent
        self.sent = set(sent)
        self.scopes = [
            {
                name: Trace(whole=frozenset({name}), types=frozenset({name} & sent))
                for name in given | sent
            }
        ]
        """What names hold; each branch that is being read has its own, which comes first."""

        self.members: set[str] = set()
        """Roots that are the names of an archive's members."""

        self.handed: dict[ast.Call, frozenset[str]] = {}
        """The roots of what each call was handed."""

    def called(self, node: ast.Call, args: Sequence[Trace], base: Trace) -> None:
        """Take note of a call whose arguments have been read."""

    def listed(self, node: ast.List, traces: Sequence[Trace]) -> None:
        """Take note of a list, each element read."""

    def compared(self, node: ast.Compare, left: Trace, right: Trace) -> None:
        """Take note of a comparison."""

    def tested(self, node: ast.expr) -> None:
        """Read a condition."""
        self.trace(node)

    def of_the_text(self, node: ast.Call, handed: dict[str | int, Trace]) -> Trace | None:
        """Give the trace of what a function of the text returns, nothing of others."""

    def bind(self, target: ast.expr, trace: Trace) -> None:
        """Give the names that are set to a value its trace."""
        if isinstance(target, ast.Tuple | ast.List):
            for one in target.elts:
                self.bind(one, trace)
        elif name := dotted(target):
            self.scopes[-1][name] = trace

    def known(self, name: str) -> Trace | None:
        """Give what a name or attribute was last set to, if anything read so far set it."""
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def trace(self, node: ast.expr) -> Trace:  # noqa: C901, PLR0911, PLR0912  # one case a kind
        """Read an expression, and give its trace."""
        match node:
            case ast.Name():
                return self.known(node.id) or NONE
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._item(node)
            case ast.Call():
                return self._call(node)
            case ast.JoinedStr():
                return in_text([self._part(part) for part in node.values])
            case ast.FormattedValue(value=value):
                number = literal(node.format_spec).endswith("d")
                return NONE if number else self.trace(value)
            case ast.BinOp(op=ast.Add()):
                return in_text([self._part(part) for part in operands(node)])
            case ast.BinOp(op=ast.Div()):
                return in_folder([self.trace(node.left), self.trace(node.right)])
            case ast.BinOp(op=ast.Mod()):
                values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                return self._filled(node.left, r"%[srd]|%\(\w+\)s", values)
            case ast.BinOp():
                for one in operands(node):
                    self.trace(one)
                return NONE
            case ast.Compare():
                left, right, *_ = map(self.trace, (node.left, *node.comparators))
                self.compared(node, left, right)
                return NONE
            case ast.IfExp():
                self.tested(node.test)
                return together([self.trace(node.body), self.trace(node.orelse)])
            case ast.BoolOp() | ast.List() | ast.Tuple() | ast.Set():
                traces = [self.trace(one) for one in expressions(node)]
                if isinstance(node, ast.List):
                    self.listed(node, traces)
                return together(traces)
            case ast.Await() | ast.Starred():
                return self.trace(node.value)
            case ast.NamedExpr():
                self.bind(node.target, trace := self.trace(node.value))
                return trace
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for part in node.generators:
                    self.bind(part.target, self.trace(part.iter))
                    for test in part.ifs:
                        self.tested(test)
                made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
                return together([self.trace(one) for one in made])
            case _:
                for child in expressions(node):
                    self.trace(child)
                return NONE

    def _part(self, node: ast.expr) -> Trace | str:
        return literal(node) if isinstance(node, ast.Constant) else self.trace(node)

    def _filled(self, text: ast.expr, holes: str, values: Sequence[ast.expr]) -> Trace:
        """Give the trace of a text with values in its places, in their order."""
        traces = [self.trace(value) for value in values]
        if not literal(text):
            return together([self.trace(text), *traces])
        rest = iter(traces)

        def filled(part: str) -> Trace | str:
            if not re.fullmatch(holes, part):
                return part
            trace = next(rest, NONE)
            return NONE if part == "%d" else trace

        return in_text([filled(part) for part in re.split(f"({holes})", literal(text))])

    def _attribute(self, node: ast.Attribute) -> Trace:
        base = self.trace(node.value)
        if known := self.known(name := dotted(node)):
            return known
        if self.is_sent(node) or self.names.full(node) == "sys.argv":
            return self._chosen(node, sent=self.is_sent(node))
        if base.roots & self.members:
            return base
        if node.attr == "filename" and (base.files or (base.roots and "." not in name[:-9])):
            roots = base.files or base.roots
            return Trace(whole=roots, types=roots)
        field = name == f"{''.join(base.whole)}.name"  # of what a client sent, and of no path
        if node.attr in LAST_PARTS and not (field and self.from_client(base)):
            return Trace(types=base.types | base.files)
        # Of what the program itself was handed, an attribute is most likely its own.
        kept = node.attr in {"parent", "parents", "path"} or self.from_client(base)
        return base if kept else Trace(about=base.about)

    def _item(self, node: ast.Subscript) -> Trace:
        base = self.trace(node.value)
        self.trace(node.slice)
        value = node.value
        if isinstance(value, ast.Call) and last(value.func) in {"split", "rsplit", "splitext"}:
            by = literal(value.args[0]) if value.args else ""
            first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
            if (self.names.full(value.func) in SPLITS or "." in by) and not first:
                return base.ending()
            if by in {"/", "\\"} and ast.unparse(node.slice) == "-1":
                return base.ending()
        if base.roots and UPLOADS.match(dotted(value)):
            return self._uploaded(node)
        if base.files and literal(node.slice) == "filename":
            return Trace(whole=base.files, types=base.files)
        if literal(node.slice) in GATEWAY or (
            isinstance(value, ast.Attribute) and self.is_sent(value)
        ):
            return self._chosen(node, sent=True)
        return base if self.from_client(base) or not literal(node.slice) else NONE

    def from_client(self, trace: Trace) -> bool:
        """Tell whether a client chose a part of a value."""
        return bool(trace.roots & self.sent)

    def _chosen(self, node: ast.expr, *, sent: bool) -> Trace:
        """Give the trace of a value that somebody chose, and remember who."""
        root = frozenset({ast.unparse(node)})
        if sent:
            self.sent |= root
        return Trace(whole=root, types=root if sent else NO_ROOTS)

    def member(self, archive: ast.expr) -> Trace:
        """Give the trace of a member of an archive."""
        trace = self._chosen(archive, sent=False)
        self.members |= trace.whole
        return trace

    def _uploaded(self, node: ast.expr) -> Trace:
        trace = self._chosen(node, sent=True)
        return Trace(files=trace.whole)

    # --- calls -----------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Trace:
        base = self.trace(node.func.value) if isinstance(node.func, ast.Attribute) else NONE
        args = [self.trace(arg) for arg in node.args]
        handed: dict[str | int, Trace] = {k.arg or "": self.trace(k.value) for k in node.keywords}
        handed.update(enumerate(args))
        self.handed[node] = together(handed.values()).roots
        self.called(node, args, base)
        own = self.of_the_text(node, handed)
        return self._result(node, base, args) if own is None else own

    def _result(  # noqa: C901, PLR0911, PLR0912  # one return a kind
        self, node: ast.Call, base: Trace, args: list[Trace]
    ) -> Trace:
        func, short = node.func, last(node.func)
        all_of_it = together([base, *args])
        if short in {"input", "raw_input", "get_filename"}:
            return self._chosen(node, sent=False)
        if short in LISTS_MEMBERS and isinstance(func, ast.Attribute):
            return self.member(node)
        if self.names.receives(short):
            return self._chosen(node, sent=True)
        if isinstance(func, ast.Attribute):
            if base.roots and UPLOADS.match(dotted(func.value)):
                return self._uploaded(node)
            asked = short in ASKS and (
                GATEWAY & set(map(literal, node.args[:1])) or self.from_client(base)
            )
            if asked or self.is_sent(func):
                return self._chosen(node, sent=True)
            if short == "format":
                values = [*node.args, *(k.value for k in node.keywords)]
                return self._filled(func.value, r"\{[^{}]*\}", values)
            if short == "joinpath":
                return in_folder([base, *args])
        if NO_FOLDER.match(short):
            return all_of_it.ending()
        if len(args) > 1 and short in {"join", "urljoin", "Path", "PurePath"}:
            return in_folder(args)
        if short == "replace" and _takes_folders_out(node):
            return NONE
        if CLEANS.match(short) or SAFE_CALL.match(short):
            return NONE
        if short == "sub" and keeps_letters(node):
            return all_of_it.ending()
        if CARRIES.match(short) or (DECODES.match(short) and self.from_client(all_of_it)):
            return all_of_it
        return Trace(about=all_of_it.roots)


def _takes_folders_out(node: ast.Call) -> bool:
    r"""Tell whether `replace` takes out what leaves a folder: `replace("\\", "/")` does not."""
    match node.args:
        case [out, by, *_]:
            return bool(
                LEAVES_FOLDER.search(literal(out)) and not LEAVES_FOLDER.search(literal(by))
            )
    return False
