"""Temporary files whose name another user of the computer can know before they are made."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator, Set

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, false, keyword, last, literal

FREE_NAME = frozenset({
    "mktemp", "tempfile.mktemp", "tempnam", "os.tempnam", "tmpnam", "os.tmpnam",
    "tempfile._get_candidate_names",
})  # fmt: skip
SHARED = re.compile(r"(/tmp|/var/tmp|/dev/shm)/.")
RANDOM = re.compile(
    r"(?i)(uuid\d?|mkdtemp|mkstemp|\w*TemporaryFile|TemporaryDirectory|token_\w+|urandom)$"
)
WRITES = re.compile(r"[wax]")
PARTS = 40
"""How much of a path is looked through: a name may stand for a long one, and be used often."""


def found(scope: Scope, names: Names) -> Found:
    """Give the rule that a scope breaks by a name handed over, or of a file that is gone."""
    handed = (part for call in scope.calls for part in call.args)
    for value in itertools.chain(handed, *scope.set.values()):
        if isinstance(value, ast.Attribute) and _is_free(value, names):
            yield "temp-name", value
    made = {id(call) for call in scope.calls if _is_deleted(call)}
    if made:
        yield from _gone(made, scope)


def _gone(made: Set[int], scope: Scope) -> Found:
    """Find files by the name of one that was deleted.

    Args:
        made: The identities of calls that make files which are deleted when they are closed.
        scope: In which they stand.
    """
    closed: set[str] = set()
    for call in scope.calls:
        match call.func, call.args:
            case ast.Attribute(attr="close", value=file), []:
                closed.add(dotted(file))
            case ast.Name(id="open"), [ast.Attribute(attr="name", value=file), *_]:
                gone = dotted(file) in closed and id(scope.value(file)) in made
                if gone and WRITES.match(_mode(call, 1)):
                    yield "temp-name", call
    for node in scope.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "name" and id(node.value) in made:
            yield "temp-name", node


def _is_free(node: ast.Attribute, names: Names) -> bool:
    return node.attr == "mktemp" and names.full(node) == "tempfile.mktemp"


def _is_deleted(node: ast.Call) -> bool:
    """Tell whether a call makes a file that is gone when it is closed."""
    return last(node.func) == "NamedTemporaryFile" and not false(keyword(node, "delete"))


def _named(node: ast.Call, name: str, scope: Scope, names: Names) -> Iterator[str]:
    by_its_name = scope.value(node.func) is node.func
    if name in FREE_NAME and by_its_name and names.outside(node.func):
        yield "temp-name"


def _made(node: ast.Call, name: str, scope: Scope, _: Names) -> Iterator[str]:
    if name in {"os.mkdir", "os.makedirs"}:
        path = next(iter(node.args), None)
    else:
        path = node.func.value if isinstance(node.func, ast.Attribute) else None
    yield from _in_shared(path, scope)


def _opened(node: ast.Call, name: str, scope: Scope, _: Names) -> Iterator[str]:
    if name in {"open", "io.open", "codecs.open"}:
        if WRITES.match(_mode(node, 1)):
            yield from _in_shared(next(iter(node.args), None), scope)
    elif isinstance(node.func, ast.Attribute) and WRITES.match(_mode(node, 0)):
        yield from _in_shared(node.func.value, scope)


def _mode(node: ast.Call, place: int) -> str:
    return literal(keyword(node, "mode") or next(iter(node.args[place : place + 1]), None))


def _in_shared(path: ast.AST | None, scope: Scope) -> Iterator[str]:
    """Give the rule if a path has a known name in a folder that everybody may write to."""
    first: ast.AST | None = path
    for _ in range(PARTS):
        value = scope.value(first)
        unread = value is not first or first is path
        if unread and value is not None and _is_random(value, scope):
            return
        first = value
        match first:
            case ast.BinOp(left=part) | ast.Call(args=[part, *_], func=ast.Name()):
                pass
            case ast.Call(func=ast.Attribute(attr="join" | "Path" | "PosixPath"), args=[part, *_]):
                pass
            case ast.Call(func=ast.Attribute(attr="format" | "joinpath" | "strip", value=part)):
                pass
            case ast.JoinedStr(values=[part, *_]) | ast.FormattedValue(value=part):
                pass
            case _:
                break
        first = part
    made = isinstance(first, ast.Call) and last(first.func) == "gettempdir"
    if made or (isinstance(first, ast.Constant) and SHARED.match(literal(first))):
        yield "temp-fixed-path"


def _is_random(node: ast.AST, scope: Scope) -> bool:
    """Tell whether a part of a path cannot be known before."""
    parts = itertools.islice(ast.walk(node), PARTS)
    values = [scope.value(part) if isinstance(part, ast.Name) else part for part in parts]
    for value in values:
        made = value
        while isinstance(made, ast.Attribute | ast.Subscript):  # `uuid4().hex[:8]`
            made = made.value
        given = made.args[:1] if isinstance(made, ast.Call) else []
        calls = (one for one in (made, *given) if isinstance(one, ast.Call))
        if any(RANDOM.match(last(call.func)) for call in calls):
            return True
    return False


LOOKS: dict[str, Callable[[ast.Call, str, Scope, Names], Iterator[str]]] = {
    **dict.fromkeys(("mktemp", "tempnam", "tmpnam", "_get_candidate_names"), _named),
    **dict.fromkeys(("mkdir", "makedirs", "write_text", "write_bytes", "touch"), _made),
    "open": _opened,
}  # fmt: skip
"""The look at a call of this last name, given its full one."""
