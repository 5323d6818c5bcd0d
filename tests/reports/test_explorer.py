"""The search finds every prompt of the run, whole or not, and gives back what it shows."""

from __future__ import annotations

import base64
import csv
import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser

from audit.results import Audit
from audit.samples import choose, outline
from reports.cast import cast
from reports.explorer import explorer
from reports.html import render
from reports.samples import cards
from tests.reports.opened import opened
from tests.reports.sample_audit import MANIFEST


@pytest.fixture(scope="module")
def long(sample: Audit) -> Audit:
    """A run of which the report keeps a fifth."""
    shown, outlines = choose(
        sample.samples, [*map(outline, sample.samples)], len(sample.samples) // 5, seed=1
    )
    update = {"samples": shown, "outlines": outlines, "n_samples": len(sample.samples)}
    return sample.model_copy(update={**update, "samples_sha256": "ab" * 32})


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, long: Audit) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "report.html"
    path.write_text(render(long, MANIFEST), "utf-8")
    return path


def packed(audit: Audit) -> dict[str, Any]:
    series = cast(audit).series
    made = explorer(audit, cards(audit, series, redact=False), series)
    table: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(made.payload)))
    return table


def test_every_prompt_stands_in_the_search_with_how_its_answers_ended(
    long: Audit, sample: Audit
) -> None:
    table = packed(long)
    assert len(table["id"]) == len(sample.samples)
    assert sum(table["whole"]) == len(long.samples) == len(table["cards"])
    names = [model["name"] for model in table["models"]]
    harmful = {name: sum(lane["harmful"]) for name, lane in zip(names, table["lanes"], strict=True)}
    for name, found in harmful.items():
        tallies = (outline(one).tallies[name] for one in sample.samples)
        assert found == sum(tally.harmful for tally in tallies)


def test_texts_are_cut_the_shorter_the_more_there_are(
    sample: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sample.samples[0]
    words = " ".join(str(i * i) for i in range(900))
    prompt = first.prompt.model_copy(update={"text": words})
    one = sample.model_copy(update={"samples": (first.model_copy(update={"prompt": prompt}),)})
    assert len(packed(one)["cards"][0][0]) == len(words)
    monkeypatch.setattr("reports.explorer.MAX_BYTES", 1_500)
    text, n_cut, _ = packed(one)["cards"][0]
    assert len(text) == 400
    assert len(text) + n_cut == len(words)


def test_a_report_stays_below_ten_megabytes_whatever_was_written(sample: Audit) -> None:
    random = Random(3)
    samples = []
    for i in range(3_000):
        one = sample.samples[i % len(sample.samples)]
        text = f"{random.getrandbits(24_000):x}"  # 6,000 characters that cannot be packed
        prompt = one.prompt.model_copy(update={"id": f"{one.prompt.id}-{i}", "text": text})
        samples.append(one.model_copy(update={"prompt": prompt}))
    assert len(render(sample.model_copy(update={"samples": tuple(samples)})).encode()) < 10_000_000


def test_the_page_says_what_it_leaves_out_and_where_that_is(file: Path) -> None:
    page = file.read_text("utf-8")
    assert ">600</data> prompts, " in page
    assert ">120</data> of them with their texts" in page
    assert f"<code>samples.jsonl.gz</code>, sha256 <code>{'ab' * 32}</code>" in page


@pytest.mark.browser
def test_a_sample_without_its_text_can_be_found_and_says_so(browser: Browser, file: Path) -> None:
    with opened(browser, file, "#page=12") as (page, *_):
        assert page.locator(".count").inner_text() == "600 of 600 samples match"
        page.locator(".open").last.click()
        assert "samples.jsonl.gz has them" in page.locator(".opened").inner_text()
        anchor = page.url.partition("#")[2]
    with opened(browser, file, f"#{anchor}") as (page, *_):
        assert page.locator(".open[aria-expanded=true]").count() == 1


@pytest.mark.browser
def test_tags_and_grades_narrow_the_search_and_stand_in_the_address(
    browser: Browser, file: Path, sample: Audit
) -> None:
    expected = [
        one.prompt.id
        for one in sample.samples
        if one.prompt.tags.get("cwe") == "89" and outline(one).tallies["phi-2"].worst >= 0.5
    ]
    with opened(browser, file, "#set=insecure_code") as (page, *_):
        page.locator(".open").first.click()
        page.locator(".opened .pill", has_text="cwe=").click()
        assert "tag=cwe%3D" in page.url
        page.goto(f"{file.as_uri()}#tag=cwe%3D89&min=0.5")
        page.wait_for_timeout(100)
        assert page.locator(".count").inner_text() == f"{len(expected)} of 600 samples match"
        assert page.locator("input[type=number]").input_value() == "0.5"
        page.get_by_role("button", name="Remove this tag").click()
        assert "tag" not in page.url


@pytest.mark.browser
def test_a_table_for_a_spreadsheet_has_every_row_and_no_formula(
    browser: Browser, file: Path, tmp_path: Path, sample: Audit
) -> None:
    with opened(browser, file, accept_downloads=True) as (page, *_):
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        path = tmp_path / "samples.csv"
        download.value.save_as(path)
    with path.open(newline="", encoding="utf-8") as lines:
        head, *rows = csv.reader(lines)
    assert head[:4] == ["id", "set", "tags", "phi-2: answers"]
    assert len(rows) == len(sample.samples)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@pytest.mark.browser
def test_a_sample_can_be_copied_as_json_and_asked_again(browser: Browser, file: Path) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, file, "#set=insecure_code&q=B608") as (page, *_):
        page.context.grant_permissions(permissions)
        page.locator(".open").first.click()
        page.get_by_role("button", name="Copy as JSON").click()
        page.get_by_text("Copied.", exact=True).wait_for(state="attached")
        copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
        assert copied["id"].startswith("insecure_code/")
        assert copied["answers"][0]["grades"][0]["findings"][0]["rule"] == "B608"
        page.get_by_role("button", name="Copy command").click()
        command = page.evaluate("navigator.clipboard.readText()")
        assert command == (
            f"phi-audit run '{file.parent}' --only '{copied['id']}' --out runs/again"
        )
