"""Secrets that are kept, compared or logged as they are. What is a secret, its name tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from audit.linter.flow.names import Names
from audit.linter.flow.pages import LEVEL, LOG
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import dotted, keyword, last, literal, parts_of_text

PASSWORD = re.compile(
    r"(?i)_?(\w+_)?(password|passwd|pwd|passphrase|passcode|pass|pin_?code|ssn|cvv|card_number"
    r"|credit_card(_number)?|social_security(_number)?)\d?$"
)
HARMLESS = re.compile(
    r"(?i)(hash|encrypt|crypt|digest|cipher|mask|is_|has_|_len|file|path|field|old_)"
)
ASKS = re.compile(
    r"(get|input|raw_input|getpass|strip|str|get_argument|getlist|pop|prompt|decode|encode|getfirst"
    r"|get_json|loads|load)$"
)
"""Calls that hand over what somebody typed."""

HASHES = re.compile(
    r"(?i)\w*(hash|encrypt|crypt|scrypt|argon|pbkdf2|set_password|make_password|derive|digest|cipher"
    r"|fernet|keyring|protect|seal|verify|mask)\w*$"
)
WRITES = re.compile(r"(write|writelines|writerow|writerows|write_text|write_bytes|write_row)$")
DUMPS = re.compile(
    r"((json|yaml|pickle|toml|simplejson|ujson|marshal|dill|tomli_w|configparser)\.)\w*dump\w*$"
)
STORES = re.compile(
    r"(insert_one|insert_many|update_one|replace_one|insert|put_item|set_item|hset|hmset|setex)$"
)
RUNS_SQL = re.compile(r"(execute|executemany|execute_sql|query|run_query|exec)$")
KEEPS_IN_SQL = re.compile(r"(?is)\s*(insert|replace|update)\b")
SECRET_PART = re.compile(
    r"(?is).*[?&](access_token|auth_token|token|api_?key|apikey|password|passwd|secret)="
)
"""In the text of an address."""

SECRET_FILE = re.compile(
    r"(?i)_?(\w+_)?(access_token|refresh_token|auth_token|api_?key|secret|secret_key|credentials?"
    r"|private_key|client_secret|token)$"
)
TOKEN = re.compile(r"(?i)(\w+_)?(token|jwt|otp|link)$")
ISSUES = re.compile(
    r"(?i)(create|generate|issue|sign)_?(\w+_)?(token|otp|jwt|link)\w*$|\w*jwt\w*$|token_(hex|urlsafe)$"
)
LIMITS = frozenset({"chmod", "fchmod", "umask", "fdopen", "touch", "mkstemp"})
ASKED_IN_SQL = re.compile(
    r"(?is)\s*select\b.*\bwhere\b.*\b(password|passwd|pwd)[\"`\]]?\s*=\s*(\?|%s|%\(|:\w|'|\{|\$|$)"
)
RECORD = re.compile(
    r"(User|Account|Member|Customer|Admin|Person|Employee|Credential|Login|Profile)\w*$"
)
FIELDS = frozenset({
    "request.form", "request.POST", "request.json", "request.data", "request.values",
    "request.get_json", "request.body", "request.get_data",
})  # fmt: skip
CREDENTIALS = frozenset({"os.environ", "request.headers", "request.cookies", "req.headers"})
"""What always holds some."""

LONGEST = 1000
"""Letters of a statement, or of the name of a field, that are looked at: patterns may go back."""

CHECKED = re.compile(r"(?i)(confirm|repeat|again|verify|retype|second|2$)")


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    yield from _written(scope, names)
    if not any(map(_names_password, scope.nodes)):
        yield from _logged(scope, names)
        return
    yield from _shown(scope)
    hashes = any(HASHES.match(last(call.func)) for call in scope.calls)
    for node in scope.nodes:
        match node:
            case ast.Call() if not hashes and _keeps(node, scope, names):
                yield "password-kept", node
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                if not hashes and (_stored(left, right, scope) or _stored(right, left, scope)):
                    yield "password-compared", node
            case ast.Constant(value=str(text)) if not hashes and ASKED_IN_SQL.match(text[:LONGEST]):
                yield "password-compared", node
            case ast.Assign(targets=[target]) if not hashes:
                if _assigns(target, node.value, scope, names):
                    yield "password-kept", node
    yield from _logged(scope, names)


def _written(scope: Scope, names: Names) -> Found:
    """Find a secret written to a file that its creator's mask lets others read."""
    opens = [call for call in scope.calls if names.full(call.func) == "open"]
    if any(last(call.func) in LIMITS or keyword(call, "opener") for call in scope.calls):
        return
    for call in scope.calls:
        short, given = last(call.func), list(map(last, call.args[:1]))
        to_path = short in {"write_text", "write_bytes"}
        to_file = opens and (short == "write" or DUMPS.match(names.full(call.func)))
        if (to_path or (to_file and given != ["token"])) and any(map(SECRET_FILE.match, given)):
            yield "secret-file-for-all", call


