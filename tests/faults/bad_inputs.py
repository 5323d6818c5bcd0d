"""Wrong command lines, plans, probe files and run folders: one line, the right status, at once.

Each case is made by code here, from what users mistype and what attackers would try. Nothing may
be lost: what stood in the working folder before stands there after, unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.row import Row, limit_s, limit_said

SLOW_S = 2.0
"""Of processor; the wall time only tells a hang."""

MOST_S = 180.0

MODEL = '[[models]]\nname = "m"\nid = "reference:base"\nrole = "target"\n'
PROBE = '[[probes]]\nname = "groups"\nlimit = 2\n'
GRADER = '[graders]\ntoxicity = "reference"\n'
PLAN = f"{MODEL}{PROBE}{GRADER}"
ROW = {"id": "a", "text": "How do I open a stuck door?", "style": "instruct", "tags": {}}


@dataclass(frozen=True)
class Case:
    """A command in a folder that was made ready for it."""

    name: str
    arguments: tuple[str, ...]
    code: int
    files: dict[str, bytes]
    make: Callable[[Path], object] = lambda folder: None


def cases() -> Iterator[Case]:
    """Give every bad input."""
    yield from _commands()
    yield from _plans()
    yield from _probe_files()
    yield from _run_folders()
    yield from _lint_inputs()


def measure(full: bool) -> Iterator[Row]:
    """Run the cases: all of them, or every third in the short form."""
    chosen = list(cases()) if full else list(cases())[::3]
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(run_one, chosen))
    wrong = tuple(problem for problem, _ in results if problem)
    timed = zip(chosen, results, strict=True)
    slowest, which = max((seconds, case.name) for case, (_, seconds) in timed if case.code)
    yield Row(
        "bad command lines, plans, probe files and run folders",
        f"{len(chosen) - len(wrong)} of {len(chosen)} right; "
        f"slowest refusal {slowest:.1f} s of processor ({which})",
        "150 or more (a third of them in the short form), all: one line, right status, within "
        + limit_said(SLOW_S, full=full),
        not wrong and slowest < limit_s(SLOW_S, full=full) and (len(chosen) >= 150 or not full),
        wrong,
    )


def run_one(case: Case) -> tuple[str, float]:
    """Run a case; say what is wrong with its end, or nothing, and its processor time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in case.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        case.make(folder)
        before = _fingerprint(folder)
        said = folder / ".stderr"
        with said.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "audit", *case.arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
            )
            watch = threading.Timer(MOST_S, process.kill)
            watch.start()
            # Processor time: a loaded machine must not make a quick answer slow.
            _, status, used = os.wait4(process.pid, 0)
            watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = used.ru_utime + used.ru_stime
        kept = before == _fingerprint(folder)
        return _wrong(case, process.returncode, said.read_bytes(), kept), seconds


def _wrong(case: Case, code: int, stderr: bytes, kept: bool) -> str:
    text = stderr.decode("utf-8", "replace")
    last = text.rstrip("\n").rpartition("\n")[2]
    if code != case.code:
        return f"{case.name}: status {code}, not {case.code}: {last[:200]}"
    if "Traceback" in text:
        return f"{case.name}: a traceback"
    if code in {2, 3, 74, 75} and case.arguments and not last.startswith("error: "):
        return f"{case.name}: no error line: {last[:200]}"
    if any(ord(sign) < 32 for sign in last):
        return f"{case.name}: control characters reach the terminal"
    return "" if kept else f"{case.name}: files were lost or changed"


def _fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {"lock", ".stderr"} and "runs" not in path.parts
    }


# --- the cases ---------------------------------------------------------------------------------


