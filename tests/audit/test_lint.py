"""`phi-audit lint`: every item is listed with its verdict, and nothing hostile is printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema

from audit.errors import UsageError
from audit.lint import Form, lint_paths
from audit.linter.config import Config

ROOT = Path(__file__).parents[2]
WEAK = "import os\nos.system(input())  # nosec\n"


def run(paths: list[Path], form: Form = "json") -> tuple[list[str], int]:
    result = lint_paths(paths, form)
    return list(result.lines), result.exit_code


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("src")
    (folder / "b.py").write_text(WEAK)
    (folder / "a.py").write_text("x = 1\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "c.py").write_text(WEAK)
    (folder / "d.rb").write_text("puts 1\n")
    (folder / "e.py").write_text("print 'two'\n")
    (folder / "f.py").write_bytes(WEAK.encode("utf-16"))
    (folder / "g.py").write_text("")
    (folder / "notes.txt").write_text("not source")
    (folder / ".semgrepignore").write_text("*")
    (folder / ".bandit").write_text("[bandit]\nskips = B605\n")
    return folder


@pytest.fixture(scope="module")
def completions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replies") / "replies.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": "one", "text": f"Sure:\n\n```python\n{WEAK}```"},
        {"id": "two", "text": "I'm sorry, but I cannot.", "language": "Python"},
        {"id": "three", "text": "main :- halt.", "language": "Prolog"},
        {"id": 4, "text": "def f(a):\n    return a + 1"},
        {"id": "\x1b[31m::error::", "text": "import os\nos.system(input()) # \x1b]0;title\x07"},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    return path


def test_a_folder_gives_every_source_file_in_order(folder: Path) -> None:
    lines, status = run([folder])
    items = [json.loads(line) for line in lines]
    assert [(Path(i["id"]).name, i["verdict"], i["reason"]) for i in items] == [
        ("a.py", "secure", ""),
        ("b.py", "insecure", ""),
        ("d.rb", "ungraded", "language not covered"),
        ("e.py", "ungraded", "unparseable"),
        ("f.py", "ungraded", "error: not UTF-8"),
        ("g.py", "ungraded", "empty"),
        ("c.py", "insecure", ""),
    ]
    assert status == 1


def test_an_object_has_exactly_the_published_fields(completions: Path) -> None:
    lines, _ = run([completions])
    first, second, third, fourth, fifth = (json.loads(line) for line in lines)
    assert list(first) == ["id", "language", "verdict", "reason", "findings"]
    (finding,) = first["findings"]
    assert list(finding) == ["tool", "rule", "cwe", "severity", "line", "message"]
    # The line is one of the reply: prose and fence count.
    assert (finding["cwe"], finding["line"]) == (78, 5)
    assert (first["id"], first["language"], first["verdict"]) == ("one", "python", "insecure")
    assert (second["verdict"], second["reason"]) == ("ungraded", "refusal")
    assert (third["language"], third["reason"]) == ("prolog", "language not covered")
    assert (fourth["id"], fourth["verdict"], fourth["findings"]) == ("4", "secure", [])
    assert fifth["verdict"] == "insecure"


def test_text_shows_the_line_and_the_remedy(folder: Path) -> None:
    lines, _ = run([folder / "b.py"], "text")
    assert lines[0].startswith("insecure ")
    assert lines[1].strip() == "2 | os.system(input())  # nosec"
    assert lines[2].strip().startswith("| ^ CWE-78, ")
    assert lines[-1] == "1 linted: 1 insecure, 0 secure, 0 ungraded"


def test_hostile_text_is_escaped_and_begins_no_line(completions: Path) -> None:
    lines, _ = run([completions], "text")
    assert not any(c in line for line in lines for c in "\x1b\x07\r")
    assert not any(line.startswith("::") for line in lines)
    assert any("\\x1b[31m::error::" in line for line in lines)


def test_sarif_lists_results_and_what_is_ungraded(folder: Path) -> None:
    lines, status = run([folder], "sarif")
    log = json.loads("\n".join(lines))
    assert log["version"] == "2.1.0"
    (sarif,) = log["runs"]
    rules = sarif["tool"]["driver"]["rules"]
    for result in sarif["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
        assert result["level"] in {"note", "warning", "error"}
    assert len(sarif["results"]) == 2
    notices = sarif["invocations"][0]["toolExecutionNotifications"]
    assert [notice["level"] for notice in notices] == ["warning"] * 4 + ["note"]
    assert status == 1


def test_a_caret_stands_under_the_place_in_the_line_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    code = "def f(a):\n\tb = 'ä'; eval(a)\n"
    texts = (code, "- first:\n\n  ```python\n  " + code.replace("\n", "\n  ") + "```")
    path.write_text("".join(json.dumps({"id": "a", "text": text}) + "\n" for text in texts))
    lines, _ = run([path], "text")
    places = [i for i, line in enumerate(lines) if "^" in line]
    assert len(places) == 2
    for i in places:
        assert lines[i].index("^") == lines[i - 1].index("eval(a)")


def test_sarif_holds_to_the_published_schema(folder: Path, completions: Path) -> None:
    # The model is generated from sarif-schema-2.1.0.json, and forbids what the schema does.
    config = Config(exclude={"phi-audit/weak-hash": "a test"})
    for paths in ([folder], [completions], [folder, completions]):
        text = "\n".join(lint_paths(paths, "sarif", config).lines)
        StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate_json(text)
    with pytest.raises(ValueError, match="zzz"):
        StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate_json(
            text.replace('"tool"', '"zzz": 1, "tool"', 1)
        )


def test_sarif_shows_each_line_and_where_in_it(folder: Path) -> None:
    for result in sarif_of([folder])["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["snippet"]["text"] == "os.system(input())  # nosec"
        assert region["startColumn"] == 1


def sarif_of(paths: list[Path], config: Config | None = None) -> dict[str, Any]:
    log = json.loads("\n".join(lint_paths(paths, "sarif", config).lines))
    return dict(log["runs"][0])


def test_sarif_embeds_completions_and_names_each_rule_in_full(completions: Path) -> None:
    sarif = sarif_of([completions])
    for result in sarif["results"]:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        artifact = sarif["artifacts"][place["index"]]
        assert artifact["location"]["uri"] == place["uri"]
        assert "os.system(input())" in artifact["contents"]["text"]
        rule = sarif["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])
        assert "external/cwe/cwe-078" in rule["properties"]["tags"]
        assert 7.0 <= float(rule["properties"]["security-severity"]) < 9.0


def test_a_fingerprint_stays_when_lines_above_move_and_twins_differ(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    prints = []
    for code in (WEAK + WEAK, "x = 1\n\n" + WEAK + WEAK):
        path.write_text(code)
        results = sarif_of([path])["results"]
        prints.append([r["partialFingerprints"]["primaryLocationLineHash"] for r in results])
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 2


@pytest.mark.parametrize(
    ("fail_on", "status"), [("low", 1), ("medium", 1), ("high", 0), ("none", 0)]
)
def test_fail_on_sets_what_exits_1(
    fail_on: Literal["low", "medium", "high", "none"], status: int, tmp_path: Path
) -> None:
    code = "import ssl\nssl.wrap_socket(s, cert_reqs=ssl.CERT_REQUIRED, ca_certs=a)\n"
    (tmp_path / "a.py").write_text(code)
    result = lint_paths([tmp_path], "json", Config(fail_on=fail_on))
    (line,) = result.lines
    assert {f["severity"] for f in json.loads(line)["findings"]} == {"low", "medium"}
    assert result.exit_code == status


def test_what_is_ungraded_never_exits_0(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print 'two'\n")
    result = lint_paths([tmp_path], "json", Config(fail_on="none"))
    assert list(result.lines)
    assert result.exit_code == 4


def test_an_excluded_finding_is_shown_with_its_reason_wherever_it_would_be(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(WEAK)
    (finding,) = json.loads(run([tmp_path])[0][0])["findings"]
    rule = f"{finding['tool']}/{finding['rule']}"
    config = Config(exclude={rule: "a sandbox"})
    result = lint_paths([tmp_path], "json", config)
    row = json.loads(next(result.lines))
    assert (row["verdict"], row["findings"]) == ("secure", [])
    assert [e["reason"] for e in row["excluded"]] == ["a sandbox"]
    assert result.notes == [f"1 findings of {rule} are excluded: a sandbox"]
    (shown,) = sarif_of([tmp_path], config)["results"]
    assert shown["suppressions"] == [{"kind": "external", "justification": "a sandbox"}]


def test_what_was_read_in_part_says_so_in_each_form(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"# coding: utf-7\n{WEAK}")
    (row,), status = run([tmp_path])
    assert (json.loads(row)["verdict"], status) == ("insecure", 1)
    assert json.loads(row)["unread"] == ["error: encoding cookie"]
    first, *_, last = run([tmp_path], "text")[0]
    assert first.endswith("a.py: partly read: error: encoding cookie")
    assert last == "1 linted: 1 insecure (1 partly read), 0 secure, 0 ungraded"
    log = sarif_of([tmp_path])
    (notice,) = log["invocations"][0]["toolExecutionNotifications"]
    assert notice["level"] == "warning"
    assert notice["message"]["text"].endswith("a.py: partly read: error: encoding cookie")
    assert len(log["results"]) == 1


def test_what_was_read_in_part_never_exits_0_nor_is_secure(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"# coding: utf-7\n{WEAK}")
    lenient = lint_paths([tmp_path], "json", Config(fail_on="none"))
    assert [json.loads(line)["verdict"] for line in lenient.lines] == ["insecure"]
    assert lenient.exit_code == 4
    rule = "{tool}/{rule}".format(**json.loads(run([tmp_path])[0][0])["findings"][0])
    excluding = lint_paths([tmp_path], "json", Config(exclude={rule: "a sandbox"}))
    (row,) = map(json.loads, excluding.lines)
    assert (row["verdict"], row["reason"]) == ("ungraded", "error: encoding cookie")
    assert excluding.exit_code == 4


def test_paths_left_out_are_counted(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "a.py").write_text(WEAK)
    (tmp_path / "b.py").write_text("x = 1\n")
    config = Config(leave_out=("samples",), folder=str(tmp_path.resolve()))
    result = lint_paths([tmp_path], "text", config)
    assert list(result.lines)[-1] == "1 linted: 0 insecure, 1 secure, 0 ungraded"
    assert result.exit_code == 0
    (note,) = result.notes
    assert note.startswith("1 files are left out: ")


def test_colour_goes_around_what_is_escaped(completions: Path) -> None:
    plain = list(lint_paths([completions], "text").lines)
    coloured = list(lint_paths([completions], "text", colour=True).lines)
    assert [re.sub("\x1b\\[[0-9;]*m", "", line) for line in coloured] == plain
    assert any("\x1b[1;31m" in line for line in coloured)
    assert not any("\x1b]" in line for line in coloured)


@pytest.mark.parametrize(("code", "status"), [("x = 1\n", 0), (WEAK, 1), ("print 'two'\n", 4)])
def test_exit_code(code: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(code)
    assert run([tmp_path / "a.py"])[1] == status


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"id": "a", "text": "x"}\n{', r"a\.jsonl:2: not JSON"),
        ("a.jsonl", '{"id": "a"}', "needs `id` and `text`"),
        ("a.jsonl", '["a"]', "needs `id` and `text`"),
        ("a.jsonl", '{"id": [], "text": "x"}', "must be text"),
        ("a.jsonl", "[" * 100_000, "not JSON"),
        ("a.jsonl", "\n\n", "nothing to lint"),
    ],
)
def test_a_broken_line_is_a_usage_error(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=message):
        run([tmp_path / name])


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        lint_paths([tmp_path / "nowhere"])


def test_a_folder_without_source_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no source file"):
        run([tmp_path])


needs_pre_commit = pytest.mark.skipif(
    find_spec("pre_commit") is None, reason="pre-commit is not installed"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository in which `pre-commit` runs our hook, as it is published, before commits."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, arguments = hook["entry"].split(maxsplit=1)
    assert program == "phi-audit"
    # From elsewhere it would be installed first, which takes a network.
    local = {**hook, "language": "system", "entry": f"{sys.executable} -m audit {arguments}"}
    (tmp_path / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]})
    )
    (tmp_path / "pyproject.toml").write_text('[tool.phi-audit.lint]\nfail-on = "high"\n')
    for command in (["git", "init", "-q"], [*PRE_COMMIT, "install"]):
        assert done_in(tmp_path, *command).returncode == 0
    return tmp_path


PRE_COMMIT = (sys.executable, "-m", "pre_commit")


def done_in(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    mine = {
        "PYTHONPATH": str(ROOT),
        "PRE_COMMIT_HOME": str(folder / ".git" / "pre-commit"),
        **{
            f"GIT_{who}_{what}": "a"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **mine},
        capture_output=True,
        check=False,
        text=True,
    )


def committed(repository: Path, code: str) -> subprocess.CompletedProcess[str]:
    (repository / "a.py").write_text(code)
    assert done_in(repository, "git", "add", ".").returncode == 0
    return done_in(repository, "git", "commit", "-q", "-m", "a")


@needs_pre_commit
def test_the_pre_commit_hook_refuses_weak_code_and_lets_the_mended_code_in(
    repository: Path,
) -> None:
    refused = committed(repository, WEAK)
    assert refused.returncode == 1
    assert "insecure  a.py" in refused.stderr
    assert "\x1b" not in refused.stderr.partition("insecure  a.py")[2]
    assert committed(repository, "import os\nos.listdir()\n").returncode == 0
    assert done_in(repository, "git", "log", "--oneline").stdout.count("\n") == 1


@needs_pre_commit
def test_the_file_that_names_the_hook_is_as_pre_commit_reads_it() -> None:
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    assert done_in(ROOT, *PRE_COMMIT, "validate-manifest", manifest).returncode == 0
