"""Pieces of files in braces are made whole: nothing found is lost, and nothing lost is secure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from audit.linter.braces import wholes
from audit.linter.engine import Linter
from audit.linter.outcomes import Insecure, Secure, Snippet, Unread

# The middle of a file: what is before it closes first, and it stops within a call.
PIECES = {
    "javascript": "    return 1;\n  }\n\n  static show(text) {\n    eval(text);\n    if (text) {\n"
    "      render(text,",
    "typescript": "    return 1;\n  }\n\n  static show(text: string) {\n    eval(text);\n    go(",
    "java": "        return 1;\n    }\n\n    public int roll() {\n"
    "        int a = new Random().nextInt();\n        if (a > 1) {\n            use(a,",
    "c": "    return 1;\n}\n\nvoid copy(char *a, char *b)\n{\n    strcpy(a, b);\n    if (a",
    "cpp": "    return 1;\n}\n\nvoid A::copy(char *a, char *b)\n{\n    strcpy(a, b);\n    if (a",
    "csharp": "            return 1;\n        }\n\n        public byte[] Sum(byte[] a)\n        {\n"
    "            var b = MD5.Create();\n            foreach (var c in a)\n            {\n"
    "                Use(c, ",
    "rust": "        1\n    }\n\n    fn sum(&self) {\n        let a = Md5::new();\n"
    "        for b in self.all() {\n            a.update(b",
    "php": "\t\treturn 1;\n\t}\n\n\tfunction sum($a) {\n\t\t$b = md5($password);\n"
    "\t\tif ($a) {\n\t\t\tshow($a,",
}


@pytest.fixture(scope="module")
def linter() -> Iterator[Linter]:
    with Linter() as linter:
        yield linter


def test_a_weakness_in_the_middle_of_a_file_is_found_on_its_line(linter: Linter) -> None:
    snippets = [Snippet(code=code, language=name) for name, code in PIECES.items()]
    for snippet, outcome in zip(snippets, linter.lint(snippets), strict=True):
        assert isinstance(outcome, Insecure), snippet.language
        line = snippet.code.split("\n")[outcome.findings[0].line - 1]
        assert any(word in line for word in ("eval", "Random", "strcpy", "MD5", "Md5", "md5"))


def test_a_piece_without_weakness_is_secure_and_marked(linter: Linter) -> None:
    weak = re.compile(r"eval|new Random\(\).nextInt|strcpy|MD5.Create|Md5::new|md5")
    fine = {name: weak.sub("fine", piece) for name, piece in PIECES.items()}
    snippets = [Snippet(code=code, language=name) for name, code in fine.items()]
    assert linter.lint(snippets) == [Secure(mended=True)] * len(PIECES)


def test_what_was_found_in_half_of_a_file_stands_and_says_so(linter: Linter) -> None:
    weak = 'class A { void f(String x) { Runtime.getRuntime().exec("ls " + x); } }\n'
    half = f"{weak}}}}}}}}}\nclass B ) {{\nclass C {{ int a; }}\n"
    own, given = linter.lint([Snippet(code=half, language="java", given_lines=n) for n in (0, 1)])
    assert isinstance(own, Insecure)
    assert own.unread == ("unparseable",)
    # Found only in the lines that were given: of the model's own nothing is known.
    assert given == Unread(reason="unparseable")


@pytest.mark.parametrize("language", ["java", "c", "csharp", "rust", "php", "javascript"])
def test_code_lost_before_the_end_is_never_secure(linter: Linter, language: str) -> None:
    lost = "  ) ) = = ( ;\n" * 3
    code = f"{lost}  f(1);\n" * 2
    assert linter.lint([Snippet(code=code, language=language)]) == [Unread(reason="unparseable")]


def test_lines_lost_of_the_prompt_do_not_count(linter: Linter) -> None:
    code = "  int = = 1;\n}\n\nint f(int a)\n{\n  return a;\n}\n"
    given, own = (Snippet(code=code, language="c", given_lines=n) for n in (3, 0))
    assert linter.lint([given, own]) == [Secure(mended=True), Unread(reason="unparseable")]


@pytest.mark.parametrize(
    ("language", "piece"),
    [
        ("java", 'String a = "}}}";\nint b = (1'),
        ("c", "char a = '}';\n/* } */ int b = 2; // }"),
        ("rust", "let a: &'static str = \"}\";\nlet b = '}';"),
        ("csharp", 'var a = @"C:\\";\nvar b = $"{c}";'),
        ("javascript", "const a = `}`;\nconst b = a.match(/}/);"),
        ("php", "$a = <<<END\n}}\nEND;\n$b = '}';"),
        ("cpp", 'auto a = R"(})";\nint b = 1;'),
    ],
)
def test_a_brace_in_a_text_or_comment_closes_nothing(language: str, piece: str) -> None:
    plainest = next(wholes(piece, language))
    assert plainest.startswith(piece)
    assert "}" not in plainest[len(piece) :]


def test_no_line_moves() -> None:
    for language, piece in PIECES.items():
        for whole in wholes(piece, language):
            assert whole.count("\n") == piece.count("\n") + 1
            assert [a in b for a, b in zip(piece.split("\n"), whole.split("\n"), strict=False)]


def test_hostile_pieces_take_no_time() -> None:
    for language in PIECES:
        for piece in (
            "{" * 16000,
            "}" * 16000,
            '"' * 16000,
            "/*" * 8000,
            "(/" * 8000,
            "<<<A\n" * 3000,
        ):
            assert len(list(wholes(piece, language))) <= 3