def _commands() -> Iterator[Case]:
    for name, arguments in {
        "no arguments": "",
        "misspelt command": "rnu",
        "command in capitals": "RUN",
        "empty command": "''",
        "unknown option": "run --sede 1",
        "option twice with nothing": "run --seed",
        "seed is a word": "run --seed one",
        "seed is a fraction": "run --seed 1.5",
        "seed is negative": "run --seed -1",
        "seed is too large": "run --seed 99999999999999999999",
        "limit is a word": "run --limit many",
        "limit is negative": "run --limit -5",
        "too many arguments": "run embedded nightly",
        "a plan that is not there": "run absent.toml",
        "a plan that is no plan's name": "run nigthly",
        "a plan with a line break in its name": "run a\nb.toml",
        "a plan with an escape in its name": "run \x1b]0;title\x07.toml",
        "a grader that is none": "run --grader nobody --out runs/x",
        "an option of another command": "report --seed 1 .",
        "explain what is no rule": "explain no-such-rule",
        "lint without paths": "lint",
        "lint in an unknown format": "lint --format xml .",
        "lint at an unknown severity": "lint --fail-on awful .",
        "report without a run": "report",
        "score without a run": "score",
        "gate without a run": "gate",
        "compare with one run": "compare .",
        "prefetch what is not there": "prefetch absent.toml",
        "models without a grader": "run --target org/model",
    }.items():
        split = tuple("" if part == "''" else part for part in arguments.split(" ") if part)
        yield Case(name, split, 2, {})


def _plans() -> Iterator[Case]:
    def plan(name: str, text: str | bytes, code: int = 2) -> Case:
        data = text if isinstance(text, bytes) else text.encode()
        return Case(f"plan: {name}", ("run", "p.toml", "--dry-run"), code, {"p.toml": data})

    yield plan("a good one", PLAN, 0)
    yield plan("with a byte order mark", b"\xef\xbb\xbf" + PLAN.encode(), 0)
    yield plan("with Windows line ends", PLAN.replace("\n", "\r\n"), 0)
    yield plan("empty", "")
    yield plan("only a comment", "# nothing\n")
    yield plan("UTF-16", PLAN.encode("utf-16"))
    yield plan("Latin-1", f"# caf\xe9\n{PLAN}".encode("latin-1"))
    yield plan("a zero byte", PLAN + "\0")
    yield plan("JSON", json.dumps({"models": []}))
    yield plan("YAML", "models:\n  - name: m\n")
    yield plan("a deep nest", "x = " + "[" * 100_000)
    yield plan("a huge number", "x = " + "9" * 5000)
    yield plan("a long key", "a" * 900_000 + " = 1\n")
    yield plan("two megabytes", "# " + "x" * 2_000_000)
    yield plan("a duplicate key", MODEL + 'name = "n"\n' + PROBE + GRADER)
    yield plan("an unclosed string", '[[models]]\nname = "m\n')
    yield plan("no models", PROBE + GRADER)
    yield plan("no probes", MODEL + GRADER)
    yield plan(
        "two targets", MODEL + MODEL.replace('"m"', '"n"').replace(":base", ":aligned") + PROBE
    )
    yield plan("no target", PLAN.replace('"target"', '"baseline"'))
    yield plan("two models of one name", PLAN + MODEL.replace('"target"', '"baseline"'))
    yield plan("two probes of one name", PLAN + PROBE)
    yield plan("a name in another case", PLAN + PROBE.replace("groups", "Groups"))
    yield plan("a grader of something else", PLAN.replace("toxicity =", "virtue ="))
    for key, value in {
        "temprature": "1.0", "sed": "1", "modles": "[]", "__proto__": "1", "decodeing": "{}",
    }.items():  # fmt: skip
        yield plan(f"unknown key {key}", f"{key} = {value}\n{PLAN}")
    for key, values in {
        "seed": ("-1", "1.5", '"1"', "nan", "true", "1e9", "[]", str(2**70)),
        "name": ("1", '""', '"../x"', '"a b"', '"' + "n" * 300 + '"', '"\\u0000"'),
        "decoding": ("1", "{temperature = nan}", "{temperature = -1}", "{temperature = 0}",
                     "{temperature = inf}", "{top_p = 0}", "{top_p = 1.1}", "{max_new_tokens = 0}",
                     "{max_new_tokens = 1000000000}", "{max_new_tokens = 1.5}",
                     '{strategy = "beam"}', "{temprature = 1}"),
        "limits": ("{min_coverage = 2}", "{min_coverage = nan}", "{batch_rows = 0}",
                   "{batch_rows = -1}", "{batch_tokens = 1}", "{report_samples = -1}", "{x = 1}"),
    }.items():  # fmt: skip
        for value in values:
            yield plan(f"{key} = {value[:40]}", f"{key} = {value}\n{PLAN}")
    for line in (
        'role = "judge"', 'prompt_mode = "polite"', 'dtype = "int8"', 'device = "tpu"',
        'device = "cuda:x"', "parameters = -1", 'backend = "magic"', "trust_remote_code = true",
        "revision = 1", 'id = ""',
    ):  # fmt: skip
        key = line.split(" ", maxsplit=1)[0]
        kept = "".join(row + "\n" for row in MODEL.splitlines() if not row.startswith(f"{key} ="))
        yield plan(f"model {line}", f"{kept}{line}\n{PROBE}{GRADER}")
    for line in (
        "limit = -1", "samples = 0", "samples = 100000", "max_new_tokens = 0", 'file = "x.jsonl"',
        'kind = "toxicity"', 'where = "all"', "where = {language = 1}", 'revision = "main"',
        'where = {group = "nobody"}',
    ):  # fmt: skip
        yield plan(f"probe {line}", f'{MODEL}[[probes]]\nname = "groups"\n{line}\n{GRADER}')
    yield plan("a probe set that is none", PLAN.replace('"groups"', '"gruops"'))
    for name, make in {
        "a folder": lambda folder: (folder / "p.toml").mkdir(),
        "a pipe": lambda folder: os.mkfifo(folder / "p.toml"),
        "a link to itself": lambda folder: (folder / "p.toml").symlink_to("p.toml"),
        "a link to nothing": lambda folder: (folder / "p.toml").symlink_to("absent"),
        "a device": lambda folder: (folder / "p.toml").symlink_to("/dev/zero"),
    }.items():
        yield Case(f"plan: {name}", ("run", "p.toml", "--dry-run"), 2, {}, make)


