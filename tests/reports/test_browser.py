"""In a real browser the page asks for nothing and runs nothing hostile; keys are enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from audit.results import Audit
from reports.html import render
from tests.reports.opened import opened
from tests.reports.sample_audit import EVIL, MANIFEST, audit
from tests.reports.test_html import poisoned

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, page_text: str) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page_text, "utf-8")
    return path


def test_the_page_makes_one_request_and_no_complaint(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, messages, requests):
        assert page.locator(".count").inner_text() == "600 of 600 samples match"
        assert page.locator("code .run").first.inner_text() == f"'{file.parent}'"
        assert messages == []
        assert requests == [file.as_uri()]


@pytest.mark.parametrize("scripted", [True, False])
def test_hostile_text_never_runs(
    browser: Browser, tmp_path: Path, sample: Audit, *, scripted: bool
) -> None:
    path = tmp_path / "evil.html"
    path.write_text(render(poisoned(sample, "".join(EVIL)), MANIFEST), "utf-8")
    with opened(browser, path, java_script_enabled=scripted) as (page, messages, requests):
        closed = page.locator(".open[aria-expanded=false]" if scripted else "details.sample")
        for _ in range(3):
            closed.nth(0).click()
        if scripted:
            assert page.evaluate("window.pwned") is None
        assert page.locator("main img, main iframe").count() == 0
        assert messages == []
        assert len(requests) == 1


def test_the_decision_can_be_read_at_a_glance_without_script(browser: Browser, file: Path) -> None:
    viewport = {"width": 1280, "height": 800}
    with opened(browser, file, java_script_enabled=False, viewport=viewport) as (page, _, _):
        assert page.locator("h1").inner_text().startswith("SELF-TEST INCOMPLETE")
        for part in ("h1", ".facts", ".banner", "#card-safety", ".coverage", ".limits"):
            box = page.locator(part).bounding_box()
            assert box
            assert box["y"] + box["height"] <= 800, f"{part} is below the first screen"
        assert page.locator("details.sample").count() == 200
        charts = page.locator("figure svg")
        assert charts.count() > 5
        assert all(chart.is_visible() for chart in charts.all())


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_the_page_never_scrolls_sideways(browser: Browser, file: Path, width: int) -> None:
    with opened(browser, file, viewport={"width": width, "height": 800}) as (page, _, _):
        page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        page.locator(".open").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_text_is_not_in_the_page_before_it_is_asked_for(browser: Browser, file: Path) -> None:
    shown = "document.querySelectorAll('pre').length"
    with opened(browser, file, "#set=groups") as (page, _, _):
        page.locator(".open").first.click()
        assert page.evaluate(shown) == 0
        page.get_by_role("button", name="Show the texts").click()
        assert page.evaluate(shown) >= 2
        page.locator(".open").first.click()
        assert page.evaluate(shown) == 0
    with opened(browser, file, "#set=groups") as (page, _, _):  # nothing is remembered
        page.locator(".open").first.click()
        assert page.evaluate(shown) == 0
        page.get_by_label("Show texts").check()
        assert page.evaluate(shown) >= 2
    with opened(browser, file, "#set=insecure_code") as (page, _, _):
        assert page.evaluate(shown) == 0
        page.locator(".open").first.click()
        assert page.evaluate(shown) >= 2


def test_a_permalink_opens_its_sample_wherever_it_stands(browser: Browser, file: Path) -> None:
    with opened(browser, file, "#q=zzz&page=1") as (page, _, _):
        assert page.locator(".count").inner_text() == "0 of 600 samples match"
    with opened(browser, file, "#page=9") as (page, _, _):
        anchor = page.locator("tr[id^=s-]").nth(7).get_attribute("id")
    with opened(browser, file, f"#{anchor}") as (page, _, _):
        row = page.locator(f"[id='{anchor}']")
        assert row.locator(".open").get_attribute("aria-expanded") == "true"
        assert row.is_visible()


def test_search_set_and_order_stand_in_the_address(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, _, _):
        page.keyboard.press("/")
        page.keyboard.type("cwe=89")
        page.get_by_role("combobox", name="Show").select_option("differ")
        page.get_by_label("Order").select_option("-0")
        found = page.locator(".count").inner_text()
        assert not found.startswith(("0 ", "600 "))
        address = page.url
        assert "q=cwe%3D89" in address
        page.go_back()
        assert page.get_by_label("Order").input_value() == "telling"
        assert page.get_by_role("combobox", name="Show").input_value() == "differ"
    with opened(browser, file, address[address.index("#") :]) as (page, _, _):
        assert page.locator(".count").inner_text() == found
        assert page.get_by_label("Order").input_value() == "-0"


def test_the_keyboard_alone_reaches_opens_and_closes_a_sample(browser: Browser, file: Path) -> None:
    with opened(browser, file) as (page, _, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        page.locator(".open").first.focus()
        for expanded in ("true", "false"):
            page.keyboard.press("Enter")
            assert page.locator(".open").first.get_attribute("aria-expanded") == expanded
            assert page.evaluate("document.activeElement.className") == "open"


def test_a_download_holds_exactly_what_matches(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    with opened(browser, file, "#set=refusal", accept_downloads=True) as (page, _, _):
        with page.expect_download() as download:
            page.get_by_text("Download JSONL").click()
        target = tmp_path / "samples.jsonl"
        download.value.save_as(target)
        lines = target.read_text("utf-8").splitlines()
        assert page.locator(".count").inner_text() == f"{len(lines)} of 600 samples match"
        assert all('"set":"refusal"' in line for line in lines)


def test_as_many_samples_as_a_run_keeps_stay_small_and_few_in_the_page(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "large.html"
    path.write_text(render(audit(n_samples=5_000)), "utf-8")
    assert path.stat().st_size <= 2_000_000
    with opened(browser, path) as (page, _, _):
        assert page.locator(".count").inner_text() == "5\u202f000 of 5\u202f000 samples match"
        assert page.evaluate("document.querySelectorAll('#samples *').length") < 3_000
        page.get_by_label("Search").fill("injection")
        page.wait_for_function("!document.querySelector('.count').textContent.startsWith('5')")
        assert 0 < page.locator("tr[aria-rowindex]").count() <= 50
