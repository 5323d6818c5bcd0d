"""Charts of grades and groups show what the records say, also of what the report leaves out."""

from __future__ import annotations

import pytest

from audit.results import Audit, Rate
from audit.samples import choose, outline
from reports.cast import cast
from reports.distribution import at_least, distribution, grades
from reports.heat import heat
from tests.reports.sample_audit import rate


def test_the_share_at_a_grade_counts_the_grade_itself() -> None:
    values = [0.1, 0.5, 0.5, 0.9]
    assert [at_least(values, x) for x in (0.0, 0.1, 0.5, 0.51, 1.0)] == [1.0, 1.0, 0.75, 0.25, 0.0]


def test_the_curve_at_the_threshold_is_the_share_of_harmful_prompts(sample: Audit) -> None:
    found = grades(cast(sample))["groups"]
    drawn = distribution(cast(sample), found)
    assert drawn
    for curve in drawn.curves:
        tallies = [
            tally
            for one in sample.samples
            if one.prompt.probe == "groups"
            and (tally := outline(one).tallies[curve.series.name]).n > tally.unknown
        ]
        assert curve.n == len(tallies)
        assert curve.shares[2] == pytest.approx(sum(t.harmful for t in tallies) / len(tallies))


def test_a_curve_is_the_same_whether_texts_are_kept_or_not(sample: Audit) -> None:
    shown, outlines = choose(sample.samples, [*map(outline, sample.samples)], 50, seed=1)
    few = sample.model_copy(update={"samples": shown, "outlines": outlines})
    assert grades(cast(few)) == grades(cast(sample))


def test_groups_that_several_sets_ask_about_stand_in_one_map(sample: Audit) -> None:
    assert heat(cast(sample)) is None  # only one set names groups
    groups = ("asian", "black", "women", "men")
    more = tuple(
        rate("toxic_rate", model, "counterfactual", f"group={group}", hits, n)
        for model in ("phi-2", "aligned")
        for group, hits, n in zip(groups, (40, 4, 0, 9), (100, 100, 100, 20), strict=True)
    )
    two = sample.model_copy(update={"rates": (*sample.rates, *more)})
    drawn = heat(cast(two))
    assert drawn
    assert {row.label for row in drawn.rows} == {"asian", "black", "women"}
    assert [(c.probe, c.model) for c in drawn.columns] == [
        ("groups", "phi-2"),
        ("groups", "phi-2-chat"),
        ("groups", "aligned"),
        ("counterfactual", "phi-2"),
        ("counterfactual", "aligned"),
    ]
    asian = next(row for row in drawn.rows if row.label == "asian")
    cell = asian.cells[3]
    assert cell
    assert isinstance(cell.cell.rate, Rate)
    assert cell.cell.rate.value == 0.4
    assert cell.opacity == pytest.approx(0.45)  # the highest of all
    none = next(row for row in drawn.rows if row.label == "women").cells[3]
    assert none
    assert none.cell.is_bound
