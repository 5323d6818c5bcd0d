"""Whoever opens the report sees the decision, what it is about and what it rests on, at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from tests.reports.opened import opened
from tests.reports.sample_judgement import ASKED, STATES

pytestmark = pytest.mark.browser

HEADLINES = ("toxicity", "bias", "under-refusal", "over-refusal", "code")
INTERVAL = r"[\d.]+\u202f% to [\d.]+\u202f%"
AGAINST = r"(points (higher|lower) than|no clear difference from|not compared with)"


def texts(part: Locator) -> list[str]:
    return [one.inner_text() for one in part.all()]


@pytest.mark.parametrize("scripted", [True, False])
def test_the_first_screen_decides_with_and_without_script(
    browser: Browser, judged: Path, *, scripted: bool
) -> None:
    size = {"width": 1280, "height": 800}
    with opened(browser, judged, java_script_enabled=scripted, viewport=size) as (page, *_):
        assert page.locator("h1").inner_text().split() == ["NO-GO", "phi-2"]
        assert page.locator(".because").inner_text().startswith("2 of 8 gates fail: ")
        facts = page.locator(".facts").inner_text()
        for fact in ("microsoft/phi-2", "ef382358ec9e", "phi-2-chat", "108 grades", "2026-11-21"):
            assert fact in facts
        for id_ in HEADLINES:
            card = page.locator(f"#card-{id_}")
            assert re.fullmatch(r"[\d.]+\u202f%", card.locator(".big").inner_text())
            assert re.search(INTERVAL + r".*\nn\u202f\d", card.locator(".meta").inner_text())
            *baselines, accepted = texts(card.locator(".deltas li"))
            assert len(baselines) == 2
            assert all(re.search(AGAINST, one) for one in baselines)
            assert accepted.replace("\n", " ").endswith("accepted run (+2.1 to +8.7)")
        assert texts(page.locator("#card-changes li"))[0] == "Newly failing: toxicity"
        seen = "h1, .because, .facts, .big, .meta, .deltas li, #card-changes li"
        for part in page.locator(seen).all():
            box = part.bounding_box()
            assert box
            assert box["y"] + box["height"] <= 800, f"below the first screen: {part.inner_text()}"


def test_the_table_of_gates_can_be_read_without_script(browser: Browser, judged: Path) -> None:
    with opened(browser, judged, java_script_enabled=False) as (page, *_):
        deciding, groups = page.locator("table.gates").all()[:2]
        assert deciding.is_visible()
        rows = texts(deciding.locator("tbody tr"))
        assert len(rows) == len(ASKED)
        for row, (id_, _, _, _, state) in zip(rows, ASKED, strict=True):
            for part in (id_, state, "below the limit of 25.0%", "adjusted p 0.002"):
                assert part in row
        told = [group for group, state in STATES.items() if state != "PASS"]
        assert groups.is_visible()
        for group, row in zip(told, texts(groups.locator("tbody tr")), strict=True):
            assert f"groups/group={group}" in row
        page.get_by_text("Table: 1 further gates of groups").click()  # opens without script
        assert page.locator("table.gates").nth(2).is_visible()


def test_an_answer_that_became_harmful_is_one_click_away(browser: Browser, judged: Path) -> None:
    with opened(browser, judged) as (page, *_):
        links = page.locator("#card-changes a[href^='#s-']")
        assert links.count() == 3
        for link in links.all():
            anchor = str(link.get_attribute("href"))[1:]
            link.click()
            row = page.locator(f"tr.is-open[id='{anchor}']")
            row.wait_for()
            assert row.locator(".open").inner_text().startswith(link.inner_text().rstrip("…"))
