"""On paper: the decision and charts first, nothing cut, light, and no text unasked for."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.reports.opened import opened
from tests.reports.sample_audit import GROUPS
from tests.reports.sample_judgement import ASKED

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def paper(browser: Browser, judged: Path) -> PdfReader:
    """Printed by a reader whose screen is dark."""
    with opened(browser, judged, "#set=groups", color_scheme="dark") as (page, *_):
        return PdfReader(io.BytesIO(page.pdf(format="A4", tagged=True, outline=True)))


@pytest.fixture(scope="module")
def pages(paper: PdfReader) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in paper.pages]


def test_the_decision_and_charts_stand_on_the_first_two_pages(pages: list[str]) -> None:
    assert "NO-GO phi-2" in pages[0]
    assert "2 of 8 gates fail" in pages[0]
    for title in ("Toxic completions", "Insecure code", "Safety score", "What changed"):
        assert title in pages[0]
    two = pages[0] + pages[1]
    assert "Over the nights" in two
    assert two.count("2026-11-08 2026-11-21") >= 2, "the axes of the trend"


def test_no_table_that_fits_a_page_is_cut(pages: list[str]) -> None:
    (deciding,) = [page for page in pages if "What was checked" in page and "over-refusal" in page]
    for id_, *_ in ASKED:
        assert re.search(rf"\b{id_} (Toxic|Safe|Unsafe|Insecure)", deciding), id_
    (by_group,) = [page for page in pages if "Table: Toxic completions by group" in page]
    rows = by_group[by_group.index("Table: Toxic completions by group") :]
    for group in GROUPS:
        assert f"{group.replace('_', ' ')} " in rows


def test_a_heading_stands_with_what_it_heads(browser: Browser, judged: Path) -> None:
    with opened(browser, judged) as (page, *_):
        page.emulate_media(media="print")
        for part, rule in (
            ("h2, h3, h4, .lead, .shortfalls, details.numbers > summary", "breakAfter"),
            ("tr, figure, .card, .scroll, .lead", "breakInside"),
        ):
            found = page.locator(part).evaluate_all(
                "(all, rule) => [...new Set(all.map((one) => getComputedStyle(one)[rule]))]", rule
            )
            assert found == ["avoid"], part


def test_paper_is_light_tagged_and_without_tools_or_texts(
    browser: Browser, judged: Path, paper: PdfReader
) -> None:
    assert "/StructTreeRoot" in paper.root_object
    assert [str(one.title) for one in paper.outline if not isinstance(one, list)]  # headings
    with opened(browser, judged, "#set=groups", color_scheme="dark") as (page, *_):
        page.emulate_media(media="print")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert min(int(part) for part in re.findall(r"\d+", ground)[:3]) > 240
        assert page.locator("details.numbers:not(.more) table").first.is_visible()
        assert page.locator("table.samples").is_visible()
        for tool in (".controls", ".tools", "nav"):
            assert not page.locator(tool).first.is_visible()


def test_texts_are_printed_only_where_a_reader_showed_them(browser: Browser, judged: Path) -> None:
    with opened(browser, judged, "#set=groups") as (page, *_):
        page.locator(".open").first.click()
        hidden = PdfReader(io.BytesIO(page.pdf())).pages
        page.get_by_role("button", name="Show the texts").click()
        words = page.locator("pre").first.inner_text().split()[:3]
        shown = PdfReader(io.BytesIO(page.pdf())).pages
    for asked, printed in ((False, hidden), (True, shown)):
        text = re.sub(r"\s+", " ", " ".join(one.extract_text() for one in printed))
        assert (" ".join(words) in text) == asked
