"""Protection that is off: services for all networks, debuggers, containers that are their host."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, Named
from audit.linter.flow.scopes import Found
from audit.linter.flow.syntax import literal, true

OPEN_SETTING = re.compile(r"CORS_(ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL)$")
ALLOWS = "access-control-allow-origin"
DOCKER = "/var/run/docker.sock"
"""Who may write to it is root on its host."""

ROOTS = frozenset({"ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"})


def named(one: Named) -> Found:
    """Find protection turned off by a value that has a name."""
    if isinstance(one.by, ast.Call):
        if one.name in {"use_debugger", "evalex"} and true(one.value):
            yield "debugger-on", one.node
        if _shares_host(one):
            yield "container-privileged", one.node
    elif _allows_any(one):
        yield "any-origin-setting", one.node


def _allows_any(one: Named) -> bool:
    header = isinstance(one.by, ast.Subscript) and one.name.lower() == ALLOWS
    any_origin = header and literal(one.value) == "*"
    return any_origin or (bool(OPEN_SETTING.match(one.name)) and true(one.value))


def _shares_host(one: Named) -> bool:
    """Tell whether a container is started that may do what its host may."""
    match one.name:
        case "privileged" | "allow_privilege_escalation":
            return true(one.value)
        case "network_mode" | "pid_mode" | "ipc_mode" | "userns_mode" | "uts_mode":
            return literal(one.value) == "host"
        case "cap_add":
            return any(literal(part) in ROOTS for part in ast.walk(one.value))
        case "volumes" | "binds" | "mounts":
            return any(literal(part).startswith(DOCKER) for part in ast.walk(one.value))
    return False


def _bound(call: Called) -> Found:
    match call.scope.value(call.passed(0)):
        case ast.Tuple(elts=[ast.Constant(value="0.0.0.0" | ""), _]):  # noqa: S104  # what is found
            yield "bind-all", call.node


def _run(call: Called) -> Found:
    if any(literal(word.value) == "0.0.0.0" for word in call.node.keywords):  # noqa: S104  # found
        yield "bind-all", call.node


CALLS: Looks = {"bind": _bound, "run": _run}
