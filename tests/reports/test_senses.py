"""Meaning reaches whoever sees no colour, wants no motion, or has colours of their own."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.reports.opened import opened

pytestmark = pytest.mark.browser

STATES = ("pass", "fail", "warn", "inconclusive")

ONE_INK = """() => {
  const names = ["s0", "s1", "s2", "s3", "s4", "s5", "accent", "quiet", "go", "stop", "warn"];
  for (const name of names) document.documentElement.style.setProperty(`--${name}`, "#000000");
}"""

ALONE = """(node) => {
  const box = document.createElement("div");
  box.id = "alone";
  box.style.cssText = "position:fixed;inset:0 auto auto 0;width:160px;height:40px;z-index:9";
  box.style.background = "#ffffff";
  let shown = node.cloneNode(true);
  if (node.ownerSVGElement) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "-20 -10 40 20");
    shown.removeAttribute("transform");
    for (const place of ["cx", "cy"]) if (node.hasAttribute(place)) shown.setAttribute(place, "0");
    svg.append(shown);
    shown = svg;
  }
  box.append(shown);
  document.body.append(box);
}"""


def picture(page: Page, part: Locator) -> bytes:
    """Take a picture of one part alone, always at the same place."""
    part.first.evaluate(ALONE)
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": 160, "height": 40})
    page.evaluate("document.getElementById('alone').remove()")
    return taken


def test_every_meaning_can_be_told_where_all_colours_are_one(
    browser: Browser, judged: Path
) -> None:
    families = {
        "models": [f".legend .marker .s{i}" for i in range(3)],
        "states of gates": [f"table.gates td > .state.{word}" for word in STATES],
        "answers": [f".samples .outcome.{word}" for word in ("harmful", "harmless", "ungraded")],
        "nights": [".trends .failed", ".trends .mark.full", ".trends circle.mark:not(.full)"],
        "lines of code": [".line.hit", ".line:not(.hit)"],
    }
    with opened(browser, judged, "#set=insecure_code") as (page, *_):
        page.evaluate(ONE_INK)
        for row in range(3):
            page.locator(".open").nth(row).click()
        for family, parts in families.items():
            found = [page.locator(part) for part in parts]
            assert all(one.count() for one in found), family
            pictures = [picture(page, one) for one in found]
            assert pictures == [picture(page, one) for one in found], "two pictures of one part"
            for one, other in combinations(range(len(parts)), 2):
                assert pictures[one] != pictures[other], (parts[one], parts[other])
        for cell in page.locator("rect.heat + text").all():
            assert cell.text_content()  # a number, beside its colour


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves(browser: Browser, judged: Path, motion: Any) -> None:
    with opened(browser, judged, reduced_motion=motion) as (page, *_):
        page.locator(".open").first.click()
        page.keyboard.press("?")
        assert page.locator("dialog").is_visible()
        assert page.evaluate("document.getAnimations().length") == 0
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Method").click()
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_colours_of_the_reader_s_own_leave_every_mark_and_which_is_the_target(
    browser: Browser, judged: Path
) -> None:
    with opened(browser, judged, forced_colors="active") as (page, *_):
        for mark in (".mark.full", ".whisker", ".trend", ".limit"):
            style = f"getComputedStyle(document.querySelector('figure {mark}')).stroke"
            assert page.evaluate(style) not in {"none", "", "rgba(0, 0, 0, 0)"}
        models = [picture(page, page.locator(f".legend .marker .s{i}")) for i in range(3)]
        assert len(set(models)) == 3
