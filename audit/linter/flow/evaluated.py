"""Where text is run as Python or as a template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from audit.linter.flow.forms import FREE, SENT
from audit.linter.flow.names import Names
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import last

CODE = re.compile(
    r"(builtins\.|__builtin__\.)?(eval|exec|execfile)$|(\w+\.)*(sympify|parse_expr|runsource|runcode)$"
    r"|(pd|pandas|ne|numexpr)\.(eval|evaluate)$"
)
TEMPLATE = re.compile(
    r"(jinja2|mako\.template|tornado\.template|django\.template)(\.\w+)*\.Template$"
    r"|bottle\.((jinja2_|mako_)?template|SimpleTemplate)$|(flask\.)?render_template_string$|(flask\.)?stream_template_string$"
)
MADE = frozenset({"Template", "SimpleTemplate"})


def found_in_call(call: Call, names: Names) -> Iterator[str]:
    """Give the rules that a call breaks."""
    form = call.first("source", "string", "text", "expr", "template")
    if not names.outside(call.node.func):
        return
    if CODE.match(call.name) and FREE.search(form):
        yield "eval-of-input"
    if names.sandboxed:
        return
    made = call.name in MADE and SENT.search(form)
    if FREE.search(form) and (TEMPLATE.match(call.name) or _of_an_engine(call) or made):
        yield "template-from-input"
    elif call.last in {"render", "generate"} and FREE.search(call.base):
        match call.node.func:
            case ast.Attribute(value=ast.Call(func=maker)) if last(maker) in MADE:
                if not TEMPLATE.match(names.full(maker)):
                    yield "template-from-input"


def _of_an_engine(call: Call) -> bool:
    """Tell whether this is `from_string` of an object, and no class's own constructor."""
    match call.node.func:
        case ast.Attribute(value=ast.Name(id=name), attr="from_string"):
            return name.lower() == name and name not in {"self", "cls"}
        case ast.Attribute(attr="from_string"):
            return True
    return False
