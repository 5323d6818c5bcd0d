"""The page is a pure function of the audit, shows its numbers, and gives hostile text no power."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from audit.records import Likelihood
from audit.results import Answered, Audit, Difference, NoRate, Rate
from reports import html
from reports.anchors import anchor
from reports.html import grade, percent, percent_down, points, render
from tests.reports.sample_audit import EVIL, MANIFEST, audit

REPORTS = Path(html.__file__).parent
TEMPLATES = sorted((REPORTS / "templates").iterdir())


@pytest.fixture(scope="module")
def dom(page_text: str) -> Any:
    return lxml_html.fromstring(page_text)


# --- the same bytes ----------------------------------------------------------------------------


def test_another_process_hash_seed_time_zone_and_locale_give_the_same_bytes(page_text: str) -> None:
    code = (
        "import hashlib; from reports.html import render;"
        "from tests.reports.sample_audit import MANIFEST, audit;"
        "print(hashlib.sha256(render(audit(), MANIFEST).encode()).hexdigest())"
    )
    for seed, zone, locale in (("1", "Asia/Tokyo", "C"), ("77", "America/Lima", "de_DE.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=REPORTS.parent,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == hashlib.sha256(page_text.encode()).hexdigest()


def test_the_only_time_on_the_page_is_the_start_of_the_run(page_text: str) -> None:
    assert set(re.findall(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d", page_text)) == {"2026-11-21 02:17"}


def test_a_run_without_a_manifest_can_be_shown(sample: Audit) -> None:
    assert "02:17" not in render(sample)


# --- the numbers -------------------------------------------------------------------------------


def test_every_rate_on_the_page_equals_the_record(dom: Any, sample: Audit) -> None:
    shown = Counter((float(node.get("value")), node.text_content()) for node in dom.xpath("//data"))
    for rate in sample.rates:
        if isinstance(rate, NoRate):
            continue
        for value in (rate.high,) if rate.value == 0 else (rate.value, rate.low, rate.high):
            assert (value, percent(value)) in shown, rate
        assert (rate.n, f"{rate.n:,}".replace(",", "\u202f")) in shown


def test_every_written_number_is_its_exact_value_rounded(dom: Any) -> None:
    n_checked = 0
    for node in dom.xpath("//data"):
        text = node.text_content().replace("\N{MINUS SIGN}", "-").replace("\u202f", "")
        found = re.search(r"-?[\d.]+", text)
        assert found, text
        written, exact = float(found[0]), float(node.get("value"))
        if text.startswith(("p<", "<")):
            assert exact < 0.001
            continue
        last_digit = 10.0 ** -len(found[0].partition(".")[2])
        off = min(abs(abs(written) - abs(exact) * unit) for unit in (1, 100))
        assert off <= last_digit, (text, exact)
        assert written >= 0 or exact < 0, (text, exact)
        n_checked += 1
    assert n_checked > 500


def test_every_rate_stands_with_n_interval_and_signature(dom: Any) -> None:
    cells = dom.xpath("//section[@id='toxicity']//tbody/tr/td[b]")
    assert len(cells) == 3 * (1 + 13)
    for cell in cells:
        words = cell.text_content()
        assert "n\u202f" in words
        assert "to" in words or "none seen" in words
        target = cell.xpath(".//a[@class='sig']/@href")[0]
        assert dom.xpath(f"//li[@id='{target[1:]}']")


def test_nothing_seen_is_written_as_an_upper_bound_and_never_as_zero(sample: Audit) -> None:
    rate = next(rate for rate in sample.rates if isinstance(rate, Rate))
    none = rate.model_copy(update={"value": 0.0, "low": 0.0, "high": 0.0712})
    others = tuple(r for r in sample.rates if r.model != rate.model or r.probe != rate.probe)
    page = lxml_html.fromstring(render(sample.model_copy(update={"rates": (none, *others)})))
    assert "≤7.1\u202f%" in page.xpath("//li[@id='card-toxicity']")[0].text_content()
    assert "none seen" in page.xpath("//li[@id='card-toxicity']")[0].text_content()


@pytest.mark.parametrize(("n", "is_small"), [(29, True), (30, False)])
def test_fewer_than_thirty_records_are_called_few(sample: Audit, n: int, *, is_small: bool) -> None:
    rate = next(rate for rate in sample.rates if isinstance(rate, Rate))
    alone = sample.model_copy(update={"rates": (rate.model_copy(update={"n": n}),), "samples": ()})
    page = lxml_html.fromstring(render(alone))
    assert ("(small)" in page.xpath("//li[@id='card-toxicity']")[0].text_content()) == is_small
    assert ("small n" in page.xpath("//section[@id='toxicity']")[0].text_content()) == is_small


def test_a_number_that_cannot_be_given_says_why(dom: Any) -> None:
    assert "nothing was graded" in dom.xpath("//section[@id='code']")[0].text_content()


def test_the_marks_of_a_chart_stand_within_half_a_pixel(dom: Any) -> None:
    chart = dom.xpath("//section[@id='toxicity']//svg[.//path[contains(@class, 'whisker')]]")[0]
    ticks = {
        float(node.text_content().rstrip("\u202f%")) / 100: float(node.get("x"))
        for node in chart.xpath(".//text[@class='tick']")
    }
    low, high = min(ticks), max(ticks)
    slope = (ticks[high] - ticks[low]) / (high - low)
    whiskers = chart.xpath(".//path[contains(@class, 'whisker')]")
    assert len(whiskers) == 39
    for whisker in whiskers:
        start, end = whisker.get("d")[1:].replace("H", " ").split()[::2]
        for x, name in ((start, "data-low"), (end, "data-high")):
            expected = ticks[low] + slope * (float(whisker.get(name)) - low)
            assert float(x) == pytest.approx(expected, abs=0.5)


def test_differences_say_in_words_which_way_they_go(sample: Audit) -> None:
    cases = {
        (0.05, 0.02, 0.08, 0.01): "5.0\u202fpoints higher than",
        (-0.05, -0.08, -0.02, 0.01): "5.0\u202fpoints lower than",
        (0.01, -0.02, 0.04, 0.01): "no clear difference from",
        (0.05, 0.02, 0.08, 0.05): "no clear difference from",
    }
    few = sample.model_copy(update={"samples": ()})
    first = next(d for d in sample.differences if isinstance(d, Difference))
    for (value, low, high, p), words in cases.items():
        update = {"value": value, "low": low, "high": high, "p_adjusted": p}
        one = first.model_copy(update=update)
        page = lxml_html.fromstring(render(few.model_copy(update={"differences": (one,)})))
        assert words in page.xpath("//li[@id='card-toxicity']")[0].text_content()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.12345, "12.3\u202f%"),
        (0.0, "0.0\u202f%"),
        (-0.00001, "0.0\u202f%"),
        (1.0, "100.0\u202f%"),
    ],
)
def test_proportions_are_written_in_percent(value: float, written: str) -> None:
    assert percent(value) == written


def test_coverage_is_100_percent_only_if_nothing_is_missing() -> None:
    assert percent_down(6540 / 6541) == "99.9\u202f%"
    assert percent_down(1.0) == "100.0\u202f%"
    assert percent_down(0.29) == "29.0\u202f%"


def test_a_grade_just_below_the_threshold_is_not_written_as_the_threshold() -> None:
    assert (grade(0.49999), grade(0.5), grade(0.29), grade(1.0)) == ("0.49", "0.50", "0.29", "1.00")


def test_differences_carry_their_sign() -> None:
    assert (points(0.05), points(-0.05), points(0.0)) == ("+5.0", "\N{MINUS SIGN}5.0", "0.0")


# --- the first screen --------------------------------------------------------------------------


def test_the_title_and_the_headline_begin_with_the_decision(dom: Any) -> None:
    assert dom.xpath("//title")[0].text.startswith("SELF-TEST INCOMPLETE: phi-2")
    assert dom.xpath("//h1")[0].text_content().startswith("SELF-TEST INCOMPLETE")
    whole = lxml_html.fromstring(render(audit(planted=False, complete=True)))
    assert whole.xpath("//title")[0].text.startswith("INCONCLUSIVE: phi-2")


def test_a_self_test_says_that_it_judges_no_real_model(dom: Any) -> None:
    banner = dom.xpath("//p[@class='banner']")[0].text_content()
    assert "found 9 of 10 planted rates" in banner
    assert "Not a verdict on any real model" in banner
    without = lxml_html.fromstring(render(audit(planted=False)))
    assert not without.xpath("//p[@class='banner']")


# --- hostile text ------------------------------------------------------------------------------


def test_no_template_switches_escaping_off_or_leaves_a_hole() -> None:
    assert len(TEMPLATES) >= 5
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "X", text, flags=re.DOTALL)
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text), template
        assert not re.search(r"<[^>]*\s(?:style|on\w+)\s*=", plain), template
        unquoted = re.sub(r"\"[^\"]*\"", '""', plain)
        assert not re.search(r"<[a-z][^>]*=(?!\")", unquoted), template
        for target in re.findall(r"""(?:href|src|action)="([^"]*)""", text):
            assert target.startswith("#"), template


def test_text_is_marked_as_safe_in_one_module_only() -> None:
    users = {path.name for path in REPORTS.rglob("*.py") if "Markup(" in path.read_text("utf-8")}
    assert users == {"html.py"}


def test_the_policy_allows_one_style_and_one_script_by_hash_and_nothing_else(dom: Any) -> None:
    policy = dom.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        (node,) = (n for n in dom.iter(tag) if n.get("type") is None)
        digest = hashlib.sha256(node.text.encode()).digest()
        assert f"{directive} 'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_hostile_text_in_every_field_stays_text(sample: Audit) -> None:
    for evil in EVIL:
        page = render(poisoned(sample, evil), MANIFEST)
        page.encode()  # a lone surrogate could not be written
        dom = lxml_html.fromstring(page)
        assert not dom.xpath("//img | //iframe | //b[contains(., 'window.pwned')]")
        assert not dom.xpath("//@*[starts-with(name(), 'on') or name() = 'style']")
        assert all(link.startswith("#") for link in dom.xpath("//@href"))
        assert len(list(dom.iter("script"))) == 2
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e\ud800-\udfff]", page)


def poisoned(sample: Audit, evil: str) -> Audit:
    """Put the text wherever a model, a data set or a tool could have put it."""
    text = json.dumps(
        sample.model_copy(update={"samples": sample.samples[:8]}).model_dump(mode="json")
    )
    poison = json.dumps(evil)[1:-1]
    for name in ("phi-2-chat", "middle_east", "Everyday programming", "CWE", "B608", "directory-"):
        text = text.replace(name, poison + name)
    for name in ("nothing was graded", "no code", "device lost", "NVIDIA H100", "Apache-2.0"):
        text = text.replace(name, name + poison)
    # Through Python, since strict JSON refuses lone surrogates before the report can meet them.
    return Audit.model_validate(json.loads(text), strict=False)


# --- samples -----------------------------------------------------------------------------------


def test_no_summary_quotes_what_a_model_wrote(dom: Any) -> None:
    cards = dom.xpath("//details[@class='sample']")
    assert len(cards) == 200
    for card in cards:
        assert card.get("open") is None
        assert "COMPLETION-HARM" not in card.xpath("./summary")[0].text_content()
    assert "COMPLETION-HARM" in cards[-1].getparent().text_content()


def test_samples_where_models_differ_come_first(dom: Any) -> None:
    differ = ["models differ" in c.text_content() for c in dom.xpath("//details[@class='sample']")]
    assert differ[0]
    assert differ == sorted(differ, reverse=True)


def test_a_permalink_depends_on_the_prompt_alone() -> None:
    assert anchor("groups/women-07") == "s-groups/women-07"
    assert anchor("a/" + "x" * 500) != anchor("a/" + "x" * 501)
    for evil in EVIL:
        assert re.fullmatch(r"s-[\w./%~-]+", anchor(evil), re.ASCII)


def test_a_redacted_report_holds_no_prompt_and_no_completion(sample: Audit) -> None:
    page = render(sample, MANIFEST, redact=True)
    everything = page + json.dumps(_unpacked(page))
    for secret in ("COMPLETION-HARM", "wave every morning", "live next door", "SELECT * FROM"):
        assert secret not in everything
    assert "Possible SQL injection" not in everything
    assert "B608" in everything


def test_a_text_of_a_megabyte_is_cut_and_says_so(sample: Audit) -> None:
    first = sample.samples[0]
    long = first.prompt.model_copy(update={"text": "x" * 1_000_000})
    one = sample.model_copy(update={"samples": (first.model_copy(update={"prompt": long}),)})
    page = render(one)
    assert "994\u202f000 more characters" in page
    assert len(page) < 500_000


def test_sizes_stay_within_their_budgets(sample: Audit, page_text: str) -> None:
    assert len(render(sample.model_copy(update={"samples": ()})).encode()) <= 1_000_000
    assert len(page_text.encode()) <= 1_500_000


def _unpacked(page: str) -> dict[str, Any]:
    payload = lxml_html.fromstring(page).xpath("//script[@id='payload']")[0].text
    table: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(payload)))
    return table


# --- structure ---------------------------------------------------------------------------------


def test_the_page_can_be_walked_without_seeing_it(dom: Any) -> None:
    assert dom.get("lang") == "en"
    assert dom.xpath("//body/a[1]/@href") == ["#main"]
    assert len(dom.xpath("//main")) == len(dom.xpath("//nav[@aria-label]")) == 1
    assert len(dom.xpath("//h1")) == 1
    ids = dom.xpath("//@id")
    assert len(ids) == len(set(ids))
    for link in dom.xpath("//a/@href"):
        assert link[1:] in ids or link.startswith("#set="), link
    for table in dom.xpath("//table"):
        assert table.xpath("./caption")
        assert table.xpath(".//th") == table.xpath(".//th[@scope]")
    for chart in dom.xpath("//figure//svg[@role='img']"):
        assert all(chart.xpath(f"./*[@id='{i}']") for i in chart.get("aria-labelledby").split())
    levels = [int(h.tag[1]) for h in dom.xpath("//main//h1|//main//h2|//main//h3|//main//h4")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_chart_is_followed_by_a_table_of_the_same_numbers(dom: Any) -> None:
    n_intervals = 0
    for figure in dom.xpath("//figure"):
        (following, *_) = figure.xpath(
            "following-sibling::details[.//table] | following-sibling::div"
        )
        tabled = {float(value) for value in following.xpath(".//data/@value")}
        for mark in figure.xpath(".//*[@data-low]"):
            low, high = float(mark.get("data-low")), float(mark.get("data-high"))
            # Where nothing was seen, the table gives the bound alone.
            assert high in tabled
            assert low in tabled or low == 0
            n_intervals += 1
    assert n_intervals > 100


def test_a_target_in_two_prompt_modes_shows_both(sample: Audit) -> None:
    both = tuple(
        model.model_copy(update={"role": "target"}) if model.name == "phi-2-chat" else model
        for model in sample.models
    )
    page = lxml_html.fromstring(render(sample.model_copy(update={"models": both})))
    assert "instruct-output, chat" in page.xpath("//dl[@class='facts']")[0].text_content()
    assert "phi-2-chat: 3.7\u202f%" in page.xpath("//li[@id='card-toxicity']")[0].text_content()


def test_names_that_differ_in_punctuation_only_have_plots_of_their_own(sample: Audit) -> None:
    text = json.dumps(sample.model_copy(update={"samples": ()}).model_dump(mode="json"))
    renamed = json.loads(text.replace("counterfactual", "groups!"))
    doubled = Audit.model_validate(renamed, strict=False)
    ids = lxml_html.fromstring(render(doubled)).xpath("//@id")
    assert len(ids) == len(set(ids))


def test_slices_whose_labels_look_alike_are_both_shown(sample: Audit) -> None:
    parts = ("group=middle_east", "group=middle-east")
    rate = next(r for r in sample.rates if isinstance(r, Rate) and r.slice == parts[0])
    twins = tuple(rate.model_copy(update={"slice": p, "n": 71 + i}) for i, p in enumerate(parts))
    update = {"rates": (*sample.rates, *twins), "samples": ()}
    shown = lxml_html.fromstring(render(sample.model_copy(update=update)))
    values = shown.xpath("//section[@id='toxicity']//td//data/@value")
    assert {"71", "72"} <= set(values)


def test_a_run_that_measured_nothing_can_be_shown_and_is_incomplete(sample: Audit) -> None:
    nothing = dict.fromkeys(
        ("ledger", "rates", "differences", "safety_scores", "planted", "samples"), ()
    )
    update = {**nothing, "models": sample.models[:1], "graders": {}, "notes": ()}
    page = render(sample.model_copy(update=update))
    assert "<title>SELF-TEST INCOMPLETE" in page
    assert "not measured" in page
    assert "No sample was kept." in page


def test_a_sentence_shows_its_likelihood(sample: Audit) -> None:
    first = sample.samples[0]
    known = Likelihood(
        prompt_id=first.prompt.id,
        n_tokens=12,
        log_likelihood=-34.5,
        n_tokens_bos=13,
        log_likelihood_bos=-40.0,
    )
    answers = (Answered(model="phi-2", sample=0, answer=known),)
    one = first.model_copy(update={"answers": answers})
    page = render(sample.model_copy(update={"samples": (one,)}))
    assert "log-likelihood -34.50 over 12 tokens" in page
