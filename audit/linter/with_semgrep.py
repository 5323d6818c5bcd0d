"""Semgrep over many snippets at once: one process per few hundred files, each file accounted for.

Semgrep can skip a file, or read half of it, and report success with no error (checked with
1.182.0). So each file ends in a call that a rule of ours must find there: without it, the file was
not read. A batch that fails is halved down to the one snippet that did it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from audit.errors import RefusedError
from audit.languages import ALIKE, LANGUAGES
from audit.linter.outcomes import Partly, Spot
from audit.records import Finding

RULES = Path(__file__).with_name("rules")
CANARY = Path(__file__).with_name("canary.yaml")
CANARY_RULES = ("phi-audit-canary", "phi-audit-canary-call")

NOT_READ = "not read"
"""Of a file that semgrep passed over without an error."""

BATCH = 500
RULE_TIMEOUT_S = 2
MAX_MEMORY_MB = 400
HARD_MEMORY_MB = 900
"""Semgrep minds its own limit between two collections, so late; the kernel minds this one."""

WITHOUT_THREADS = frozenset({"1.182.0"})
"""Where `--x-parmap` was checked: one file at a time without threads that wait for each other, a
seventh faster. It is no part of semgrep's interface, so others do without."""

Level = Literal["low", "medium", "high"]


class Stopped(str):
    """Why a snippet was not read, with the lines where semgrep's parser stopped."""

    __slots__ = ("lines",)

    lines: tuple[int, ...]

    def __new__(cls, reason: str, lines: tuple[int, ...]) -> Stopped:
        """Keep the lines beside the reason, which is what the text says."""
        made = super().__new__(cls, reason)
        made.lines = lines
        return made


