"""How things end: loops, files and rights that are never given up."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from audit.linter.flow.looks.errors import handler_acts
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope, inside
from audit.linter.flow.syntax import Function, dotted, keyword, last, literal, names_in

RECEIVES = re.compile(r"(recv|recv_into|recvfrom)$")
WRITES_KEY = re.compile(r"(private_bytes|exportKey|export_key|dump_privatekey|save_pkcs1|as_pem)$")
LIMITS = re.compile(r"(chmod|fchmod|umask|fdopen)$")
RAISES_RIGHTS = re.compile(
    r"(?i)_?(raise|elevate|gain|acquire|escalate|grant)_?(privs?|privileges?|root|rights?)$"
)
DROPS_RIGHTS = re.compile(
    r"(?i)_?(lower|drop|restore|release|revoke|reduce)_?(privs?|privileges?|root|rights?)$"
)
SETS_USER = frozenset({
    "os.setuid", "os.setgid", "os.seteuid", "os.setegid", "os.setreuid", "os.setregid",
    "os.setresuid", "os.setresgid", "os.initgroups", "os.setgroups",
})  # fmt: skip
TAKES_ROOT = frozenset({"os.setuid", "os.seteuid"})
OPENS = frozenset({"open", "io.open", "socket.socket"})
ENDS = ast.Break | ast.Return | ast.Raise | ast.Yield | ast.YieldFrom | ast.Await


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    yield from _key_for_all(scope, names)
    yield from _rights(scope, names)
    yield from _out_of_order(scope, names)
    yield from _left_open(scope, names)
    for node in scope.nodes:
        match node:
            case ast.Try():
                yield from _in_try(node, names)
            case ast.While():
                yield from _loop(node, scope)


def _key_for_all(scope: Scope, names: Names) -> Found:
    """Find a private key written to a file that its creator's mask lets others read."""
    calls = scope.calls
    if not any(WRITES_KEY.match(last(call.func)) for call in calls):
        return
    if any(LIMITS.match(last(call.func)) or keyword(call, "opener") for call in calls):
        return
    if not any(_writes_private(call, scope) for call in calls):
        return
    for call in calls:
        mode = literal(call.args[1]) if len(call.args) > 1 else literal(keyword(call, "mode"))
        if names.full(call.func) == "open" and mode.startswith(("w", "x")):
            yield "key-for-all", call


def _writes_private(node: ast.Call, scope: Scope) -> bool:
    value = scope.value(node.args[0]) if last(node.func) == "write" and node.args else None
    return value is not None and any(
        isinstance(part, ast.Call) and WRITES_KEY.match(last(part.func)) for part in ast.walk(value)
    )


def _rights(scope: Scope, names: Names) -> Found:
    """Find the rights of root taken and never given up."""
    calls = [call for call in scope.calls if names.full(call.func) in SETS_USER and call.args]
    for call in calls:
        root = isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
        if root and names.full(call.func) in TAKES_ROOT and call is calls[-1]:
            yield "rights-kept", call


def _out_of_order(scope: Scope, names: Names) -> Found:
    """Find the user given up before the group, which then can no longer be."""
    order = [call for call in scope.calls if names.full(call.func) in {"os.setuid", "os.setgid"}]
    if [names.full(call.func) for call in order] == ["os.setuid", "os.setgid"]:
        yield "rights-kept", order[0]


def _in_try(node: ast.Try, names: Names) -> Found:
    body = [part for part in inside(node.body) if isinstance(part, ast.Call)]
    if any(names.full(call.func) in SETS_USER for call in body):
        for handler in node.handlers:
            if not handler_acts(handler):
                yield "drop-ignored", handler
    raised = [call for call in body if RAISES_RIGHTS.match(last(call.func))]
    lowered = any(DROPS_RIGHTS.match(last(call.func)) for call in body)
    if raised and lowered and node.handlers and not node.finalbody:
        yield "rights-kept", raised[0]


def _loop(node: ast.While, scope: Scope) -> Found:
    """Find a loop that nothing ends, or that a closed connection never ends."""
    parts = list(inside(node.body))
    if any(isinstance(part, ENDS) for part in parts):
        return
    received = any(_receives_on(part, node) for part in parts)
    if received or _stands_still(node.test, parts, scope):
        yield "loop-without-end", node


def _receives_on(part: ast.AST, node: ast.While) -> bool:
    """Tell whether something is received that no test in the loop looks at."""
    if not isinstance(part, ast.AugAssign | ast.Assign) or not isinstance(part.value, ast.Call):
        return False
    if not RECEIVES.match(last(part.value.func)):
        return False
    targets = part.targets if isinstance(part, ast.Assign) else []
    tests = [p.test for p in ast.walk(node) if isinstance(p, ast.If | ast.While)]
    return not names_in(*targets) & names_in(*tests)


def _stands_still(test: ast.expr, parts: Sequence[ast.AST], scope: Scope) -> bool:
    """Tell whether nothing in a loop changes what its test compares: local names and numbers."""
    plain = ast.Compare | ast.Name | ast.Constant | ast.cmpop | ast.expr_context
    tested = names_in(test)
    compares = isinstance(test, ast.Compare) and tested
    if not compares or not all(isinstance(part, plain) for part in ast.walk(test)):
        return False
    if any(isinstance(part, ast.Global | ast.Nonlocal) for part in scope.nodes):
        return False
    # A list that is compared may change by its methods, or in a call it is handed to.
    inner = [(part, name) for part in parts for name in ast.iter_child_nodes(part)]
    used = {
        name.id
        for part, name in inner
        if isinstance(name, ast.Name)
        and (
            isinstance(name.ctx, ast.Store | ast.Del) or isinstance(part, ast.Call | ast.Attribute)
        )
        and not (isinstance(name.ctx, ast.Load) and _is_number(scope, name.id))
    }
    local = all(name in scope.set or name in scope.arguments for name in tested)
    return local and not tested & used


def _is_number(scope: Scope, name: str) -> bool:
    values = scope.set.get(name, [])
    return bool(values) and all(
        isinstance(value, ast.Constant) and isinstance(value.value, int) for value in values
    )


def _left_open(scope: Scope, names: Names) -> Found:
    """Find a file or socket that some way through a function leaves open."""
    opened = {
        name: values[0]
        for name, values in scope.set.items()
        if len(values) == 1
        and isinstance(values[0], ast.Call)
        and names.full(values[0].func) in OPENS
    }
    finals = any(isinstance(node, ast.Try) and node.finalbody for node in scope.nodes)
    if not opened or finals or not isinstance(scope.node, Function):
        return
    ways = [node for node in scope.nodes if isinstance(node, ast.Return | ast.Raise)]
    called = {dotted(call.func): call.lineno for call in reversed(scope.calls)}
    escaped = _escaped(scope)
    for name, value in opened.items():
        end = called.get(f"{name}.close", 0)
        early = any(value.lineno < way.lineno < end and name not in names_in(way) for way in ways)
        # One that is bound is a server's, which lasts as long as the program.
        client = names.full(value.func) == "socket.socket" and f"{name}.bind" not in called
        if early or (client and not end and name not in escaped):
            yield "left-open", value


def _escaped(scope: Scope) -> set[str]:
    """Give the names handed on, kept or entered, so that others may close what they stand for."""
    return {
        child.id
        for node in scope.nodes
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.Name)
        and not isinstance(node, ast.Attribute)
        and (isinstance(child.ctx, ast.Load) or isinstance(node, ast.withitem))
    }
