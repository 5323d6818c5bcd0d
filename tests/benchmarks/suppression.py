"""Every trick on every vulnerable snippet of ours: no finding may be lost under a verdict.

python -m tests.benchmarks.suppression
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from audit.linter.engine import Linter
from audit.linter.outcomes import Insecure, Outcome, Snippet, Unread
from tests.audit.linter.tricks import TRICKS, vulnerable

RESULTS = Path(__file__).with_name("results") / "suppression.json"


def main() -> None:
    with Linter() as linter:
        codes = list(dict.fromkeys(vulnerable()))
        plain = dict(zip(codes, map(deciding, lint(linter, codes)), strict=True))
        codes = [code for code in codes if plain[code]]
        rows = []
        for name, trick in TRICKS.items():
            outcomes = lint(linter, [trick(code) for code in codes])
            lost = [
                code
                for code, outcome in zip(codes, outcomes, strict=True)
                if not isinstance(outcome, Unread) and deciding(outcome) < plain[code]
            ]
            reasons = Counter(o.reason for o in outcomes if isinstance(o, Unread))
            rows.append({"trick": name, "lost": len(lost), "unread": dict(reasons)})
            print(rows[-1], *lost[:1], sep="\n")
        result = {
            "linter": linter.signature,
            "snippets": len(codes),
            "tricks": len(TRICKS),
            "lost": sum(int(str(row["lost"])) for row in rows),
            "rows": rows,
        }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


def lint(linter: Linter, codes: list[str]) -> list[Outcome]:
    return linter.lint([Snippet(code=code) for code in codes])


def deciding(outcome: Outcome) -> int:
    """Count the findings that decide."""
    return sum(f.decides for f in outcome.findings) if isinstance(outcome, Insecure) else 0


if __name__ == "__main__":
    main()
