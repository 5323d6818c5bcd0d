"""What a client is shown, and what is logged: markup from a request, the text of errors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from audit.linter.flow.forms import FAULT, FLAT, FREE, LISTED, MARKS, REQUEST, SENT, TAG
from audit.linter.flow.sinks import Call
from audit.linter.flow.syntax import dotted, keyword, last, literal, parts_of_text, true

HTML = re.compile(
    r"<(!doctype|html|head|body|title|script|style|link|meta|a|b|i|p|h[1-6]|div|span|ul|ol|li|table"
    r"|tr|td|th|img|input|option|select|textarea|form|button|label|strong|em|br|hr|pre|code|iframe"
    r"|svg)[\s>/]",
    re.IGNORECASE,
)
"""As `TAG`, and in no other language of angles: `<User %s>` is none."""

SENTENCE = re.compile(rf"\w [\w{REQUEST}]|[\w:] ?{REQUEST}")
RESPONSE = re.compile(
    r"((Streaming)?HttpResponse(?!.*(Redirect|Not(Modified|Allowed)))\w*|make_response|HTMLResponse|Response"
    r"|render_template_string|Markup|mark_safe|SafeString|SafeText|format_html)$"
)
"""Calls whose first argument is a page, if nothing says otherwise."""

PAGES = frozenset({
    "response.html", "sanic.response.html", "IPython.display.HTML", "webhelpers.html.literal",
    "webhelpers2.html.literal",
})  # fmt: skip
TRUSTED = re.compile(r"(Markup|mark_safe|SafeString|SafeText|format_html)$")
BODIES = frozenset({"body", "text", "data", "content"})
"""What of an answer is the page, where a framework lets it be set."""

ANSWER = re.compile(
    r"(jsonify|JsonResponse|JSONResponse|HttpResponse(?!.*Redirect)\w*|PlainTextResponse|HTMLResponse"
    r"|make_response|Response|json_response|HTTPException|abort|send_error)$"
)
"""Calls all of whose arguments a client sees."""

WRITE = re.compile(r"(\w+\.)*(self|resp|res|req|response|request|out|wfile)\.(write|finish)$")
SEND = re.compile(
    r"(\w+\.)*(conn(ection)?|sock(et)?|client(_sock(et)?)?|ws|websocket|channel|writer|self\.request)"
    r"\.(send|sendall|sendto|send_text|send_json|send_str|write_message)$"
)
"""Calls that hand an answer to who is at the other end of a socket."""

LOG = re.compile(r"(?i)(\w+\.)*_*(log|logger|logging|\w+_logger|\w+_log)\.")
SECRET = re.compile(
    r"(?i)_?(\w+_)?(password|passwd|pwd|passphrase|secret|secret_key|api_?key|auth_token"
    r"|access_token|refresh_token|session_token|private_key|credit_card|card_number|ssn|cvv)"
)
View = Literal["", "answer", "page"]
"""Of what a function returns: nothing is known; a client sees it; as a page, if it is text."""

HEADER = re.compile(
    r"(send_header|set_header|add_header|setHeader|addHeader|putheader|start_response)$"
)
"""Calls that take the name of a header, or a status, and then what a client sees of it."""

HEADER_NAME = re.compile(r"(\w+-)+\w+$|Location$|Refresh$|Link$|Vary$|Allow$|ETag$")
BAD_REQUEST = 400
LEVEL = re.compile(r"(debug|info|warn|warning|error|critical|log|fatal)$")


def writes(call: Call) -> bool:
    """Tell whether a call writes a part of a page: to a client, or HTML to who knows whom."""
    known = WRITE.match(dotted(call.node.func))
    return bool(known or (call.last == "write" and HTML.search(call.first())))


def found_in_call(call: Call, pages: set[str], *, json: bool) -> Iterator[str]:
    """Give the rules that a call breaks.

    Args:
        call: As read.
        pages: Calls that wrote markup before in the same function.
        json: Whether its first argument is text of JSON.
    """
    written = writes(call)
    page = RESPONSE.match(call.last) or call.name in PAGES or _is_letter(call)
    page = page or true(keyword(call.node, "unsafe_allow_html"))
    if (written or page) and not _typed_plain(call.node):
        form = call.first("content", "text", "response", "body", "html")
        if isinstance(next(iter(call.node.args), None), ast.Tuple):
            form = form.removeprefix(LISTED)  # a page with its status
        # `</script>` in a text of JSON ends a script.
        if TRUSTED.match(call.last) and json:
            yield "markup-text"
        else:
            yield from _markup(form, inside=call.name in pages or _trusts(call))
    elif call.name == "print" and SENT.search(call.first()) and HTML.search(call.first()):
        yield "html-from-request"  # a gateway sends what is printed
    shown = written or ANSWER.match(call.last) or SEND.match(dotted(call.node.func))
    if shown and any(FAULT in one for one in (*call.forms, *call.keywords.values())):
        yield "error-text-returned"
    if HEADER.match(call.last) and any(REQUEST in one for one in call.forms[1:]):
        yield "header-injection"
    logged = LEVEL.match(call.last) and LOG.match(call.name)
    if logged and any(REQUEST in one for one in call.forms) and "%r" not in call.forms[0]:
        yield "log-injection"
    if (logged or call.name == "print") and any(map(_is_secret, parts_of_text(call.node))):
        yield "secret-logged"


def found_in_answer(form: str, node: ast.expr, *, status: int, view: View) -> Iterator[str]:
    """Give the rules that a returned value breaks.

    Args:
        form: Of the value.
        node: The value.
        status: The HTTP status returned with it, 0 if none is.
        view: What the function does with it.
    """
    markup = TAG.search(MARKS.sub("", form))
    if isinstance(node, ast.List):  # of a gateway
        if SENT.search(form) and HTML.search(form):
            yield "html-from-request"
    elif not form.startswith((LISTED, "{", "[")):
        whole = view == "page" and form in {FLAT, REQUEST}
        if SENT.search(form) and (markup or whole or (view and SENTENCE.search(form))):
            yield "html-from-request"
        elif FREE.search(form) and HTML.search(form):
            yield "markup-text"
    told = isinstance(node, ast.Dict) and any(literal(key) == "error" for key in node.keys)
    if FAULT in form and (status >= BAD_REQUEST or view or told):
        yield "error-text-returned"


def found_in_assignment(target: ast.expr, form: str) -> Iterator[str]:
    """Give the rules that setting the page of an answer breaks."""
    match target:
        case ast.Attribute(attr=attr) if attr in BODIES:
            if SENT.search(form) and HTML.search(form):
                yield "html-from-request"


def _is_letter(call: Call) -> bool:
    """Tell whether a call makes a part of a letter that is shown as a page."""
    return call.last == "MIMEText" and "html" in map(literal, call.node.args[1:2])


def _trusts(call: Call) -> bool:
    """Tell whether a text is called markup that is not the result of a call."""
    value = next(iter(call.node.args), None)
    if not TRUSTED.match(call.last):
        return False
    if isinstance(value, ast.Call):
        return bool(re.match(r"(markdown2?|html)$", last(value.func)))
    return True


def _markup(form: str, *, inside: bool) -> Iterator[str]:
    if form.startswith(LISTED):
        return
    if SENT.search(form):
        yield "html-from-request"
    elif FREE.search(form) and (inside or TAG.search(MARKS.sub("", form))):
        yield "markup-text"


def is_header(node: ast.Subscript) -> bool:
    """Tell whether a header is set in `headers["X-Name"] = ...` or `response["X-Name"] = ...`."""
    return last(node.value) == "headers" or bool(HEADER_NAME.match(literal(node.slice)))


def status_of(node: ast.expr) -> int:
    """Give the HTTP status that an expression names, 500 for one by a name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    return 500 if re.search(r"(?i)http|status", dotted(node)) else 0


def is_plain(node: ast.expr) -> bool:
    """Tell whether this is a mapping of headers that names a type other than HTML."""
    if not isinstance(node, ast.Dict):
        return False
    return any(
        literal(key).lower() == "content-type" and "html" not in literal(value)
        for key, value in zip(node.keys, node.values, strict=True)
    )


def _is_secret(node: ast.expr) -> bool:
    match node:
        case ast.Subscript(slice=key) | ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]):
            return bool(SECRET.fullmatch(literal(key)))
        case ast.Name() | ast.Attribute():
            return bool(SECRET.fullmatch(last(node)))
    return False


def _typed_plain(call: ast.Call) -> bool:
    kind = keyword(call, "content_type", "mimetype", "media_type")
    headers = keyword(call, "headers")
    plain = headers is not None and is_plain(headers)
    return plain or (kind is not None and "html" not in literal(kind))
