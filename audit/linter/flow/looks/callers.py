"""Who may ask: routes, sockets and directories that take anybody, or believe what they say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from audit.linter.flow.names import ROUTES, Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import (
    Function,
    argument_names,
    defaults,
    dotted,
    keyword,
    last,
    leaves,
    literal,
    names_in,
    walk,
)

CHANGES = re.compile(
    r"((?<!ReadOnly)ModelViewSet|(List)?CreateAPIView|(Retrieve)?(Update)?(Destroy)APIView"
    r"|(Retrieve)?UpdateAPIView|(Create|Update|Destroy)ModelMixin)$"
)
"""Base classes of a framework whose heirs change what is stored."""

EDITS = frozenset({"DeleteView", "UpdateView"})
GENERIC = re.compile(
    r"(SuccessMessageMixin|(Delete|Update|Create|Form|Detail|List|Template)?View)$"
)
PUBLIC = re.compile(
    r"(?i)(log_?in|log_?out|sign_?up|sign_?in|regist|token|auth|password|public|contact)"
)
CRITICAL = re.compile(
    r"(?i)/?([\w<>:{}-]+/)*(admin|config(uration)?|settings|shutdown|restart|reboot|reload|reset"
    r"|backup|restore|deploy|exec(ute)?|transfer|withdraw|payments?|delete|remove|ban|promote|grant"
    r"|roles?|permissions?|(create|add|delete|remove|update|edit)[_-]?(user|admin|account)s?"
    r"|upgrade|purge|wipe)(/[\w<>:{}-]*)*$"
)
"""A path whose last words say that it changes what only few may."""

LOGGED_IN = re.compile(r"(login|jwt)_required$")
OWNED_RECORD = re.compile(
    r"(?i)(models\.)?\w*(invoice|order|document|message|account|payment|profile|note|file|record|report"
    r"|ticket|address|card|statement|user|conversation|receipt|booking)\w*$"
)
"""Classes of records that belong to somebody."""

USER = re.compile(r"(?i)(get_|require_)?(current_|active_|authenticated_)*(user|login|auth)$")
"""What hands a view who calls."""

GETS = frozenset({"db.session.get", "db.get_or_404", "db.get", "session.get"})
CLIENT_SAYS = frozenset({"headers", "cookies", "META", "COOKIES", "get_argument", "get_cookie"})
ADMIN = re.compile(r"(?i)/?([\w/-]*/)?(admin|internal|manage|debug)(/|$)(?!.*login)")
"""A path for those alone who run the service."""

LONGEST_PATH = 200
CHANGING = frozenset({"post", "put", "patch", "delete"})
OWNED = re.compile(
    r"(?i).*/(users?|accounts?|profiles?|members?|customers?|employees?|patients?|orders?|invoices?"
    r"|payments?|cards?)/[<{][^/]+[>}]/?$"
)
"""A path to one record that belongs to somebody."""

HOOK = re.compile(r"(?i).*(web-?_?hooks?|/hooks?)(/|$)")
ASKS = re.compile(
    r"(?i)\w*(current_user|session|auth|token|permission|login|logged|credential|api_?key|is_admin"
    r"|is_staff|owner|identity|signature|hmac|verify|compare_digest|construct_event|principal|acl"
    r"|role|csrf|secret|jwt|allowed|trusted|headers)\w*$"
)
"""A name that shows that a view asks who calls it."""

ASKS_FOR = re.compile(
    r"(?i)current_user|session|auth|token|permission|login|logged|credential|api_?key|is_admin"
    r"|is_staff|identity|signature|hmac|verify|csrf|secret|jwt"
)
"""In the name of a field or header, or of a page: it is about who calls."""

DATABASE = re.compile(r"(Async)?Session(Local|Dep)?$")
PROVIDES = re.compile(
    r"(?i)(get|make|create|provide)?_?(async_?)?(\w+_)?(db|database|session|conn|connection|engine|settings"
    r"|config|logger|redis|cache|repo|repository|service|client|store|storage|uow)$"
)
"""What hands a view a thing to work with, and asks nothing."""

LONGEST_NAME = 40
"""Of a field or header: what is longer is prose."""

BINDS = re.compile(r"(simple_bind(_s)?|bind_s)$")
UNKNOWN_USER = re.compile(
    r"(?i).*\b(no (such )?(user|account)|(user(name)?|account|e-?mail)\b.{0,20}\b(not found"
    r"|does not exist|doesn't exist|unknown|not registered|is invalid)"
    r"|unknown (user|e-?mail|account)"
    r"|(invalid|incorrect|wrong) (user ?name|user|e-?mail)\b(?! or| and|/))"
)
WRONG_PASSWORD = re.compile(
    r"(?i).*\b(wrong|incorrect|invalid|bad) password|password\b.{0,12}(incorrect|wrong|invalid)"
)
CHECKS_PASSWORD = re.compile(r"(?i)\w*(check|verify|validate|authenticate|is_valid|compare)\w*$")


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks, each with its place."""
    yield from _binds_without(scope)
    yield from _told_apart(scope)
    yield from _kills(scope, names)
    yield from _password_unasked(scope)
    for node in scope.nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _origin(node)
                yield from _route(node, names)
                yield from _without_owner(node)
            case ast.ClassDef():
                yield from _in_class(node)
            case ast.If() if _skips(node, scope):
                yield "check-skipped", node


