"""What Python 2 alone could read is read as it was meant, and no line of it is lost."""

from __future__ import annotations

import ast

import pytest

from audit.extract import Code, extract
from audit.records import Prompt

PROMPT = Prompt(id="a/1", probe="a", text="Write it.", style="instruct", tags={})


def written_anew(text: str) -> Code:
    code = extract(text, PROMPT)
    assert isinstance(code, Code)
    return code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print 'a %s' % b", "print('a %s' % b)"),
        ("print a, b", "print(a, b)"),
        ("print a,", "print(a,)"),
        ("print '''a\n  b %s''' % c", "print('''a\n  b %s''' % c)"),
        ("print 'a' + \\\n    b", "print('a' + \\\n    b)"),
        ("print f(a,\n  b) # (c", "print(f(a,\n  b)) # (c"),
        ("a = 1; print a; b = 2", "a = 1; print(a); b = 2"),
        ("if a: print b\nelse: print c", "if a: print(b)\nelse: print(c)"),
        ("exec code in names", "exec(code, names)"),
        ("exec 'a = 1'", "exec('a = 1')"),
        ("try:\n    f()\nexcept E, e:\n    g(e)", "try:\n    f()\nexcept E as e:\n    g(e)"),
        (
            "try:\n    f()\nexcept (E, F), e:\n    g()",
            "try:\n    f()\nexcept (E, F) as e:\n    g()",
        ),
        ("raise E, 'a %s' % b", "raise E('a %s' % b)"),
        ("raise E, 'a', b", "raise E('a', b)"),
        ("a = f(`b`)", "a = f(repr(b))"),
        ("if a <> b: f()", "if a != b: f()"),
        ("a = f(ur'\\d')", "a = f(r'\\d')"),
        ("os.chmod(a, 0777)", "os.chmod(a, 0o777)"),
        ("a = f(10L, 0xFFL)", "a = f(10, 0xFF)"),
        ("a = sorted(b, key=lambda (c, d): d)", "a = sorted(b, key=lambda c, d: d)"),
        ("def f(a, (b, c)):\n    return g(b)", "def f(a, b, c):\n    return g(b)"),
    ],
)
def test_a_statement_of_python_2_is_written_as_python_3_has_it(old: str, new: str) -> None:
    code = written_anew(f"import os\n{old}\nf(a)\n")
    assert code.code == f"import os\n{new}\nf(a)"
    assert code.n_dropped == 0
    assert code.repaired


def test_each_line_is_still_that_of_the_reply() -> None:
    code = written_anew("import os\nprint '''a\nb'''\nraise E, 'c'\n")
    assert code.lines == (1, 2, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "print the result of it\nimport os\nos.remove(a)",
        "print 'a\nimport os\nos.remove(a)",
        "print (((\nimport os\nos.remove(a)",
        "raise E,\nimport os\nos.remove(a)",
        "exec in in\nimport os\nos.remove(a)",
        "a = `b\nimport os\nos.remove(a)",
    ],
)
def test_what_is_no_python_2_either_is_left_out_as_before(text: str) -> None:
    code = written_anew(text)
    ast.parse(code.code)
    assert "os.remove(a)" in code.code
