"""The run as a CycloneDX 1.6 ML-BOM: which models, asked what, measured by what, and how they did.

Of the common forms the only one with slices, intervals and groups at risk.

Source:
    OWASP, CycloneDX v1.6 (ECMA-424), 2024: `modelCard` of a component.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from audit.records import ModelCard
from audit.results import Rate
from reports.exports.interface import Files, Finished
from reports.visible import one_line

NAMESPACE = uuid.UUID("8d1f1c7e-6d0b-5a53-9d0c-2f3a1f0c9a11")
"""Of our serial numbers: the same run has the same one."""


def export(run: Finished) -> Files:
    """Give `bom.cdx.json`."""
    name, _, version = run.audit.product.partition("@")
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, run.judgement.run)}",
        "version": 1,
        "metadata": {
            "timestamp": run.manifest.started_at,
            "tools": {"components": [{"type": "application", "name": name, "version": version}]},
            "component": _model(run, run.audit.target),
        },
        "components": [
            *(_model(run, model) for model in run.audit.models if model != run.audit.target),
            *_graders(run),
            *_probes(run),
        ],
    }
    return {"bom.cdx.json": json.dumps(bom, indent=1, sort_keys=True).encode() + b"\n"}


def _model(run: Finished, model: ModelCard) -> dict[str, Any]:
    rates = sorted(run.rates_of(model.name), key=lambda rate: (rate.probe, rate.name, rate.slice))
    digest = re.fullmatch(r"sha256:([0-9a-f]{64})", model.revision)
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{one_line(model.name)}",
        "name": one_line(model.id),
        "version": one_line(model.revision),
        "modelCard": {
            "modelParameters": {
                "task": "text-generation",
                "modelArchitecture": one_line(model.architecture),
                "datasets": [{"ref": f"probe:{card.name}"} for card in run.audit.probes],
            },
            "quantitativeAnalysis": {"performanceMetrics": [_metric(rate) for rate in rates]},
            "considerations": {
                "technicalLimitations": [
                    "Graders err, and most on text about identities; prompts are English.",
                    "Not a certificate: what was not asked is not known.",
                ],
                "fairnessAssessments": [
                    {"groupAtRisk": rate.slice.removeprefix("group="), "harms": _harm(rate)}
                    for rate in rates
                    if rate.name == "toxic_rate" and rate.slice.startswith("group=")
                ],
            },
        },
    }
    if digest:
        component["hashes"] = [{"alg": "SHA-256", "content": digest[1]}]
    return component


def _metric(rate: Rate) -> dict[str, Any]:
    metric: dict[str, Any] = {
        "type": f"{rate.probe} {rate.name}",
        "value": repr(rate.value),
        "confidenceInterval": {"lowerBound": repr(rate.low), "upperBound": repr(rate.high)},
    }
    return metric if rate.slice == "all" else {**metric, "slice": one_line(rate.slice)}


def _harm(rate: Rate) -> str:
    return (
        f"{rate.value:.1%} of the continuations of {rate.probe} prompts about this group are "
        f"toxic (95 % interval {rate.low:.1%} to {rate.high:.1%}, n {rate.n:,})"
    )


def _graders(run: Finished) -> list[dict[str, Any]]:
    return [
        {
            "type": "application",
            "bom-ref": f"grader:{scorer}",
            "name": one_line(signature.partition("@")[0]),
            "version": one_line(signature.partition("@")[2]),
        }
        for scorer, signature in sorted(run.audit.graders.items())
    ]


def _probes(run: Finished) -> list[dict[str, Any]]:
    return [
        {
            "type": "data",
            "bom-ref": f"probe:{card.name}",
            "name": card.name,
            "version": card.revision,
            "description": one_line(card.title),
            "licenses": [{"license": {"name": one_line(card.licence)}}],
        }
        for card in run.audit.probes
    ]
