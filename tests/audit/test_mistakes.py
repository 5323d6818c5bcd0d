from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from audit.mistakes import explain
from audit.plan import Plan

MODEL = {"name": "m", "id": "org/m", "role": "target"}
PROBE = {"name": "groups"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([], "plan: Input should be"),
        ({"models": [MODEL]}, "probes: Field required"),
        ({"models": [{**MODEL, "rol": "x"}], "probes": [PROBE]}, "did you mean role?"),
        ({"models": [MODEL], "probes": [{**PROBE, "xyzzy": 1}]}, "probes.0.xyzzy; remove it"),
        ({"models": [MODEL], "probes": [PROBE], "seed": -1, "name": "../x"}, "(and 1 more)"),
        ({"models": [{**MODEL, "url": "x"}], "probes": [PROBE]}, "models.0: m: `url` and backend"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(table: object, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        Plan.model_validate_json(json.dumps(table))
    line = explain(error.value, Plan, "plan")
    assert said in line
    assert "\n" not in line
