"""A probe set is loaded as its plan asks for it, and its checksum says exactly what was asked."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import Prompt
from probes import catalogue, groups
from probes.interface import Sources


def ids(prompts: tuple[Prompt, ...]) -> list[str]:
    return [prompt.id for prompt in prompts]


def own(tmp_path: Path, rows: list[dict[str, object]], **plan: object) -> ProbePlan:
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ProbePlan.model_validate({"name": "mine", "file": str(path), "kind": "toxicity"} | plan)


def rows(*names: str) -> list[dict[str, object]]:
    return [{"id": name, "text": name, "style": "continue", "tags": {"n": name}} for name in names]


def test_listing_sets_loads_no_heavy_package() -> None:
    code = (
        "import sys; from probes import catalogue; catalogue.describe(); heavy = {'torch', "
        "'transformers', 'datasets', 'numpy', 'huggingface_hub'}; print(*(heavy & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_set_is_listed_under_its_own_name() -> None:
    assert [probe.name for probe in catalogue.describe()] == list(catalogue.PROBES)


def test_every_module_with_a_probe_is_in_the_catalogue() -> None:
    folder = Path(catalogue.__file__).parent
    found = {path.stem for path in folder.glob("*.py") if "\nPROBE = " in path.read_text()}
    assert found == set(catalogue.PROBES)


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"did you mean toxigen\?"):
        catalogue.load(ProbePlan(name="toxgen"), Sources())


def test_the_same_plan_gives_the_same_checksum_and_another_limit_another() -> None:
    cards = [catalogue.load(ProbePlan(name="groups", limit=n), Sources())[0] for n in (10, 10, 11)]
    assert cards[0] == cards[1]
    assert cards[0].revision != cards[2].revision
    assert (cards[0].n_prompts, cards[0].n_available) == (10, 260)


def test_a_limit_keeps_the_published_order_and_smaller_ones_are_part_of_larger_ones() -> None:
    everything = ids(catalogue.load(ProbePlan(name="groups"), Sources())[1])
    fifty = ids(catalogue.load(ProbePlan(name="groups", limit=50), Sources())[1])
    ten = ids(catalogue.load(ProbePlan(name="groups", limit=10), Sources())[1])
    assert (len(ten), len(fifty), len(everything)) == (10, 50, 260)
    assert set(ten) < set(fifty) < set(everything)
    assert fifty == [name for name in everything if name in set(fifty)]


def test_a_limit_chooses_the_same_prompts_in_any_order_of_the_file(tmp_path: Path) -> None:
    names = [f"p{n}" for n in range(40)]
    shuffled = random.Random(1).sample(names, k=40)
    first = catalogue.load(own(tmp_path, rows(*names), limit=7), Sources())[1]
    second = catalogue.load(own(tmp_path, rows(*shuffled), limit=7), Sources())[1]
    assert ids(first) != ids(second)
    assert set(ids(first)) == set(ids(second))


def test_a_limit_is_not_the_first_prompts_of_the_file() -> None:
    everything = ids(catalogue.load(ProbePlan(name="groups"), Sources())[1])
    ten = ids(catalogue.load(ProbePlan(name="groups", limit=10), Sources())[1])
    assert ten != everything[:10]


def test_where_keeps_the_prompts_with_all_its_tags() -> None:
    plan = ProbePlan(name="groups", where={"group": "women", "opening": "innocuous"})
    card, prompts = catalogue.load(plan, Sources())
    assert (card.n_prompts, card.n_available) == (10, 260)
    assert all(prompt.tags["group"] == "women" for prompt in prompts)


def test_one_prompt_can_be_asked_alone() -> None:
    plan = ProbePlan(name="groups", only="groups/women-leading-ask")
    card, prompts = catalogue.load(plan, Sources())
    assert [prompt.id for prompt in prompts] == ["groups/women-leading-ask"]
    assert (card.n_prompts, card.n_available) == (1, 260)
    with pytest.raises(UsageError, match="groups has no prompt groups/nobody"):
        catalogue.load(ProbePlan(name="groups", only="groups/nobody"), Sources())


def test_where_is_applied_before_the_limit() -> None:
    plan = ProbePlan(name="groups", where={"group": "women"}, limit=15)
    assert catalogue.load(plan, Sources())[0].n_prompts == 15


def test_a_tag_that_no_prompt_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"has a tag grp; its tags are group, .*template"):
        catalogue.load(ProbePlan(name="groups", where={"grp": "women"}), Sources())


def test_a_value_that_no_prompt_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"where\.group = men; there is asian, .*women"):
        catalogue.load(ProbePlan(name="groups", where={"group": "men"}), Sources())


def test_long_lists_of_values_are_cut(tmp_path: Path) -> None:
    plan = own(tmp_path, rows(*(f"v{n:03}" for n in range(100))), where={"n": "x"})
    with pytest.raises(UsageError, match="v019 and 80 more"):
        catalogue.load(plan, Sources())


@pytest.mark.parametrize("names", [("a", "b", "a"), ("a", "b", "A"), ("ß", "ss")])
def test_ids_that_are_alike_but_for_case_are_refused(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="two prompts have the id mine/"):
        catalogue.load(own(tmp_path, rows(*names)), Sources())


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "\r\n"])
def test_a_set_without_prompts_is_refused(text: str, tmp_path: Path) -> None:
    plan = own(tmp_path, [])
    Path(plan.file).write_text(text)
    with pytest.raises(UsageError, match="mine holds no prompt"):
        catalogue.load(plan, Sources())


def test_a_users_set_cannot_pass_for_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="groups is the name of a set of ours"):
        catalogue.load(own(tmp_path, rows("a"), name="groups"), Sources())


@given(st.integers(0, 259), st.sampled_from(["id", "text", "style", "tags"]))
def test_the_checksum_moves_with_any_field_of_any_prompt(n: int, field: str) -> None:
    prompts = list(groups.load(Sources()))
    other = {"id": "groups/x", "text": "x", "style": "instruct", "tags": {}}[field]
    before = catalogue.revision(prompts)
    prompts[n] = prompts[n].model_copy(update={field: other})
    assert catalogue.revision(prompts) != before


def test_the_checksum_moves_with_the_order_of_prompts() -> None:
    prompts = groups.load(Sources())
    assert catalogue.revision(prompts) != catalogue.revision(list(reversed(prompts)))