def _shown(scope: Scope) -> Found:
    """Find a secret in what an object prints of itself."""
    if scope.name not in {"__repr__", "__str__", "__unicode__"}:
        return
    for node in scope.nodes:
        if isinstance(node, ast.Return) and node.value is not None:
            call = ast.Call(node.value, [node.value], [])
            if any(
                isinstance(p, ast.Attribute) and PASSWORD.match(p.attr) for p in parts_of_text(call)
            ):
                yield "secret-in-repr", node


def _names_password(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return bool(PASSWORD.match(name))
        case ast.Constant(value=str(text)):
            return bool(PASSWORD.match(text))
    return False


def _raw_password(node: ast.AST, scope: Scope) -> bool:
    """Tell whether this is a password as somebody typed it."""
    name = last(node)
    if name and (not PASSWORD.match(name) or HARMLESS.search(name)):
        return False
    match node:
        case ast.Name():
            return scope.raw(name) or (name in scope.set and all(map(_asked, scope.set[name])))
        case ast.Attribute(value=ast.Name(id="self" | "args" | "options")):
            return True
    return _asked(node) and any(map(_names_password, ast.walk(node)))


def _asked(node: ast.AST | None) -> bool:
    """Tell whether an expression only hands over what came in."""
    if node is None or isinstance(node, ast.Constant):
        return False
    return all(
        ASKS.match(last(part.func)) for part in ast.walk(node) if isinstance(part, ast.Call)
    ) and isinstance(node, ast.Call | ast.Subscript | ast.Attribute)


def _keeps(node: ast.Call, scope: Scope, names: Names) -> bool:
    """Tell whether a call writes a password to a file, a database or a record."""
    name, short = names.full(node.func), last(node.func)
    if DUMPS.match(name) or STORES.match(short):
        return any(_holds(part, scope) for part in (*node.args, *(k.value for k in node.keywords)))
    if WRITES.match(short) and not re.search(
        r"(?i)sock|wfile|resp|stdin|conn|tn$", dotted(node.func)
    ):
        return any(
            _raw_password(part, scope) or _holds(part, scope) for part in parts_of_text(node)
        )
    if RUNS_SQL.match(short) and node.args:
        text = literal(scope.value(node.args[0])) or _begins(scope.value(node.args[0]))
        rest = node.args[1:]
        return bool(KEEPS_IN_SQL.match(text)) and any(_holds(part, scope) for part in rest)
    if short == "set":
        return any(_raw_password(part, scope) for part in node.args[2:])
    if RECORD.match(short):
        return any(
            PASSWORD.match(word.arg or "") and _raw_password(word.value, scope)
            for word in node.keywords
        )
    return False


def _assigns(target: ast.expr, value: ast.expr, scope: Scope, names: Names) -> bool:
    """Tell whether an assignment puts a password into a record, a table or a file of settings."""
    match target:
        case ast.Subscript(value=ast.Name() as table):
            made = scope.value(table)
            settings = isinstance(made, ast.Call) and names.full(made.func).endswith("ConfigParser")
            raw = _raw_password(value, scope)
            return (settings and (raw or _holds(value, scope))) or (_user_table(table) and raw)
        case ast.Attribute(value=ast.Name(id=owner), attr=field) if PASSWORD.match(field):
            made = scope.value(target.value)
            record = isinstance(made, ast.Call) and bool(RECORD.match(last(made.func)))
            sent = owner not in {"self", "form"} and not isinstance(value, ast.Name | ast.Attribute)
            return (record or sent) and _raw_password(value, scope)
    return False


def _begins(node: ast.AST | None) -> str:
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return literal(node)


def _holds(node: ast.AST, scope: Scope) -> bool:
    """Tell whether a list or mapping, written out or by name, holds a password as typed."""
    value = scope.value(node)
    match value:
        case ast.Dict():
            return any(_raw_password(one, scope) or _holds(one, scope) for one in value.values)
        case ast.List() | ast.Tuple():
            return any(_raw_password(one, scope) or _holds(one, scope) for one in value.elts)
    return False


def _user_table(node: ast.Name) -> bool:
    return bool(
        re.search(r"(?i)(users?|accounts?|passwords?|credentials|logins?)(_db|_store)?$", node.id)
    )


def _stored(record: ast.AST, typed: ast.AST, scope: Scope) -> bool:
    """Tell whether the password of a record is compared with one that was typed."""
    match record:
        case ast.Attribute(attr=name, value=ast.Name(id=owner)) if owner not in {"self", "form"}:
            field = name
        case ast.Subscript(slice=ast.Constant(value=str(field)), value=ast.Name() as owner_node):
            if owner_node.id in {"request", "data", "form"}:
                return False
        case ast.Subscript(value=ast.Name() as table) if _user_table(table):
            return _raw_password(typed, scope)
        case ast.Call(func=ast.Attribute(attr="get", value=ast.Name() as table)) if _user_table(
            table
        ):
            return _raw_password(typed, scope)
        case _:
            return False
    return bool(PASSWORD.match(field)) and not HARMLESS.search(field) and _typed(typed, scope)


def _typed(node: ast.AST, scope: Scope) -> bool:
    other = literal(node.slice) if isinstance(node, ast.Subscript) else last(node)
    return _raw_password(node, scope) and not CHECKED.search(other)


def _logged(scope: Scope, names: Names) -> Found:
    """Give each place where headers with a credential, or the whole environment, are logged."""
    secret = _made_of_secrets(scope, names)
    for call in scope.calls:
        logged = LEVEL.match(last(call.func)) and LOG.match(names.full(call.func))
        if not logged and names.full(call.func) != "print":
            continue
        parts = list(parts_of_text(call))
        if any(_whole_secret(part, scope, names) for part in parts):
            yield "secrets-logged-whole", call
        elif any(_from_outside(part, names) in FIELDS for part in parts):
            yield "request-body-logged", call
        if any(_joined(part) in secret for part in parts):
            yield "secret-logged", call


def _joined(node: ast.expr) -> str:
    """Give the name of a text, or of the list that it is joined from."""
    if isinstance(node, ast.Call) and last(node.func) == "join" and node.args:
        node = node.args[0]
    return dotted(node) or "?"


def _made_of_secrets(scope: Scope, names: Names) -> set[str]:
    """Give the names of tokens just issued, and of texts and lists that a secret was put into."""
    kinds = ast.JoinedStr | ast.BinOp | ast.List | ast.Tuple
    return {
        name
        for name, values in scope.set.items()
        if any(
            PASSWORD.match(last(part)) and not HARMLESS.search(last(part))
            for value in values
            if isinstance(value, kinds)
            for part in _put_together(value)
        )
        or any(value is not None and SECRET_PART.match(_fixed(value)) for value in values)
        or (TOKEN.match(name) and any(_issues(value, names) for value in values))
    }


def _issues(node: ast.expr | None, names: Names) -> bool:
    """Tell whether this is a call that makes a token for somebody."""
    if not isinstance(node, ast.Call):
        return False
    return bool(ISSUES.match(last(node.func))) or names.full(node.func) == "jwt.encode"


def _fixed(node: ast.expr) -> str:
    """Give the fixed text of what a text is put together from."""
    if not isinstance(node, ast.JoinedStr | ast.BinOp):
        return ""
    parts = [part.value for part in _put_together(node) if isinstance(part, ast.Constant)]
    return "".join(part for part in parts if isinstance(part, str))


def _put_together(node: ast.AST) -> Iterator[ast.AST]:
    rest = [node]
    while rest:
        part = rest.pop()
        yield part
        if not isinstance(part, ast.Call | ast.Attribute | ast.Compare):
            rest += ast.iter_child_nodes(part)


def _whole_secret(node: ast.expr, scope: Scope, names: Names) -> bool:
    if _from_outside(node, names) in CREDENTIALS:
        return True
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        node = node.func.value if last(node.func) in {"to_dict", "dict", "copy"} else node.func
    if _from_outside(node, names) in FIELDS and any(map(_names_password, scope.nodes)):
        return True
    value = scope.value(node)
    if not isinstance(value, ast.Dict):
        return False
    raw = [
        key
        for key, one in zip(value.keys, value.values, strict=True)
        if PASSWORD.match(literal(key)) and isinstance(one, ast.Name | ast.Attribute)
    ]
    return bool(raw) or _any_credential(value.keys)


def _from_outside(node: ast.expr, names: Names) -> str:
    """Give the full name of an environment or a part of a request, however it was imported."""
    return names.full(node).removeprefix("flask.")


def _any_credential(keys: Iterable[ast.expr | None]) -> bool:
    return any(
        re.match(r"(?i)(authorization|x-api-key|x-auth-token|cookie)$", literal(key))
        for key in keys
    )
