"""Records: objects whose fields a client names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from audit.linter.flow.forms import SENT
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import last

MODEL = re.compile(r"[A-Z][a-z]\w*$")
"""PEP 8 writes classes so."""

MADE_OF_FIELDS = frozenset({"create", "update", "update_one", "get_or_create", "update_or_create"})
ANSWERS = re.compile(
    r"\w*(Response|Form|Schema|Serializer|Filter|Request|Template|Error|Exception)$"
)
"""Classes that check what they are made of, or are for the client."""


def found_in_call(call: Call) -> Iterator[str]:
    """Give the rules that a call breaks."""
    named = call.name == "setattr" and bool(SENT.search("".join(call.forms[1:2])))
    if named or _takes_all(call) or _fills(call):
        yield "mass-assignment"


def _takes_all(call: Call) -> bool:
    """Tell whether a record is made of `**` what a client sent."""
    made = MODEL.match(call.last) and not ANSWERS.match(call.last)
    all_of_it = SENT.search(call.keywords.get("", ""))
    return bool((made or call.last in MADE_OF_FIELDS) and all_of_it)


def _fills(call: Call) -> bool:
    """Tell whether all that a client sent goes into `vars(x)` or `x.__dict__`."""
    match call.node.func:
        case ast.Attribute(value=ast.Attribute(attr="__dict__"), attr="update"):
            return bool(SENT.search(call.first()))
        case ast.Attribute(value=ast.Call(func=func), attr="update"):
            return last(func) == "vars" and bool(SENT.search(call.first()))
    return False
