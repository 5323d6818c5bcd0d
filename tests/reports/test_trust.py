from __future__ import annotations

from audit.results import AnyRate, NoRate, Rate, Signature
from reports.html import render
from tests.reports.sample_audit import audit

SIGNATURE = Signature(
    measure="AUC",
    probe="identity_terms",
    revision="0" * 16,
    samples=1,
    decoding="",
    prompt_mode="raw",
    grader="detoxify-unbiased@0.5.4+3a8d11ce02",
    product="phi-audit@0.1.0",
)


def rate(
    name: str, model: str, value: float, *, probe: str = "labelled", part: str = "all"
) -> Rate:
    return Rate(
        name=name,
        model=model,
        probe=probe,
        slice=part,
        value=value,
        low=value - 0.0625,
        high=value + 0.0625,
        n=4321,
        n_ungraded=0,
        method="bootstrap",
        signature=SIGNATURE,
    )


TRUST: tuple[AnyRate, ...] = (
    rate("grader_final_auc", "toxicity", 0.8125),
    rate("grader_bpsn_auc", "toxicity", 0.9375, part="group=women"),
    rate("grader_bpsn_auc", "toxicity", 0.625, part="group=native_american"),
    rate("toxic_rate_corrected", "phi-2", 0.1875, probe="groups", part="calibration=labelled"),
    NoRate(
        name="toxic_rate_corrected",
        model="aligned",
        probe="groups",
        slice="calibration=labelled",
        reason="on the calibration the grader is no better than chance",
        n_ungraded=0,
    ),
)


def section(*trust: AnyRate) -> str:
    page = render(audit().model_copy(update={"trust": trust}), None)
    return page.partition('<section id="trust"')[2].partition("</section>")[0]


def test_the_worst_group_stands_for_a_grader_with_its_name_interval_and_signature() -> None:
    shown = section(*TRUST)
    assert "native american" in shown
    assert '<data value="0.625">' in shown
    assert '<data value="0.5625">' in shown
    assert '<data value="0.9375">' not in shown
    assert 'class="sig"' in shown


def test_a_corrected_rate_stands_beside_the_rate_as_graded_or_says_why_there_is_none() -> None:
    shown = section(*TRUST)
    row = shown.partition("As graded")[2]
    assert '<data value="0.1875">' in row
    assert "no better than chance" in row
    assert "Corrected by labelled" in row


def test_one_grader_has_no_agreement_and_the_page_says_how_to_get_it() -> None:
    assert "graders.toxicity_second" in section(*TRUST)
    assert "Kappa</th>" not in section(*TRUST)


def test_a_run_without_toxicity_has_no_such_section() -> None:
    assert section() == ""
