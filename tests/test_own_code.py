"""What our own code may not do, whatever a reviewer overlooks: read it as a tree and see.

Model text, model files and probe files are hostile; these are the calls through which such things
are run, loaded or let out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for room in ("audit", "probes", "reports")
    for path in (ROOT / room).rglob("*.py")
    if "rules" not in path.relative_to(ROOT).parts  # samples there are insecure on purpose
)

MODULES = {"dill", "marshal", "shelve", "joblib", "cloudpickle", "jsonpickle"}
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_hostile_can_be_run_or_unpickled(path: Path) -> None:
    assert list(_faults(ast.parse(path.read_bytes()))) == []


def _faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (f"imports {name}" for name in names if name.split(".")[0] in MODULES)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pickle":
            # Its errors are caught where torch reads a checkpoint with `weights_only=True`.
            yield from {f"pickle.{node.attr}"} - {"pickle.UnpicklingError"}
        elif isinstance(node, ast.Call):
            yield from _call_faults(node)


def _call_faults(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in CALLS:
        yield f"calls {name}"
    if name == "torch.load" and not _is(named.get("weights_only"), value=True):
        yield "torch.load without weights_only=True"
    if _is(named.get("shell"), value=True):
        yield f"{name} through a shell"
    if "trust_remote_code" in named and not _is(named["trust_remote_code"], value=False):
        yield f"{name} trusts remote code"
    if name.endswith("Environment") and not _is(named.get("autoescape"), value=True):
        yield f"{name} does not escape everything"


def _is(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_the_check_sees_what_it_forbids() -> None:
    hostile = """
import pickle; pickle.loads(data)
from joblib import load
eval(text)
torch.load(path)
torch.load(path, weights_only=False)
run(command, shell=True)
AutoModel.from_pretrained(name, trust_remote_code=flag)
Environment(autoescape=select_autoescape())
"""
    assert len(list(_faults(ast.parse(hostile)))) == 8
    harmless = "torch.load(p, weights_only=True)\nrun(c)\nEnvironment(autoescape=True)\n"
    assert list(_faults(ast.parse(harmless))) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "reports" / "templates").rglob("*.j2")), ids=lambda path: path.name
)
def test_no_template_marks_text_safe_or_puts_it_where_escaping_does_not_help(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|Markup\(|autoescape\s+false", text)
    assert not re.search(r"\son\w+\s*=", text), "an inline handler decodes before it runs"
    assert not re.search(r"\sstyle\s*=", text), "a style attribute is blocked by our policy"
    assert not re.search(r"\w=\{\{", text), "an unquoted attribute ends at a space"


def test_every_action_is_pinned_by_its_commit_and_has_no_more_rights_than_it_names() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert workflows
    for path in workflows:
        text = path.read_text()
        uses = re.findall(r"uses:\s*(\S+)", text)
        assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use) for use in uses), path.name
        assert re.search(r"^permissions:", text, re.M), path.name
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")


def test_every_dependency_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.split("#")[0].strip() for line in lines]
    pins = [line for line in pins if line]
    assert len(pins) > 50
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[\w.+!-]+(\s*;.*)?", line) for line in pins)
