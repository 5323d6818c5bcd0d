"""Loaders: what reads an object from bytes or text, and may run code that stands in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from audit.linter.flow.looks.called import Called, Looks
from audit.linter.flow.names import Names
from audit.linter.flow.scopes import Found, Scope
from audit.linter.flow.syntax import false, keyword, last, literal, true

PICKLE = re.compile(r"(?i)(?!.*(safe|restrict|json))(\w*(pickle|pkl)\w*|dill)$")
"""What modules are called that unpickle, and short names for them."""

UNPICKLES = frozenset({"load", "loads", "Unpickler", "_Unpickler"})
READS_PICKLE = frozenset({
    "unpickle", "load_pickle", "loads_pickle", "pickle_load", "pickle_loads", "read_pickle",
    "from_pickle", "load_pkl", "read_pkl", "load_pickled", "load_pickle_file", "unpickle_file",
    "unpickle_object", "read_gpickle", "recv_pyobj", "PickleSerializer",
})  # fmt: skip
"""What libraries and programs call functions for it."""

RUN_CODE = frozenset({
    "marshal.load", "marshal.loads", "shelve.open", "joblib.load", "jsonpickle.decode",
    "jsonpickle.loads", "jsonpickle.Unpickler", "unpickler.decode", "hickle.load", "np.loads",
    "numpy.loads",
})  # fmt: skip
"""The last two names of functions that read formats in which code can stand."""

FREE_YAML = frozenset({
    "yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.full_load", "yaml.full_load_all",
    "yaml.Loader", "yaml.UnsafeLoader", "Loader.__init__", "UnsafeLoader.__init__",
})  # fmt: skip
SAFE_LOADER = re.compile(r"(?i)C?BaseLoader$|RoundTripLoader$|\w*safe\w*$")
FREE_LOADERS = frozenset({"yaml.Loader", "yaml.UnsafeLoader"})
SERIALIZER = frozenset({
    "serializer", "deserializer", "task_serializer", "result_serializer", "accept_content",
})  # fmt: skip
"""Arguments and settings that name the format in which a queue or a cache keeps objects."""

SETTINGS = (
    "CELERY_TASK_SERIALIZER", "CELERY_RESULT_SERIALIZER", "CELERY_ACCEPT_CONTENT",
    "SESSION_SERIALIZER",
)  # fmt: skip


def found(scope: Scope, names: Names) -> Found:
    """Give the rules that a scope breaks by what it hands over or sets, each with its place."""
    for call in scope.calls:
        for part in (*call.args, *(word.value for word in call.keywords)):
            if last(part) in {"load", "loads"} and _kind(names.full(part)) == "unpickle":
                yield "unpickle", call
        for word in call.keywords:
            if word.arg in SERIALIZER and _is_pickle(word.value):
                yield "unsafe-deserializer", call
    for name in SETTINGS:
        for value in scope.set.get(name, ()):
            if value is not None and _is_pickle(value):
                yield "unsafe-deserializer", value


def found_in_assignment(target: ast.expr, value: ast.expr) -> Iterator[str]:
    """Give the rule that a setting of a queue breaks: `app.conf.task_serializer = ...`."""
    match target:
        case ast.Attribute(attr=name, value=owner) if name in SERIALIZER and last(owner) == "conf":
            if _is_pickle(value):
                yield "unsafe-deserializer"


def is_free(node: ast.ClassDef, names: Names) -> bool:
    """Tell whether a class is a loader of YAML that makes any object."""
    return any(_short(names.full(base)) in FREE_LOADERS for base in node.bases)


def _is_pickle(node: ast.expr) -> bool:
    parts = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    texts = [literal(part) or last(part) for part in parts]
    return any(text == "pickle" or text.endswith("PickleSerializer") for text in texts)


def _load(call: Called) -> Found:
    node, name, scope = call.node, call.name, call.scope
    kind = _kind(name) if call.names.outside(node.func) else ""
    if kind and not (kind == "unpickle" and _is_own(node, scope)):
        yield kind, node
    elif true(keyword(node, "allow_pickle")) or any(
        word.arg is None and _allows_pickle(scope.value(word.value)) for word in node.keywords
    ):
        yield "unsafe-deserializer", node
    elif name == "torch.load":
        plain = keyword(node, "weights_only")
        if plain is None:
            yield "torch-load", node
        elif false(plain):
            yield "unsafe-deserializer", node
    elif _short(name) in {"yaml.load", "yaml.load_all", "ruamel_yaml.load"} or (
        name == "load" and keyword(node, "Loader")
    ):
        yield from _load_yaml(call)


def _kind(name: str) -> str:
    """Give the rule that a function breaks whatever it is given, or nothing."""
    short = _short(name)
    module, _, function = short.rpartition(".")
    if (PICKLE.match(module) and function in UNPICKLES) or short == "Unpickler":
        return "unpickle"
    if short in RUN_CODE or function in READS_PICKLE:
        return "unsafe-deserializer"
    return "yaml-load" if short in FREE_YAML else ""


def _short(name: str) -> str:
    """Give the last two of its names."""
    return ".".join(name.rsplit(".", 2)[-2:])


def _is_own(node: ast.Call, scope: Scope) -> bool:
    """Tell whether bytes were pickled here, or their signature was checked."""
    value = scope.value(next(iter(node.args), None))
    if isinstance(value, ast.Call) and last(value.func) == "dumps":
        return True
    return scope.asks_signature


def _allows_pickle(node: ast.AST | None) -> bool:
    match node:
        case ast.Dict(keys=keys, values=values):
            pairs = zip(map(literal, keys), values, strict=True)
            return any(key == "allow_pickle" and true(value) for key, value in pairs)
        case ast.Call(func=ast.Name(id="dict")):
            return true(keyword(node, "allow_pickle"))
    return False


def _load_yaml(call: Called) -> Found:
    if call.maker:
        return  # an object called `yaml`: `ruamel.yaml.YAML()`
    loader = call.passed(1, "Loader")
    if loader is None or not _is_safe(loader, call.scope, call.names):
        yield "yaml-load", call.node


def _is_safe(loader: ast.expr, scope: Scope, names: Names) -> bool:
    value = scope.value(loader)
    if isinstance(value, ast.Call) and last(value.func) == "getattr":
        return any(map(SAFE_LOADER.match, map(literal, value.args)))
    made = scope.class_of(last(loader))
    bases = made.bases if made else [value or loader]
    known = [names.full(base).rpartition(".")[2] for base in bases]
    return any(map(SAFE_LOADER.match, (*known, *map(last, bases))))


def _yaml_of_any(call: Called) -> Found:
    if literal(keyword(call.node, "typ")) == "unsafe":
        yield "yaml-load", call.node


def _model(call: Called) -> Found:
    if false(keyword(call.node, "safe_mode")):
        yield "unsafe-deserializer", call.node


CALLS: Looks = {
    **dict.fromkeys(UNPICKLES, _load),
    **dict.fromkeys((name.rpartition(".")[2] for name in (*RUN_CODE, *FREE_YAML)), _load),
    **dict.fromkeys(("load_all", *READS_PICKLE), _load),
    "YAML": _yaml_of_any, "load_model": _model,
}  # fmt: skip