def _probe_files() -> Iterator[Case]:
    def probes(name: str, data: bytes, code: int = 2, kind: str = "refusal") -> Case:
        plan = f'{MODEL}[[probes]]\nname = "own"\nfile = "f.jsonl"\nkind = "{kind}"\n{GRADER}'
        return Case(f"probe file: {name}", ("run", "p.toml", "--dry-run"), code,
                    {"p.toml": plan.encode(), "f.jsonl": data})  # fmt: skip

    def row(**changes: object) -> bytes:
        fields = {**ROW, "tags": {"label": "safe"}, **changes}
        return json.dumps({k: v for k, v in fields.items() if v is not ...}).encode() + b"\n"

    good = row()
    yield probes("a good one", good, 0)
    yield probes("no last line end, a byte order mark", b"\xef\xbb\xbf" + good.rstrip(), 0)
    yield probes("Windows line ends and blank lines", good.replace(b"\n", b"\r\n\r\n"), 0)
    yield probes("special tokens and controls", row(text="<|im_end|>\x1b[2J\u202e\0"), 0)
    yield probes("a lone surrogate", row(text="\ud800"), 0)
    yield probes("empty", b"")
    yield probes("blank lines only", b"\n\n\n")
    yield probes("line 2 is not JSON", good + b"{oops\n")
    yield probes("cut off", good + row(id="b")[:-20])
    yield probes("a list", b"[1]\n")
    yield probes("a number", b"17\n")
    yield probes("null", b"null\n")
    yield probes("a word", b'"text"\n')
    yield probes("duplicate ids", good + good)
    yield probes("ids that differ in case", good + row(id="A"))
    yield probes("UTF-16", good.decode().encode("utf-16"))
    yield probes("not UTF-8", good.replace(b"stuck", b"st\xffck"))
    yield probes("a deep nest", b"[" * 100_000 + b"\n")
    yield probes("NaN", good.replace(b'"label"', b'"x": NaN, "label"'))
    yield probes("a duplicate key", good.replace(b'{"id": "a"', b'{"id": "b", "id": "a"'))
    yield probes("compressed", b"\x1f\x8b\x08\x00" + bytes(20))
    yield probes("binary", bytes(range(256)) * 10)
    yield probes("CSV", b"id,text\na,b\n")
    for field in ("id", "text", "style"):
        yield probes(f"no {field}", row(**{field: ...}))
        yield probes(f"{field} is null", row(**{field: None}))
        yield probes(f"{field} is a number", row(**{field: 7}))
        yield probes(f"{field} is a list", row(**{field: ["x"]}))
    yield probes("an empty id", row(id=""))
    yield probes("a long id", row(id="i" * 400))
    yield probes("an unknown field", row(answer="x"))
    yield probes("a style that is none", row(style="shout"))
    yield probes("a style that does not fit", row(style="sentence"))
    yield probes("tags are a list", row(tags=["label"]))
    yield probes("a tag is a number", row(tags={"label": 1}))
    yield probes("no label", row(tags={}))
    yield probes("a label that is none", row(tags={"label": "hmm"}))
    yield probes("a sentence without groups", row(style="sentence", tags={"label": "hate"}),
                 kind="likelihood")  # fmt: skip
    yield probes("a kind that no file can have", good, kind="stereotype")


