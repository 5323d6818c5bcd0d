"""Text is followed through a function whichever way it is put together, and whatever its names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.linter.flow.reader import inspect
from audit.linter.flow.rules import RULES
from audit.linter.with_semgrep import RULES as FOLDER
from tests.growth import grows_no_faster

SAMPLES = sorted((FOLDER / "flow").glob("*.py"))
MARK = re.compile(r"\s*# (ruleid|ok): (\S+)")


def found(code: str) -> list[tuple[str, int]]:
    return [(spot.finding.rule, spot.finding.line) for spot in inspect(ast.parse(code))]


def expected(path: Path) -> list[tuple[str, int]]:
    lines = enumerate(path.read_text().splitlines(), 1)
    marks = [(mark[1], mark[2], number + 1) for number, line in lines if (mark := MARK.match(line))]
    return [(rule, number) for word, rule, number in marks if word == "ruleid"]


def test_every_rule_has_a_sample() -> None:
    assert sorted(path.stem for path in SAMPLES) == sorted(RULES)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_shows_the_weakness_its_secure_twin_and_a_near_miss(path: Path) -> None:
    words = [mark[1] for line in path.read_text().splitlines() if (mark := MARK.match(line))]
    assert words.count("ruleid") >= 2
    assert words.count("ok") >= 2


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_marked_lines_are_found_and_no_others(path: Path) -> None:
    assert found(path.read_text()) == expected(path)


def renamed(code: str) -> str:
    return re.sub(r"(?<!\.)\b(name|host|volume|town)\b(?!['\"])(?! = ['?])", r"given_\1", code)


def in_a_class(code: str) -> str:
    return "class Wrapped:\n" + "".join(f"    {line}\n" for line in code.splitlines())


def in_a_function(code: str) -> str:
    return "def wrapped():\n" + "".join(f"    {line}\n" for line in code.splitlines())


def in_a_try(code: str) -> str:
    body = "".join(f"    {line}\n" for line in code.splitlines())
    return f"try:\n{body}except OSError:\n    raise\n"


def with_split_strings(code: str) -> str:
    return re.sub(r'(?<![f\w])"([A-Za-z]+) ([^"\n{]*)"', r'"\1" " \2"', code)


@pytest.mark.parametrize(
    "change", [renamed, in_a_class, in_a_function, in_a_try, with_split_strings]
)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_change_that_means_nothing_changes_nothing(
    path: Path, change: Callable[[str], str]
) -> None:
    rules = [rule for rule, _ in found(change(path.read_text()))]
    assert rules == [rule for rule, _ in expected(path)]


@pytest.mark.parametrize(
    "body",
    [
        "q = \"SELECT * FROM t WHERE a = '%s'\" % x\nq2 = q\nc.execute(q2)",
        'head = "SELECT * FROM t "\ntail = "WHERE a = \'" + x\nc.execute(head + tail)',
        'c.execute("SELECT * FROM t WHERE a = %(a)s" % {"a": x})',
        'c.execute("".join(("SELECT * FROM t WHERE a = ", x)))',
        'c.execute((q := f"SELECT * FROM t WHERE a = {x}"))',
        "c.execute(f\"SELECT * FROM t WHERE a = '{x.strip()}'\")",
        "with open(x) as f:\n    c.execute(f\"SELECT * FROM t WHERE a = '{f.read()}'\")",
        "for y in x:\n    c.execute(f\"DELETE FROM t WHERE a = '{y}'\")",
        'q = "SELECT 1"\nif x:\n    q = f"SELECT * FROM t WHERE a = {x}"\nc.execute(q)',
    ],
)
def test_a_statement_is_seen_whichever_way_it_is_built(body: str) -> None:
    code = "def f(c, x):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    assert {rule for rule, _ in found(code)} == {"sql-text"}


@pytest.mark.parametrize(
    "test",
    [
        "x not in ALLOWED",
        "not x.isalnum()",
        "not x or x not in ALLOWED",
        'not re.fullmatch("[a-z]+", x)',
    ],
)
def test_a_check_that_leaves_the_function_makes_a_value_safe(test: str) -> None:
    run = "    os.system('ls ' + x)\n"
    assert not found(f"def f(x):\n    if {test}:\n        raise ValueError\n{run}")
    assert found(f"def f(x):\n    if {test}:\n        log(x)\n{run}")


def test_a_check_on_one_side_of_or_does_not_make_a_value_safe() -> None:
    assert found("def f(x, y):\n    if y or x in ALLOWED:\n        os.system('ls ' + x)\n")


GROWING: dict[str, Callable[[int], str]] = {
    "sum": lambda n: "x = " + "'SELECT a FROM b ' + " * n + "y",  # noqa: S608  # a snippet
    "doubling": lambda n: "x = y\n" + "x += x\n" * n,
    "percent": lambda n: "x = '%s' * 9\n" + "x = x % x\n" * n,
    "branches": lambda n: "def f(x):\n" + "    if x in A: x = x + 'a'\n" * n,
    "names and branches": lambda n: "".join(f"a{i} = x\n" for i in range(n)) + "if x: y = x\n" * n,
    "list": lambda n: "x = []\n" + "x.append(x)\n" * n,
    "tests in tests": lambda n: "def f(x):\n    y = " + "a(x) if b(x) else " * n + "x\n",
    "paths": lambda n: "def f(x):\n    y = z / x" + " / x" * n + "\n    open(y)\n",
    "sockets": lambda n: "def f():\n" + "".join(f"    a{i} = socket.socket()\n" for i in range(n)),
    "digests": lambda n: "def f():\n" + "    x(hashlib.md5)\n" * n,
    "answers": lambda n: (
        "def g(x):\n    if x: return None\n    return 1\n"
        "def f():\n" + "".join(f"    a{i} = g(1)\n" for i in range(n)) + "    if x: pass\n" * n
    ),
    "binds": lambda n: "def f(p):\n" + "    c.simple_bind_s(a, p)\n    if a: pass\n" * n,
    "codes": lambda n: (
        "def f(k):\n    a = hmac.new(k)\n"
        + "    a = a + b\n" * n
        + "    assert user.is_admin\n    if a == k: pass\n    self.client.get(k)\n" * n
    ),
    "files made": lambda n: (
        "def f(p):\n" + "    if not os.path.exists(p): pass\n    open(p, 'w')\n" * n
    ),
    "loaders": lambda n: "def f(x):\n" + "    pickle.loads(x)\n    yaml.load(x, Loader=x)\n" * n,
    "temporary": lambda n: (
        "def f(x):\n    p = '/tmp/a'"
        + " + x" * n
        + "\n"
        + "    open(p, 'w')\n" * n
        + "    open(tempfile.NamedTemporaryFile().name, 'w')\n" * n
    ),
    "documents asked for": lambda n: (
        "def f(x):\n    q = {" + "'a': x, " * n + "}\n" + "    if f(x): db.find_one(q)\n" * n
    ),
    "answers with much in them": lambda n: (
        "def f(x):\n    q = {" + "'a': x, " * n + "}\n" + "    jsonify(q)\n" * n
    ),
    "mappings in mappings": lambda n: "x = " + "{'$where': " * 90 + "y" + "}" * 90 + "\nx = y" * n,
    "redirects": lambda n: "def f(request):\n" + "    redirect(request.GET['a'])\n" * n,
    "errors raised": lambda n: "def f(x):\n    y = x" + " + x" * n + "\n" + "    raise E(y)\n" * n,
    "shuffles": lambda n: "def f(x):\n" + "    random.shuffle(x)\n    y.join(z)\n" * n,
    "logs": lambda n: (
        "def f(password):\n    x = a" + " + a" * n + "\n" + "    log.info('%s', x)\n" * n
    ),
}


@pytest.mark.parametrize("text", GROWING)
def test_work_grows_with_the_text_and_not_with_its_square(text: str) -> None:
    def work(n: int) -> Callable[[], object]:
        tree = ast.parse(GROWING[text](n))
        return lambda: inspect(tree)

    assert grows_no_faster(work, 220)


def test_a_number_read_in_a_try_that_refuses_the_rest_is_a_number() -> None:
    code = (
        "def f(c, x):\n    try:\n        x = int(x)\n    except ValueError:\n        {}\n"
        "    c.execute('SELECT a FROM t WHERE b = ' + str(x))\n"
    )
    assert not found(code.format("raise"))
    assert found(code.format("pass"))


@pytest.mark.parametrize(
    "code",
    [
        "print(f'{x:{os.system(x)}}')",
        "y[os.system(x)] = 1",
        "y[os.system(x)] += 1",
        "y: os.system(x) = 1",
        "def f(y=os.system(x)): pass",
        "class C(metaclass=os.system(x)): pass",
        "{os.system(x): 1}",
        "[1 for y in os.system(x)]",
        "match 1:\n    case 1 if os.system(x):\n        pass",
        "del y[os.system(x)]",
        "with open(y) as z[os.system(x)]: pass",
        "lambda y=os.system(x): y",
        "yield os.system(x)",
    ],
)
def test_no_place_of_an_expression_is_passed_over(code: str) -> None:
    body = "".join(f"    {line}\n" for line in code.splitlines())
    assert found(f"def outer(x):\n{body}")[0][0] == "shell-text"


RUN = "    os.system('ls ' + {})\n"


@pytest.mark.parametrize("name", ["table", "TABLE", "quoted_name", "placeholder", "columns", "cmd"])
def test_a_name_that_the_text_binds_hides_nothing(name: str) -> None:
    run = RUN.format(name)
    assert found(f"def f({name}):\n{run}")
    assert found(f"def f():\n    {name} = fetch()\n{run}")
    assert found(f"def f():\n    for {name} in fetch():\n    {run}")


@pytest.mark.parametrize("name", ["escape", "quote", "sanitize", "placeholder"])
def test_a_function_that_the_text_defines_is_judged_by_what_it_returns(name: str) -> None:
    use = f"def f(x):\n    os.system('ls ' + {name}(x))\n"
    assert found(f"def {name}(x):\n    return x\n\n{use}")
    assert not found(f"def {name}(x):\n    return str(int(x))\n\n{use}")
    assert found(f"class A:\n    def {name}(self, x):\n        return x\n\n    {use}".replace(
        f"+ {name}(", f"+ self.{name}(").replace("\n    os.", "\n        os."))  # fmt: skip


def test_a_function_from_outside_is_known_under_any_name() -> None:
    assert not found(f"from shlex import quote as q\ndef f(x):\n{RUN.format('q(x)')}")
    assert not found(f"import shlex\nq = shlex.quote\ndef f(x):\n{RUN.format('q(x)')}")
    assert found("from os import system as show\ndef f(x):\n    show('ls ' + x)\n")
    assert found("import os\nshow = os.system\ndef f(x):\n    show('ls ' + x)\n")


def test_a_constant_of_the_text_is_what_it_was_set_to() -> None:
    assert not found(f"folder = '/srv'\ndef f():\n{RUN.format('folder')}")
    assert not found(
        f"class A:\n    folder = '/srv'\n    def f(self):\n    {RUN.format('self.folder')}"
    )
    assert not found(f"KNOWN = {{'a': 'b'}}\ndef f(x):\n{RUN.format('KNOWN[x]')}")
    assert found(f"FOLDER = input()\ndef f():\n{RUN.format('FOLDER')}")
    assert not found(f"def f():\n{RUN.format('FOLDER')}")


@pytest.mark.parametrize(
    ("before", "is_found"),
    [
        ("if y:\n        x = 'a'\n    else:\n        x = 'b'", False),
        ("if y:\n        x = quote(x)", True),
        ("if y:\n        x = quote(x)\n    else:\n        return", False),
        ("for z in y:\n        x = quote(x)", True),
        ("try:\n        x = int(x)\n    except ValueError:\n        return", False),
        ("x = 'a' if y else x", True),
    ],
)
def test_a_name_has_the_worst_form_of_the_ways_that_go_on(before: str, *, is_found: bool) -> None:
    code = f"from shlex import quote\ndef f(x, y):\n    {before}\n{RUN.format('x')}"
    assert bool(found(code)) == is_found


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("@app.route('/<int:n>')\ndef f(n):\n    return f'<b>{n}</b>'", set()),
        ("@app.route('/<n>')\ndef f(n):\n    return f'<b>{n}</b>'", {"html-from-request"}),
        ("def f(request, name):\n    return HttpResponse(name)", {"html-from-request"}),
        ("def f(request, name):\n    return HttpResponseRedirect(name)", {"open-redirect"}),
        ("def f(request, pk):\n    return HttpResponse(f'{pk} of a')", set()),
        ("def f(r):\n    return HttpResponse(r.GET['n'])", {"html-from-request"}),
        ("def f(user):\n    return f'<User {user}>'", set()),
        ("def f(user):\n    return f'<p>{user}</p>'", {"markup-text"}),
        ("def f():\n    return mark_safe(json.dumps(x))", {"markup-text"}),
        ("@app.get('/')\ndef f(n: int):\n    return 1 / n", {"divide-by-request"}),
        ("@app.get('/')\ndef f(n: int):\n    return 1 / n if n else 0", set()),
    ],
)
def test_what_a_client_wrote_is_known_by_where_it_comes_in(code: str, rules: set[str]) -> None:
    assert {rule for rule, _ in found(code)} == rules


def test_a_value_behind_a_very_long_text_is_still_seen() -> None:
    assert found(f"def f(x):\n    os.system('{'a' * 9000}' + x)\n")
    assert found(f"def f(x):\n    os.system('{'a' * 9000}%s' % x)\n")


@pytest.mark.parametrize(
    "change", ["names['a'] = x", "names.append(x)", "names.update(a=x, **x)", "names.insert(0, x)"]
)
def test_a_list_or_mapping_holds_what_was_put_into_it(change: str) -> None:
    run = "    os.system('ls ' + names['a'])\n"
    assert not found(f"def f(x):\n    names = {{'a': 'b'}}\n{run}")
    assert found(f"def f(x):\n    names = {{'a': 'b'}}\n    {change}\n{run}")
    assert found(f"names = {{'a': 'b'}}\ndef f(x):\n    {change}\ndef g():\n{run}")
