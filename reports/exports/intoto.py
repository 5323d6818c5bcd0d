"""The decision as an in-toto test-result statement, ready to be signed.

Its subject is what was judged and the files that say so. Unsigned: a signature is worth something
only from whoever ran the audit, so the workflow signs it.

Source:
    in-toto Attestation Framework, Statement v1 and predicate test-result v0.1.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from audit.errors import UsageError
from audit.judgement import outcome
from audit.records import ModelCard
from audit.store import canonical, digest_plain
from reports.exports.interface import Files, Finished

RESULTS = {"GO": "PASSED", "NO-GO": "FAILED", "INCOMPLETE": "FAILED", "INCONCLUSIVE": "WARNED"}
"""The predicate has no word for what could not be measured: it is then no pass."""

SUBJECTS = ("audit.json", "gates.json", "report.html", "verdict.json")


def export(run: Finished) -> Files:
    """Give `test-result.intoto.json`."""
    target, gates = run.audit.target, run.judgement.gates
    passed = [one.id for one in gates if one.state == "PASS"]
    failed = [one.id for one in gates if one.state in {"FAIL", "ERROR"} and not one.waived]
    warned = [one.id for one in gates if one.id not in {*passed, *failed}]
    result = RESULTS[outcome(run.judgement.word)]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [*_weights(target), *(_file(run, name) for name in SUBJECTS)],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": "WARNED" if result == "PASSED" and warned else result,
            "configuration": [
                {"name": target.id, "annotations": {"revision": target.revision}},
                {"name": "plan", "digest": {"sha256": run.audit.plan_sha256}},
                {"name": "gates", "digest": {"sha256": _digest_of_gates(run)}},
            ],
            "passedTests": passed,
            "warnedTests": warned,
            "failedTests": failed,
        },
    }
    text = json.dumps(statement, indent=1, sort_keys=True)
    return {"test-result.intoto.json": text.encode() + b"\n"}


def _weights(target: ModelCard) -> Iterator[dict[str, Any]]:
    """Give the model, if its revision is a digest: what a server answered with has none."""
    for algorithm, form in (("gitCommit", r"([0-9a-f]{40})"), ("sha256", r"sha256:([0-9a-f]{64})")):
        if found := re.fullmatch(form, target.revision):
            yield {"name": target.id, "digest": {algorithm: found[1]}}


def _file(run: Finished, name: str) -> dict[str, Any]:
    try:
        return {"name": name, "digest": {"sha256": digest_plain(run.path / name)}}
    except FileNotFoundError as error:
        raise UsageError(f"{run.path} has no {name}; write it with: phi-audit report") from error


def _digest_of_gates(run: Finished) -> str:
    text = canonical([gate.model_dump(mode="json") for gate in run.judgement.asked])
    return hashlib.sha256(text.encode()).hexdigest()
