"""Settings of web frameworks that switch protection off, wherever they are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Set

from audit.linter.flow.forms import TAG
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import Function, dotted, false, keyword, last, literal, true

APP = re.compile(r"(\w+\.)*_?(app|application|server)$")
ORIGIN = "Access-Control-Allow-Origin"
PROTECTS = frozenset({"WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT", "CSRF_ENABLED"})
VALUE = re.compile(r"\{\{([^{}]*)\}\}")
"""A place for a value in a template."""

TRUSTS = re.compile(r"\|\s*safe\b")
ESCAPES = re.compile(r"\|\s*(e|escape)\b")
SWITCHED_OFF = re.compile(r"\{%-?\s*autoescape\s+(false|off)\b")


def found_in_assignment(target: ast.expr, value: ast.expr) -> Iterator[str]:
    """Give the rules that a setting breaks."""
    match target:
        case ast.Name(id=name):
            yield from _setting(name, value)
        case ast.Attribute(attr="autoescape") if false(value):
            yield "jinja-no-autoescape"
        case ast.Attribute(attr="debug", value=app) if true(value) and APP.match(dotted(app)):
            yield "debug-on"
        case ast.Subscript(value=mapping, slice=ast.Constant(value=str(key))):
            match last(mapping):
                case "config":
                    yield from _setting(key, value)
                case "jinja_options" if key == "autoescape" and false(value):
                    yield "jinja-no-autoescape"
                case _ if key == ORIGIN and _of_request(value):
                    yield "cors-any-with-credentials"


def _setting(name: str, value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=True) if name == "DEBUG":
            yield "debug-on"
        case ast.Constant(value=False) if name in PROTECTS:
            yield "csrf-off"


def _of_request(node: ast.expr) -> bool:
    """Tell whether this is what a header of the request says."""
    match node:
        case ast.Subscript(value=part):
            return last(part) == "headers"
        case ast.Call(func=ast.Attribute(attr="get", value=part)):
            return last(part) in {"headers", "environ", "META"}
    return False


def found_in_definition(node: Function | ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """Give the rules that a decorator, or the settings of a form, break, each with its place."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Name(id="csrf_exempt") | ast.Attribute(attr="csrf_exempt" | "exempt"):
                yield "csrf-off", decorator
            case ast.Call(args=[exempt, *_]) if last(exempt) == "csrf_exempt":
                yield "csrf-off", decorator
    if isinstance(node, ast.ClassDef) and node.name == "Meta":
        for part in node.body:
            match part:
                case ast.Assign(targets=[ast.Name(id="csrf")], value=value) if false(value):
                    yield "csrf-off", part


def _run(call: Call, _: Set[str]) -> Iterator[str]:
    if isinstance(call.node.func, ast.Attribute) and call.name != "asyncio.run":
        yield from _made(call, _)


def _made(call: Call, _: Set[str]) -> Iterator[str]:
    if true(keyword(call.node, "debug")):
        yield "debug-on"


def _updated(call: Call, _: Set[str]) -> Iterator[str]:
    func = call.node.func
    if isinstance(func, ast.Attribute) and last(func.value) == "config":
        for word in call.node.keywords:
            yield from _setting(word.arg or "", word.value)


def _shared(call: Call, _: Set[str]) -> Iterator[str]:
    """Find `CORS(app)`, which lets pages of any site read, with the user's rights or without."""
    origins, resources = keyword(call.node, "origins"), keyword(call.node, "resources")
    anybody = (origins is None and resources is None) or _names_all(origins)
    if isinstance(resources, ast.Dict):
        anybody |= any(map(_for_all, resources.values))
    if anybody:
        trusted = true(keyword(call.node, "supports_credentials"))
        yield "cors-any-with-credentials" if trusted else "cors-any"


def _for_all(options: ast.expr) -> bool:
    return isinstance(options, ast.Dict) and any(
        literal(key) == "origins" and _names_all(value)
        for key, value in zip(options.keys, options.values, strict=True)
    )


def _wrapped(call: Call, _: Set[str]) -> Iterator[str]:
    """Find the same in Starlette, whose middleware is handed its settings."""
    if "CORSMiddleware" not in map(last, call.node.args):
        return
    if _names_all(keyword(call.node, "allow_origins")):
        trusted = true(keyword(call.node, "allow_credentials"))
        yield "cors-any-with-credentials" if trusted else "cors-any"


def _header(call: Call, _: Set[str]) -> Iterator[str]:
    match call.node.args:
        case [ast.Constant(value=str(name)), value] if name.title() == ORIGIN:
            if _of_request(value):
                yield "cors-any-with-credentials"
            elif _names_all(value):
                yield "cors-any"


def _names_all(node: ast.expr | None) -> bool:
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return "*" in map(literal, parts)


def _environment(call: Call, _: Set[str]) -> Iterator[str]:
    """Find an environment of Jinja that does not escape."""
    words = {word.arg for word in call.node.keywords}
    jinja = call.name.startswith("jinja2.") or "loader" in words or not (call.forms or words)
    escapes = keyword(call.node, "autoescape")
    if None in words or not (jinja or escapes is not None):
        return
    if escapes is None or false(escapes):
        yield "jinja-no-autoescape"


def _rendered(call: Call, _: Set[str]) -> Iterator[str]:
    match call.node.func:
        case ast.Attribute(
            value=ast.Call(func=made, args=[ast.Constant(value=str(page)), *_]) as template
        ) if last(made) == "Template" and call.keywords:
            shown = TAG.search(page) and "{{" in page and not ESCAPES.search(page)
            if shown and not true(keyword(template, "autoescape")):
                yield "jinja-no-autoescape"


def _page(call: Call, _: Set[str]) -> Iterator[str]:
    page = call.first("source")
    if SWITCHED_OFF.search(page) or any(TRUSTS.search(value) for value in VALUE.findall(page)):
        yield "jinja-no-autoescape"


def _exempted(call: Call, _: Set[str]) -> Iterator[str]:
    if call.forms:
        yield "csrf-off"


LOOKS: dict[str, Callable[[Call, Set[str]], Iterator[str]]] = {
    "run": _run, "update": _updated, "CORS": _shared, "add_middleware": _wrapped,
    "set_header": _header, "add_header": _header, "send_header": _header, "setHeader": _header,
    "FastAPI": _made, "Starlette": _made, "Application": _made, "Environment": _environment,
    "render": _rendered, "render_template_string": _page, "csrf_exempt": _exempted,
}  # fmt: skip
"""The look at a call of this last name."""
