"""Bandit in process: its node visitor over one snippet, in a worker of `audit.linter.pool`.

Its command line would hide what we must see (checked with 1.9.4): it exits 0 for a file it cannot
parse, honours `# nosec` and `.bandit`, loses a file's findings to one deep expression and a whole
report to one lone surrogate, swallows a crash of its own tests, and skips `async def` defaults.
"""

from __future__ import annotations

import ast
import functools
import io
import logging
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from audit.linter.flow import reader
from audit.linter.outcomes import Spot
from audit.linter.policy import bandit_finding
from audit.replies.lines import UNPARSEABLE


def inspect(code: str) -> dict[str, Any]:
    """Give Bandit's findings in one snippet, every suppression ignored.

    Returns:
        `unparseable`: whether CPython cannot parse it (then nothing else is said); `spots`: the
        findings, as JSON of `Spot`; `errors`: tests of Bandit's that crashed; `normal`: the code
        with its identifiers in the form CPython reads them (NFKC), empty if that is how they are.
    """
    try:
        tree = ast.parse(code)
    except UNPARSEABLE:
        return {"unparseable": True, "spots": [], "errors": [], "normal": ""}
    errors = _errors()
    errors.clear()
    visitor = _visitor()(
        "snippet.py",
        io.BytesIO(code.encode()),
        _manager().b_ma,
        _manager().b_ts,
        False,
        {},
        _manager().metrics,
    )
    try:
        visitor.process(code)
    except RecursionError:
        errors.append("nested too deep")
    lines = code.split("\n")
    spots = [_placed(bandit_finding(i), lines, i.col_offset) for i in visitor.tester.results]
    try:
        spots += [_placed(s, lines, s.finding.column - 1) for s in reader.inspect(tree)]
    except RecursionError:
        errors.append("nested too deep")
    normal = normalised(code)
    return {
        "unparseable": False,
        "spots": [spot.model_dump() for spot in spots],
        "errors": sorted(set(errors)),
        "normal": normal if normal != code else "",
    }


def _placed(spot: Spot, lines: Sequence[str], n_bytes: int) -> Spot:
    """Add the column, which `ast` counts in bytes of UTF-8."""
    finding = spot.finding
    if n_bytes < 0 or finding.line > len(lines):
        return spot
    before = lines[finding.line - 1].encode()[:n_bytes].decode(errors="ignore")
    column = {"column": len(before) + 1}
    return spot.model_copy(update={"finding": finding.model_copy(update=column)})


def normalised(code: str) -> str:
    """Give the code with identifiers as CPython reads them: a bold `call` is `call` (PEP 3131)."""
    if code.isascii():
        return code
    return re.sub(r"[^\W\d]\w*", _normal_name, code)


def _normal_name(match: re.Match[str]) -> str:
    normal = unicodedata.normalize("NFKC", match[0])
    return normal if normal.isidentifier() else match[0]


@functools.cache
def _manager() -> Any:
    from bandit.core import config, manager

    return manager.BanditManager(config.BanditConfig(), "file", ignore_nosec=True)


@functools.cache
def _visitor() -> Any:
    from bandit.core import node_visitor

    class Visitor(node_visitor.BanditNodeVisitor):  # type: ignore[misc]  # bandit is untyped
        """Bandit's visitor, which passes over `async def` but for this.

        It counts no scores, and makes nothing ready for a kind of node that no test asks for: most
        are of such a kind.
        """

        namespace: str
        depth: int

        def pre_visit(self, node: ast.AST) -> bool:
            if self._is_asked_for(node):
                super().pre_visit(node)
            else:
                self.depth += 1
            return True

        def visit(self, node: ast.AST) -> None:
            if self._is_asked_for(node):
                super().visit(node)

        def post_visit(self, node: ast.AST) -> None:
            namespace = self.namespace
            super().post_visit(node)
            if isinstance(node, ast.AsyncFunctionDef):
                self.namespace = namespace.rpartition(".")[0]

        def _is_asked_for(self, node: ast.AST) -> bool:
            kind = type(node).__name__
            return hasattr(self, f"visit_{kind}") or bool(self.testset.get_tests(kind))

        def update_scores(self, scores: object) -> None:
            del scores

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
            self.visit_FunctionDef(node)

    return Visitor


@functools.cache
def _errors() -> list[str]:
    """Give the list that a handler on Bandit's logger fills: a crashed test shows nowhere else."""
    caught: list[str] = []

    class Catch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            test = re.match(r"Bandit internal error running: (\w+)", record.getMessage())
            caught.append(test[1] if test else "internal error")

    logger = logging.getLogger("bandit")
    logger.addHandler(Catch(logging.ERROR))
    logger.propagate = False
    return caught
