"""A finished run read back: what is not what we write is refused where it is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.past import PRODUCT, read_audit, read_manifest
from audit.results import Audit, Manifest
from tests.audit.fakes import CARD

AUDIT = Audit(
    product="phi-audit@0", name="a", plan_sha256="", seed=0, models=(CARD,), probes=(), graders={},
    ledger=(), rates=(), differences=(), min_coverage=0.5, samples=(), n_samples=0,
)  # fmt: skip


def test_an_audit_without_a_target_is_refused_where_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "audit.json"
    file.write_text(AUDIT.model_dump_json())
    assert read_audit(tmp_path).target == CARD
    baseline = json.loads(file.read_text())["models"][0] | {"role": "baseline"}
    for models in ([], [baseline]):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"models": models}))
        with pytest.raises(UsageError, match=r"audit\.json was made by phi-audit@0"):
            read_audit(tmp_path)


@pytest.mark.parametrize("moment", ["", "=<script>", "2026-99-99", "2026-11-21T25:00", "9" * 5000])
def test_a_manifest_that_began_at_no_moment_is_refused_where_it_is_read(
    moment: str, tmp_path: Path
) -> None:
    good = Manifest(
        product=PRODUCT,
        plan_sha256="",
        started_at="2026-11-21T19:00:00+00:00",
        versions={},
        machine={},
        plan={},
    )
    file = tmp_path / "manifest.json"
    file.write_text(good.model_dump_json())
    assert read_manifest(tmp_path) == good
    file.write_text(json.dumps(good.model_dump() | {"started_at": moment}))
    with pytest.raises(UsageError, match="changed since"):
        read_manifest(tmp_path)
