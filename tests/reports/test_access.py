"""Whoever reads it, with whatever: axe finds nothing, keys reach all, the page is valid HTML."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import html5lib
import pytest
from playwright.sync_api import Browser, Page

from audit.results import Audit
from reports.html import render
from tests.reports.opened import opened
from tests.reports.sample_audit import CWES, EVIL, GROUPS, MANIFEST, WEAKNESSES, audit
from tests.reports.sample_judgement import judgement
from tests.reports.test_html import poisoned

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of thing that a report shows, and few of each: axe looks at every one."""
    whole = audit(complete=True, n_samples=160)
    many = {*GROUPS[3:], *CWES[2:], *WEAKNESSES[2:]}
    few = whole.model_copy(
        update={
            "rates": tuple(r for r in whole.rates if r.slice.partition("=")[2] not in many),
            "safety_scores": tuple(s for s in whole.safety_scores if s.group not in many),
        }
    )
    path = tmp_path_factory.mktemp("access") / "report.html"
    path.write_text(render(few, MANIFEST, judgement(whole, n_nights=3)), "utf-8")
    return path


def violations(page: Page, where: str = "html") -> list[str]:
    page.evaluate(AXE + ";0")  # not bound by the page's policy
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found: Any = page.evaluate("([where, options]) => axe.run(where, options)", [where, options])
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_closed_open_filtered_or_in_the_help(
    browser: Browser, file: Path, scheme: Any
) -> None:
    with opened(browser, file, color_scheme=scheme) as (page, messages, _):
        if scheme == "light":
            page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        assert violations(page) == []
        page.goto(f"{file.as_uri()}#set=insecure_code&show=harmful&tag=language%3Dpython")
        page.locator(".open").first.click()
        assert page.locator(".line.hit").count() > 0
        assert violations(page, "#samples") == []
        page.keyboard.press("?")
        assert page.locator("dialog").is_visible()
        assert violations(page, "dialog") == []
        assert messages == []


@pytest.mark.browser
def test_axe_finds_nothing_on_a_narrow_screen_with_texts_revealed(
    browser: Browser, file: Path
) -> None:
    with opened(browser, file, "#set=groups", viewport={"width": 320, "height": 700}) as (page, *_):
        page.locator(".open").first.click()
        page.get_by_role("button", name="Show the texts").click()
        assert page.locator("pre").count() >= 2
        assert violations(page, "#samples, .first") == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
def test_keys_alone_find_open_reveal_and_leave_a_sample(browser: Browser, file: Path) -> None:
    focused = "document.activeElement.className || document.activeElement.textContent"
    with opened(browser, file) as (page, *_):
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "skip"
        page.keyboard.press("/")
        page.keyboard.type("groups/")
        assert "samples match" in page.locator("[role=status].count").inner_text()
        page.locator("h2#samples-title").click()  # out of the field
        for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            page.keyboard.press(key)
            assert page.locator(".open").nth(place).evaluate("(b) => b === document.activeElement")
        page.keyboard.press("Enter")
        assert page.locator(".open").nth(1).get_attribute("aria-expanded") == "true"
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "reveal"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.tagName") == "PRE"
        page.keyboard.press("?")
        page.keyboard.press("Escape")
        assert not page.locator("dialog").is_visible()


@pytest.mark.browser
def test_tab_shows_where_it_is_and_leaves_the_page_at_its_end(browser: Browser, file: Path) -> None:
    where = """() => {
      const one = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return [one.tagName, outlineStyle !== "none" && parseFloat(outlineWidth) >= 1];
    }"""
    with opened(browser, file, "#set=groups") as (page, *_):
        n = page.locator("a, button, input, select, summary, [tabindex='0']").count()
        stops = []
        for _ in range(n + 1):
            page.keyboard.press("Tab")
            stops.append(tuple(page.evaluate(where)))
            if stops[-1][0] == "BODY":
                break
    assert stops[-1][0] == "BODY", "a trap: as many steps as there are controls do not lead out"
    assert len(stops) > 100
    assert {is_seen for name, is_seen in stops if name != "BODY"} == {True}


@pytest.mark.browser
def test_sorting_by_a_column_is_told_and_turns_around(browser: Browser, file: Path) -> None:
    with opened(browser, file, "#set=refusal") as (page, *_):
        head = page.locator("th[aria-sort]").nth(1)
        order = []
        for said in ("descending", "ascending", "none"):
            head.locator("button").click()
            assert head.get_attribute("aria-sort") == said
            assert head.locator("button").evaluate("(b) => b === document.activeElement")
            order.append(page.locator(".open").first.inner_text())
        assert order[0] != order[1]
        rows = page.locator("tbody tr[aria-rowindex]")
        assert rows.first.get_attribute("aria-rowindex") == "2"
        assert page.locator("table.samples").get_attribute("aria-rowcount") == "41"


def test_the_page_is_html_without_an_error(file: Path, sample: Audit) -> None:
    parser = html5lib.HTMLParser(strict=True)  # raises at the first error
    parser.parse(file.read_text("utf-8"))
    parser.parse(render(poisoned(sample, "".join(EVIL)), MANIFEST))


def test_the_checker_of_the_w3c_finds_no_error(file: Path, sample: Audit, tmp_path: Path) -> None:
    checker, java = os.environ.get("PHI_AUDIT_VNU", ""), shutil.which("java")
    if not checker or java is None:
        pytest.skip("set PHI_AUDIT_VNU to a vnu.jar, and have java, to check with the W3C's own")
    evil = tmp_path / "evil.html"
    evil.write_text(render(poisoned(sample, "".join(EVIL)), MANIFEST), "utf-8")
    done = subprocess.run(
        [java, "-jar", checker, "--errors-only", str(file), str(evil)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
