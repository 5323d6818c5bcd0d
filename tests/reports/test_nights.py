"""The page of a history says of every run what failed, since when, and how far numbers move."""

from __future__ import annotations

import re
from typing import Any

import html5lib
import pytest
from lxml import html as lxml_html
from playwright.sync_api import Browser

from audit.judgement import Mark, Night
from audit.results import Rate
from reports.nights import page
from tests.reports.sample_audit import EVIL, rate
from tests.reports.test_access import violations


def night(day: int, failing: set[str], *, plan: str = "nightly", revision: str = "a") -> Night:
    def mark(gate: str, hits: int) -> Mark:
        found: Rate = rate("toxic_rate", "phi-2", "groups", "all", hits, 200)
        state = "FAIL" if gate in failing else "PASS"
        return Mark.model_validate({"gate": gate, "state": state, "waived": False, "rate": found})

    return Night(
        run=f"{plan}-{day:012x}",
        started_at=f"2026-11-{day:02}T02:17:03Z",
        plan=plan,
        seed=day,
        product="phi-audit@0",
        target="microsoft/phi-2",
        revision=revision,
        word="NO-GO" if failing else "GO",
        gates=(mark("toxicity", 20 + day), mark("code", 40), mark("groups/group=women", 30)),
    )


@pytest.fixture(scope="module")
def text() -> str:
    runs = [night(1, set()), night(2, {"code"}), night(3, {"code", "toxicity"}), night(4, set())]
    pins = {runs[0].run: ["accepted", "released"]}
    return page([*runs, night(2, {"code"}, plan="release")], pins)


def rows(text: str, plan: int) -> list[list[str]]:
    dom: Any = lxml_html.fromstring(text)
    table = dom.xpath(f"//section[@id='plan-{plan}']//div[starts-with(@aria-label, 'Runs of')]")[0]
    return [[cell.text_content() for cell in row] for row in table.xpath(".//tbody/tr")]


def test_each_run_says_what_is_newly_still_and_no_longer_failing(text: str) -> None:
    told = [row[4:] for row in rows(text, 1)]
    assert told == [
        ["", "", "code, toxicity"],
        ["toxicity", "code", ""],
        ["code", "", ""],
        ["", "", ""],
    ]


def test_the_runs_that_others_are_held_against_are_marked(text: str) -> None:
    assert [row[1] for row in rows(text, 1)] == ["GO", "NO-GO", "NO-GO", "GO accepted released"]


def test_runs_of_other_plans_stand_apart_and_a_first_run_has_nothing_new(text: str) -> None:
    assert [row[4:] for row in rows(text, 2)] == [["", "code", ""]]


def test_gates_that_decide_have_a_trend_of_every_run_and_their_noise(text: str) -> None:
    dom: Any = lxml_html.fromstring(text)
    charts = dom.xpath("//section[@id='plan-1']//div[@class='trends']//svg")
    assert len(charts) == 2
    assert [len(chart.xpath(".//path[@class='whisker']")) for chart in charts] == [4, 4]
    assert [len(chart.xpath(".//path[@class='failed']")) for chart in charts] == [1, 2]
    noise = dom.xpath("//div[@aria-label='Noise of nightly: table']//data/@value")
    # Of 21, 22, 23 and 24 in 200: the standard deviation of 1, 2, 3, 4 is 1.291.
    assert float(noise[0]) == pytest.approx(1.291 / 200, abs=1e-5)
    assert float(noise[2]) == 0


def test_a_year_of_runs_stays_small_and_its_marks_apart() -> None:
    year = [
        night(1, set()).model_copy(update={"run": f"r{i}", "started_at": f"2026-{i:04}T00:00Z"})
        for i in range(365)
    ]
    text = page(year, {})
    assert len(text) < 1_000_000
    radius = max(float(r) for r in re.findall(r'<circle class="mark full"[^>]* r="([\d.]+)"', text))
    assert 2 * radius * 364 < 560


def test_hostile_names_stay_text_and_the_page_is_valid() -> None:
    evil = night(1, {"code"}).model_copy(update={"plan": EVIL[0], "run": EVIL[1]})
    text = page([evil, evil.model_copy(update={"run": EVIL[7], "target": EVIL[8]})], {})
    html5lib.HTMLParser(strict=True).parse(text)
    dom: Any = lxml_html.fromstring(text)
    assert not dom.xpath("//script | //img")
    assert not dom.xpath("//@*[starts-with(name(), 'on')]")


@pytest.mark.browser
def test_axe_finds_nothing_on_the_page_of_a_history(browser: Browser, text: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    tab = context.new_page()
    tab.set_content(text)
    tab.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    context.close()
