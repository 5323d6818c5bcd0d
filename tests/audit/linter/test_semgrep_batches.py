"""A batch that fails is halved down to the snippet that did it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from audit.linter.with_semgrep import Semgrep

# Stands where semgrep stands, and dies as it does when it is killed for one file's sake; for all
# other batches it is the real one.
KILLED = """\
#!{python}
import os, pathlib, sys
if "--version" not in sys.argv:
    for path in pathlib.Path(sys.argv[-1]).glob("*.py"):
        if "KILLER" in path.read_text():
            {death}
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""

EMPTY = """print('{"results": [], "errors": [], "paths": {}}')"""

DEATHS = {
    "killed": "os.kill(os.getpid(), 9)",
    "no results and status 2": f"{EMPTY}; sys.exit(2)",
    "nothing scanned and status 0": f"{EMPTY}; sys.exit()",
    "broken output": "print('{'); sys.exit()",
    "more memory than it may have": "bytearray(2 << 30)",
}


@pytest.mark.parametrize("death", DEATHS)
def test_one_bad_snippet_costs_no_other(
    death: str, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    semgrep = Semgrep(rules)
    program = tmp_path / "semgrep"
    program.write_text(
        KILLED.format(python=sys.executable, death=DEATHS[death], real=semgrep._program)
    )
    program.chmod(0o755)
    monkeypatch.setattr(semgrep, "_program", str(program))
    weak = "subprocess.call(x, shell=True)\n"
    answers = semgrep.inspect([weak, "x = 1\n", "KILLER = 1\n", weak, "y = 2\n"])
    assert [a if isinstance(a, str) else len(a) for a in answers][:2] == [1, 0]
    assert isinstance(answers[2], str)
    assert [a if isinstance(a, str) else len(a) for a in answers][3:] == [1, 0]