class Semgrep:
    """Semgrep with one set of rules."""

    def __init__(self, rules: Path = RULES) -> None:
        """Find the program and the rules.

        Args:
            rules: A folder of semgrep rules, read with the folders below it.

        Raises:
            RefusedError: If semgrep is not installed, or the folder holds no rule.
        """
        beside = Path(sys.executable).with_name("semgrep")
        program = str(beside) if beside.exists() else shutil.which("semgrep")
        if program is None:
            raise RefusedError("semgrep is not installed; try: pip install semgrep")
        if not rules_in(rules):
            raise RefusedError(f"no semgrep rules in {rules}; reinstall phi-audit")
        self._program = program
        self._rules = rules
        self.rules_sha256 = _hash([CANARY, *rules_in(rules)])
        """Over all rule files, their names and order included."""

    @functools.cached_property
    def version(self) -> str:
        """Semgrep's own version.

        Raises:
            RefusedError: If it does not run.
        """
        if Path(self._program).parent == Path(sys.executable).parent:
            return metadata.version("semgrep")
        with tempfile.TemporaryDirectory(prefix="phi-audit-") as folder:
            done = _run([self._program, "--version", "--disable-version-check"], folder, 60)
        version = done[1].decode(errors="replace").strip()
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)+", version):
            raise RefusedError(f"semgrep --version said {version[:80]!r}")
        return version

    def inspect(
        self, codes: Sequence[str], *, language: str = "python", n_processes: int = 1
    ) -> list[list[Spot] | str]:
        """Give the findings in each snippet, in order; or, in one phrase, why it was not read.

        Args:
            codes: In one language. Of Python, what CPython parses: with Python 2 in it semgrep
                reads half.
            language: A key of `audit.languages.LANGUAGES`.
            n_processes: Batches to scan at once.

        Raises:
            RefusedError: If semgrep cannot run these rules at all.
        """
        size = min(BATCH, -(-len(codes) // n_processes)) or 1
        batches = [codes[start : start + size] for start in range(0, len(codes), size)]
        with ThreadPoolExecutor(n_processes) as threads:
            halve = functools.partial(self._halve, language=language)
            return [answer for answers in threads.map(halve, batches) for answer in answers]

    def _halve(self, codes: Sequence[str], language: str) -> list[list[Spot] | str]:
        scanned = self._scan(codes, language)
        answers: list[list[Spot] | str] = (
            [scanned for _ in codes] if isinstance(scanned, str) else scanned
        )
        if len(codes) <= 1:
            return answers
        # Of a batch that failed these are all; else those that a failure of another cost.
        again = [i for i, answer in enumerate(answers) if answer == NOT_READ or answer is scanned]
        middle = -(-len(again) // 2)
        for half in (again[:middle], again[middle:]):
            if half:
                retried = self._halve([codes[i] for i in half], language)
                answers = _replaced(answers, half, retried)
        return answers

    def _scan(self, codes: Sequence[str], language: str) -> list[list[Spot] | str] | str:
        """Scan one batch; a string says why the batch as a whole failed."""
        form = LANGUAGES[language]
        with tempfile.TemporaryDirectory(prefix="phi-audit-") as folder:
            files = Path(folder) / "code"
            files.mkdir()
            for i, code in enumerate(codes):
                file = files / f"{i:06}{form.suffix}"
                file.write_bytes(f"{form.opened(code)}\n{form.canary}\n".encode())
            command = [self._program, "scan", *self._options(language), str(files)]
            limit_s = 30.0 + len(codes) * (RULE_TIMEOUT_S + 1)
            status, out = _run(command, folder, limit_s)
        try:
            report = json.loads(out.decode(errors="replace"))
            answers = list(_answers(report, codes))
        except (ValueError, KeyError, TypeError):
            return "time-out" if status == -signal.SIGKILL else f"exited {status}"
        if report.get("skipped_rules"):
            raise RefusedError(f"semgrep skipped rules: {str(report['skipped_rules'])[:200]}")
        if status not in {0, 1}:
            broken = [e for e in report["errors"] if "path" not in e]
            if broken and len(codes) == 1:
                raise RefusedError(f"semgrep exited {status}: {str(broken[0])[:300]}")
            return f"exited {status}"
        return answers

    def _options(self, language: str) -> list[str]:
        return [
            "--experimental",
            "--json",
            "--quiet",
            "--metrics=off",
            "--disable-nosem",
            "--no-git-ignore",
            "--jobs=1",
            f"--timeout={RULE_TIMEOUT_S}",
            "--timeout-threshold=1",
            "--max-target-bytes=0",
            f"--max-memory={MAX_MEMORY_MB}",
            f"--config={CANARY}",
            *(f"--config={folder}" for folder in self._folders(language)),
            *(["--x-parmap"] if self.version in WITHOUT_THREADS else []),
        ]

    def _folders(self, language: str) -> list[Path]:
        """Give where a language's rules are: others cost each batch time to read."""
        alike = next((names for names in ALIKE if language in names), {language})
        folders = [self._rules / name for name in sorted(alike)]
        return [folder for folder in folders if folder.is_dir()] or [self._rules]


def rules_in(folder: Path) -> list[Path]:
    """Give the rule files of a folder and those below it, in a fixed order."""
    return sorted(path for path in folder.rglob("*.y*ml") if path.suffix in {".yaml", ".yml"})


def _replaced(
    answers: Sequence[list[Spot] | str], places: Sequence[int], by: Sequence[list[Spot] | str]
) -> list[list[Spot] | str]:
    new = dict(zip(places, by, strict=True))
    return [new.get(i, answer) for i, answer in enumerate(answers)]


def _answers(report: dict[str, Any], codes: Sequence[str]) -> Iterator[list[Spot] | str]:
    found: dict[int, list[dict[str, Any]]] = {i: [] for i in range(len(codes))}
    errors: dict[int, str] = {}
    for result in report["results"]:
        found[_index(result)].append(result)
    for error in report["errors"]:
        if "path" in error:
            kind = error["type"]
            lines = tuple(span["start"]["line"] for span in error.get("spans", []))
            errors[_index(error)] = Stopped(kind if isinstance(kind, str) else kind[0], lines)
    for i, code in enumerate(codes):
        last = code.count("\n") + 2
        own = [r for r in found[i] if _rule(r) not in CANARY_RULES and r["start"]["line"] < last]
        read = any(_rule(r) in CANARY_RULES and r["start"]["line"] == last for r in found[i])
        encoded = code.encode().split(b"\n")
        spots = [_spot(result, encoded) for result in own]
        if read and i not in errors:
            yield spots
        elif any(spot.finding.decides for spot in spots):
            # What was found in half of a file stands; what only informs says nothing of the rest.
            yield Partly(spots, errors.get(i, NOT_READ))
        else:
            yield errors.get(i, NOT_READ)


def _index(about: dict[str, Any]) -> int:
    """Give which snippet a result or an error is about."""
    return int(Path(about["path"]).stem)


def _rule(result: dict[str, Any]) -> str:
    return str(result["check_id"]).rpartition(".")[2]


def _spot(result: dict[str, Any], lines: Sequence[bytes]) -> Spot:
    extra, line = result["extra"], result["start"]["line"]
    # Semgrep counts bytes of UTF-8.
    before = lines[line - 1][: result["start"]["col"] - 1].decode(errors="ignore")
    facts = extra.get("metadata", {})
    finding = Finding(
        tool="semgrep",
        rule=_rule(result),
        cwe=_number(facts.get("cwe", "")),
        severity=_level(facts.get("severity", extra["severity"])),
        confidence=_level(facts.get("confidence", "medium")),
        line=line,
        column=len(before) + 1,
        message=" ".join(str(extra["message"]).split()),
        decides=bool(facts.get("decides", True)),
    )
    return Spot(finding=finding, last_line=result["end"]["line"])


def _number(cwe: object) -> int:
    digits = re.search(r"[0-9]+", str(cwe))
    return int(digits[0]) if digits else 0


def _level(word: object) -> Level:
    levels: dict[str, Level] = {
        "low": "low", "medium": "medium", "high": "high",
        "info": "low", "warning": "medium", "error": "high", "critical": "high",
    }  # fmt: skip
    return levels.get(str(word).lower(), "medium")


def _hash(paths: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _run(command: list[str], folder: str, limit_s: float) -> tuple[int, bytes]:
    """Run to the end or the limit, in a group of its own: a killed semgrep leaves children."""
    # No SEMGREP_*, no tokens, no proxies; HOME keeps its settings file out of the user's.
    env = {
        "PATH": os.defpath,
        "HOME": folder,
        "LANG": "C.UTF-8",
        "TMPDIR": folder,
        # A larger minor heap saves collections; dead data of hostile code is soon given back.
        "OCAMLRUNPARAM": "s=1M,o=100",
    }
    with subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            _limit_memory(process.pid)
            out, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            out = b""
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return process.wait(), out


def _limit_memory(pid: int) -> None:
    """Let a process, and those it starts, own this much memory at most, where Linux can see to it.

    Beyond it semgrep aborts: its batch is halved down to the one snippet that did it.
    """
    if sys.platform == "linux":
        size = HARD_MEMORY_MB << 20
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))
