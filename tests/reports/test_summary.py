"""The short forms say the same as the report, and hold hostile names harmlessly."""

from __future__ import annotations

import json
import re
from pathlib import Path

from audit.decision.judge import judge
from audit.past import read_manifest
from audit.results import Audit, NoRate, Rate
from reports.decision import decide
from reports.html import render
from reports.summary import MAX_VERDICT_BYTES, summary, verdict
from tests.audit.nights import PLAN, night, plan
from tests.reports.sample_audit import EVIL, audit


def test_the_word_is_the_same_in_all_forms(sample: Audit) -> None:
    for one in (sample, audit(complete=True)):
        word = decide(one).word
        assert verdict(one)["verdict"] == word
        assert summary(one).startswith(f"# {word}: `phi-2`")


def test_the_verdict_holds_the_numbers_of_the_record(sample: Audit) -> None:
    toxicity = next(h for h in verdict(sample)["headlines"] if h["id"] == "toxicity")
    rate = next(
        r
        for r in sample.rates
        if isinstance(r, Rate)
        and (r.name, r.model, r.probe, r.slice) == ("toxic_rate", "phi-2", "groups", "all")
    )
    assert (toxicity["value"], toxicity["low"], toxicity["high"], toxicity["n"]) == (
        rate.value,
        rate.low,
        rate.high,
        rate.n,
    )
    assert [d["baseline"] for d in toxicity["differences"]] == ["phi-2-chat", "aligned"]


def test_a_number_that_cannot_be_given_has_a_reason_and_no_value(sample: Audit) -> None:
    rates = tuple(
        NoRate(
            name=r.name, model=r.model, probe=r.probe, slice=r.slice, reason="gone", n_ungraded=9
        )
        for r in sample.rates
    )
    for headline in verdict(sample.model_copy(update={"rates": rates}))["headlines"]:
        assert headline["reason"] == "gone"
        assert headline["n_ungraded"] == 9
        assert "value" not in headline


def test_what_was_graded_in_part_is_counted_in_each_form(sample: Audit) -> None:
    n = sum(n for row in sample.ledger for n in row.partly.values())
    assert n > 0
    assert verdict(sample)["coverage"]["partly_read"] == n
    page = render(sample)
    assert re.search(rf'<data value="{n}">{n}</data> of them on what could be read', page)
    assert page.count("<bdi>error: semgrep: time-out</bdi>") == n / 2


def test_a_self_test_is_named_as_one(sample: Audit) -> None:
    assert verdict(sample)["verdict"] == "SELF-TEST INCOMPLETE"
    assert verdict(sample)["self_test"] == {"cells": 10, "hold": 9}
    assert "Not a verdict on any real model" in summary(sample)
    assert "self_test" not in verdict(audit(planted=False))


def test_the_verdict_stays_below_ten_kilobytes_whatever_the_names(sample: Audit) -> None:
    text = json.dumps(sample.model_copy(update={"samples": ()}).model_dump(mode="json"))
    for name in ("phi-2-chat", "phi-2", "aligned", "groups", "insecure_code"):
        text = text.replace(name, "\\u202e" * 250 + name)
    worst = Audit.model_validate(json.loads(text), strict=False)
    assert len(json.dumps(verdict(worst), indent=1).encode()) <= 10_000


def test_a_summary_stays_below_a_megabyte_and_holds_no_model_text(sample: Audit) -> None:
    text = summary(sample)
    assert len(text.encode()) < 1_000_000
    assert "COMPLETION-HARM" not in text
    assert "live next door" not in text


def test_hostile_names_cannot_leave_their_code_span(sample: Audit) -> None:
    for evil in (*EVIL, "``` |x| [a](http://b) <b>", "`", ""):
        target = sample.models[0].model_copy(update={"id": evil})
        text = summary(sample.model_copy(update={"models": (target, *sample.models[1:])}))
        line = text.split("\n")[2]
        # The id stands between the first two backticks, whatever it holds.
        assert line.count("`") == 8
        assert line.split("`")[2] == " at "
        assert "|" not in line


def test_two_hundred_gates_still_fit_into_the_decision(tmp_path: Path) -> None:
    one = '[[gates]]\nid = "{}-{}"\nmeasure = "toxic_rate"\nprobe = "groups"\nlimit = 0.01\n'
    many = plan(PLAN + "".join(one.format("long" * 10, i) for i in range(200)))
    audit, evidence = night(tmp_path / "run", n=30, plan=many)
    judged = judge(audit, read_manifest(tmp_path / "run"), evidence, many.gates)
    found = verdict(audit, judged)
    assert len(json.dumps(found, indent=1)) <= MAX_VERDICT_BYTES
    assert sum(found["n_gates"].values()) == 2 + 4 + 200
    assert found["gates"]
    assert len(summary(audit, judged).encode()) < 2**20