def _route(node: Function, names: Names) -> Found:
    """Find a view that is for few, or takes a notice, and asks nothing of its caller."""
    routes = [d for d in node.decorator_list if isinstance(d, ast.Call) and last(d.func) in ROUTES]
    if len(routes) != len(node.decorator_list) or _asks_before(node):
        return
    rules = list(filter(None, map(_needs_caller, routes)))
    if not routes and argument_names(node)[:1] == ["request"] and _deletes(node):
        rules = ["route-for-anyone"]
    if not rules or _asks((node.args, *node.body)):
        return
    for rule in rules:
        if rule != "hook-unsigned" or not _calls_others(node, names):
            yield rule, node


def _asks_before(node: Function) -> bool:
    """Tell whether a framework calls something first that may ask who calls."""
    for _, value in defaults(node):
        match value:
            case ast.Call(func=func, args=[given]) if last(func) == "Depends":
                if not PROVIDES.match(last(given)):
                    return True
            case ast.Call(func=func) if last(func) in {"Depends", "Security"}:
                return True
    return False


def _needs_caller(route: ast.Call) -> str:
    """Give the rule that a view of this route breaks if it asks nothing, or nothing."""
    path = literal(route.args[0])[:LONGEST_PATH] if route.args else ""
    methods = keyword(route, "methods")
    verbs = {literal(m).lower() for m in getattr(methods, "elts", [])} or {last(route.func)}
    if keyword(route, "dependencies") is not None:
        return ""
    if ADMIN.match(path):
        return "admin-route-open"
    if not CHANGING & verbs:
        return ""
    if HOOK.match(path):
        return "hook-unsigned"
    critical = CRITICAL.match(path) or (OWNED.match(path) and "post" not in verbs)
    return "route-for-anyone" if critical and not PUBLIC.search(path) else ""


def _without_owner(node: Function) -> Found:
    """Find a record that is got by its number alone, for anybody who is logged in."""
    logged_in = any(LOGGED_IN.match(last(_called(one))) for one in node.decorator_list)
    handed = (node.args,) if logged_in else ()
    if not (logged_in or _ignores_user(node)) or _asks((*handed, *node.body)):
        return
    given = argument_names(node)
    for part in walk(node):
        if isinstance(part, ast.Call) and _gets_by(part, given):
            yield "object-without-owner", part


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _ignores_user(node: Function) -> bool:
    """Tell whether a view is handed who calls, and does not care."""
    users = {
        name
        for name, value in defaults(node)
        if isinstance(value, ast.Call) and any(USER.match(last(given)) for given in value.args)
    }
    return bool(users) and not users & names_in(*node.body)


def _gets_by(call: ast.Call, given: Sequence[str]) -> bool:
    """Tell whether a record that belongs to somebody is got by an argument."""
    keys = [*call.args, *(word.value for word in call.keywords)]
    match call.func:
        case ast.Attribute(attr="get" | "get_or_404" | "filter_by", value=ast.Attribute() as table):
            model: ast.expr = table.value
            known = table.attr == "query" or (table.attr == "objects" and not call.args)
        case ast.Attribute(attr="filter" | "where") if len(keys) == 1:
            match keys[0]:
                case ast.Compare(
                    left=ast.Attribute(value=model), ops=[ast.Eq()], comparators=[key]
                ):
                    keys, known = [key], True
                case _:
                    return False
        case func if keys:
            model, *keys = keys
            known = dotted(func) in GETS or last(func) == "get_object_or_404"
        case _:
            return False
    record = known and OWNED_RECORD.match(dotted(model))
    return bool(record) and len(keys) == 1 and last(keys[0]) in given


