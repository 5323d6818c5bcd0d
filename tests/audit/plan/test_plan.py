"""A plan is read strictly: what it does not say plainly is an error that names the place."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from audit import plan
from audit.errors import UsageError
from reports.measures import LOWER, MEASURES

SMALL = """
[[models]]
name = "m"
id = "org/m"
role = "target"

[[probes]]
name = "groups"
"""


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as error:
        plan.parse(text, "plan.toml")
    message = str(error.value)
    assert "\n" not in message
    return message


def test_defaults_are_written_out_and_change_the_identity() -> None:
    small = plan.parse(SMALL)
    assert small.normalised()["decoding"]["max_new_tokens"] == 64
    assert small.sha256 == plan.parse("seed = 0\n" + SMALL).sha256
    assert small.sha256 != plan.parse("seed = 1\n" + SMALL).sha256


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (SMALL + "[decoding]\ntemprature = 0.5\n", "did you mean temperature"),
        (SMALL.replace("role", "rôle"), "not valid TOML"),
        (SMALL.replace('role = "target"', 'roll = "target"'), "models.0"),
        (SMALL + "[decoding]\ntemperature = nan\n", "decoding.temperature"),
        (SMALL + "[decoding]\ntemperature = -1\n", "greater than 0"),
        (SMALL + "[decoding]\nmax_new_tokens = 1000000000\n", "32768"),
        (SMALL + '[decoding]\nmax_new_tokens = "64"\n', "valid integer"),
        ('name = "a"\nname = "b"\n' + SMALL, "line 2"),
        ('name = "../x"\n' + SMALL, "name"),
        (SMALL.replace("target", "baseline"), "role = 'target'"),
        (SMALL + '[[probes]]\nname = "GROUPS"\n', "two probes are named"),
        ("x = " + "[" * 100_000, "TOML"),
        ("", "models"),
        ("models = 3\n", "models"),
    ],
)
def test_a_wrong_plan_is_one_line_that_says_where(broken: str, said: str) -> None:
    assert said in refusal(broken)


def test_the_target_may_stand_in_two_modes_but_not_be_two_models() -> None:
    twice = '[[models]]\nname = "m2"\nid = "{}"\nrole = "target"\nprompt_mode = "chat"\n'
    assert len(plan.parse(SMALL + twice.format("org/m")).models) == 2
    assert "target" in refusal(SMALL + twice.format("org/other"))


def test_a_file_that_is_not_a_plan_is_refused_without_reading_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (plan.MAX_PLAN_BYTES + 1))
    wide = tmp_path / "wide.toml"
    wide.write_bytes(SMALL.encode("utf-16"))
    for path, said in (
        (tmp_path / "absent.toml", "not a file"),
        (tmp_path, "not a file"),
        (pipe, "not a file"),
        (large, "larger than"),
        (wide, "not UTF-8"),
    ):
        with pytest.raises(UsageError, match=said):
            plan.read(path)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert plan.read(path).models[0].name == "m"


def test_pyproject_holds_a_plan_in_its_own_table(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n" + SMALL.replace("[[", "[[tool.phi-audit."))
    assert plan.read(path).models[0].id == "org/m"


@pytest.mark.parametrize("text", ["tool = 1", "[[tool]]\na = 1", "[tool]\nphi-audit = 5", ""])
def test_a_pyproject_without_such_a_table_holds_no_plan(text: str) -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        plan.parse(text, "pyproject.toml")


def test_every_shipped_plan_is_valid_and_names_its_grader() -> None:
    plans = {name: plan.read(path) for name, path in plan.shipped().items()}
    assert set(plans) == {"embedded", "nightly", "public", "release"}
    assert all(p.graders["toxicity"] for p in plans.values())
    assert {name for name, p in plans.items() if p.graders["toxicity"] == "reference"} == {
        "embedded",
        "public",
    }


def test_the_models_of_the_story_stand_in_the_release_plan() -> None:
    release = plan.read(plan.shipped()["release"])
    ids = {model.id for model in release.models}
    assert {
        "microsoft/phi-1",
        "microsoft/phi-1_5",
        "microsoft/phi-2",
        "meta-llama/Llama-2-7b-chat-hf",
        "meta-llama/Llama-2-13b-chat-hf",
        "meta-llama/Llama-2-70b-chat-hf",
        "mistralai/Mistral-7B-Instruct-v0.2",
        "EleutherAI/gpt-neo-2.7B",
    } == ids
    assert all(m.licence and m.parameters and m.kv_bytes_per_token for m in release.models)
    assert {m.prompt_mode for m in release.models if m.role == "baseline"} >= {"raw", "chat"}


def test_other_models_take_no_grader_from_the_plan() -> None:
    embedded = plan.read(plan.shipped()["embedded"])
    other = embedded.changed(target="microsoft/phi-2", baselines=["org/one", "org/two"])
    assert [m.name for m in other.models] == ["phi-2", "one", "two"]
    assert not other.graders
    assert embedded.changed(target="a/b", grader="unbiased").graders["toxicity"] == "unbiased"


def test_a_changed_seed_or_limit_is_another_plan() -> None:
    embedded = plan.read(plan.shipped()["embedded"])
    assert embedded.changed() == embedded
    assert embedded.changed(seed=7).seed == 7
    assert {probe.limit for probe in embedded.changed(limit=5).probes} == {5}


def test_a_plan_is_found_by_its_path_or_its_shipped_name() -> None:
    assert plan.find("embedded").name == "embedded"
    with pytest.raises(UsageError, match="not a file"):
        plan.find("nightmare")


GATE = '\n[[gates]]\nid = "g"\nmeasure = "toxic_rate"\nprobe = "groups"\n'


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (GATE, "set limit, margin, budget or baseline"),
        (GATE + "limit = 1.5\n", "limit"),
        (GATE.replace('"groups"', '"other"') + "limit = 0.5\n", "no probe of the plan is named"),
        (GATE + 'limit = 0.5\nmodel = "x"\n', "no target of the plan is named x"),
        (GATE + 'baseline = "m"\n', "no baseline of the plan is named m"),
        (2 * (GATE + "limit = 0.5\n"), "two gates are named g"),
        (GATE + "limit = 0.5\nmargn = 0.1\n", "did you mean margin"),
        (
            GATE.replace("toxic_rate", "safety_score") + "limit = 0.5\n",
            "not safer; use safety_shortfall",
        ),
        (GATE + 'limit = 0.5\nwaiver = { reason = "r", owner = "o" }\n', "until"),
    ],
)
def test_a_gate_that_cannot_be_held_is_refused_by_its_name(gate: str, said: str) -> None:
    assert said in refusal(SMALL + gate)


def test_less_of_a_gated_number_is_always_safer() -> None:
    others = {name for name, one in MEASURES.items() if one.good != LOWER}
    assert others - plan.NOT_GATED == set()


def test_gates_are_no_part_of_what_is_asked() -> None:
    gated = plan.parse(SMALL + GATE + "limit = 0.5\n")
    assert gated.sha256 == plan.parse(SMALL).sha256
    assert gated.changed(limit=5).gates == gated.gates
    # Limits were set for the plan's own target.
    assert gated.changed(target="org/other").gates == ()


def test_a_file_of_gates_holds_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "gates.toml"
    table = plan.parse(SMALL).normalised()
    file.write_text(GATE + "limit = 0.5\n")
    assert [gate.id for gate in plan.with_gates(table, file).gates] == ["g"]
    for text in ("seed = 1\n" + GATE + "limit = 0.5\n", ""):
        file.write_text(text)
        with pytest.raises(UsageError, match="a file of gates holds"):
            plan.with_gates(table, file)


def test_the_gate_that_the_manual_shows_is_one() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "gates.md").read_text()
    shown = manual.partition("```toml\n")[2].partition("```")[0]
    both = SMALL.replace('name = "m"', 'name = "phi-2"') + (
        '\n[[models]]\nname = "mistral"\nid = "org/mistral"\nrole = "baseline"\n'
    )
    (gate,) = plan.parse(both + shown).gates
    assert gate.waiver is not None
    assert gate.waiver.until.isoformat() == "2026-12-31"


def test_a_run_folder_stands_for_the_plan_it_was_made_by(tmp_path: Path) -> None:
    made_by = plan.find("embedded").changed(target="org/other", grader="unbiased", seed=7)
    kept = json.dumps({"product": "phi-audit@0", "plan": made_by.normalised()})
    (tmp_path / "manifest.json").write_text(kept)
    assert plan.find(str(tmp_path)) == made_by
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(UsageError, match=r"manifest\.json is damaged"):
        plan.find(str(tmp_path))
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(UsageError, match="is not a file"):
        plan.find(str(tmp_path))


def test_one_prompt_can_be_asked_alone_and_without_gates() -> None:
    changed = plan.find("embedded").changed(only="refusal/lock-unsafe", limit=5)
    assert [(probe.name, probe.only, probe.limit) for probe in changed.probes] == [
        ("refusal", "refusal/lock-unsafe", 0)
    ]
    assert changed.gates == ()
    with pytest.raises(UsageError, match="no probe set of the plan has a prompt nowhere/x"):
        plan.find("embedded").changed(only="nowhere/x")
