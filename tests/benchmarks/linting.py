"""Lint 1,000 real completions: against the floor, one process per snippet, and CodeShield.

The floor is Bandit's visitor in this process, then one semgrep process over all files with the same
rules: no extraction, no proof that a file was read, no verdict. The completions are SALLM's
(`codesec/sallm_outputs`) as the models wrote them; the other sides get the code found in them, each
ended by a line break: without one semgrep drops a block whose last line is an indented comment.
"""

from __future__ import annotations

import functools
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from audit.extract import Code
from audit.linter import catalog
from audit.linter.engine import Linter
from audit.linter.flow.rules import RULES as FLOW
from audit.linter.outcomes import Insecure
from audit.linter.with_semgrep import RULES
from audit.records import Prompt
from audit.scorers.code import Extractor, snippet
from tests.benchmarks.__main__ import Pair, Timed
from tests.benchmarks.peers import python_of

DATA = Path(os.environ.get("PHI_AUDIT_DATA", Path(__file__).parents[3] / "shared" / "data"))
N = 1000
N_TOOLS = 6
"""Starting both tools takes seconds a snippet."""

N_CODESHIELD = 60
CODESHIELD = Path(__file__).with_name("codeshield_peer.py")
READS = "1.85.0"
"""The semgrep of CodeShield 1.0.1's time. With later ones it reads no file, and says nothing: it
passes `--project-root /`, in which they find no file."""

SEMGREP_NOW = metadata.version("semgrep")
SEMGREP = str(Path(sys.executable).with_name("semgrep"))
TICK_S = 0.05

Found = dict[str, set[tuple[str, int]]]
"""By code: the rules that found something in it, each with the line."""


