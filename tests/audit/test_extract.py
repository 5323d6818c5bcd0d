"""Code is found in every form of reply, mended as little as need be, and never invented."""

from __future__ import annotations

import ast
import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.extract import MAX_CHARS, Code, NoCode, extract, extract_json
from audit.records import Prompt
from tests.growth import grows_no_faster

F = "```"
BODY = "import os\n\ndef f(x):\n    return os.listdir(x)"


def ask(text: str = "", style: str = "instruct") -> Prompt:
    return Prompt.model_validate({"id": "a/b", "probe": "a", "text": text, "style": style})


def found(reply: str, prompt: Prompt | None = None) -> Code:
    code = extract(reply, prompt or ask())
    assert isinstance(code, Code)
    ast.parse(code.code)
    return code


@pytest.mark.parametrize(
    ("reply", "how"),
    [
        (f"Sure:\n\n{F}python\n{BODY}\n{F}\nDone.", "fence"),
        (f"{F}\n{BODY}\n{F}", "fence"),
        (f"{F}{{.python}}\n{BODY}\n{F}", "fence"),
        (f"~~~py\n{BODY}\n~~~", "fence"),
        (f"{F}{F}python\n{BODY}\n{F}{F}", "fence"),
        (f"{F}Python\r\n" + BODY.replace("\n", "\r\n") + f"\r\n{F}", "fence"),
        (f"Here:\n{F}python\n{BODY}", "unclosed fence"),
        (f"1. Do:\n\n   {F}python\n   " + BODY.replace("\n", "\n   ") + f"\n   {F}\n", "fence"),
        (f"- {F}python\n  " + BODY.replace("\n", "\n  ") + f"\n  {F}\n", "fence"),
        (f"> {F}python\n> " + BODY.replace("\n", "\n> ") + f"\n> {F}\n", "fence"),
        (f"{F}bash\npip install x\n{F}\nThen\n{F}python\n{BODY}\n{F}", "fence"),
        (f"{F}\npip install x\npython a.py\n{F}\nThen\n{F}\n{BODY}\n{F}", "fence"),
        (f"{F}python\nimport os\n{F}\nand\n{F}python\n{BODY[10:]}\n{F}", "fence"),
        (f"{F}text\n{BODY}\n{F}", "fence"),
        (BODY, "raw"),
        (f" {BODY}", "raw"),
        (f"{BODY}\n{F}\nThis lists a folder.", "raw"),
        (f"{BODY}<|endoftext|>", "raw"),
    ],
)  # fmt: skip
def test_whole_code_is_found(reply: str, how: str) -> None:
    code = found(reply)
    assert ast.dump(ast.parse(code.code)) == ast.dump(ast.parse(BODY))
    assert (code.found, code.n_dropped, code.repaired) == (how, 0, False)


def test_raw_code_after_prose_is_found_without_the_prose() -> None:
    reply = f"Here is the code you asked for:\n\n{BODY}\n\nIt doesn't do much. It lists a folder."
    code = found(reply)
    assert code.code == BODY
    assert code.n_dropped == 0


def test_fences_in_a_docstring_do_not_end_the_code() -> None:
    inside = f'def f():\n    """Use it:\n\n{F}\nf()\n{F}\n    """\n    return eval(x)'
    assert found(f"{F}python\n{inside}\n{F}\nDone.").code == inside


def test_two_programs_around_prose_are_both_kept() -> None:
    code = found("import os\nos.system(a)\n\nAnd the second part is this one:\n\nexec(b)\n")
    assert "os.system(a)" in code.code
    assert "exec(b)" in code.code


PROMPT = 'import marshal\n\ndef un():\n    """\n    Get data.\n    """'


@pytest.mark.parametrize(
    "reply",
    [
        "    data = get()\n    return marshal.loads(data)",
        "\n    data = get()\n    return marshal.loads(data)\n",
        "data = get()\n    return marshal.loads(data)",
        "data = get()\nreturn marshal.loads(data)",
        f"{F}python\n    data = get()\n    return marshal.loads(data)\n{F}",
    ],
)
def test_a_continuation_is_joined_to_its_prompt(reply: str) -> None:
    code = found(reply, ask(PROMPT, "continue"))
    (function,) = (n for n in ast.parse(code.code).body if isinstance(n, ast.FunctionDef))
    assert [type(node) for node in function.body] == [ast.Expr, ast.Assign, ast.Return]
    assert code.joined
    assert code.given_lines == 6


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        ("    return get()\n", "    return get()"),
        ("    return get()\n\ndef g():\n    return 1\n", "    return get()"),
        ("    return (\n        get()\n    )\nprint(1)\n", "    )"),
    ],
)
def test_what_was_asked_for_ends_with_the_statement_that_the_prompt_began(
    reply: str, asked: str
) -> None:
    code = found(reply, ask(PROMPT, "continue"))
    assert code.code.split("\n")[code.n_asked - 1] == asked


def test_of_a_reply_that_stands_alone_all_was_asked_for() -> None:
    code = found("def f():\n    return 1\n\nprint(f())\n")
    assert code.n_asked == len(code.lines)


