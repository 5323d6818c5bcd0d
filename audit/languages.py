"""The languages the linter reads, and how each file ends.

Semgrep can pass over a file in silence. So each file ends in a call that a rule of ours must find
there, in a form that stands after whatever the model wrote, open blocks included.
"""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """How a language is written down."""

    suffix: str
    """Of a file, by which semgrep knows it."""

    names: frozenset[str]
    """In lower case: tags of fenced blocks, and what data sets call it."""

    canary: str
    """The line after the last."""

    opening: str = ""
    """What code starts with, or it is not read as code."""

    def opened(self, code: str) -> str:
        """Give the code as a file holds it, with as many lines."""
        return code if self.opening in code.lower() else f"{self.opening} {code}"


LANGUAGES = {
    "python": Language(
        ".py",
        frozenset({"python", "py", "python3", "py3", "python2", "ipython", "pycon"}),
        # `True` is part of it: one line of Python 2 stops every pattern with `True` from matching
        # in its file (checked with 1.182.0).
        "phi_audit_canary(read=True)",
    ),
    "javascript": Language(
        ".jsx",
        frozenset({"javascript", "js", "jsx", "mjs", "node", "nodejs"}),
        "phi_audit_canary(true);",
    ),
    "typescript": Language(
        ".tsx", frozenset({"typescript", "ts", "tsx"}), "phi_audit_canary(true);"
    ),
    "java": Language(
        ".java",
        frozenset({"java"}),
        "class PhiAuditCanary { boolean read = phi_audit_canary(true); }",
    ),
    "c": Language(".c", frozenset({"c", "h"}), "int phi_audit_read = phi_audit_canary(true);"),
    "cpp": Language(
        ".cpp",
        frozenset({"cpp", "c++", "cc", "cxx", "hpp"}),
        "int phi_audit_read = phi_audit_canary(true);",
    ),
    "csharp": Language(
        ".cs",
        frozenset({"csharp", "c#", "cs"}),
        "class PhiAuditCanary { bool read = phi_audit_canary(true); }",
    ),
    "rust": Language(
        ".rs", frozenset({"rust", "rs"}), "fn phi_audit_read() { phi_audit_canary(true); }"
    ),
    # Whether the text before it ends as code or as markup.
    "php": Language(".php", frozenset({"php"}), "?><?php phi_audit_canary(true);", "<?php"),
}
"""By the name our records use. Each has rules: of a language without, nothing is called secure."""

ALIKE = (frozenset({"c", "cpp"}), frozenset({"javascript", "typescript"}))
"""Languages whose names models mix up."""


def canonical(name: str) -> str:
    """Give a language's name as our records write it; an unknown one in lower case."""
    name = name.strip().lower()
    return next((key for key, language in LANGUAGES.items() if name in language.names), name)


def names(language: str) -> frozenset[str]:
    """Give all names of a language and of those it is mixed up with."""
    alike = next((family for family in ALIKE if language in family), frozenset({language}))
    return frozenset().union(*(LANGUAGES[one].names for one in alike))