def _calls_others(node: Function, names: Names) -> bool:
    """Tell whether a view itself asks another computer: then it keeps hooks, and is none."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return any(re.match(r"(requests|httpx|urllib)\b|.*urlopen$", names.full(c.func)) for c in calls)


def _skips(node: ast.If, scope: Scope) -> bool:
    """Tell whether who sends nothing is not asked: `if token and token != known: refuse`."""
    match node.test:
        case ast.BoolOp(
            op=ast.And(),
            values=[
                ast.Name(id=name),
                ast.Compare(left=ast.Name(id=left), ops=[ast.NotEq()], comparators=[right]),
            ],
        ) if name in {left, last(right)} and not isinstance(right, ast.Constant):
            pass
        case _:
            return False
    sent = scope.value(node.test.values[0])
    read = isinstance(sent, ast.Subscript | ast.Call)
    parts = {last(part) for part in ast.walk(sent)} if sent is not None and read else set()
    return bool(parts & CLIENT_SAYS) and leaves(node.body[-1])


def _deletes(node: Function) -> bool:
    """Tell whether a view finds a record by what it is given, and deletes it."""
    calls = [part for part in walk(node) if isinstance(part, ast.Call)]
    return any(last(call.func) == "delete" and not call.args for call in calls) and any(
        last(call.func) == "get_object_or_404" or ast.unparse(call.func).endswith(".objects.get")
        for call in calls
    )


def _asks(nodes: Iterable[ast.AST]) -> bool:
    """Tell whether anything in a view, or in what it is handed, may be about its caller."""
    for part in (part for node in nodes for part in walk(node)):
        match part:
            case ast.Attribute(attr="session", value=ast.Name(id="db")):
                continue  # of a database
            case ast.Attribute(attr="user", value=ast.Name(id="request" | "g")):
                return True
            case ast.Name(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                continue
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                if ASKS.match(name) and not DATABASE.match(name):
                    return True
            case ast.Constant(value=str(text)) if len(text) < LONGEST_NAME:
                if ASKS_FOR.search(text):
                    return True
            case ast.Constant(value=401 | 403):
                return True
    return False


def _in_class(node: ast.ClassDef) -> Found:
    bases = [last(base) for base in node.bases]
    if PUBLIC.search(node.name):
        return
    plain = EDITS & set(bases) and all(map(GENERIC.fullmatch, bases))
    if plain and not any(isinstance(part, Function) for part in (*node.body, *node.decorator_list)):
        yield "changed-by-anyone", node
    if not any(map(CHANGES.search, bases)):
        return
    for statement in node.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id="permission_classes")],
                value=ast.List(elts=kinds) | ast.Tuple(elts=kinds),
            ) if all(last(kind) == "AllowAny" for kind in kinds):
                yield "changed-by-anyone", statement


def _binds_without(scope: Scope) -> Found:
    """Find a directory asked to bind with a password that may be empty: it then says yes."""
    for call in scope.calls:
        if not BINDS.match(last(call.func)):
            continue
        given = call.args[1] if len(call.args) > 1 else keyword(call, "cred", "password")
        name = last(given) if given is not None else ""
        if scope.raw(name) and name not in scope.tested:
            yield "bind-without-password", call


def _kills(scope: Scope, names: Names) -> Found:
    """Find a process ended by the number that a caller gives."""
    for call in scope.calls:
        if names.full(call.func) != "os.kill" or not call.args:
            continue
        if scope.raw(last(call.args[0])) and not scope.arguments & scope.tested:
            yield "kill-any", call


def _password_unasked(scope: Scope) -> Found:
    """Find a password that who is logged in changes without saying the old one."""
    asked = any(CHECKS_PASSWORD.match(last(call.func)) for call in scope.calls)
    for call in scope.calls:
        match call.func:
            case ast.Attribute(attr="set_password", value=owner):
                own = last(owner) == "current_user" or dotted(owner) == "request.user"
                if own and not asked:
                    yield "password-unasked", call


def _told_apart(scope: Scope) -> Found:
    """Find a login that says whether the name or the password was wrong."""
    texts = [n for n in scope.nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    unknown = [node for node in texts if UNKNOWN_USER.match(literal(node))]
    if unknown and any(WRONG_PASSWORD.match(literal(node)) for node in texts):
        yield "user-told-apart", unknown[0]


def _origin(node: Function) -> Found:
    """Find a check of a web socket's origin that lets any page, or any prefix, pass."""
    if node.name != "check_origin":
        return
    match _without_text(node.body):
        case [ast.Return(value=ast.Constant(value=True)) as answer]:
            yield "origin-any", answer
        case [*_, ast.Return(value=ast.Call(func=ast.Attribute(attr="startswith"))) as answer]:
            yield "origin-any", answer


def _without_text(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [one for one in body if not isinstance(one, ast.Expr)]
