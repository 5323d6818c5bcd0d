"""Two hundred texts that try to run a script, in a dozen places each: none of them runs or asks.

The same texts are put into a careless page too: if they did not run there, they would prove nothing
here.
"""

from __future__ import annotations

import html
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from audit.judgement import Judgement
from audit.records import Completion, Finding, Graded, Prompt, Ungraded
from audit.results import Answered, Audit, Ledger, Rate, Sample
from reports.html import render
from tests.reports.opened import opened
from tests.reports.sample_audit import MANIFEST, rate
from tests.reports.sample_judgement import judgement

pytestmark = pytest.mark.browser

LEAVE = (
    "", '">', "'>", "</script>", "</style>", "</title>", "</textarea>", "</noscript>", "]]>",
    "--><!--><", "</svg></math>", "</details>", "</bdi></pre>", "`;//", "\\u003c/script>",
    "</template>", "</select>", "</p></td></table>", "\x00\x1b[2J", "\u202e\u2028",
)  # fmt: skip
"""Ways out of the place that a text stands in."""

RUN = (
    "<script>top.ran.push({i})</script>",
    "<img src=x: onerror=top.ran.push({i})>",
    "<svg onload=top.ran.push({i})>",
    "<details open ontoggle=top.ran.push({i})><summary>s</summary></details>",
    "<iframe srcdoc='<script>top.ran.push({i})</script>'></iframe>",
    "<video><source onerror=top.ran.push({i})></video>",
    "<style onload=top.ran.push({i})></style>",
    "<audio src=x: onerror=top.ran.push({i})>",
    '<object data="data:text/html,x" onload=top.ran.push({i}) onerror=top.ran.push({i})></object>',
    "<img src=http://127.0.0.1:9/{i} srcset=//127.0.0.1:9/s onerror=top.ran.push({i})>",
)
"""Ways to run, or to ask for something, once there."""

PAYLOADS = tuple(
    leave + run.replace("{i}", str(i)) for i, (leave, run) in enumerate(product(LEAVE, RUN))
)


OPEN_EACH = "(n) => { for (let i = 0; i < n; i++) document.querySelectorAll('.open')[i].click() }"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, sample: Audit) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    path.write_text(render(poisoned := _poisoned(sample), MANIFEST, _judged(poisoned)), "utf-8")
    return path


def _poisoned(sample: Audit) -> Audit:
    """Put every payload into texts, ids, tags, rules, messages, labels, reasons, slices, notes."""
    first = next(r for r in sample.rates if isinstance(r, Rate))
    rates = tuple(
        rate(first.name, model, first.probe, f"group={payload}", 2, 50)
        for payload in PAYLOADS
        for model in ("phi-2", "aligned")
    )
    reasons = dict.fromkeys(PAYLOADS, 1)
    return sample.model_copy(
        update={
            "samples": tuple(_sample(i, payload) for i, payload in enumerate(PAYLOADS)),
            "n_samples": len(PAYLOADS),
            "rates": (*sample.rates, *rates),
            "ledger": (
                *sample.ledger,
                Ledger(
                    stage="generate", model="phi-2", probe="groups", planned=len(PAYLOADS), ok=0,
                    failed=reasons,
                ),
            ),
            "notes": PAYLOADS,
        }
    )  # fmt: skip


def _judged(poisoned: Audit) -> Judgement:
    """Put every payload into the name, the owner and the sentence of a gate."""
    judged = judgement(poisoned)
    gate = judged.gates[0]
    gates = tuple(
        gate.model_copy(update={"id": payload, "owner": payload, "sentence": payload})
        for payload in PAYLOADS
    )
    return judged.model_copy(update={"gates": (*judged.gates, *gates), "reasons": PAYLOADS[:20]})


def _sample(i: int, payload: str) -> Sample:
    prompt = Prompt(
        id=f"insecure_code/{payload}",
        probe="insecure_code",
        text=payload,
        style="instruct",
        tags={"cwe": payload},
    )
    finding = Finding(
        tool="bandit", rule=payload, cwe=89, severity="high", confidence="high", line=1,
        reply_line=1, message=payload,
    )  # fmt: skip
    return Sample(
        prompt=prompt,
        answers=tuple(
            Answered(
                model=model,
                sample=0,
                answer=Completion(
                    prompt_id=prompt.id, sample=0, text=payload, token_ids=(), finish_reason="stop"
                ),
                verdicts={"code": verdict},
            )
            for model, verdict in (
                ("phi-2", Graded(value=1.0, label=payload, findings=(finding,))),
                ("aligned", Ungraded(reason=payload)),
            )
        ),
    )


def test_in_a_careless_page_most_of_them_run(browser: Browser, tmp_path: Path) -> None:
    frames = "".join(
        f'<iframe srcdoc="{html.escape(_careless(payload), quote=True)}"></iframe>'
        for payload in PAYLOADS
    )
    path = tmp_path / "careless.html"
    path.write_text(f"<!doctype html><p class=count>200</p>{frames}", "utf-8")
    with opened(browser, path) as (page, _, _):
        page.wait_for_timeout(500)
        ran = set(page.evaluate("window.ran"))
    assert len(PAYLOADS) == 200
    assert len(ran) > 100, "the corpus proves nothing"


def _careless(payload: str) -> str:
    text = payload.replace("\x00", "")
    return (
        f"<!doctype html><title>{text}</title><p title='{text}'>{text}</p>"
        f'<a title="{text}">a</a><textarea>{text}</textarea><script>var x = `{text}`</script>'
    )


@pytest.mark.parametrize("scripted", [True, False])
def test_in_a_report_none_runs_and_nothing_is_asked_for(
    browser: Browser, hostile: Path, *, scripted: bool
) -> None:
    with opened(browser, hostile, java_script_enabled=scripted) as (page, messages, requests):
        if scripted:
            for _ in range(len(PAYLOADS) // 50):
                page.evaluate(
                    "document.querySelectorAll('details').forEach((d) => (d.open = true))"
                )
                n_rows = page.locator(".open").count()
                page.evaluate(OPEN_EACH, n_rows)
                assert page.locator(".opened pre").count() >= 2
                page.get_by_role("button", name="Next").click(force=True, no_wait_after=True)
            assert page.evaluate("window.ran") == []
        for tag in ("img", "iframe", "object", "video", "audio", "source", "template"):
            assert page.locator(tag).count() == 0, tag
        assert page.locator("script").count() == 2
        assert messages == []
        assert requests == [hostile.as_uri()]
        # Nothing was swallowed: each stands in the page as text.
        words = page.locator("#notes").text_content() or ""
        for payload in PAYLOADS:
            assert payload[-30:] in words


def test_no_field_of_hostile_text_leaves_an_attribute_or_a_control(hostile: Path) -> None:
    text = hostile.read_text("utf-8")
    assert not any(unseen in text for unseen in "\x00\x1b\u202e\u2028")
    assert text.count("<script") == 2
