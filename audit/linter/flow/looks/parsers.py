"""Parsers of XML that resolve or expand entities, told by the call alone."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks
from audit.linter.flow.scopes import Found
from audit.linter.flow.syntax import false, keyword, last, literal, true

LXML = re.compile(r"(lxml\.)?(etree|objectify)\.")
EXPANDS = re.compile(r"((xml\.dom\.)?(minidom|pulldom)|xml\.sax|xml\.dom\.expatbuilder)\.")
WRITES = frozenset({"tostring", "toxml", "toprettyxml"})
"""Calls that write a document: reading that again is harmless."""


def _read(call: Called) -> Found:
    node, name = call.node, call.name
    value = call.scope.value(next(iter(node.args), None))
    if value is None or isinstance(value, ast.Constant):
        return
    own = isinstance(value, ast.Call) and last(value.func) in WRITES
    if not own and EXPANDS.match(name) and name.endswith((".parse", ".parseString")):
        yield "xml-bomb", node
    plain = len(node.args) == 1 and {word.arg for word in node.keywords} <= {"base_url"}
    if plain and LXML.match(name):
        yield "lxml-entities", node
    if name == "xmltodict.parse" and false(keyword(node, "disable_entities")):
        yield "lxml-entities", node


def _made(call: Called) -> Found:
    name = call.name
    words = {word.arg: word.value for word in call.node.keywords}
    lxml = name in {"XMLParser", "etree.XMLParser", "lxml.etree.XMLParser"}
    on = any(true(words.get(one)) for one in ("resolve_entities", "load_dtd", "huge_tree"))
    default = name != "XMLParser" and not words.keys() & {"resolve_entities", "target", None}
    if lxml and (on or default or false(words.get("no_network"))):
        yield "lxml-entities", call.node


def _feature(call: Called) -> Found:
    match call.node.args:
        case [feature, ast.Constant(value=True | 1 as on)]:
            external = "external" in literal(feature)
            if on is True or external:
                yield "lxml-entities", call.node


CALLS: Looks = {
    **dict.fromkeys(
        ("parse", "parseString", "fromstring", "XML", "fromstringlist", "iterparse"), _read
    ),
    "XMLParser": _made, "setFeature": _feature,
}  # fmt: skip