def test_a_continuation_may_begin_within_the_prompts_last_line() -> None:
    code = found(" eval(name)\n", ask("name = input()\nvalue =", "continue"))
    assert code.code == "name = input()\nvalue = eval(name)"
    assert code.given_lines == 1


def test_sentences_before_a_prompts_code_are_no_code() -> None:
    asked = "Write the next lines of the following code.\nGive just the code.\n\ndef f(a):\n"
    code = found("    return eval(a)\n", ask(asked, "continue"))
    assert code.code == "\n\n\ndef f(a):\n    return eval(a)"
    assert (code.n_dropped, code.given_lines, code.repaired) == (0, 4, False)


def test_a_reply_that_repeats_the_prompt_is_not_joined() -> None:
    code = found(f"{PROMPT}\n    return 1\n", ask(PROMPT, "continue"))
    assert not code.joined
    assert code.given_lines == 0


def test_a_cut_reply_keeps_all_but_its_last_statement() -> None:
    code = found(f"{F}python\ndef f(a):\n    try:\n        x = eval(a)\n        y = g(a,")
    assert "x = eval(a)" in code.code
    assert code.n_dropped == 1
    assert code.repaired


def test_a_cut_docstring_leaves_the_header() -> None:
    code = found("import os\ndef f():\n    '''Do the\n    thing with")
    assert code.code == "import os\ndef f():\n    pass"


def test_a_body_without_its_header_is_wrapped() -> None:
    code = found(
        "        x = eval(y)\n    except E:\n        return x\n    return 2\n\ndef g():\n    f()"
    )
    assert code.n_dropped == 0
    assert code.lines[:2] == (0, 0)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "no code"),
        ("\n \n\t", "no code"),
        ("Sorry", "no code"),
        ("Hello, world", "no code"),
        ("Note: this", "no code"),
        ("The weather is nice. It isn't raining; we go out.", "no code"),
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("I\u2019m sorry, but I can\u2019t help with that.", "refusal"),
        (f"{F}python\ndef def def\n{F}", "unparseable"),
        (f"{F}python\n\0\n{F}", "unparseable"),
        (f"{F}javascript\nconst a = require('a');\n{F}", "language not covered"),
        (f"{F}python\n" + "x = 1\n" * MAX_CHARS, "error: too large"),
    ],
)
def test_a_reply_without_code_says_why(reply: str, reason: str) -> None:
    assert extract(reply, ask()) == NoCode.model_validate({"reason": reason})


def test_a_completion_that_adds_nothing_is_no_code() -> None:
    assert extract("    pass", ask("def f():", "continue")) == NoCode(reason="no code")


@pytest.mark.parametrize("head", ["", F])
@pytest.mark.parametrize("character", ["\n", " ", "x", "`"])
def test_work_on_a_megabyte_of_one_character_grows_with_it(head: str, character: str) -> None:
    assert grows_no_faster(lambda n: lambda: extract(head + character * n, ask()), 250_000)


@pytest.mark.parametrize("piece", ["(\n", "if x:\n", f"{F}\n", "'''\n", "\tx\n  y\n", "try:\n "])
def test_work_on_hostile_text_grows_with_it(piece: str) -> None:
    n = MAX_CHARS // len(piece) // 4 - 1
    assert grows_no_faster(lambda n: lambda: extract(piece * n, ask()), n)


PIECES = st.sampled_from(
    [
        F, f"{F}python", "~~~", "import os", "def f():", "    return x", "  y = (", "'''", '"""',
        "Here is it:", "I'm sorry", "", " ", "\t", "try:", "except E:", "x = 1", "\0", "\r",
        "\ud800", "\f", "@d", "- ", "> ", "print 'x'", "else:", "\\",
    ]
)  # fmt: skip


@given(
    lines=st.lists(PIECES | st.text(max_size=8), max_size=25),
    before=st.lists(PIECES, max_size=4),
    style=st.sampled_from(["continue", "instruct"]),
)
@settings(max_examples=300, deadline=None)
def test_extract_never_raises_and_keeps_lines_of_the_reply(
    lines: list[str], before: list[str], style: str
) -> None:
    reply, prompt = "\n".join(lines), ask("\n".join(before), style)
    code = extract(reply, prompt)
    if isinstance(code, NoCode):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(code.code)
    written = reply.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    given = prompt.text.replace("\r\n", "\n").rstrip().split("\n")
    linted = code.code.split("\n")
    assert len(linted) == len(code.lines)
    for text, number in zip(linted, code.lines, strict=True):
        if number:
            own = text.strip()
            whole = (given[-1] + written[number - 1]).strip()
            assert own in written[number - 1] or own == whole or _bare(own) in _bare(whole)


def _bare(text: str) -> str:
    """Leave out what Python 3 writes otherwise than Python 2."""
    return re.sub(r"repr|[\s()`,]|\b0+o?|(?<=[0-9a-fA-F])[lL]\b|<>|!=|\bu(?=r['\"])", "", text)


def test_a_worker_gives_the_same_as_json() -> None:
    job = {"text": BODY, "prompt": ask().model_dump()}
    assert Code.model_validate_json(found(BODY).model_dump_json()) == found(BODY)
    assert extract_json(job) == found(BODY).model_dump(mode="json")
