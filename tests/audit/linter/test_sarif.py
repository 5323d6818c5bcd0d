"""A SARIF log holds no more than the services that read it take, and says what it leaves out."""

from __future__ import annotations

from audit.linter import sarif
from audit.linter.items import Item, Linted
from audit.records import Finding


def test_results_beyond_the_services_limit_are_counted_and_not_listed() -> None:
    # 25,000 is GitHub's limit for one run; a log with more is refused as a whole.
    finding = Finding(
        tool="bandit", rule="B307", cwe=78, severity="high", confidence="high", line=1, column=1,
        message="no",
    )  # fmt: skip
    item = Item("a.py", "python", "eval(a)\n", completion=False)
    linted = Linted(item, "insecure", findings=(finding,) * 5_001)
    (run,) = sarif.log([linted] * 5)["runs"]
    assert len(run["results"]) == 25_000
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notice["level"], notice["message"]["text"]) == (
        "error",
        "5 more results are not listed",
    )
