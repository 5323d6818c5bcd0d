"""Hostile code against the linter: nothing may hide a finding, stall it or eat the memory."""

from __future__ import annotations

import contextlib
import io
import json
import resource
import time
from collections.abc import Iterator, Sequence

from audit.extract import extract
from audit.linter.engine import Linter
from audit.linter.outcomes import Outcome, Snippet
from audit.records import Prompt
from tests.benchmarks import suppression
from tests.faults import snippets
from tests.faults.forked import told
from tests.faults.row import Row, limit_s, limit_said

WEAK = "eval(name)\n"
BOMBS = {
    "sum of 2,000 strings": "x = " + " + ".join(["'a'"] * 2000) + "\n",
    "select 64 kB": "q = '" + "select " * 9000 + "'\n",
    "update 64 kB": "q = '" + "update " * 9000 + "'\n",
    "200,000 lines": "x = 1\n" * 200_000,
    "5 MB list": "x = [" + "1, " * 1_600_000 + "]\n",
    "200,000 terms": "x = " + "1+" * 200_000 + "1\n",
    "calls of calls": "x = a" + "()" * 5000 + "\n",
    "5,000 brackets": "x = " + "(" * 5000 + ")" * 5000 + "\n",
    "9,000 signs": "x = " + "-" * 9000 + "1\n",
    "200 blocks": "".join(" " * i + "if a:\n" for i in range(200)) + " " * 200 + "pass\n",
    "one word of 1 MB": "a" * 1_000_000 + "\n",
    "10,000 fences": "```\n" * 10_000,
    "backtracking": "x = '" + "a" * 30_000 + "!'\n",
    "zero bytes": "\0" * 60_000 + "\n",
}  # fmt: skip


def measure(full: bool) -> Iterator[Row]:
    """Give the rows on the linter."""
    yield _bombs(full)
    yield _extraction(full)
    if full:  # minutes of it; a short form is among the tests
        yield _suppression()


def _suppression() -> Row:
    with contextlib.redirect_stdout(io.StringIO()):
        suppression.main()
    found = json.loads(suppression.RESULTS.read_text())
    return Row(
        "findings hidden by what is around them",
        f"{found['tricks']} tricks on {found['snippets']} snippets: {found['lost']} findings lost",
        "30 tricks or more on 100 vulnerable snippets or more: 0 lost under an ok status",
        found["tricks"] >= 30 and found["snippets"] >= 100 and found["lost"] == 0,
        tuple(f"{one['trick']}: {one['lost']} lost" for one in found["rows"] if one["lost"]),
    )


def _bombs(full: bool) -> Row:
    # Apart: our own other processes must not count as the linter's.
    ends, peak_mb = told(_bombed_one_by_one if full else _bombed)
    slowest, which = max((seconds, name) for name, _, seconds in ends)
    wrong = tuple(
        f"{name}: {kind} in {seconds:.1f} s"
        for name, kind, seconds in ends
        if kind == "Secure" or seconds > limit_s(15, full=full)
    )
    return Row(
        "code made to stall, break or silence a linter, or fill the memory",
        f"{len(ends)} snippets, slowest {slowest:.1f} s ({which}), largest process {peak_mb} MB",
        f"each of 323 or more ends in an outcome within {limit_said(15, full=full)} and 1 GB, and "
        "is not called secure",
        not wrong and peak_mb <= 1024 and len(ends) >= 323,
        wrong,
    )


def _bombed_one_by_one() -> tuple[list[tuple[str, str, float]], int]:
    return _bombed(batch=1)


def _bombed(batch: int = 25) -> tuple[list[tuple[str, str, float]], int]:
    """Lint each bomb, and every other case in batches.

    Returns:
        For each its name, its outcome and the seconds of its batch, by its size; and the largest
        process in MB.
    """
    others = list(snippets.cases())
    work = [[(name, bomb + WEAK)] for name, bomb in BOMBS.items()]
    work += [others[start : start + batch] for start in range(0, len(others), batch)]
    ends = []
    with Linter() as linter:
        linter.prove()
        for some in work:
            given = [Snippet(code=code) for _, code in some]
            outcomes, seconds = _linted(linter, given)
            if seconds > 15:  # a loaded machine only adds
                seconds = min(seconds, *(_linted(linter, given)[1] for _ in range(2)))
            for (name, _), outcome in zip(some, outcomes, strict=True):
                ends.append((name, type(outcome).__name__, seconds))
    return ends, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _linted(linter: Linter, given: Sequence[Snippet]) -> tuple[list[Outcome], float]:
    start = time.monotonic()
    outcomes = linter.lint(given)
    return outcomes, (time.monotonic() - start) / len(given)


def _extraction(full: bool) -> Row:
    prompt = Prompt(id="p/0", probe="p", text="Write it.", style="instruct")
    slowest, worst = 0.0, ""
    for name, text in {
        "blank lines": "```" + "\n" * 1_000_000, "fences": "```\n" * 250_000,
        "one line": "a" * 1_000_000, "spaces": " " * 1_000_000, "prose": "Then do it. " * 80_000,
        "code": "x = 1\n" * 160_000, "indents": "\n".join(" " * (i % 400) for i in range(5000)),
        "letters": "a\n" * 500_000,
    }.items():  # fmt: skip
        seconds = min(_spent(text, prompt) for _ in range(3))  # a loaded machine only adds
        if seconds > slowest:
            slowest, worst = seconds, name
    return Row(
        "code out of a reply of 1 MB",
        f"slowest {slowest:.2f} s of processor ({worst})",
        f"within {limit_said(0.2, full=full)}",
        slowest <= limit_s(0.2, full=full),
    )


def _spent(text: str, prompt: Prompt) -> float:
    start = time.process_time()
    extract(text, prompt)
    return time.process_time() - start
