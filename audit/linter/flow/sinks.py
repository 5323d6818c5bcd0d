"""Where text is run: which calls hand a text to a database, a shell or another host."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from audit.linter.flow.forms import (
    COUNT,
    FLAT,
    FREE,
    FREE_OR_NUMBER,
    LISTED,
    NUMBER,
    OPEN,
    REQUEST,
    SAFE,
    SENT,
)
from audit.linter.flow.syntax import dotted, false, keyword, literal, true

LOGS = re.compile(
    r"(?i)(debug|info|warn(ing)?|error|exception|critical|log\w*|print|\w*echo|\w*(error|warning"
    r"|exception|exit|refused)|fail|skip\w*|assert\w*|add_argument|help|describe|getlogger|_)$"
)
"""Calls that show a text to people, and run nothing."""

STATEMENT = re.compile(
    r"(?is)(?:[\s(]|--[^\n]*\n)*(select\s+[^;]{0,1500}?\sfrom\s+\S|insert\s+(or\s+\w+\s+)?into\s+\S"
    r"|replace\s+into\s+\S|delete\s+from\s+\S|update\s+\S+\s+(\w+\s+)?set\s+\S"
    r"|(optional\s+)?(match|merge)\s*\([^)]{0,200}\).{0,500}?\b(return|set|detach|delete|create)\b"
    r"|with\s+\w+\s+as\s*\(|(create|drop|alter|truncate)\s+(table|database|user|role|schema)\s"
    r"|grant\s+\w+.*\son\s|call\s+\w+\()"
)
NAME_PLACE = re.compile(
    r"(?is)(\b(from|into|update|join|table|database|schema|exists|as|index|select|distinct|role"
    r"|analyze|vacuum|pragma|on|view)\s+[\"\[`]?|[.`\[]|\binsert\s+into\s+\S+\s*\([^)]*"
    rf"|\bselect\b(?:(?!\bfrom\b)[^'])*|\bfrom\s+[\w{SAFE}-{OPEN}.]+\s*,\s*"
    r"|[\s(,=]:|%\()$"
)
"""What stands before a name: of a table or column, or of a placeholder."""

NAME_BEFORE = re.compile(
    r"(?i)[\"`\]]?\s*(=|<>|!=|[<>]=?|like|in|is)\s*\(?\s*"
    rf"(\?|%s|%\(|:[\w{OPEN}-{REQUEST}]|\$\d)"
)
"""What follows a column that is compared with, or set to, a placeholder."""

EXECUTES = re.compile(
    r"(execute|executemany|executescript|execute_sql|execute_query|exec_driver_sql|raw|read_sql"
    r"|read_sql_query|mogrify|sql_query|query_db|select_raw|fetchrow|fetchval|run_?query"
    r"|exec_query|exec_sql|db_query|do_query|executeQuery|runQuery|RawSQL|db_execute|queryOne)$"
)
FRAGMENT = re.compile(r"(text|filter|where|having|order_by|from_statement|literal_column)$")
"""Calls of query builders that take a piece of SQL as text."""

TEXT = re.compile(r"((sqlalchemy|sa|db|sql)\.)*(text|literal_column)$")
COMPARED = re.compile(
    rf"(?i)^\s*(where\s|and\s)?[\w.`\"]+\s*(=|<>|!=|[<>]=?|\blike\b|\bin\b)\s*[('\"%]*[{OPEN}-{REQUEST}]"
)
"""A condition with an open value, and no whole statement."""

SHELLS = frozenset({
    "os.system", "os.popen", "os.popen2", "os.popen3", "os.popen4", "popen2.popen2",
    "popen2.popen3", "popen2.popen4", "commands.getoutput", "commands.getstatusoutput",
    "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell",
    "asyncio.subprocess.create_subprocess_shell", "system", "popen", "create_subprocess_shell",
    "getstatusoutput", "getoutput", "pexpect.run", "pexpect.spawn", "invoke.run", "envoy.run",
    "delegator.run", "delegator.chain", "fabric.api.local", "fabric.api.run", "fabric.api.sudo",
    "fabric.operations.local", "fabric.operations.run", "fabric.operations.sudo",
})  # fmt: skip
RUNS = frozenset({"run", "call", "check_call", "check_output", "Popen"})
OPTION = re.compile(
    rf"(?s){LISTED}(/usr)?(/bin/)?(git|hg|svn|ssh|scp|curl|wget|rsync|tar|zip|find|man|sendmail|tcpdump"
    rf"|nmap|grep|egrep|awk|sed|7z|rar|docker|openssl|pip|npm|ffmpeg|chown|chmod"
    rf"|cp|mv|rm|ls|cat)(?!.*{LISTED}--{LISTED})({LISTED}[^{LISTED}]*)*?(?<!{LISTED}-[a-zA-Z]){LISTED}[{FLAT}{REQUEST}]"
)
"""Begins a list of arguments in which one is all a client's, and takes no option's place."""

SHELL_LINE = re.compile(
    rf"(?s){LISTED}(?:/usr)?(?:/bin/)?(?:sh|bash|zsh|dash|ksh|cmd|cmd\.exe|powershell|pwsh){LISTED}"
    rf"(?:-\w*c|/[cC]|-Command){LISTED}[^{LISTED}]*[{OPEN}-{REQUEST}]"
)
"""In a list of arguments: a shell, told to run a line that is not fixed."""

REPLACES = re.compile(r"os\.(exec|spawn|posix_spawn)\w*$|asyncio\.create_subprocess_exec$")
"""Calls that take the arguments of a program one by one."""

WRAPPER = re.compile(
    r"(?i)_*((run|exec|execute|call|issue|invoke|launch|spawn|send)_?(\w+_)?(ssh|shell|cmd|command"
    r"|cli)\w*|(ssh|shell|cmd|cli|cliq|command|remote|bash|eql|async|get)_?(run|exec|execute|call"
    r"|command|output)\w*|shell|ssh|run_as_root|getoutput|sudo|system|cmd\.\w+)$"
)
RUN = re.compile(r"_*(execute|exec|exec_run|run|call|check_call|check_output|popen|Popen|local)$")
COMMAND_LINE = re.compile(
    rf"\s*(sudo\s|git\s|ls\s|rm\s|cp\s|mv\s|cat\s|tar\s|ping\s|curl\s|wget\s|ssh\s|scp\s|docker\s"
    rf"|kubectl\s|ffmpeg\s|python[23]?\s|bash\s|sh\s|chmod\s|chown\s|mkdir\s|nslookup\s|dig\s|find"
    rf"\s|grep\s|kill\s|mount\s|umount\s|ip\s|iptables\s|unzip\s|zip\s|rsync\s|openssl\s|make\s"
    rf"|echo\s|sed\s|awk\s|systemctl\s|ifconfig\s|nohup\s|tee\s|cd\s|touch\s|ps\s|tail\s|ln\s|pip3?\s"
    rf"|npm\s|mysql(dump)?\s|psql\s|pg_dump\s|user(add|del|mod)\s|apt(-get)?\s|yum\s|dd\s|df\s|du\s|virsh\s"
    rf"|[\w./-]+\s(?:[^{OPEN}-{REQUEST}]*\s)?--?[a-zA-Z]"
    rf"|(?:[{OPEN}-{REQUEST}]\s)?[a-z][\w./-]*\s[a-z][\w-]*\s[\w:=/.-]*[{OPEN}-{REQUEST}])"
)
CALLS_HOST = re.compile(
    r"(requests|httpx|session|http|client|self\.session|s)\.(get|post|put|patch|delete|head|options"
    r"|request|stream|fetch)$|(urllib\.request\.|urllib2?\.)?(urlopen|urlretrieve)$|urllib3\.request$"
    r"|(http\.client\.|httplib\.)HTTPS?Connection$|((socket|asyncio)\.)?(create|open)_connection$"
)
OPENS_URL = re.compile(r"(urlopen|urlretrieve)$")
CHECKS_URL = re.compile(r"(?i)_?(urlparse|urlsplit|(is|valid|check|ensure|verify|url_has)\w*)$")
FIXED_HOST = re.compile(
    rf"[a-zA-Z]+://[^/{OPEN}-{REQUEST}]+/|[{SAFE}{COUNT}]|/|[^:/{OPEN}-{REQUEST}]+$"
)


LDAP = re.compile(r"(search\w*|paged_search|\w*bind(_s)?|compare(_s)?|modify(_s)?|delete(_s)?)$")
LDAP_FILTER = re.compile(
    rf"(?s)\s*\(.{{0,500}}[\w;-][~<>]?=\*?[{OPEN}-{REQUEST}]|[a-zA-Z]+=[{OPEN}-{REQUEST}],\s*\w+="
)
"""A filter, or a name in a directory, that an open value stands in."""

FINDS = re.compile(r"(find|findall|iterfind|findtext)$")
XPATH = re.compile(rf"(?s)[^\n]{{0,200}}\[[@\w./-]+\s*=\s*['\"]?[{OPEN}-{REQUEST}]['\"]?\]")
"""A path with a condition in which an open value stands."""


class Call(NamedTuple):
    """One call, its arguments read."""

    node: ast.Call
    name: str
    """Its full name, aliases undone; empty if it is no plain one."""

    last: str
    forms: list[str]
    keywords: dict[str, str]
    handed: list[str]
    """Full names of the arguments and of the keywords' values; empty for one that has none."""

    base: str = ""
    """The form of what it is a method of."""

    def options(self) -> Iterator[str]:
        """Give the names in the list of arguments that it runs."""
        match self.node.args:
            case [ast.List(elts=parts), *_]:
                yield from map(dotted, parts)

    def first(self, *names: str) -> str:
        """Give the form of the first argument, or of the first keyword of these names."""
        if self.node.args:
            return self.forms[0]
        return next((self.keywords[name] for name in names if name in self.keywords), "")