def pairs() -> list[Pair]:
    answers = replies()
    extractor, linter = Extractor(), Linter()
    codes = [code for code in extractor.extract(answers) if isinstance(code, Code)]
    texts = list(dict.fromkeys(code.code for code in codes))
    own_lines = {code.code: code.given_lines for code in codes}

    def ours() -> Found:
        found = [code for code in extractor.extract(answers) if isinstance(code, Code)]
        outcomes = linter.lint([snippet(code) for code in found])
        return {
            code.code: {(f.rule, f.line) for f in outcome.findings}
            if isinstance(outcome, Insecure)
            else set()
            for code, outcome in zip(found, outcomes, strict=True)
        }

    agree = functools.partial(_agree, own_lines=own_lines)
    sample = texts[:: len(texts) // N_CODESHIELD][:N_CODESHIELD]
    return [
        Pair(
            "the floor: bandit in process, one semgrep process",
            ours,
            functools.partial(floor, [code.code for code in codes]),
            agree,
            N,
            is_floor=True,
            note=f"memory of all our processes together at most {peak_mb(answers)} MB",
        ),
        Pair(
            "one bandit and one semgrep process per snippet",
            ours,
            functools.partial(one_by_one, texts[:: len(texts) // N_TOOLS][:N_TOOLS]),
            agree,
            N,
            n_theirs=N_TOOLS,
        ),
        *(_codeshield_pair(ours, sample, told=told) for told in (False, True)),
    ]


def replies() -> list[tuple[str, Prompt]]:
    """Give the first 1,000 completions of the set, each with its prompt."""
    found = []
    for path in sorted((DATA / "codesec" / "sallm_outputs").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            prompt = Prompt(id="sallm/x", probe="sallm", text=row["prompt"], style="continue")
            found += [(text, prompt) for text in row["completions"]]
    return found[:N]


def floor(codes: Sequence[str]) -> Found:
    found: Found = {code: set(_bandit(code)) for code in codes}
    with tempfile.TemporaryDirectory() as folder:
        for i, code in enumerate(codes):
            Path(folder, f"{i:06}.py").write_text(f"{code}\n")
        done = subprocess.run(
            [SEMGREP, "scan", "--experimental", "--json", "--quiet", "--metrics=off", "--jobs=1",
             f"--config={RULES / 'python'}", folder],
            check=False, capture_output=True,
        )  # fmt: skip
    for code, rule, line in _semgrep(done.stdout, codes):
        found[code].add((rule, line))
    return found


def one_by_one(codes: Sequence[str]) -> Found:
    found: Found = defaultdict(set)
    for code in codes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "000000.py")
            path.write_text(f"{code}\n")
            bandit = subprocess.run(
                [sys.executable, "-P", "-m", "bandit", "-q", "-f", "json", str(path)],
                check=False, capture_output=True,
            )  # fmt: skip
            semgrep = subprocess.run(
                [SEMGREP, "scan", "--json", "--quiet", "--metrics=off", "--disable-version-check",
                 "--config", str(RULES / "python"), str(path)],
                check=False, capture_output=True,
            )  # fmt: skip
        results = json.loads(bandit.stdout)["results"]
        found[code] = {(result["test_id"], result["line_number"]) for result in results}
        found[code] |= {(rule, line) for _, rule, line in _semgrep(semgrep.stdout, [code])}
    return found


def _codeshield_pair(ours: Callable[[], object], codes: Sequence[str], *, told: bool) -> Pair:
    said = (_said(codeshield(codes, semgrep, told=told)) for semgrep in (READS, SEMGREP_NOW))
    asked = "told the language" if told else "called as its documentation does"
    return Pair(
        f"CodeShield 1.0.1, {asked}, with semgrep {READS}",
        ours,
        functools.partial(codeshield_timed, codes, told=told),
        lambda _, other: other is None,  # other rules: it cannot be equal
        N,
        n_theirs=N_CODESHIELD,
        note="; ".join(said),
    )


def codeshield_timed(codes: Sequence[str], *, told: bool) -> Timed:
    """Time the scans alone, without the start of CodeShield's process.

    Raises:
        RuntimeError: If its semgrep was started and read nothing: that is no measurement.
    """
    answer = codeshield(codes, READS, told=told)
    if not all(answer["scanned"]):
        raise RuntimeError(f"CodeShield's semgrep read nothing: {answer['scanned']}")
    return Timed(answer["seconds"], answer["flagged"])


def codeshield(codes: Sequence[str], semgrep: str, *, told: bool) -> dict[str, Any]:
    requirements = ("codeshield==1.0.1", f"semgrep=={semgrep}", "setuptools<81")
    python = python_of(f"codeshield-{semgrep}", *requirements)
    done = subprocess.run(
        [python, str(CODESHIELD)],
        input=json.dumps({"codes": codes, "told": told}),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def peak_mb(answers: Sequence[tuple[str, Prompt]]) -> int:
    """Give the most memory that `phi-audit lint` and its processes take together (PSS)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "replies.jsonl")
        rows = [json.dumps({"id": i, "text": text}) for i, (text, _) in enumerate(answers)]
        path.write_text("\n".join(rows))
        command = [sys.executable, "-m", "audit", "lint", str(path), "--format", "json"]
        most = 0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                most = max(most, sum(_pss_kb(pid) for pid in _tree(process.pid)))
                time.sleep(TICK_S)
    return most // 1024


def _said(answer: dict[str, Any]) -> str:
    scanned = answer["scanned"]
    return (
        f"with semgrep {answer['versions']['semgrep']} it flagged {sum(answer['flagged'])} of "
        f"{len(answer['flagged'])}, and read {sum(scanned)} of the {len(scanned)} files it gave "
        "to semgrep"
    )


def _agree(one: object, other: object, own_lines: dict[str, int]) -> bool:
    """Tell whether what decides is what the tools say, and nothing of theirs is lost."""
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    decides = {rule.name for rule in catalog.rules() if rule.decides}
    for code, theirs in other.items():
        deciding = {(r, line) for r, line in theirs if r in decides and line > own_lines[code]}
        of_tools = {(r, line) for r, line in one[code] if r not in FLOW}
        if not of_tools <= theirs or (deciding and not one[code]):
            return False
    return True


def _bandit(code: str) -> Iterator[tuple[str, int]]:
    bandit, visit = _bandit_parts()
    visitor = visit(
        "snippet.py", io.BytesIO(code.encode()), bandit.b_ma, bandit.b_ts, False, {}, bandit.metrics
    )
    visitor.process(code)
    for issue in visitor.tester.results:
        yield issue.test_id, issue.lineno


@functools.cache
def _bandit_parts() -> tuple[Any, Any]:
    with warnings.catch_warnings():
        # stevedore's, about bandit's use of it
        warnings.simplefilter("ignore", DeprecationWarning)
        from bandit.core import config, manager, node_visitor

        logging.getLogger("bandit").setLevel(logging.CRITICAL)
        made = manager.BanditManager(config.BanditConfig(), "file", ignore_nosec=True)
    return made, node_visitor.BanditNodeVisitor


def _semgrep(out: bytes, codes: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    for result in json.loads(out.decode(errors="replace"))["results"]:
        code = codes[int(Path(result["path"]).stem)]
        yield code, result["check_id"].rpartition(".")[2], result["start"]["line"]


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [p for child in children.read_text().split() for p in _tree(int(child))]
    except OSError:  # it has ended
        pass
    return found


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
