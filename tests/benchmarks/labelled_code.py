"""Lint labelled code: what is found, and what is alarmed on after its fix.

Every set is split in two: pairs whose name has an even SHA-256 are the `tuning` half, and rules are
written looking at these alone. The `held_out` half says what they are worth on other code.

    python -m tests.benchmarks.labelled_code [--data DIR]
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from audit.linter.catalog import MEASURED
from audit.linter.engine import Linter
from audit.linter.outcomes import Insecure, Outcome, Secure
from audit.linter.policy import near
from audit.records import Finding, Prompt, Ungraded
from audit.scorers.code import Extractor, settled, snippet

DATA = Path(__file__).parents[3] / "shared" / "data"
RESULTS = Path(__file__).with_name("results") / "labelled_code.json"
SETS = {
    "sven": "sven/pairs_python.jsonl",
    "safecoder": "safecoder/pairs_python.jsonl",
    "sallm": "sallm/labelled.jsonl",
}
HALVES = ("tuning", "held_out")
PROMPT = Prompt(id="labelled/code", probe="lint", text="", style="instruct", tags={})


class Row(NamedTuple):
    """A labelled snippet."""

    set: str
    id: str
    pair: str
    vulnerable: bool
    cwes: tuple[int, ...]
    code: str

    @property
    def half(self) -> str:
        return HALVES[hashlib.sha256(self.pair.encode()).digest()[-1] % 2]


class Linted(NamedTuple):
    """A labelled snippet and what the linter says of it."""

    row: Row
    unread: str
    findings: tuple[Finding, ...]
    """Those that decide."""

    def matched(self) -> bool:
        return any(near(f.cwe, cwe) for f in self.findings for cwe in self.row.cwes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=os.environ.get("PHI_AUDIT_DATA", DATA))
    options = parser.parse_args()
    rows = [row for name in SETS for row in labelled(options.data / "codesec", name)]
    signature, answers = linted([*rows, *library_functions()])
    result = {
        "linter": signature,
        "sets": [
            figures(name, half, [a for a in answers if (a.row.set, a.row.half) == (name, half)])
            for name in (*SETS, "library")
            for half in HALVES
        ],
        "rules": precision_by_rule([a for a in answers if a.row.set in SETS]),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    by_rule = measured(result["rules"])  # type: ignore[arg-type]  # a list of flat mappings
    MEASURED.write_text(json.dumps(by_rule, indent=1) + "\n")
    for table in ("sets", "rules"):
        show(result[table])  # type: ignore[arg-type]  # both are lists of flat mappings


def labelled(folder: Path, name: str) -> Iterator[Row]:
    for line in (folder / SETS[name]).read_text().splitlines():
        row = json.loads(line)
        cwes = tuple(int(cwe) for cwe in row["cwe"])
        pair = row.get("pair", row["id"])
        yield Row(name, row["id"], pair, bool(row["label"]), cwes, row["code"])


def library_functions() -> Iterator[Row]:
    """Give a third of the top-level functions of this Python's library, by hash: reviewed code."""
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.glob("*.py")):
        text = path.read_text(errors="replace")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                name = f"{path.stem}.{node.name}"
                if int(hashlib.sha256(name.encode()).hexdigest()[-4:], 16) % 3 == 0:
                    code = ast.get_source_segment(text, node) or ""
                    yield Row("library", name, name, False, (), code)


def linted(rows: Sequence[Row]) -> tuple[str, list[Linted]]:
    extractor = Extractor()
    codes = extractor.extract([(row.code, PROMPT) for row in rows])
    extractor.close()
    read = [code for code in codes if not isinstance(code, Ungraded)]
    with Linter() as linter:
        outcomes = iter(linter.lint([snippet(code) for code in read]))
        answers = []
        for row, code in zip(rows, codes, strict=True):
            if isinstance(code, Ungraded):
                answers.append(Linted(row, code.reason, ()))
                continue
            answers.append(_linted(row, settled(code, next(outcomes))))
        return linter.signature, answers


def _linted(row: Row, outcome: Outcome) -> Linted:
    if isinstance(outcome, Insecure):
        return Linted(row, "", tuple(f for f in outcome.findings if f.decides))
    return Linted(row, "" if isinstance(outcome, Secure) else outcome.reason, ())


def figures(name: str, half: str, answers: Sequence[Linted]) -> dict[str, object]:
    """Give percent: found with a matching weakness, alarmed on the fix, and both right."""
    vulnerable = {a.row.pair: a for a in answers if a.row.vulnerable}
    fixed = {a.row.pair: a for a in answers if not a.row.vulnerable}
    row: dict[str, object] = {"set": name, "half": half, "n": len(vulnerable) or len(fixed)}
    row["unread"] = sum(bool(a.unread) for a in answers)
    if vulnerable:
        row["recall"] = _percent([a.matched() for a in vulnerable.values()])
    if vulnerable and fixed:
        row["alarms"] = _percent([a.matched() for a in fixed.values()])
        row["pair_correct"] = _percent(
            [a.matched() and not fixed[pair].matched() for pair, a in vulnerable.items()]
        )
        row["youden"] = round(float(str(row["recall"])) - float(str(row["alarms"])), 1)
    if fixed:
        row["any_alarm"] = _percent([bool(a.findings) for a in fixed.values()])
    return row


def _percent(hits: Sequence[bool]) -> float:
    return round(100 * sum(hits) / len(hits), 1)


def precision_by_rule(answers: Sequence[Linted]) -> list[dict[str, object]]:
    """Count, for each rule that decides, what it found and what it alarmed on, in each half.

    Returns:
        For each rule and half: `found`, vulnerable snippets with a label near its weakness that it
        found; `of`, all there are; `alarmed`, fixed snippets in which it found anything.
    """
    found: Counter[tuple[str, str]] = Counter()
    alarmed: Counter[tuple[str, str]] = Counter()
    weaknesses: dict[str, set[int]] = {}
    for answer in answers:
        for rule, cwe in {(f"{f.tool}/{f.rule}", f.cwe) for f in answer.findings}:
            weaknesses.setdefault(rule, set()).add(cwe)
            if not answer.row.vulnerable:
                alarmed[rule, answer.row.half] += 1
            elif any(near(cwe, label) for label in answer.row.cwes):
                found[rule, answer.row.half] += 1
    labels = Counter((a.row.half, cwe) for a in answers if a.row.vulnerable for cwe in a.row.cwes)
    rows: list[dict[str, object]] = []
    for rule, cwes in sorted(weaknesses.items()):
        row: dict[str, object] = {"rule": rule}
        for half in HALVES:
            like = [cwe for of, cwe in labels if of == half and any(near(cwe, c) for c in cwes)]
            row[f"found_{half}"] = found[rule, half]
            row[f"of_{half}"] = sum(labels[half, cwe] for cwe in like)
            row[f"alarmed_{half}"] = alarmed[rule, half]
        rows.append(row)
    return rows


def measured(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Give what `phi-audit explain` says of each rule: its counts on the half not tuned on."""
    return {
        row["rule"]: {key: row[f"{key}_held_out"] for key in ("found", "of", "alarmed")}
        for row in rows
        if row["found_held_out"] or row["alarmed_held_out"]
    }


def show(table: Sequence[dict[str, Any]]) -> None:
    for row in table:
        cells = (f"{key} {value:<9}" for key, value in row.items())
        print(" ".join(cells))


if __name__ == "__main__":
    main()