def found_in_call(call: Call, checked: set[str]) -> Iterator[str]:
    """Give the rules that a call breaks, of those about shells and hosts.

    Args:
        call: As read.
        checked: Expressions that the function handed to a check of URLs before.
    """
    form = call.first("cmd", "command", "args")
    yield from _found_in_arguments(call)
    shell = _asks_for_a_shell(call)
    if shell:
        # Of a list the shell runs the first; the others are its own arguments.
        form = form.removeprefix(LISTED).partition(LISTED)[0]
    if call.last in RUNS and OPTION.match(form) and not checked & set(call.options()):
        yield "argument-from-request"
    if FREE.search(form) and not form.startswith(LISTED):
        if shell or call.name in SHELLS:
            yield "shell-text"
        elif (len(form) > 1 or SENT.search(form)) and _is_command(call, form):
            yield "command-text"
    if LDAP.match(call.last) and dotted(call.node.func) != "re.search":
        texts = (*call.forms, *call.keywords.values())
        if any(LDAP_FILTER.match(text) for text in texts):
            yield "ldap-filter"
    if FINDS.match(call.last) and XPATH.match(form):
        yield "xpath-text"
    yield from _found_in_host(call, checked)


def _found_in_host(call: Call, checked: set[str]) -> Iterator[str]:
    if not (CALLS_HOST.match(call.name) or CALLS_HOST.match(dotted(call.node.func))):
        return
    position = 1 if call.last in {"request", "stream"} and len(call.forms) > 1 else 0
    url = call.forms[position] if len(call.forms) > position else call.keywords.get("url", "")
    url = url.removeprefix(LISTED)  # a host and its port
    known = checked & {dotted(arg) for arg in call.node.args}
    if OPENS_URL.match(call.last) and url == OPEN and not known:
        yield "url-of-any-kind"
    if SENT.search(url) and not known:
        if not FIXED_HOST.match(url):
            yield "request-forgery-text"
        elif SENT.search(url.partition("?")[0]):
            yield "request-path-text"


