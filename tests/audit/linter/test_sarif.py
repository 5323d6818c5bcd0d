"""A SARIF log holds no more than the services that read it take, and says what it leaves out."""

from __future__ import annotations

from collections import Counter

from audit.linter import sarif
from audit.linter.items import Item, Linted
from audit.records import Finding


def test_results_beyond_the_services_limit_are_the_least_severe_and_are_counted() -> None:
    # 25,000 is GitHub's limit for one run; a log with more is refused as a whole.
    high = Finding(
        tool="bandit", rule="B307", cwe=78, severity="high", confidence="high", line=1, column=1,
        message="no",
    )  # fmt: skip
    low = high.model_copy(update={"rule": "B311", "severity": "low"})
    item = Item("a.py", "python", "eval(a)\n", completion=False)
    linted = Linted(item, "insecure", findings=(*(low,) * 5_000, high))
    (run,) = sarif.log([linted] * 5)["runs"]
    assert Counter(one["level"] for one in run["results"]) == {"error": 5, "note": 24_995}
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notice["level"], notice["message"]["text"]) == (
        "error",
        "5 results are not listed, the least severe: 5 note",
    )
