"""What becomes of errors: thrown away, noted where they should stop the code, or told too much."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from audit.linter.flow.pages import LEVEL, SECRET
from audit.linter.flow.scopes import Found, Scope, inside
from audit.linter.flow.syntax import last, parts_in

BAD_SIGNATURE = re.compile(
    r"(InvalidSignature|BadSignature\w*|SignatureExpired|InvalidSignatureError|VerificationError)$"
)
CHECKS = re.compile(
    r"(?i)_?(verify|validate|authenticate|authori[sz]e|require|enforce|ensure|check)_?(\w+_)?(sig\w*|auth\w*"
    r"|access|permissions?|token|login|role|owner|origin|credentials?|certificate|password)$"
)
"""Calls that raise an error where somebody may not go on."""

LIKE_CHECKS = re.compile(
    r"(?i)_?(require|verify|authori[sz]e|authenticate|check_(access|permission|password|token"
    r"|signature|auth|login|role)|validate|ensure|assert_|login_required|enforce|check_hostname"
    r"|match_hostname)\w*$"
)
"""Calls that most likely do: enough where every error of theirs is thrown away."""

EVERY = frozenset({"Exception", "BaseException"})


def found(scope: Scope) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    texts: dict[ast.AST, bool] = {}
    for node in scope.nodes:
        match node:
            case ast.Try() | ast.TryStar():
                yield from _in_try(node)
            case ast.Raise(exc=ast.Call() as error) if _tells_secret(error, scope, texts):
                yield "secret-in-error", node


class _Asked(NamedTuple):
    """What a `try` asks for by calls whose answer nobody takes."""

    signature: bool
    check: bool
    likely: bool
    """Something that is most likely a check."""

    at_end: bool
    """Its last statement is a check: no other is passed over with it."""


def _in_try(node: ast.Try | ast.TryStar) -> Found:
    if any(isinstance(part, ast.Return) for part in inside(node.finalbody)):
        yield "return-in-finally", node
    asked = _asked(node.body)
    for handler in node.handlers:
        if not node.orelse and not handler_acts(handler):
            yield from _not_heeded(handler, node, asked)
        yield from _in_handler(handler, node, asked)


def _asked(body: Sequence[ast.stmt]) -> _Asked:
    calls = [last(call.func) for call in _statements(body)]
    checks = [name for name in calls if CHECKS.match(name)]
    return _Asked(
        signature=any(re.search(r"(?i)sig", name) for name in checks),
        check=bool(checks),
        likely=any(map(LIKE_CHECKS.match, calls)),
        at_end=any(CHECKS.match(last(call.func)) for call in _statements(body[-1:])),
    )


def _in_handler(handler: ast.ExceptHandler, node: ast.Try | ast.TryStar, asked: _Asked) -> Found:
    """Find all errors thrown away, or answered with something fixed."""
    kind = last(handler.type) if handler.type else "BaseException"
    match handler.body:
        case [ast.Pass() | ast.Continue()] if kind in EVERY:
            yield "swallowed-check" if asked.likely else "swallowed-error", node
        case [*before, end] if kind == "BaseException" and _goes_on(end):
            if all(map(_prints, before)):
                yield "catch-all", node


def _not_heeded(handler: ast.ExceptHandler, node: ast.Try | ast.TryStar, asked: _Asked) -> Found:
    """Find a check that failed, after which the code goes on."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    bad = any(kind is not None and BAD_SIGNATURE.match(last(kind)) for kind in kinds)
    if bad or asked.signature:
        yield "signature-ignored", handler
    elif asked.check and any(not isinstance(one, ast.Pass) for one in handler.body):
        yield "check-passed-over", handler
    elif asked.at_end and handler.type and last(handler.type) not in EVERY:
        yield "swallowed-check", node


def handler_acts(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler leaves, or notes what happened in a name."""
    acts = ast.Assign | ast.AugAssign | ast.Raise | ast.Return | ast.Continue | ast.Break
    return any(
        isinstance(part, acts)
        or (
            isinstance(part, ast.Call)
            and last(part.func) in {"exit", "_exit", "abort", "kill", "fail"}
        )
        for statement in handler.body
        for part in ast.walk(statement)
    )


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.Call]:
    """Give the calls whose answer nobody takes."""
    for one in body:
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            yield one.value


def _prints(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=func)):
            return last(func) == "print" or bool(LEVEL.match(last(func)))
    return False


def _goes_on(node: ast.stmt) -> bool:
    """Tell whether something fixed or empty is given in place of an answer."""
    match node:
        case ast.Assign(value=value) | ast.Return(value=ast.expr() as value):
            pass
        case _:
            return False
    match value:
        case ast.Constant() | ast.UnaryOp(operand=ast.Constant()):
            return True
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
    return False


def _tells_secret(error: ast.Call, scope: Scope, known: dict[ast.AST, bool]) -> bool:
    """Tell whether a secret is put into the text of an error.

    Args:
        error: Its call.
        scope: In which it stands.
        known: What was told of texts before: one that has a name may be used often.
    """
    for given in (*error.args, *(word.value for word in error.keywords)):
        text = scope.value(given)
        if isinstance(text, ast.JoinedStr | ast.BinOp | ast.Call):
            if text not in known:
                known[text] = any(SECRET.fullmatch(last(part)) for part in parts_in(text))
            if known[text]:
                return True
    return False