def _asks_for_a_shell(call: Call) -> bool:
    """Tell whether a call is told to use a shell, or told so by a value that is not fixed."""
    told = keyword(call.node, "shell")
    return true(told) or (call.last in RUNS and told is not None and not false(told))


def _found_in_arguments(call: Call) -> Iterator[str]:
    """Give the rules that a call breaks by the shell that it is handed, whatever it calls it by."""
    if REPLACES.match(call.name) and runs_line(LISTED + LISTED.join(call.forms)):
        yield "shell-dash-c"
    if _hands_a_shell_over(call):
        yield "shell-text"


def _hands_a_shell_over(call: Call) -> bool:
    """Tell whether a call is handed a shell to call, and a command line that is not fixed."""
    # `**` may hide some of the keywords' forms; then no more than a finding is lost.
    forms = zip(call.handed, (*call.forms, *call.keywords.values()), strict=False)
    rest = "".join(form for name, form in forms if name not in SHELLS)
    return bool(FREE.search(rest)) and any("." in name for name in SHELLS & set(call.handed))


def runs_line(form: str) -> bool:
    """Tell whether a list of arguments starts a shell with a line that is not fixed."""
    return form.startswith(LISTED) and bool(SHELL_LINE.search(form))


def executed(call: Call) -> str:
    """Give the form of the text that a call runs as SQL, if that is built from open text."""
    where = call.keywords.get("where", "")
    if COMPARED.search(where):
        return where
    form = call.first("sql", "query", "statement")
    if form.startswith(LISTED) or "shell" in call.keywords:
        return ""
    if FRAGMENT.match(call.last) and COMPARED.search(form):
        return form
    if TEXT.match(call.name) and form in {FLAT, REQUEST}:
        return form
    text = re.search(rf"[\w={SAFE}]", form) or _fills(next(iter(call.node.args), None))
    built = SENT.search(form) or (FREE.search(form) and text)
    return form if EXECUTES.match(call.last) and built else ""


def _fills(node: ast.expr | None) -> bool:
    """Tell whether a text that is not seen is filled with values: `statement % values`."""
    match node:
        case ast.BinOp(op=ast.Mod()) | ast.Call(func=ast.Attribute(attr="format")):
            return True
    return False


def statement_rule(form: str, *, executed: bool) -> str:
    """Give the rule that a text breaks as an SQL statement, or nothing.

    Args:
        form: Of the text.
        executed: Whether it is known to be run as SQL; else it must look like a statement.
    """
    statement = STATEMENT.match(form)
    if not (executed or statement):
        return ""
    rule = ""
    for hole in FREE_OR_NUMBER.finditer(form):
        before = form[max(0, hole.start() - 300) : hole.start()]
        name = NAME_PLACE.search(before) or NAME_BEFORE.match(form, hole.end())
        if hole[0] in {FLAT, REQUEST} or not (statement and name):
            rule = "sql-number" if hole[0] == NUMBER else "sql-text"
        if rule == "sql-text":
            break
    return rule


def _is_command(call: Call, form: str) -> bool:
    func = call.node.func
    table = isinstance(func, ast.Subscript) and literal(func.slice)
    if STATEMENT.match(form):
        return False
    if WRAPPER.match(call.last) or (table and re.match(r"cmd\.(run|shell|retcode)", table)):
        return True
    return bool(RUN.match(call.last) and COMMAND_LINE.match(form))
