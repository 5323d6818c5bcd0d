"""XML documents and paths into them: put together from text, or sent by a client."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set

from audit.linter.flow.forms import FREE, MARKS, SENT, TAG
from audit.linter.flow.sinks import Call

EXPANDS = re.compile(
    r"((xml\.)?etree\.)?(ET|ElementTree|cElementTree)\.|(xml\.)?(dom\.)?(minidom|pulldom)\."
    r"|xml\.sax\.|xmltodict\."
)
"""Parsers that put in whatever a document defines, however often."""

READS = re.compile(r"((\w+\.)*(etree|ET|c?ElementTree)\.(fromstring|XML)|(\w+\.)*parseString)$")
"""Calls that take a document as text."""


def _read(call: Call, _: Set[str]) -> Iterator[str]:
    text = call.first("text", "string", "source", "xml_input")
    if SENT.search(text) and EXPANDS.match(call.name):
        yield "xml-from-request"
    fixed = MARKS.sub("", text)
    if FREE.search(text) and TAG.search(fixed) and READS.match(call.name or call.last):
        yield "xml-built-string"


def _selected(call: Call, _: Set[str]) -> Iterator[str]:
    query = call.forms[1] if call.last == "select" and call.forms[1:] else call.first("_path")
    if call.last == "select" and call.name != "elementpath.select":
        return
    if SENT.search(query) or (FREE.search(query) and MARKS.sub("", query)):
        yield "xpath-built-string"


LOOKS: dict[str, Callable[[Call, Set[str]], Iterator[str]]] = {
    **dict.fromkeys(("fromstring", "XML", "parse", "parseString", "iterparse"), _read),
    **dict.fromkeys(("xpath", "XPath", "select"), _selected),
}
"""The look at a call of this last name."""
