"""Temporary files whose name another user of the computer can know before they are made."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Set

from audit.linter.flow.looks.called import Called, Looks
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


def _named(call: Called) -> Found:
    func = call.node.func
    by_its_name = call.scope.value(func) is func
    if call.name in FREE_NAME and by_its_name and call.names.outside(func):
        yield "temp-name", call.node


def _made(call: Called) -> Found:
    func = call.node.func
    owner = func.value if isinstance(func, ast.Attribute) else None
    path = call.passed(0) if call.name in {"os.mkdir", "os.makedirs"} else owner
    if _is_in_shared(path, call.scope):
        yield "temp-fixed-path", call.node


def _opened(call: Called) -> Found:
    func = call.node.func
    if call.name in {"open", "io.open", "codecs.open"}:
        path, mode = call.passed(0), _mode(call.node, 1)
    else:
        path = func.value if isinstance(func, ast.Attribute) else None
        mode = _mode(call.node, 0)
    if WRITES.match(mode) and _is_in_shared(path, call.scope):
        yield "temp-fixed-path", call.node


def _mode(node: ast.Call, place: int) -> str:
    return literal(keyword(node, "mode") or next(iter(node.args[place : place + 1]), None))


def _is_in_shared(path: ast.AST | None, scope: Scope) -> bool:
    """Tell whether a path has a known name in a folder that everybody may write to."""
    first: ast.AST | None = path
    for _ in range(PARTS):
        value = scope.value(first)
        unread = value is not first or first is path
        if unread and value is not None and _is_random(value, scope):
            return False
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
    if isinstance(first, ast.Call):
        return last(first.func) == "gettempdir"
    return bool(SHARED.match(literal(first)))


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


CALLS: Looks = {
    **dict.fromkeys(("mktemp", "tempnam", "tmpnam", "_get_candidate_names"), _named),
    **dict.fromkeys(("mkdir", "makedirs", "write_text", "write_bytes", "touch"), _made),
    "open": _opened,
}  # fmt: skip
