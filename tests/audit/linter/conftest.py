"""A linter with one small rule of its own, so that these tests do not hang on the rule pack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.linter.engine import Linter

RULE = """\
rules:
  - id: shell
    languages: [python]
    severity: ERROR
    message: >-
      A shell
      runs this.
    pattern: subprocess.$F(..., shell=True, ...)
    metadata: {cwe: CWE-78, weakness: injection, severity: high, confidence: high, decides: true}
  - id: script
    languages: [javascript]
    severity: ERROR
    message: This text is run.
    pattern: eval($TEXT)
    metadata: {cwe: CWE-95, weakness: injection, severity: high, confidence: high, decides: true}
  - id: slow
    languages: [python]
    severity: INFO
    message: Takes ages on many assignments.
    pattern: |
      $A = $F1()
      ...
      $B = $F2()
      ...
      $C = $F3()
      ...
      $D = $F4()
      ...
      zzz($A, $B, $C, $D, $E, $E)
    metadata: {cwe: CWE-1, decides: false}
"""


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "shell.yaml").write_text(RULE)
    return folder


@pytest.fixture(scope="session")
def linter(rules: Path) -> Iterator[Linter]:
    with Linter(rules, timeout_s=5) as linter:
        yield linter