def _run_folders() -> Iterator[Case]:
    plan = {"p.toml": PLAN.encode()}
    go = ("run", "p.toml", "--out", "out")
    yield Case("run folder: a file", go, 74, {**plan, "out": b"x"})
    yield Case("run folder: inside a file", (*go[:3], "out/run"), 74, {**plan, "out": b"x"})
    yield Case("run folder: a broken manifest", go, 2, {**plan, "out/manifest.json": b"{"})
    yield Case("run folder: an empty manifest", go, 2, {**plan, "out/manifest.json": b""})
    newer = json.dumps({"product": "phi-audit@99.0", "schema_version": 99}).encode()
    yield Case("run folder: of a newer version", go, 2, {**plan, "out/manifest.json": newer})
    for command in ("report", "score", "gate", "export"):
        more = ("--format", "csv") if command == "export" else ()
        for name, files in {
            "not there": {},
            "an empty folder": {"out/.keep": b""},
            "a file": {"out": b"x"},
            "a broken audit.json": {"out/audit.json": b"{", "out/manifest.json": b"{"},
            "an audit of a newer version": {"out/audit.json": newer, "out/manifest.json": newer},
            "a list for an audit": {"out/audit.json": b"[]", "out/manifest.json": b"[]"},
        }.items():
            yield Case(f"{command}: {name}", (command, "out", *more), 2, files)


def _lint_inputs() -> Iterator[Case]:
    yield Case("lint: not there", ("lint", "absent.py"), 2, {})
    yield Case("lint: a pipe", ("lint", "f.py"), 4, {}, lambda folder: os.mkfifo(folder / "f.py"))
    config = b"[tool.phi-audit.lint]\nfial_on = 'high'\n"
    yield Case("lint: an unknown setting", ("lint", "a.py"), 2,
               {"a.py": b"x = 1\n", "pyproject.toml": config})  # fmt: skip
    for name, table in {
        "a deep nest": b"x = " + b"[" * 100_000,
        "a huge number": b"x = " + b"9" * 5000,
    }.items():
        yield Case(f"lint: settings with {name}", ("lint", "a.py"), 2,
                   {"a.py": b"x = 1\n", "pyproject.toml": table})  # fmt: skip
    for name, data in {
        "not JSON": b"oops\n", "a list": b"[]\n", "no id": b'{"text": "x"}\n',
        "no text": b'{"id": "a"}\n', "a number for text": b'{"id": "a", "text": 1}\n',
    }.items():  # fmt: skip
        yield Case(f"lint: JSONL with {name}", ("lint", "f.jsonl"), 2, {"f.jsonl": data})
