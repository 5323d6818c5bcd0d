"""Paths: whether a name that somebody chose is opened, or joined to a folder, without a check.

Followed apart from texts, because what makes a path safe is a check of it, and a check has many
forms: `startswith`, `commonpath`, a list of known names, a function of the text or of another.
What was checked anywhere above is taken as checked, whatever was done with the answer.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from audit.linter.flow.archives import OF_TAR, Archives
from audit.linter.flow.names import Names
from audit.linter.flow.opened import is_reader, opened, writes_any
from audit.linter.flow.origins import LEAVES_FOLDER, SPLITS, Origins
from audit.linter.flow.syntax import (
    Function,
    argument_names,
    dotted,
    keyword,
    last,
    leaves,
    literal,
)
from audit.linter.flow.traces import NO_ROOTS, NONE, Trace, in_folder, in_text, together

OWN_NAME = re.compile(
    r"(?i)_?(\w+_)?(dir|directory|root|base|folder|prefix|suffix|ext|version|count|num|index|idx"
    r"|id|port|mode|encoding|pid|fd)$|\w+dir$"
)
"""Parameters that hold what a path begins with, or a number."""

CHECK = re.compile(
    r"(?i)_*((check|valid|verify)(?!_?(call|output|exist|dir|folder|size|space))|(ensure|assert"
    r"|require|must)_?\w*(safe|valid|allowed|within|inside|relative)|is_safe|uuid$|int$)"
)
"""Names from outside that a check goes by, where nothing is done with its answer."""

NO_CHECK = re.compile(
    r"(exists|lexists|isfile|isdir|is_file|is_dir|islink|access|len|isinstance|bool|str|open|print"
    r"|hasattr|any|all|getsize|stat|strip|lower|upper|split|rsplit|splitext|get|join|next"
    r"|\w*(download|read|load|exist)\w*)$"
)
"""Calls in a test that say nothing of what they are given."""

EXISTS = re.compile(r"(exists|isfile|isdir|is_file|is_dir)$")
PROGRAM = re.compile(
    r"(/usr)?(/bin/)?(git|hg|svn|ssh|scp|curl|wget|rsync|tar|zip|find|man|sendmail|tcpdump|nmap)$"
)
"""Programs with an option that runs another, or writes a file."""

REMOTE = frozenset({"clone", "fetch", "pull", "ls-remote", "submodule", "archive", "grep", "log"})
"""Commands of git that have one."""

TYPE_CHECK = re.compile(r"(?i)\w*(allowed|exten|ext$|type|image|mime|suffix|format|endswith)\w*")
PATH_CHECKS = frozenset({
    "startswith", "commonpath", "commonprefix", "relpath", "relative_to", "is_relative_to", "isabs",
    "is_absolute", "samefile",
})  # fmt: skip
NAME_CHECKS = frozenset({
    "isalnum", "isidentifier", "isdigit", "isnumeric", "isdecimal", "isalpha", "match", "fullmatch",
    "search",
})  # fmt: skip


class Found(NamedTuple):
    """A rule that is broken, and where."""

    rule: str
    node: ast.AST


class Summary(NamedTuple):
    """What a function of the text does with what it is handed, in the names of its parameters."""

    parameters: list[str]
    returns: Trace
    opened: frozenset[str]
    checked: frozenset[str]
    typed: frozenset[str]


class Paths:
    """Follows the paths through the functions of one text."""

    def __init__(self, names: Names, is_sent: Callable[[ast.Attribute], bool]) -> None:
        self.names = names
        self.is_sent = is_sent
        self._summaries: dict[str, Summary | None] = {}

    def found_in(self, body: Sequence[ast.stmt], given: set[str], sent: set[str]) -> list[Found]:
        """Give what is found in a body, inner functions left out.

        Args:
            body: Of a function, or of the whole text.
            given: Its parameters that may be any text.
            sent: Those of them that a client chose.
        """
        reader = _Body(self, given, sent)
        reader.block(body)
        return reader.found

    def summary(self, func: ast.expr) -> Summary | None:
        """Give what a function does, if the text defines it."""
        name = last(func)
        if self.names.outside(func) or name not in self.names.definitions:
            return None
        if name not in self._summaries:
            self._summaries[name] = None  # while it is read: it may call itself
            self._summaries[name] = self._summed(self.names.definitions[name])
        return self._summaries[name]

    def _summed(self, node: Function) -> Summary:
        parameters = [name for name in argument_names(node) if name not in {"self", "cls"}]
        reader = _Body(self, set(parameters), set())
        reader.block(node.body)
        return Summary(parameters, reader.returns, reader.opened, reader.checked, reader.typed)


class _Body(Origins):
    """Reads one body in the order of its text."""

    def __init__(self, paths: Paths, given: set[str], sent: set[str]) -> None:
        super().__init__(paths.names, paths.is_sent, given, sent)
        self.found: list[Found] = []
        self.returns = NONE
        self.opened: frozenset[str] = NO_ROOTS
        self.checked: frozenset[str] = NO_ROOTS
        self.typed: frozenset[str] = NO_ROOTS
        self._paths = paths
        self.archives = Archives(paths.names)
        self._in_folder: frozenset[str] = NO_ROOTS
        """Roots that were joined to a folder: what holds them is a path, and no address."""

        self._there: frozenset[str] = NO_ROOTS
        """What was seen to be there: a file or folder is no option of a program."""

        self._own = {name for name in given - sent if OWN_NAME.match(name)}

    def block(self, body: Iterable[ast.AST]) -> None:
        for node in body:
            self._statement(node)

    def _statement(self, node: ast.AST) -> None:  # noqa: C901, PLR0912  # one case a kind
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case ast.Assign():
                for target in node.targets:
                    self._assign(target, node.value)
            case ast.AnnAssign(value=ast.expr() as value):
                self._assign(node.target, value)
            case ast.AugAssign():
                both = [self.known(dotted(node.target)) or NONE, self.trace(node.value)]
                division = isinstance(node.op, ast.Div)
                self.bind(node.target, in_folder(both) if division else in_text(both))
            case ast.For() | ast.AsyncFor():
                trace = self.trace(node.iter)
                self.bind(
                    node.target,
                    self.member(node.iter) if self.archives.is_tar(node.iter) else trace,
                )
                self._ways([], node.body)
                self.block(node.orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    trace = self.trace(item.context_expr)
                    self.archives.opened(item.optional_vars, item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, trace)
                self.block(node.body)
            case ast.If() | ast.While():
                self.tested(node.test)
                self._ways(node.body, node.orelse)
            case ast.Try() | ast.TryStar():
                self.block(node.body)
                self._ways([], *(handler.body for handler in node.handlers))
                self.block([*node.orelse, *node.finalbody])
            case ast.Assert():
                self.tested(node.test)
            case ast.Return(value=ast.expr() as value):
                trace = self.trace(value)
                free = (trace.whole - self.checked, trace.joined - self.checked)
                self.returns = together([self.returns, Trace(*free, trace.types)])
            case ast.Expr(value=ast.Call() as call):
                self.trace(call)
                if CHECK.match(last(call.func)):
                    self._answered(call)
            case ast.expr():
                self.trace(node)
            case _:
                self.block(ast.iter_child_nodes(node))

    def _ways(self, *bodies: Sequence[ast.stmt]) -> None:
        """Read bodies of which one runs: a name then comes from all that may have set it."""
        ends: list[dict[str, Trace]] = []
        for body in bodies:
            self.scopes.append({})
            self.block(body)
            end = self.scopes.pop()
            if not body or isinstance(body[-1], ast.Break) or not leaves(body[-1]):
                ends.append(end)
        for name in set().union(*ends):
            before = self.known(name)
            traces = [end.get(name, before) for end in ends]
            self.scopes[-1][name] = together(trace for trace in traces if trace is not None)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, of in zip(target.elts, value.elts, strict=False):
                self.archives.opened(one, of)
                self.bind(one, self.trace(of))
            return
        trace = self.trace(value)
        self.archives.opened(target, value)
        self.bind(target, trace)
        match target:
            case ast.Tuple(elts=[_, ending]) if isinstance(value, ast.Call):
                if self.names.full(value.func) in SPLITS:
                    self.bind(ending, trace.ending())
            case ast.Attribute(attr="extraction_filter", value=archive):
                self.archives.trust([archive])
            case ast.Attribute(attr="name" | "path", value=member) if not trace.path & self.members:
                self.checked |= self.trace(member).roots & self.members

    # --- checks ----------------------------------------------------------------------------------

    def tested(self, node: ast.expr) -> None:
        self.trace(node)
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and not NO_CHECK.match(last(call.func)):
                self._answered(call)
            elif isinstance(call, ast.Call) and EXISTS.match(last(call.func)):
                self._there |= self.handed.get(call, NO_ROOTS)

    def _answered(self, call: ast.Call) -> None:
        """Take what a call was handed as checked. Of one of the text it is known what it checks."""
        if self.names.outside(call.func):
            roots = self.handed.get(call, NO_ROOTS)
            self.typed |= roots
            if not TYPE_CHECK.match(last(call.func)):
                self.checked |= roots
                self.archives.trust(call.args)

    def compared(self, node: ast.Compare, left: Trace, right: Trace) -> None:
        other = node.comparators[0]
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            # `".." in name` and `os.sep in name`, but not `"name" in request.args`.
            if not literal(node.left) or LEAVES_FOLDER.search(literal(node.left)):
                self.checked |= right.path | right.about
            self.checked |= left.path | left.about
            self.typed |= left.roots
        elif isinstance(node.ops[0], ast.Eq | ast.NotEq):
            for one, trace, with_ in ((node.left, left, other), (other, right, node.left)):
                if isinstance(one, ast.Call) or last(one) in {"parent", "parents"}:
                    self.checked |= trace.path
                if literal(with_):
                    self.typed |= trace.types | trace.files

    # --- calls -----------------------------------------------------------------------------------

    def called(self, node: ast.Call, args: Sequence[Trace], base: Trace) -> None:
        short = last(node.func)
        handed = together([base, *args])
        if short in PATH_CHECKS and not _asks_for_part(node):
            self.checked |= handed.path
        elif short in NAME_CHECKS:
            self.checked |= handed.path
            self.typed |= handed.roots
        elif short == "endswith":
            self.typed |= base.roots
        elif short == "join" and len(args) > 1:
            self._in_folder |= together(args[1:]).path & self.sent
        if self._unpacks(node, args):
            self.found.append(Found("tar-extract-all", node))
        paths = self._files(node, args, base)
        self.opened |= NO_ROOTS.union(*(trace.whole for trace in paths)) - self.checked
        for trace in paths:
            self._look(node, trace)
            if writes_any(node) and trace.types - self.typed:
                self.found.append(Found("upload-any-type", node))

    def _files(self, node: ast.Call, args: Sequence[Trace], base: Trace) -> Sequence[Trace]:
        """Give the paths of the files that a call of no function of the text opens."""
        if self._paths.summary(node.func):
            return ()
        files = opened(node, self.names.full(node.func), args, base, self.sent, self.members)
        if not files and self._in_folder and is_reader(node):
            return [Trace(joined=trace.joined & self._in_folder) for trace in args[:1]]
        return files

    def _unpacks(self, node: ast.Call, args: Sequence[Trace]) -> bool:
        """Tell whether a call writes what a tar archive names, wherever that is."""
        if keyword(node, "filter") is not None:
            return False
        if self.names.full(node.func) in {"shutil.unpack_archive", "unpack_archive"}:
            return not self.checked & together(args).path
        if self.members & self.checked or not isinstance(node.func, ast.Attribute):
            return False
        tar = self.archives.is_tar(node.func.value)
        if node.func.attr == "extractall":
            return tar and not isinstance(keyword(node, "members"), ast.Call | ast.ListComp)
        roots = args[0].roots & self.members if args else NO_ROOTS
        return node.func.attr == "extract" and (tar or any(map(OF_TAR.search, roots)))

    def listed(self, node: ast.List, traces: Sequence[Trace]) -> None:
        words = [literal(one) for one in node.elts]
        if not words or "--" in words or not PROGRAM.match(words[0]):
            return
        if words[0].endswith("git") and not REMOTE.intersection(words):
            return
        for place, one in enumerate(node.elts[1:], 1):
            free = traces[place].whole - self.sent - self.checked - self._there
            if isinstance(one, ast.Name) and free and not words[place - 1].startswith("-"):
                self.found.append(Found("argument-injection", node))
                break

    def of_the_text(self, node: ast.Call, handed: dict[str | int, Trace]) -> Trace | None:
        summary = self._paths.summary(node.func)
        if summary is None:
            return None
        given = {
            name: handed.get(place, handed.get(name, NONE))
            for place, name in enumerate(summary.parameters)
        }

        def of(names: frozenset[str]) -> Trace:
            return together(given[name] for name in names & given.keys())

        self._look(node, of(summary.opened))
        self.checked |= of(summary.checked).path
        self.typed |= of(summary.checked | summary.typed).roots
        whole, joined = of(summary.returns.whole), of(summary.returns.joined)
        return Trace(whole.whole, whole.joined | joined.path, of(summary.returns.types).types)

    def _look(self, node: ast.AST, trace: Trace) -> None:
        free = trace.path - self.checked
        if free & self.members:
            self.found.append(Found("archive-member-path", node))
        elif free & self.sent:
            self.found.append(Found("path-from-request", node))
        elif trace.joined - self.checked - self._own:
            self.found.append(Found("path-from-parameter", node))


def _asks_for_part(node: ast.Call) -> bool:
    """Tell whether this is `member.name.startswith("data/")`: `..` may follow."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="name" | "filename"), attr="startswith"),
            args=[ast.Constant(value=str(text)), *_],
        ):
            return bool(re.match(r"\w", text))
    return False
