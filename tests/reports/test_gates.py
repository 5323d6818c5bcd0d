"""The gates as the page shows them: what stops a release is on its first lines, by name."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html as lxml_html

from audit.judgement import Word
from audit.results import Audit, NoDifference, Rate
from reports.html import percent, render
from tests.reports.sample_audit import MANIFEST, audit
from tests.reports.sample_judgement import ASKED, judgement


@pytest.fixture(scope="module")
def whole() -> Audit:
    return audit(planted=False, complete=True)


@pytest.fixture(scope="module")
def dom(whole: Audit) -> Any:
    return lxml_html.fromstring(render(whole, MANIFEST, judgement(whole)))


@pytest.mark.parametrize("word", ["GO", "NO-GO", "INCOMPLETE", "INCONCLUSIVE"])
def test_the_word_of_the_judgement_is_title_and_headline(whole: Audit, word: Word) -> None:
    few = whole.model_copy(update={"samples": ()})
    page = lxml_html.fromstring(render(few, MANIFEST, judgement(few, word=word)))
    assert page.xpath("//title")[0].text.startswith(f"{word}: phi-2")
    assert page.xpath("//h1")[0].text_content().startswith(word)
    assert page.xpath(f"//h1/span[@class='word {word.lower()}']/svg")


def test_the_first_line_counts_and_links_the_failing_gates(dom: Any) -> None:
    line = dom.xpath("//p[@class='because']")[0]
    assert line.text_content().startswith(
        "2 of 8 gates fail: ✗\xa0toxicity, ✗\xa0groups/group=women"
    )
    assert "1 could not tell: ?\xa0over-refusal" in line.text_content()
    assert "Failing and waived: ✗\xa0under-refusal" in line.text_content()
    linked = {a.text_content()[2:]: a.get("href")[1:] for a in line.xpath(".//a")[1:]}
    for id_, anchor in linked.items():
        assert dom.xpath(f"//tr[@id='{anchor}']/th/bdi")[0].text == id_


def test_a_gate_shows_its_number_state_checks_owner_and_waiver(dom: Any, whole: Audit) -> None:
    rows = dom.xpath("//table[@class='gates']/tbody/tr")
    assert len(rows) == len(ASKED) + 3
    rates = {(r.name, r.model, r.probe, r.slice): r for r in whole.rates}
    for row, (id_, name, probe, part, state) in zip(rows, ASKED, strict=False):
        words = row.text_content()
        assert id_ in words
        assert state in words
        assert "below the limit of 25.0%" in words
        assert "adjusted p 0.002" in words
        assert "Safety team" in words
        rate = rates[name, "phi-2", probe, part]
        if isinstance(rate, Rate):
            assert percent(rate.value) in words
            assert f"n\u202f{rate.n:,}".replace(",", "\u202f") in words
    waived = next(row for row in rows if "under-refusal" in row.text_content())
    assert "waiver until 2026-12-31 by R. Ost: fixed in the next data mix" in waived.text_content()


@pytest.mark.parametrize(("word", "place"), [("INCOMPLETE", "ledger"), ("NO-GO", "gates")])
def test_reasons_stand_once_and_where_they_belong(whole: Audit, word: Word, place: str) -> None:
    few = whole.model_copy(update={"samples": ()})
    judged = judgement(few, word=word)
    failing = judged.gates[0]
    reasons = ("phi-2 was not asked xstest", f"{failing.id}: {failing.sentence}")
    told = judged.model_copy(update={"reasons": reasons})
    page = lxml_html.fromstring(render(few, MANIFEST, told))
    listed = page.xpath(f"//section[@id='{place}']/ul[@class='shortfalls']/li")
    assert listed[0].text_content() == reasons[0]
    assert len(page.xpath("//ul[@class='shortfalls']")) == 1
    assert (len(listed) == 1) == (word == "NO-GO")  # the table of gates says the other


def test_a_gate_links_to_its_samples(dom: Any) -> None:
    links = dom.xpath("//table[@class='gates']//a[text()='show']/@href")
    assert "#set=refusal&tag=label%3Dsafe" in links
    assert "#set=groups" in links


def test_what_changed_is_named_with_its_links(dom: Any, whole: Audit) -> None:
    card = dom.xpath("//li[@id='card-changes']")[0].text_content()
    for words in ("Newly failing: toxicity", "Still failing: groups/group=women", "CWE-502"):
        assert words in card
    assert "41 answers newly harmful, 7 harmful no more" in card
    assert whole.samples[1].prompt.id in card


def test_the_cards_say_how_the_target_differs_from_the_accepted_run(dom: Any) -> None:
    card = dom.xpath("//li[@id='card-toxicity']")[0].text_content()
    assert "5.4\u202fpoints higher than the accepted run" in card


def test_a_first_run_says_why_nothing_is_compared(whole: Audit) -> None:
    few = whole.model_copy(update={"samples": ()})
    page = lxml_html.fromstring(render(few, MANIFEST, judgement(few, n_nights=1)))
    card = page.xpath("//li[@id='card-changes']")[0].text_content()
    assert "first run of its plan" in card
    assert "No run is accepted yet" in card
    assert "phi-audit accept RUN" in card
    assert not page.xpath("//h3[@id='trend']")


def test_where_the_data_changed_no_delta_is_shown_and_the_gate_says_why(whole: Audit) -> None:
    few = whole.model_copy(update={"samples": ()})
    judged = judgement(few)
    why = "not compared with the accepted run: unlike signatures: revision"
    unlike = NoDifference(
        name="toxic_rate", target="phi-2", baseline="nightly-0a1b2c3d4e5f", probe="groups",
        slice="all", reason="unlike signatures: revision",
    )  # fmt: skip
    margin = (
        judged.gates[0]
        .checks[1]
        .model_copy(update={"state": "INCONCLUSIVE", "sentence": why, "difference": unlike})
    )
    checks = (judged.gates[0].checks[0], margin)
    gate = judged.gates[0].model_copy(update={"state": "INCONCLUSIVE", "checks": checks})
    changed = judged.model_copy(update={"gates": (gate, *judged.gates[1:])})
    page = lxml_html.fromstring(render(few, MANIFEST, changed))
    assert "accepted run" not in page.xpath("//li[@id='card-toxicity']")[0].text_content()
    assert "accepted run" in page.xpath("//li[@id='card-bias']")[0].text_content()
    assert why in page.xpath("//table[@class='gates']/tbody/tr[1]")[0].text_content()


def test_a_first_night_that_could_not_tell_says_the_line_that_accepts_it(whole: Audit) -> None:
    few = whole.model_copy(update={"samples": ()})
    for n_nights, is_told in ((1, True), (2, False)):
        judged = judgement(few, word="INCONCLUSIVE", n_nights=n_nights)
        page = lxml_html.fromstring(render(few, MANIFEST, judged))
        because = page.xpath("//p[@class='because']")[0].text_content()
        assert ("phi-audit accept RUN" in because) == is_told


def test_a_run_that_nobody_judged_says_so(whole: Audit) -> None:
    page = lxml_html.fromstring(render(whole.model_copy(update={"samples": ()}), MANIFEST))
    assert "No gates were applied" in page.xpath("//p[@class='because']")[0].text_content()
    assert page.xpath("//title")[0].text.startswith("INCONCLUSIVE")


def test_the_trend_stands_where_its_numbers_are_and_breaks_where_there_is_none(dom: Any) -> None:
    charts = dom.xpath("//div[@class='trends']//svg")
    assert len(charts) == 5
    for chart in charts:
        ticks = {
            float(t.text_content().rstrip("\u202f%")) / 100: float(t.get("y")) - 4
            for t in chart.xpath(".//text[contains(@class, 'up')]")
        }
        low, high = min(ticks), max(ticks)
        slope = (ticks[high] - ticks[low]) / (high - low)
        whiskers = chart.xpath(".//path[@class='whisker']")
        assert len(whiskers) == 29
        for whisker in whiskers:
            start, end = whisker.get("d").split()[1].split("V")
            for y, name in ((start, "data-low"), (end, "data-high")):
                expected = ticks[low] + slope * (float(whisker.get(name)) - low)
                assert float(y) == pytest.approx(expected, abs=0.5)
        assert chart.xpath(".//path[@class='trend']/@d")[0].count("M") == 2


def test_the_nights_are_tabled_with_the_same_numbers(dom: Any) -> None:
    rows = dom.xpath("//summary[text()='Table: 30 nights']/..//tbody/tr")
    assert len(rows) == 30
    shown = {float(d.get("value")) for row in rows for d in row.xpath(".//data")}
    drawn = {float(w) for w in dom.xpath("//div[@class='trends']//path/@data-low")}
    assert drawn <= shown
    assert "nothing was graded" in rows[30 - 1 - 11].text_content()
