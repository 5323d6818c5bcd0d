"""What a client chooses and only the program may: a page to go to, code by its name, a format.

Each look is asked by the last name of a call alone; what was checked before is not told of.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Set

from audit.linter.flow.forms import FLAT, LISTED, REQUEST, SENT
from audit.linter.flow.settings import ORIGIN
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import dotted, last, literal

ANY_HOST = re.compile(rf"([a-zA-Z][\w+.-]*:)?(//)?[\w.@:-]*[{FLAT}{REQUEST}]")
"""The form of an address in which a client's text stands before the first `/`."""

OWN_ADDRESS = frozenset({"path", "full_path", "url", "base_url"})
"""Of a request: where it was sent, so it leads back here."""

ROLE = re.compile(
    r"(?i)(role|is_?admin|admin|is_?staff|permissions?|privileges?|user_?id|logged_?in"
    r"|authenticated)$"
)
"""Keys of a session that are trusted later."""

NAMESPACES = frozenset({"globals", "locals", "vars"})


def found_in_assignment(
    target: ast.expr, value: ast.expr, form: str, *checked: Set[str]
) -> Iterator[str]:
    """Give the rules that an assignment breaks.

    Args:
        target: What is set.
        value: To what.
        form: Of the value.
        checked: Expressions that were compared, or handed to a check, before.
    """
    if not isinstance(target, ast.Subscript) or not SENT.search(form):
        return
    key = literal(target.slice)
    if key == "Location" and last(target.value) == "headers":
        yield from _leads_away(value, form, *checked)
    known = any(dotted(value) in one for one in checked)
    if last(target.value) == "session" and ROLE.match(key) and not known:
        yield "session-role-from-request"
    if key == ORIGIN and isinstance(value, ast.Name) and not known:
        yield "cors-any-with-credentials"


def found_in_item(node: ast.Subscript, index: str) -> Iterator[str]:
    """Give the rule that looking an item up breaks: `globals()[name]`."""
    if SENT.search(index) and _is_namespace(node.value):
        yield "code-name-from-request"


def _redirected(call: Call, checked: Set[str]) -> Iterator[str]:
    values = [*call.node.args[:1], *(word.value for word in call.node.keywords)]
    if values:
        yield from _leads_away(values[0], call.first("url", "location", "to"), checked)


def _leads_away(value: ast.expr, form: str, *checked: Set[str]) -> Iterator[str]:
    if not ANY_HOST.match(form):
        return
    here = isinstance(value, ast.Attribute) and value.attr in OWN_ADDRESS
    if not here and not any(dotted(part) in one for part in ast.walk(value) for one in checked):
        yield "open-redirect"


def _by_name(place: int) -> Callable[[Call, Set[str]], Iterator[str]]:
    """Give the look at calls that find code by the name in this place of theirs."""

    def look(call: Call, _: Set[str]) -> Iterator[str]:
        if any(map(SENT.search, call.forms[place : place + 1])):
            yield "code-name-from-request"

    return look


def _of_namespace(call: Call, _: Set[str]) -> Iterator[str]:
    match call.node.func:
        case ast.Attribute(value=value) if _is_namespace(value) and SENT.search(call.first()):
            yield "code-name-from-request"


def _is_namespace(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last(node.func) in NAMESPACES


def _formats(call: Call, _: Set[str]) -> Iterator[str]:
    if SENT.search(call.base):
        yield "format-from-request"


def _tabled(call: Call, checked: Set[str]) -> Iterator[str]:
    """Find cells that a client wrote and nobody looked at the beginning of."""
    match call.node.args:
        case [ast.List(elts=cells) | ast.Tuple(elts=cells)]:
            forms = call.forms[0].removeprefix(LISTED).split(LISTED)
            if len(forms) != len(cells):
                forms = [call.forms[0]] * len(cells)
            sent = [c for c, form in zip(cells, forms, strict=True) if SENT.search(form)]
        case [rows]:
            sent = [rows] if SENT.search(call.forms[0]) else []
        case _:
            sent = []
    if any(dotted(cell) not in checked for cell in sent):
        yield "csv-formula"


LOOKS: dict[str, Callable[[Call, Set[str]], Iterator[str]]] = {
    **dict.fromkeys(
        (
            "redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect", "RedirectResponse",
            "HTTPFound", "HTTPSeeOther", "HTTPMovedPermanently", "HTTPTemporaryRedirect",
            "HTTPPermanentRedirect", "HTTPRedirect", "seeother",
        ),
        _redirected,
    ),
    "import_module": _by_name(0), "__import__": _by_name(0), "attrgetter": _by_name(0),
    "methodcaller": _by_name(0), "getattr": _by_name(1), "get": _of_namespace,
    "format": _formats, "format_map": _formats,
    "writerow": _tabled, "writerows": _tabled,
}  # fmt: skip
"""The look at a call of this last name, given the expressions that were checked before."""
