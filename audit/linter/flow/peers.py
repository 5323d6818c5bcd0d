"""Functions that somebody else has called: which of their arguments hold what was sent."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.names import REQUESTS
from audit.linter.flow.syntax import Function, argument_names, last

RECEIVER = re.compile(
    r"(?i)_?(on_?(message|data|receive|msg)|(handle|process)_?(message|msg|data|packet)"
    r"|(message|data|datagram|line|string|frame|packet)_?received)$"
)
"""What frameworks call a function whose last argument is what came in."""


def received(node: Function) -> set[str]:
    """Give the arguments of a function, or what it has of its object, that a peer sent."""
    names = [name for name in argument_names(node) if name not in {"self", "cls"}]
    if RECEIVER.match(node.name):
        return set(names[-1:])
    if names == ["event", "context"]:  # of a function that a cloud calls
        return {"event"}
    if names and names[0] in REQUESTS:
        return {"self.kwargs"}
    # Not only chats: but a command of a program is no coroutine.
    chats = isinstance(node, ast.AsyncFunctionDef) and any(
        isinstance(part, ast.Call) and last(part.func) in {"command", "slash_command"}
        for part in node.decorator_list
    )
    return set(names[1:]) if chats else set()
