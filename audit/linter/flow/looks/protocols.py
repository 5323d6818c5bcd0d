"""Protocols that are broken, or that send what they are given as it is."""

from __future__ import annotations

import ast
import re

from audit.linter.flow.looks.called import Called, Looks, Named
from audit.linter.flow.scopes import Found
from audit.linter.flow.syntax import false, keyword, last, literal

BROKEN = frozenset({
    "PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1",
    "SSLv2_METHOD", "SSLv3_METHOD", "TLSv1_METHOD", "TLSv1_1_METHOD",
})  # fmt: skip
ANY_VERSION = frozenset({"PROTOCOL_SSLv23", "PROTOCOL_TLS"})
"""What `ssl.wrap_socket` takes for whatever both sides know."""

OLDEST = frozenset({"SSLv3", "TLSv1", "TLSv1_1", "MINIMUM_SUPPORTED"})
REFUSED = re.compile(r"OP_NO_(SSLv2|SSLv3|TLSv1|TLSv1_1)$")
SETS_VERSION = frozenset({"OP_NO_SSLv3", "minimum_version", "set_min_proto_version"})
CIPHERS = re.compile(
    r"(.*[:+, ])?(RC4|RC2|DES|3DES|EXP|EXPORT|NULL|aNULL|eNULL|LOW|ADH|MD5|ALL"
    r"|DEFAULT:?@SECLEVEL=0)\b"
)
"""In a list of ciphers: one that is broken, and not refused by `!`."""

WITHOUT_TLS = frozenset({"smtplib.SMTP", "imaplib.IMAP4", "poplib.POP3", "nntplib.NNTP"})
STARTS_TLS = frozenset({"starttls", "stls"})
PLAIN_LOGIN = re.compile(r"http://(?!localhost|127\.)[^/\s@:]*:[^/\s@:]*@")
"""An address with a name and a password, which travel as they are."""

PLAIN = re.compile(r"http://(?!localhost|127\.)")
LOCAL = re.compile(r"(unix:|localhost|127\.|\[::1\])")
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")


def written(node: ast.AST, text: str) -> Found:
    """Find an address that sends a password as it is."""
    if text.startswith("http://") and PLAIN_LOGIN.match(text):
        yield "plain-connection", node


def named(one: Named) -> Found:
    """Find an old version or no encryption asked for by a value that has a name."""
    match one.name:
        case "minimum_version" if last(one.value) in OLDEST:
            yield "old-tls", one.node
        case "use_ssl" | "use_tls" | "ssl_enabled" | "tls_enabled" if isinstance(one.by, ast.Call):
            if false(one.value):
                yield "plain-connection", one.node
        case "sslmode" | "ssl_mode" if isinstance(one.by, ast.Call):
            if literal(one.value).lower() in {"disable", "disabled"}:
                yield "plain-connection", one.node


def allowed_again(node: ast.AugAssign) -> Found:
    """Find a version that was refused taken back: `context.options &= ~ssl.OP_NO_SSLv3`."""
    match node:
        case ast.AugAssign(
            target=ast.Attribute(attr="options"),
            op=ast.BitAnd(),
            value=ast.UnaryOp(op=ast.Invert(), operand=refused),
        ) if REFUSED.match(last(refused)):
            yield "old-tls", node


def _wrapped(call: Called) -> Found:
    any_version = last(keyword(call.node, "ssl_version")) in ANY_VERSION
    if call.owner == "ssl" and (
        any_version or CIPHERS.match(literal(keyword(call.node, "ciphers")))
    ):
        yield "old-tls", call.node


def _context(call: Called) -> Found:
    if last(call.passed(0)) == "SSLv23_METHOD" and not call.scope.said & SETS_VERSION:
        yield "old-tls", call.node


def _ciphers(call: Called) -> Found:
    if CIPHERS.match(call.text(0)):
        yield "old-tls", call.node


def _as_it_is(call: Called) -> Found:
    if call.name in {"ftplib.FTP", "FTP", "telnetlib.Telnet", "Telnet"}:
        yield "cleartext-login", call.node


def _login(call: Called) -> Found:
    """Find a login to a mail server or directory that no `starttls()` stands before."""
    if call.maker in WITHOUT_TLS and not call.scope.said & STARTS_TLS:
        yield "cleartext-login", call.node


def _sent(call: Called) -> Found:
    if not PLAIN.match(call.text(0, "url")):
        return
    bodies = (keyword(call.node, "data", "json"), keyword(call.node, "json"))
    keys = {literal(key) for body in bodies if isinstance(body, ast.Dict) for key in body.keys}
    if keyword(call.node, "auth") is not None or "password" in keys:
        yield "cleartext-login", call.node


def _channel(call: Called) -> Found:
    if call.owner in {"grpc", "aio"} and not LOCAL.match(call.text(0)):
        yield "plain-connection", call.node


CALLS: Looks = {
    "wrap_socket": _wrapped,
    "Context": _context,
    **dict.fromkeys(("set_ciphers", "set_cipher_list"), _ciphers),
    **dict.fromkeys(("FTP", "Telnet"), _as_it_is),
    **dict.fromkeys(("login", "pass_"), _login),
    **dict.fromkeys(VERBS, _sent),
    "insecure_channel": _channel,
}
