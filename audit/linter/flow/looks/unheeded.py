"""Answers that nobody looks at: of a program, a check, a function that may give nothing."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence

from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import Function, dotted, keyword, last, literal, names_in, true

RUNS = frozenset({"subprocess.call", "os.system", "subprocess.run"})
STARTS = RUNS | {"os.popen", "os.spawnl", "os.spawnv"}
DESTROYS = frozenset({
    "os.remove", "os.unlink", "shutil.rmtree", "shutil.move", "os.rename", "os.replace",
    "shutil.copy", "shutil.copyfile", "os.rmdir",
})  # fmt: skip
COMPARES = frozenset({
    "compare_digest", "checkpw", "check_password_hash", "check_password", "is_safe_url",
    "url_has_allowed_host_and_scheme", "constant_time_compare",
})  # fmt: skip
"""Calls that tell by their answer alone."""

OWN = ("self.", "cls.")
"""What has methods of its own, which may well raise an error."""


def found(scope: Scope, names: Names, made: Mapping[str, Function]) -> Found:
    """Give the rules that a scope breaks, each with its place.

    Args:
        scope: To look at.
        names: Of the text.
        made: Functions of the text, by name.
    """
    yield from _nothing_used(scope, made)
    if any(names.full(call.func) in STARTS for call in scope.calls):
        yield from _removed_after(scope, names)
        yield from _told_well(scope, names)
    if any(last(call.func) in COMPARES for call in scope.calls):
        yield from _compared_in_vain(scope, made)


def _compared_in_vain(scope: Scope, made: Mapping[str, Function]) -> Found:
    """Find a check that tells by its answer alone, which nobody takes."""
    for node in scope.nodes:
        match node:
            case ast.Expr(value=ast.Call(func=func)) if last(func) in COMPARES:
                own = last(func) in made or dotted(func).startswith(OWN)
                if not own:
                    yield "discarded-comparison", node


def _removed_after(scope: Scope, names: Names) -> Found:
    """Find a program whose end is not looked at before what it worked on is removed."""
    statements = (node for node in scope.nodes if isinstance(node, ast.stmt))
    for one, then in itertools.pairwise(statements):
        match one, then:
            case ast.Expr(value=ast.Call() as run), ast.Expr(value=ast.Call() as removal):
                ignored = names.full(run.func) in RUNS and keyword(run, "check") is None
                if ignored and names.full(removal.func) in DESTROYS:
                    yield "status-ignored", run


def _told_well(scope: Scope, names: Names) -> Found:
    """Find a program whose end is not looked at before success is told."""
    for block in _blocks(scope):
        rest = (one for one in block if not _prints(one))
        for one, then in itertools.pairwise(rest):
            match one, then:
                case ast.Expr(value=ast.Call() as run), ast.Return(value=ast.Constant(value=told)):
                    ignored = names.full(run.func) in STARTS and not true(keyword(run, "check"))
                    if ignored and (told is True or isinstance(told, str)):
                        yield "ignored-exit-status", run


def _blocks(scope: Scope) -> Iterator[Sequence[ast.stmt]]:
    """Give the statements of a scope, those of each block together."""
    for node in (scope.node, *scope.nodes):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, [])
            if isinstance(block, list) and (node is scope.node or not isinstance(node, Function)):
                yield block


def _prints(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[text])):
            return bool(literal(text))
    return False


def _nothing_used(scope: Scope, made: Mapping[str, Function]) -> Found:
    """Find the answer of a function that may be `None`, used without asking."""
    answers = {
        name
        for name, values in scope.set.items()
        if len(values) == 1
        and isinstance(values[0], ast.Call)
        and isinstance(values[0].func, ast.Name)
        and values[0].func.id in made
        and _may_be_none(made[values[0].func.id])
    }
    answers -= _looked_at(scope) if answers else set()
    for node in scope.nodes if answers else ():
        match node:
            case (
                ast.Subscript(value=ast.Name(id=name))
                | ast.Attribute(value=ast.Name(id=name))
                | ast.Call(func=ast.Name(id="len" | "int" | "float"), args=[ast.Name(id=name)])
            ) if name in answers:
                yield "nothing-used", node
                answers.discard(name)


def _may_be_none(node: Function) -> bool:
    returns = [part for part in ast.walk(node) if isinstance(part, ast.Return)]
    none = [r for r in returns if isinstance(r.value, ast.Constant) and r.value.value is None]
    return bool(none) and len(none) < len(returns)


def _looked_at(scope: Scope) -> set[str]:
    """Give the names in tests, and in what is tried."""
    kinds = ast.If | ast.IfExp | ast.While | ast.Assert | ast.BoolOp | ast.Try | ast.comprehension
    return names_in(*(node for node in scope.nodes if isinstance(node, kinds)))
