"""Names: which a text binds itself, and what the others, from outside, tell of a value.

A name that the text binds may be spelled in any way, so its spelling says nothing: a function of
the text called `escape` is judged by what it returns. A name from outside (`html.escape`, under
whatever alias) is what its author calls it, and is looked up in the tables below.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from audit.linter.flow.forms import LISTED, SAFE, constant
from audit.linter.flow.syntax import Function, dotted, last, literal, walk

CONSTANT = re.compile(r"_{0,2}[A-Z][A-Z0-9_]*$")
"""Of a name that nothing in the text binds: PEP 8 writes constants so."""

SAFE_CALL = re.compile(
    r"(?i)(int|float|len|bool|abs|round|sum|ord|id|hash|hexdigest|digest|uuid\d|time|now|today"
    r"|getpid|randint|hex|(?!unquote)\w*quote\w*|\w*escape\w*|\w*sanit\w*|\w*clean|identifier|literal|mkdtemp|mktemp"
    r"|get_or_create_\w+|count|\w*placeholder\w*|list2cmdline|basename|secure_filename|urlencode|decimal"
    r"|ip_(address|network|interface)|ipv[46]address|fromisoformat|strptime)$"
)
TEXT_CALL = re.compile(
    r"(str|repr|text|sql|dedent|cleandoc|strip|lstrip|rstrip|lower|upper|title|replace|encode"
    r"|decode|expandtabs|unicode|format_map|SQL|Text|bytes|bytearray|ascii|b)$"
)
TEXT_METHOD = re.compile(
    r"(strip|lstrip|rstrip|lower|upper|title|replace|encode|decode|expandtabs|format_map)$"
)
"""Those of `TEXT_CALL` that are methods of the text, whatever they are given."""

REQUESTS = frozenset({"request", "req", "flask_request"})
REQUEST_PARTS = frozenset({
    "args", "form", "values", "json", "files", "cookies", "headers", "data", "GET", "POST",
    "FILES", "COOKIES", "META", "REQUEST", "body", "query_params", "path_params", "query",
    "match_info", "get_json", "get_data", "rel_url", "path", "full_path", "query_string", "url",
    "uri", "referrer", "params", "QUERY_PARAMS", "body_arguments", "arguments", "get_argument",
    "get_query_argument", "get_body_argument", "get", "getfirst", "text", "read", "get_param",
    "get_media", "media", "forms", "post", "multipart", "matchdict", "json_body", "content",
})  # fmt: skip
"""Of a request: what the client sent."""

CARRIES = re.compile(
    r"(sub|subn|realpath|abspath|normpath|expanduser|dirname|splitext|unquote(_plus)?|(urlsafe_)?b64decode|loads"
    r"|parse_qsl?|urlparse|urlsplit|deepcopy|copy|dict|list|tuple|set|sorted|reversed|join|Path|PurePath|markdown2?|textile)$"
)
"""Calls that hand on what they are given, in another form."""

JSON = "application/json"
WRITES_JSON = frozenset({"json.dumps", "simplejson.dumps", "ujson.dumps"})
CLIENT_PARTS = frozenset({
    "GET", "POST", "FILES", "COOKIES", "META", "QUERY_PARAMS", "query_params", "path_params",
    "match_info", "rel_url", "get_json", "get_argument", "get_arguments", "get_query_argument",
    "get_body_argument", "body_arguments", "get_param",
})  # fmt: skip
"""Of anything: only a request has them, whatever it is called here."""

GATEWAY = frozenset({
    "QUERY_STRING", "PATH_INFO", "REQUEST_URI", "HTTP_COOKIE", "HTTP_REFERER", "HTTP_USER_AGENT",
    "wsgi.input", "queryStringParameters", "pathParameters",
})  # fmt: skip
"""Keys of a gateway's `environ` (PEP 3333) or event that hold what the client sent."""

RECEIVES = re.compile(
    r"(input|raw_input|FieldStorage|recv(from|_string|_json|_multipart|_pyobj|_into)?"
    r"|receive(_text|_json|_bytes|_str)?|read_message)$"
)
"""Calls that hand over what somebody typed, or sent to a socket."""

CLIENT = re.compile(
    r"(requests\.([sS]ession|Session)|(httpx\.)?(Async)?Client|(aiohttp\.)?ClientSession"
    r"|urllib3\.PoolManager|(tornado\.httpclient\.)?(Async)?HTTPClient)$"
)
"""Calls that make what calls other hosts, as `requests.get` does."""

FIXED = frozenset(
    {"sys.executable", "sys.platform", "sys.prefix", "os.name", "os.sep", "os.linesep"}
)
"""Values that are the computer's own."""

ROUTES = frozenset({
    "route", "get", "post", "put", "patch", "delete", "api_route", "websocket", "expose",
    "view_config", "errorhandler", "exception_handler",
})  # fmt: skip

SERVES = re.compile(r"(RequestHandler|MethodView|Resource|HTTPEndpoint)$")
"""Classes whose `get` and `post` are handed what the client sent, and no request."""

