"""Archives: which names hold a tar archive that writes whatever its members are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from audit.linter.flow.names import Names
from audit.linter.flow.syntax import dotted, last

TAR = re.compile(r"(tarfile\.open|(tarfile\.)?TarFile(\.\w+)?)$")
OF_TAR = re.compile(r"\.(getmembers|getnames)\(\)$")
"""Ends a call that lists the members of one."""

TAR_NAME = re.compile(r"(?i)_?\w*(tar|tgz|archive)\w*$")


class Archives:
    """The archives of one function."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._tars: set[str] = set()
        self._makers: set[str] = set()
        self._safe: set[str] = set()

    def opened(self, target: ast.expr | None, value: ast.expr) -> None:
        """Remember what a name holds that is set to an archive, or to what opens one."""
        if target is None:
            return
        if TAR.match(self._names.full(value)):
            self._makers.add(dotted(target))
        inner = value
        if isinstance(value, ast.Call) and last(value.func) == "closing" and value.args:
            inner = value.args[0]
        if isinstance(inner, ast.Call) and self._opens_tar(inner):
            self._tars.add(dotted(target))
        elif isinstance(inner, ast.Call) and last(inner.func) == "ZipFile":
            self.trust([target])

    def trust(self, nodes: Iterable[ast.expr]) -> None:
        """Take archives as safe: no tar, checked, or told to check what they write."""
        self._safe |= set(map(dotted, nodes))

    def is_tar(self, node: ast.expr) -> bool:
        """Tell whether this is a tar archive that was not checked; an unknown one by its name."""
        if isinstance(node, ast.Call):
            return self._opens_tar(node)
        name = dotted(node)
        if not name or name in self._safe:
            return False
        return name in self._tars or bool(TAR_NAME.match(last(node)))

    def _opens_tar(self, call: ast.Call) -> bool:
        return dotted(call.func) in self._makers or bool(TAR.match(self._names.full(call.func)))
