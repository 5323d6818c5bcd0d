"""A change of a sample that means nothing changes nothing of what its rule finds.

Every sample of the Python pack is changed in six ways and read again in one run of each engine.
"""

from __future__ import annotations

import ast
import functools
import io
import sys
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.linter.catalog import rules
from audit.linter.flow.reader import inspect
from audit.linter.with_semgrep import RULES, Semgrep

PACK = sorted((RULES / "python").glob("*.py"))
FLOW = sorted((RULES / "flow").glob("*.py"))
MODULES = sys.stdlib_module_names | {"yaml", "requests", "jwt", "flask", "torch", "paramiko"}
KEPT = {"self", "cls", "request"}
"""`request` is what every framework calls what it hands over."""

BY_NAME = {rule.name for rule in rules() if rule.by_name}
"""Rules that know a secret, or an archive, by its name, where nothing else tells."""

MIN_TEXT = 6
"""Letters a text has at least to be split in two."""


def renamed(tree: ast.Module) -> ast.Module:
    """Rename what functions bind themselves: variables and what they are handed."""
    for place, function in enumerate(ast.walk(tree)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = _stored(function) | {
                a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)
            }
            new = {name: f"v_{place}_{i}" for i, name in enumerate(sorted(names - KEPT))}
            for node in ast.walk(function):
                match node:
                    case ast.Name() if node.id in new:
                        node.id = new[node.id]
                    case ast.arg() if node.arg in new:
                        node.arg = new[node.arg]
                    case ast.ExceptHandler(name=str(name)) if name in new:
                        node.name = new[name]
    return tree


def _stored(tree: ast.AST) -> set[str]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def reordered(tree: ast.Module) -> ast.Module:
    """Reverse the order of functions that stand side by side."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    places = [i for i, node in enumerate(tree.body) if isinstance(node, kinds)]
    functions = [tree.body[i] for i in reversed(places)]
    for place, function in zip(places, functions, strict=True):
        tree.body[place] = function
    return tree


def aliased(tree: ast.Module) -> ast.Module:
    """Call every module that is imported, or used without, by another name."""
    bound = _stored(tree) | {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    used = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    modules = sorted((used & MODULES) - bound)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in modules:
            node.id = f"m_{node.id}"
    imports = [ast.Import([ast.alias(name, f"m_{name}")]) for name in modules]
    tree.body = [*imports, *tree.body]
    return tree


def in_a_function(tree: ast.Module) -> ast.Module:
    inner = ast.unparse(tree).replace("\n", "\n    ")
    return ast.parse(f"def wrapped():\n    {inner}\n")


def in_a_class(tree: ast.Module) -> ast.Module:
    inner = ast.unparse(tree).replace("\n", "\n    ")
    return ast.parse(f"class Wrapped:\n    {inner}\n")


def split(code: str) -> str:
    """Write each text as two, side by side."""
    lines = code.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(code).readline))):
        plain = (
            token.type == tokenize.STRING and token.string[0] in "'\"" and "\\" not in token.string
        )
        if plain and token.start[0] == token.end[0] and len(token.string) >= MIN_TEXT + 2:
            text, quote, middle = token.string, token.string[0], len(token.string) // 2
            if not text.startswith(quote * 3):
                row, line = token.start[0] - 1, lines[token.start[0] - 1]
                halves = f"{text[:middle]}{quote} {quote}{text[middle:]}"
                lines[row] = line[: token.start[1]] + halves + line[token.end[1] :]
    return "".join(lines)


def _by_tree(change: Callable[[ast.Module], ast.Module], code: str) -> str:
    return ast.unparse(ast.fix_missing_locations(change(ast.parse(code))))


CHANGES: dict[str, Callable[[str], str]] = {
    "renamed": functools.partial(_by_tree, renamed),
    "reordered": functools.partial(_by_tree, reordered),
    "aliased": functools.partial(_by_tree, aliased),
    "in_a_function": functools.partial(_by_tree, in_a_function),
    "in_a_class": functools.partial(_by_tree, in_a_class),
    "split": split,
}


def plain(path: Path) -> str:
    return ast.unparse(ast.parse(path.read_text()))


def changed(path: Path, change: str) -> str:
    return CHANGES[change](plain(path))


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], int]:
    """Give how many lines each rule finds in its sample, by change and sample."""
    texts = {("", path.stem): plain(path) for path in PACK}
    texts |= {(c, path.stem): changed(path, c) for c in CHANGES for path in PACK}
    answers = Semgrep().inspect(list(texts.values()), n_processes=2)
    counts = {}
    for key, spots in zip(texts, answers, strict=True):
        assert not isinstance(spots, str), f"{key}: {spots}"
        counts[key] = len({s.finding.line for s in spots if s.finding.rule == key[1]})
    return counts


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_means_nothing_changes_nothing_of_the_pack(
    change: str, found: dict[tuple[str, str], int]
) -> None:
    exempt = BY_NAME if change == "renamed" else set()
    names = [path.stem for path in PACK if path.stem not in exempt]
    assert {r: found[change, r] for r in names} == {r: found["", r] for r in names}
    assert all(found["", rule] for rule in names)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", FLOW, ids=lambda path: path.stem)
def test_a_change_that_means_nothing_changes_nothing_of_the_flow(path: Path, change: str) -> None:
    if change == "renamed" and path.stem in BY_NAME:
        return
    names = [
        sorted(spot.finding.rule for spot in inspect(ast.parse(code)))
        for code in (plain(path), changed(path, change))
    ]
    assert names[0] == names[1]


def test_a_rule_that_goes_by_a_name_alone_is_hidden_by_a_renaming(
    found: dict[tuple[str, str], int],
) -> None:
    names = [path.stem for path in PACK if path.stem in BY_NAME]
    assert all(found["renamed", rule] < found["", rule] for rule in names)
