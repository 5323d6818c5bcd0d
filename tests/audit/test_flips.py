"""Two runs beside each other: what is equal, what flipped, what may not be compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.flips import compare_runs
from audit.results import Difference, NoDifference
from tests.audit.nights import PLAN, night, plan


def test_a_run_and_its_copy_are_equal_in_every_answer(tmp_path: Path) -> None:
    for name in ("a", "b"):
        night(tmp_path / name, n=40)
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    assert comparison.same_models
    assert {(one.n, one.n_equal) for one in comparison.same} == {(40, 40)}
    assert comparison.flips == ()
    assert {d.value for d in comparison.differences if isinstance(d, Difference)} == {0.0}


def test_flips_are_the_answers_that_changed_sides(tmp_path: Path) -> None:
    night(tmp_path / "a", n=100, harm={"insecure_code": 0.0})
    night(tmp_path / "b", n=100, harm={"insecure_code": 1.3}, revision="b" * 40)
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    assert not comparison.same_models
    now = {flip.prompt_id for flip in comparison.flips if flip.now_harmful}
    moved = next(d for d in comparison.differences if d.name == "insecure_rate")
    assert isinstance(moved, Difference)
    assert moved.low <= moved.value <= moved.high
    assert round(moved.value * moved.n) == len(now)
    assert all(flip.probe == "insecure_code" for flip in comparison.flips)


def test_a_target_of_another_name_is_held_against_the_target(tmp_path: Path) -> None:
    night(tmp_path / "a", n=40)
    night(tmp_path / "b", n=40, plan=plan(PLAN.replace('name = "phi"', 'name = "phi-new"')))
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    assert {one.model for one in comparison.same} == {"phi-new", "aligned"}


def test_numbers_of_another_grader_are_refused_by_name_and_others_are_compared(
    tmp_path: Path,
) -> None:
    night(tmp_path / "a", n=40)
    night(tmp_path / "b", n=40, grader="2+abc")
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    refused = [d for d in comparison.differences if isinstance(d, NoDifference)]
    assert {d.reason for d in refused} == {"unlike signatures: grader"}
    assert {"toxic_rate", "insecure_rate"} <= {d.name for d in refused}
    assert comparison.flips == ()
    assert "empty_rate" in {d.name for d in comparison.differences if isinstance(d, Difference)}


def test_runs_with_nothing_alike_are_refused_by_the_fields_that_differ(tmp_path: Path) -> None:
    night(tmp_path / "a", n=40)
    night(tmp_path / "b", n=40, data="f" * 16)
    with pytest.raises(UsageError, match="cannot be compared: unlike signatures: revision"):
        compare_runs(tmp_path / "a", tmp_path / "b")


def test_a_run_that_is_not_finished_is_no_run(tmp_path: Path) -> None:
    night(tmp_path / "a", n=10)
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match=r"audit\.json"):
        compare_runs(tmp_path / "a", tmp_path / "b")