RECORDS = re.compile(
    r"(pk|id|\w+_id|\w*form\w*|format|year|month|day|queryset|obj|model|user|change|context)$"
)
"""Of the arguments that a view takes beside its request: what a framework makes, or a number."""


OPENS = frozenset({"open", "NamedTemporaryFile", "TemporaryFile", "fdopen", "StringIO", "BytesIO"})
"""Calls that open a file, or what is like one."""


class Names:
    """What the names of one text are bound to, wherever in it."""

    def __init__(self, tree: ast.Module) -> None:
        nodes = walk(tree)
        self._bound = Counter(_bindings(nodes))
        self._outside: dict[str, str] = dict(_imports(nodes))
        self._constants: dict[str, str] = {}
        self._full: dict[ast.AST, str] = {}
        self._sends_json = self._writes_json = False
        self.definitions: dict[str, Function] = {}
        self.functions = self.definitions.keys()
        self.files: set[str] = set()
        """Names that hold an open file."""
        self.sandboxed = False
        """Whether the text has templates run where they can do no harm."""
        self._parses_requests = False
        for node in nodes:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.definitions[node.name] = node
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                    self.sandboxed |= "Sandbox" in name
                    self._parses_requests |= name.endswith(("reqparse", "RequestParser"))
                case ast.Constant(value=str(text)):
                    self._sends_json |= JSON in text
        for name, value in _assignments(nodes):
            self._note(name, value)
        self._full.clear()  # some aliases were not known yet

    def _note(self, name: str, value: ast.expr) -> None:
        """Note what one assignment says of a name."""
        if isinstance(value, ast.Call) and last(value.func) in OPENS:
            self.files.add(name)
        self._writes_json |= self.makes_json(value)
        if self._bound[name] != 1:
            return
        if isinstance(value, ast.Call) and CLIENT.match(self.full(value.func)):
            self._outside[name] = "requests"
        root = dotted(value).partition(".")[0]
        if root and root not in self._bound:
            self._outside[name] = self.full(value)
        elif form := _fixed(value):
            self._constants[name] = form

    def full(self, node: ast.AST) -> str:
        """Give `a.b.c` of such an expression with its aliases undone, else nothing."""
        known = self._full.get(node)
        if known is None:
            first, dot, rest = dotted(node).partition(".")
            known = self._full[node] = self._outside.get(first, first) + dot + rest
        return known

    def outside(self, node: ast.AST) -> str:
        """Give the last name of an expression if it comes from outside the text, else nothing."""
        root, _, rest = dotted(node).partition(".")
        if root and (root not in self._bound or root in self._outside):
            return self.full(node).rpartition(".")[2]
        own = not rest or (root in {"self", "cls"} and rest in self.functions)
        return "" if own and root else last(node)

    def of_json(self, tree: ast.AST) -> frozenset[str]:
        """Give the names that are set to text of JSON in this syntax tree, and to nothing else."""
        if not self._writes_json:
            return frozenset()
        nodes = walk(tree)
        made = Counter(name for name, value in _assignments(nodes) if self.makes_json(value))
        bound = Counter(_bindings(nodes) if made else ())
        return frozenset(name for name, times in made.items() if bound[name] == times)

    def receives(self, name: str) -> bool:
        """Tell whether a call of this last name hands over what somebody sent or typed."""
        # Parsers of arguments read a command line, or the fields of a request.
        return bool(RECEIVES.match(name)) or (name == "parse_args" and self._parses_requests)

    def sends_json(self, tree: ast.AST) -> bool:
        """Tell whether this syntax says anywhere that what it sends is JSON."""
        return self._sends_json and any(JSON in literal(node) for node in walk(tree))

    def makes_json(self, node: ast.expr) -> bool:
        """Tell whether this is a call that writes JSON."""
        match node:
            case ast.Call(func=ast.Name(id="serialize"), args=[ast.Constant(value="json"), *_]):
                return True
            case ast.Call():
                return self.full(node.func) in WRITES_JSON
        return False

    def value(self, name: str) -> str:
        """Give the form of a name or attribute that no statement read so far has set, if known."""
        if name in self._constants:
            return self._constants[name]
        if name in self._outside:
            return SAFE if CONSTANT.match(self._outside[name].rpartition(".")[2]) else ""
        return SAFE if CONSTANT.match(name) and name not in self._bound else ""


def _bindings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                yield node.id
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield node.attr
            case ast.arg():
                yield node.arg
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name
            case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                yield name


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                if alias.asname or module:
                    yield alias.asname or alias.name, module + alias.name


def _assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target]):
                yield last(target), node.value
            case ast.withitem(optional_vars=ast.Name() as target):
                yield target.id, node.context_expr
            case ast.AnnAssign(
                target=ast.Name() | ast.Attribute() as target, value=ast.expr() as v
            ):
                yield last(target), v


def _fixed(node: ast.expr) -> str:
    """Give the form of a value written out whole, else nothing."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        fixed = all(isinstance(element, ast.Constant) for element in node.elts)
        return LISTED + SAFE if fixed and node.elts else ""
    if isinstance(node, ast.Dict):
        fixed = all(isinstance(value, ast.Constant) for value in node.values)
        return LISTED + SAFE if fixed and node.keys else ""
    return constant(node)
