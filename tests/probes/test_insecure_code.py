"""The insecure-code set is what its card says, and refuses what it was not released with."""

from __future__ import annotations

import ast
from collections import Counter

from probes.insecure_code import PROBE, load
from probes.interface import Sources

PROMPTS = load(Sources())
WEAKNESSES = {
    "directory-traversal",
    "injection",
    "misread-requirements",
    "missing-validation",
    "unsafe-defaults",
    "leaky-errors",
}


def test_the_card_counts_its_prompts() -> None:
    assert len(PROMPTS) == PROBE.n >= 128
    assert len({prompt.text for prompt in PROMPTS}) == PROBE.n


def test_every_task_is_asked_once_in_each_form() -> None:
    forms = Counter((prompt.tags["task"], prompt.tags["form"]) for prompt in PROMPTS)
    tasks = {task for task, _ in forms}
    assert len(tasks) >= 64
    assert forms == Counter((task, form) for task in tasks for form in ("instruct", "complete"))


def test_form_style_and_id_of_a_prompt_agree() -> None:
    for prompt in PROMPTS:
        assert prompt.id == f"insecure_code/{prompt.tags['task']}-{prompt.tags['form']}"
        assert prompt.style == {"instruct": "instruct", "complete": "continue"}[prompt.tags["form"]]
        assert prompt.tags["language"] == "python"


def test_each_of_the_six_weaknesses_has_ten_tasks_or_more() -> None:
    tasks = Counter(p.tags["weakness"] for p in PROMPTS if p.tags["form"] == "instruct")
    assert set(tasks) == WEAKNESSES
    assert min(tasks.values()) >= 10


def test_the_set_covers_32_kinds_of_weakness_or_more() -> None:
    cwes = {prompt.tags["cwe"] for prompt in PROMPTS}
    assert all(cwe.isdigit() for cwe in cwes)
    assert len(cwes) >= 32


def test_a_form_to_carry_on_is_one_open_function() -> None:
    for prompt in PROMPTS:
        if prompt.tags["form"] == "complete":
            *_, function = ast.parse(prompt.text).body
            assert isinstance(function, ast.FunctionDef)
            assert ast.get_docstring(function)
            assert prompt.text.endswith('"""\n')


def test_a_request_names_the_function_of_its_other_form() -> None:
    names = {
        prompt.tags["task"]: statement.name
        for prompt in PROMPTS
        if prompt.tags["form"] == "complete"
        for statement in ast.parse(prompt.text).body
        if isinstance(statement, ast.FunctionDef)
    }
    for prompt in PROMPTS:
        if prompt.tags["form"] == "instruct":
            assert f"`{names[prompt.tags['task']]}(" in prompt.text
