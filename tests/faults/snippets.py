"""Snippets that broke, stalled or silenced a parser or a linter, a family a function.

The families are those that bandit 1.9.4, semgrep 1.182.0 and CPython 3.11 were once tried with, by
the hundred: what their parsers refuse, what hides a finding, what nests too deep, what takes long.
Each snippet is put around code with a weakness, so that `secure` is always wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

WEAK = "def run(name):\n    return eval(name)\n"

Case = tuple[str, str]
"""A name, and the code."""


def cases() -> Iterator[Case]:
    """Give all cases; no two have the same name."""
    for family in (
        _cookies, _comments, _old_python, _new_python, _not_python, _characters, _numbers, _nests,
        _chains, _cuts, _indents, _long,
    ):  # fmt: skip
        for name, code in family():
            yield f"{family.__name__[1:].replace('_', ' ')}: {name}", code


def _cookies() -> Iterator[Case]:
    for codec in (
        "utf-8", "ascii", "latin-1", "utf-7", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "rot13",
        "bz2", "zlib", "hex", "base64", "punycode", "idna", "unicode_escape", "raw_unicode_escape",
        "mbcs", "undefined", "cp037", "cp500", "shift_jis", "gb18030", "big5", "no-such-codec",
    ):  # fmt: skip
        yield f"{codec}, first line", f"# -*- coding: {codec} -*-\n{WEAK}"
        yield (
            f"{codec}, second line",
            f"#!/usr/bin/python\n# vim: set fileencoding={codec} :\n{WEAK}",
        )


def _comments() -> Iterator[Case]:
    comments = (
        "nosec", "NOSEC", "nosec B307", "nosec: B307", "nosec B101,B307", "nosec-B307", "nosemgrep",
        "nosem", "nosemgrep: eval-of-input", "noqa", "noqa: S307", "type: ignore", "NOSONAR",
        "pylint: disable=eval-used", "pragma: no cover", "skipcq", "NOLINT", "lgtm", "codeql[py]",
        "bandit: skip-file", "semgrep: disable", "We need #nosec because it was reviewed",
    )  # fmt: skip
    for comment in comments:
        yield f"{comment}, same line", WEAK.replace("(name)\n", f"(name)  # {comment}\n")
        yield f"{comment}, line above", WEAK.replace("    return", f"    # {comment}\n    return")
        yield f"{comment}, first line", f"# {comment}\n{WEAK}"
    yield "in a text of the same line", 'def run(n):\n    return eval(n + " # nosemgrep nosec")\n'


def _old_python() -> Iterator[Case]:
    for name, code in {
        "print": "print 'hi'", "print to a file": "print >>f, 'hi'", "exec": "exec 'x = 1'",
        "except": "try:\n    x()\nexcept A, e:\n    pass", "raise": "raise A, 'no'",
        "backticks": "x = `y`", "unequal": "x = a <> b", "octal": "x = 0777", "long": "x = 10L",
        "text": "x = ur'a'", "parameters": "def f((a, b)):\n    pass", "keywords": "async = 1",
        "dictionary": "x = {}.has_key(1) if a <> 1 else 2", "input": "print raw_input()",
    }.items():  # fmt: skip
        yield f"{name}, before", f"{code}\n{WEAK}"
        yield f"{name}, after", f"{WEAK}{code}\n"


def _new_python() -> Iterator[Case]:
    for name, code in {
        "type alias": "type A = list[int]", "generic": "def f[T](x: T) -> T:\n    return x",
        "f-string": "x = f'{a['b']}'", "t-string": "x = t'{a}'", "match": "match a:\n    case 1:\n"
        "        pass", "except*": "try:\n    pass\nexcept* A:\n    pass", "two in an except":
        "try:\n    pass\nexcept A, B:\n    pass", "walrus": "if (y := f()):\n    pass",
        "await": "await x()", "return": "return 1", "yield": "yield 1", "defaults":
        "async def f(password='hunter22'):\n    pass", "star": "a[*b]", "with":
        "with (a as b, c as d):\n    pass", "positional": "def f(a, /, b):\n    pass",
    }.items():  # fmt: skip
        yield f"{name}, before", f"{code}\n{WEAK}"
        yield f"{name}, after", f"{WEAK}{code}\n"


def _not_python() -> Iterator[Case]:
    for name, line in {
        "fence": "```python", "tilde": "~~~", "prose": "Here is the code you asked for:",
        "a question": "Would you like me to add tests?", "a heading": "# Usage\n## Example",
        "magic": "%matplotlib inline", "shell": "!pip install x", "help": "?open", "cell": "%%time",
        "doctest": ">>> run('1')", "prompt": "In [1]: run('1')", "diff": "+ x = 1\n- y = 2",
        "conflict": "<<<<<<< HEAD", "HTML": "<b>done</b>", "shell prompt": "$ python run.py",
        "traceback": "Traceback (most recent call last):", "end of text": "<|endoftext|>",
        "JavaScript": "const x = () => { return 1; };", "a lone quote": "it's done",
    }.items():  # fmt: skip
        yield f"{name}, before", f"{line}\n{WEAK}"
        yield f"{name}, after", f"{WEAK}{line}\n"


def _characters() -> Iterator[Case]:
    for name, text in {
        "zero byte": "\0", "byte order mark": "\ufeff", "form feed": "\f", "vertical tab": "\v",
        "escape": "\x1b[2J", "delete": "\x7f", "next line": "\x85", "line separator": "\u2028",
        "paragraph separator": "\u2029", "lone surrogate": "\ud800", "low surrogate": "\udfff",
        "right to left": "\u202e", "isolate": "\u2066", "Arabic mark": "\u061c", "no width":
        "\u200b", "joiner": "\u200d", "no break": "\u00a0", "combining": "e" + "\u0301" * 500,
        "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467", "private": "\ue000", "last":
        "\U0010ffff", "fullwidth": "\uff45\uff56\uff41\uff4c", "Greek": "\u03b5val",
    }.items():  # fmt: skip
        yield f"{name}, in a comment", f"# {text}\n{WEAK}"
        yield f"{name}, in a text", f"x = '{text}'\n{WEAK}"
        yield f"{name}, alone", f"{text}\n{WEAK}"
    yield "bold name", WEAK.replace("eval", "\U0001d41eval")
    for name, end in {"CRLF": "\r\n", "CR": "\r", "both": "\n\r"}.items():
        yield f"lines end in {name}", WEAK.replace("\n", end)


def _numbers() -> Iterator[Case]:
    for n in (4300, 4301, 5000, 20_000):
        yield f"{n} digits", f"x = {'9' * n}\n{WEAK}"
    for number in ("1e400", "0x" + "f" * 9000, "1_000" * 3, "9" * 400 + "j", "08", "1__0"):
        yield number[:9], f"x = {number}\n{WEAK}"


def _nests() -> Iterator[Case]:
    pairs = {
        "round": "()",
        "square": "[]",
        "curly": "{}",
        "calls": ("f(", ")"),
        "tuples": ("(", ",)"),
    }
    for name, (start, end) in pairs.items():
        for depth in (99, 201, 3000):
            yield f"{depth} {name}", f"x = {start * depth}{end * depth}\n{WEAK}"
    headers = ("if a:", "while a:", "for a in b:", "with a:", "def f():", "class A:", "try:")
    for header in headers:
        for depth in (19, 99, 150):
            lines = [f"{' ' * i}{header}" for i in range(depth)]
            ends = [f"{' ' * i}finally: pass" for i in reversed(range(depth))]
            body = [*lines, f"{' ' * depth}pass", *(ends if header == "try:" else [])]
            yield f"{depth} times {header}", "\n".join(body) + f"\n{WEAK}"


def _chains() -> Iterator[Case]:
    for name, (start, middle, end) in {
        "minus": ("x = ", "-", "1"), "tilde": ("x = ", "~", "1"), "not": ("x = ", "not ", "1"),
        "sum": ("x = ", "1+", "1"), "power": ("x = ", "1**", "1"), "texts": ("x = ", "'a'+", "y"),
        "parts": ("x = a", ".b", ""), "calls": ("x = a", "()", ""), "items": ("x = a", "[0]", ""),
        "or": ("x = ", "a or ", "b"), "less": ("x = ", "a<", "b"),
        "lambda": ("x = ", "lambda: ", "1"),
        "ternary": ("x = ", "a if b else ", "c"), "elif": ("if a: pass\n", "elif b: pass\n", ""),
        "decorators": ("", "@a\n", "def f(): pass"), "assigned": ("", "x = ", "1"),
        "await": ("async def f():\n    ", "await ", "x"), "star": ("x = [", "*a, ", "]"),
    }.items():  # fmt: skip
        for n in (100, 1000, 6000):
            yield f"{n} of {name}", f"{start}{middle * n}{end}\n{WEAK}"


def _cuts() -> Iterator[Case]:
    tail = "\ndef more(a):\n    x = {'a': [1, (2, 3)]}\n    return f'''{a}\n{x}'''\n"
    for end in range(3, len(tail), 4):
        yield f"after {end} letters", WEAK + tail[:end]


def _indents() -> Iterator[Case]:
    shifted = {"space": " ", "four": "    ", "tab": "\t", "tab and space": "\t ", "page": "\f "}
    for name, lead in shifted.items():
        yield f"all by a {name}", "".join(f"{lead}{line}\n" for line in WEAK.splitlines())
        yield f"first by a {name}", f"{lead}x = 1\n{WEAK}"
        yield f"body with a {name}", WEAK.replace("    ", lead)
    yield "mixed", "def f():\n\tx = 1\n        y = 2\n" + WEAK


def _long() -> Iterator[Case]:
    for name, code in {
        "select": "q = '" + "select " * 9000 + "'\n", "update": "q = '" + "update " * 9000 + "'\n",
        "insert": "q = '" + "insert into " * 5000 + "'\n", "sum of texts":
        "x = " + " + ".join(["'a'"] * 900) + "\n", "backtracking": "x = '" + "a" * 30_000 + "!'\n",
        "words": "x = '" + "x " * 30_000 + "y'\n", "one line": "x = 1; " * 8000 + "\n",
        "one name": "a" * 60_000 + " = 1\n", "comment": "#" * 60_000 + "\n", "blank": "\n" * 60_000,
        "spaces": " " * 60_000 + "\n", "assignments": "x = 1\n" * 9000,
        "too much": "x = 1\n" * 90_000,
        "list": "x = [" + "1, " * 15_000 + "]\n", "mapping": "x = {" + "1: 2, " * 8000 + "}\n",
        "arguments": "f(" + "a, " * 15_000 + ")\n", "parts": "x = f'" + "{a}" * 15_000 + "'\n",
        "growing": "x = y\n" + "x += x\n" * 4000,
        "names": "".join(f"a{i} = b\n" for i in range(5000)),
    }.items():  # fmt: skip
        yield name, code + WEAK
