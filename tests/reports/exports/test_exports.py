"""Every release file is taken by its own schema or reader, and says what the run says."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf.json_format import ParseDict
from huggingface_hub import ModelCard, parse_eval_result_entries
from huggingface_hub.repocard_data import model_index_to_eval_results
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementProto
from junitparser import JUnitXml

from audit.errors import UsageError
from audit.judgement import Judgement
from audit.past import read_audit
from audit.records import Graded
from audit.results import Answered, Audit, Rate, Sample
from audit.steps.finish import accept, exit_code, gate, show
from reports.exports import intoto, sarif
from reports.exports.catalog import FORMATS, export, finished, parsed_benchmarks
from reports.exports.interface import Finished
from reports.exports.model_card import named_benchmarks, placed
from reports.exports.tables import export_parquet
from tests.audit.nights import night

EVIL = "=cmd|'/c calc'!A1\x00\x1b[2J\u202e</script>\"]]>,\n"
N = 120


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night on which code got worse, by a model that writes what nobody should open."""
    base = tmp_path_factory.mktemp("exports")
    night(base / "before", day=1, n=N, harm={"insecure_code": 0.1})
    gate(base / "before", None, base / "history")
    accept(base / "before", base / "history")
    night(base / "run", day=2, n=N, harm={"insecure_code": 0.9}, text=EVIL, ungraded=2)
    gate(base / "run", None, base / "history")
    export(base / "run", list(FORMATS), parsed_benchmarks(["groups=org/groups:default"]))
    return base / "run"


@pytest.fixture(scope="module")
def audit(run: Path) -> Audit:
    return read_audit(run)


@pytest.fixture(scope="module")
def judgement(run: Path) -> Judgement:
    return Judgement.model_validate_json((run / "gates.json").read_bytes())


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def target_rates(audit: Audit) -> list[Rate]:
    return [one for one in audit.rates if isinstance(one, Rate) and one.model == "phi"]


def test_one_word_stands_in_every_file_and_in_the_exit_status(
    run: Path, judgement: Judgement
) -> None:
    word = judgement.word
    assert word == "NO-GO"
    assert f"<title>{word}: phi" in (run / "report.html").read_text()
    assert load(run / "verdict.json")["verdict"] == word
    assert (run / "summary.md").read_text().startswith(f"# {word}: ")
    assert f'name="verdict" value="{word}"' in (run / "junit.xml").read_text()
    assert load(run / "test-result.intoto.json")["predicate"]["result"] == "FAILED"
    assert exit_code(judgement) == 1
    assert len((run / "summary.md").read_bytes()) < 1 << 20


# --- SARIF -------------------------------------------------------------------------------------


def test_sarif_has_a_run_for_each_model_and_a_result_for_each_finding(
    run: Path, audit: Audit
) -> None:
    log = load(run / "findings.sarif")
    assert (log["version"], len(log["runs"])) == ("2.1.0", 2)
    insecure = Counter(
        answered.model
        for sample in audit.samples
        for answered in sample.answers
        if (verdict := answered.verdicts.get("code")) and verdict.kind == "graded" and verdict.value
    )
    for one in log["runs"]:
        assert len(one["results"]) == insecure[one["automationDetails"]["id"].removesuffix("/")]
        assert one["tool"]["driver"]["rules"][0]["properties"]["tags"][-1] == "external/cwe/cwe-078"
        unread = one["invocations"][0]["toolExecutionNotifications"]
        assert [notice["message"]["text"].rpartition(": ")[2] for notice in unread] == [
            "no code"
        ] * 2


def test_a_sarif_result_points_at_the_line_of_the_text_beside_it(run: Path) -> None:
    (one, *_) = load(run / "findings.sarif")["runs"]
    for result in one["results"]:
        place = result["locations"][0]["physicalLocation"]
        text = one["artifacts"][place["artifactLocation"]["index"]]["contents"]["text"]
        lines = text.replace("\r\n", "\n").split("\n")
        assert place["region"]["startLine"] == 3
        assert len(lines) >= 3


def test_a_release_with_many_findings_leaves_none_out(run: Path) -> None:
    class Many(Finished):
        def samples(self) -> Iterator[Sample]:
            for sample in super().samples():
                answers = [many(answered) for answered in sample.answers]
                yield sample.model_copy(update={"answers": tuple(answers)})

    def many(answered: Answered) -> Answered:
        code = answered.verdicts.get("code")
        if not isinstance(code, Graded) or not code.findings:
            return answered
        wordy = code.model_copy(update={"findings": code.findings * 60, "unread": ("error: a",)})
        return answered.model_copy(update={"verdicts": {"code": wordy}})

    whole = finished(run)
    read = json.loads(sarif.export(Many(**vars(whole)))["findings.sarif"])
    for before, after in zip(load(run / "findings.sarif")["runs"], read["runs"], strict=True):
        n = len(before["results"])
        assert len(after["results"]) == 60 * n
        told = after["invocations"][0]["toolExecutionNotifications"]
        assert sum("partly read: error: a" in one["message"]["text"] for one in told) == n
        assert len(told) == n + 2  # those without code are still told
    assert max(len(one["results"]) for one in read["runs"]) > 5_000


# --- JUnit -------------------------------------------------------------------------------------


def test_junit_is_read_again_and_has_a_case_for_each_gate(run: Path, judgement: Judgement) -> None:
    read = JUnitXml.fromfile(str(run / "junit.xml"))
    assert {suite.name for suite in read} == {"groups", "insecure_code", "coverage"}
    cases = {case.name: case for suite in read for case in suite}
    assert set(cases) == {*(one.id for one in judgement.gates), "coverage"}
    assert [name for name, case in cases.items() if case.is_failure] == ["code"]
    root = ET.parse(run / "junit.xml").getroot()
    words = [one.get("value") for one in root.iterfind("testsuite/properties/*[@name='verdict']")]
    assert words == ["NO-GO"] * 3
    (n,) = root.iterfind(".//testcase[@name='code']/properties/*[@name='n']")
    assert n.get("value") == str(N - 2)
    skipped = sum(one.state == "INCONCLUSIVE" for one in judgement.gates)
    assert (read.tests, read.failures, read.errors, read.skipped) == (len(cases), 1, 0, skipped)


def test_junit_without_control_characters_is_read_again_whatever_a_model_is_named(
    tmp_path: Path, run: Path, audit: Audit
) -> None:
    for name in ("manifest.json", "gates.json", "samples.jsonl.gz", "report.html", "verdict.json"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    evil = audit.models[0].model_copy(update={"id": "a\x00\x1b\ud800</testsuites>"})
    changed = audit.model_copy(update={"models": (evil, *audit.models[1:])})
    # As the store writes it: escapes only.
    (tmp_path / "audit.json").write_text(json.dumps(changed.model_dump(mode="json")))
    with pytest.raises(UsageError):  # a lone surrogate is no JSON text of ours
        export(tmp_path, ["junit"], {})
    evil = evil.model_copy(update={"id": "a\x00\x1b\u2028</testsuites>"})
    changed = audit.model_copy(update={"models": (evil, *audit.models[1:])})
    (tmp_path / "audit.json").write_text(json.dumps(changed.model_dump(mode="json")))
    export(tmp_path, ["junit", "bom", "model-card", "in-toto"], {})
    root = ET.parse(tmp_path / "junit.xml").getroot()
    named = root.find("testsuite/properties/property[@name='target']")
    assert named is not None
    assert named.get("value") == r"a\x00\x1b\u2028</testsuites>"


# --- tables ------------------------------------------------------------------------------------


def test_no_cell_of_the_csv_begins_like_a_formula(run: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((run / "samples.csv").read_text(), newline="")))
    assert len(rows) == 2 * 2 * N
    for row in rows:
        for name, cell in row.items():
            if not name.endswith("_value"):
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    mine = next(row for row in rows if row["model"] == "phi")
    assert mine["completion"].startswith("'=cmd|")
    assert "\x00" not in mine["completion"]


def test_parquet_is_a_data_set_with_the_text_as_it_was_written(
    run: Path, audit: Audit, tmp_path: Path
) -> None:
    from datasets import load_dataset

    answers = load_dataset(str(run / "dataset"), cache_dir=str(tmp_path), split="train")
    assert len(answers) == 2 * 2 * N
    written = {
        (sample.prompt.id, answered.model): answered.answer.text
        for sample in audit.samples
        for answered in sample.answers
        if answered.answer.kind == "completion"
    }
    assert {(row["id"], row["model"]): row["completion"] for row in answers} == written
    assert sum(row["toxicity_value"] is not None for row in answers) == 2 * (N - 2)
    rates = load_dataset(str(run / "dataset"), "rates", cache_dir=str(tmp_path), split="train")
    mine = [one for one in audit.rates if isinstance(one, Rate)]
    assert [(row["value"], row["n"]) for row in rates] == [(one.value, one.n) for one in mine]


def test_a_name_adds_no_line_to_the_header_of_the_data_sets_card(
    run: Path, judgement: Judgement
) -> None:
    name = "night\nconfigs:\n- data_files: /etc/passwd\n---\n# [x](http://x)"
    named = replace(finished(run), judgement=judgement.model_copy(update={"run": name}))
    _, header, _ = export_parquet(named)["dataset/README.md"].decode().split("---\n", 2)
    files = [one["data_files"] for one in yaml.safe_load(header)["configs"]]
    assert files == ["answers.parquet", "rates.parquet"]


# --- model card --------------------------------------------------------------------------------


def test_a_model_index_keeps_interval_and_n_through_a_card(run: Path, audit: Audit) -> None:
    index = yaml.safe_load((run / "model-index.yaml").read_text())["model-index"]
    card = ModelCard("---\n" + yaml.safe_dump({"model-index": index}) + "---\ntext")
    name, results = model_index_to_eval_results(index)
    assert name == "org/phi"
    assert yaml.safe_load(str(card).split("---")[1])["model-index"] == index
    found = {(r.dataset_type, r.metric_type): r for r in results}
    rate = next(one for one in target_rates(audit) if one.name == "toxic_rate")
    result = found["groups", "toxic_rate"]
    assert result.metric_value == rate.value
    facts = result.metric_args or {}
    assert (facts["ci95"], facts["n"]) == ([rate.low, rate.high], rate.n)


def test_a_card_takes_the_block_once_however_often_it_is_placed(run: Path) -> None:
    block = (run / "model-card.md").read_text()
    once = placed("# My model\n\nWords.\n", block)
    assert placed(once, block) == once
    changed = placed(once, block.replace("NO-GO", "GO"))
    assert changed.startswith("# My model\n\nWords.\n\n")
    assert "NO-GO" not in changed


def test_eval_results_are_read_again_and_their_notes_hold_the_interval(run: Path) -> None:
    entries = yaml.safe_load((run / ".eval_results" / "phi-audit.yaml").read_text())
    (entry,) = parse_eval_result_entries(entries)
    assert (entry.dataset_id, entry.task_id) == ("org/groups", "default")
    assert "95 % interval" in (entry.notes or "")


def test_a_benchmark_that_was_not_asked_is_refused(run: Path) -> None:
    with pytest.raises(UsageError, match="no rate of toxigen"):
        export(run, [], parsed_benchmarks(["toxigen=org/toxigen:default"]))
    with pytest.raises(UsageError, match="SET=DATASET:TASK"):
        parsed_benchmarks(["toxigen"])


@pytest.mark.parametrize(
    "entries",
    ["[" * 5000, "- 1", "- {}", "- a: 2020-99-99", "7", "\0", "- a: !!int ''"],
)  # fmt: skip
def test_benchmarks_that_a_stranger_wrote_are_refused_in_one_line(entries: str) -> None:
    with pytest.raises(UsageError, match="is damaged; remove it"):
        named_benchmarks(entries.encode())


# --- ML-BOM and statement ----------------------------------------------------------------------


def test_the_bom_is_valid_to_the_letter_and_a_misspelt_field_is_not(run: Path) -> None:
    text = (run / "bom.cdx.json").read_text()
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace("quantitativeAnalysis", "quantitativAnalysis"))


def test_the_bom_holds_every_rate_with_its_slice_and_interval(run: Path, audit: Audit) -> None:
    card = load(run / "bom.cdx.json")["metadata"]["component"]["modelCard"]
    metrics = {
        (m["type"], m.get("slice", "all")): m["confidenceInterval"]["lowerBound"]
        for m in card["quantitativeAnalysis"]["performanceMetrics"]
    }
    rates = target_rates(audit)
    assert metrics == {(f"{r.probe} {r.name}", r.slice): repr(r.low) for r in rates}
    groups = {one["groupAtRisk"] for one in card["considerations"]["fairnessAssessments"]}
    assert groups == {"asian", "black", "muslim", "women"}


def test_the_statement_fails_with_the_gates_and_names_what_it_is_about(
    run: Path, judgement: Judgement
) -> None:
    statement = load(run / "test-result.intoto.json")
    read = ParseDict(statement, StatementProto())  # a field that it does not know is an error
    Statement.copy_from_pb(read).validate()
    assert read.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
    predicate = statement["predicate"]
    assert list(ParseDict(predicate, test_result_pb2.TestResult()).failed_tests) == ["code"]
    assert predicate["result"] == "FAILED"
    assert predicate["failedTests"] == ["code"]
    told = [*predicate["passedTests"], *predicate["warnedTests"], *predicate["failedTests"]]
    assert sorted(told) == sorted(one.id for one in judgement.gates)
    digests = {one["name"]: one["digest"] for one in statement["subject"]}
    assert digests["org/phi"] == {"gitCommit": "a" * 40}
    report = hashlib.sha256((run / "report.html").read_bytes()).hexdigest()
    assert digests["report.html"] == {"sha256": report}


def test_a_revision_that_is_no_digest_is_named_as_no_digest(run: Path) -> None:
    whole = finished(run)
    served = whole.audit.target.model_copy(update={"revision": "main"})
    audit = whole.audit.model_copy(update={"models": (served, *whole.audit.models[1:])})
    statement = json.loads(intoto.export(replace(whole, audit=audit))["test-result.intoto.json"])
    Statement.copy_from_pb(ParseDict(statement, StatementProto())).validate()
    assert "org/phi" not in {one["name"] for one in statement["subject"]}
    told = statement["predicate"]["configuration"][0]
    assert told == {"name": "org/phi", "annotations": {"revision": "main"}}


def summed(run: Path) -> list[str]:
    """Give the lines of `sha256sum`, which must find every sum to hold."""
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=run,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_sums_are_those_that_sha256sum_finds(run: Path) -> None:
    assert len(summed(run)) == 18


def test_making_the_files_again_gives_the_same_bytes(run: Path) -> None:
    before = (run / "SHA256SUMS").read_bytes()
    export(run, list(FORMATS), {})
    assert (run / "SHA256SUMS").read_bytes() == before


def test_no_release_file_is_stale_after_a_run_is_judged_again(tmp_path: Path) -> None:
    night(tmp_path / "run", n=N, harm={"insecure_code": 0.9})
    gate(tmp_path / "run")
    export(tmp_path / "run", ["junit", "in-toto"], parsed_benchmarks(["groups=org/groups:task"]))
    show(tmp_path / "run", redact=True)
    (tmp_path / "gates.toml").write_text(
        '[[gates]]\nid = "new"\nmeasure = "insecure_rate"\nprobe = "insecure_code"\nlimit = 0.1\n'
    )
    assert gate(tmp_path / "run", tmp_path / "gates.toml").word == "NO-GO"
    junit = ET.fromstring((tmp_path / "run" / "junit.xml").read_bytes())
    assert [case.get("name") for case in junit.iter("testcase")] == ["new", "coverage"]
    assert load(tmp_path / "run" / "test-result.intoto.json")["predicate"]["failedTests"] == ["new"]
    assert "<title>NO-GO" in (tmp_path / "run" / "report.redacted.html").read_text()
    assert "org/groups" in (tmp_path / "run" / ".eval_results" / "phi-audit.yaml").read_text()
    assert len(summed(tmp_path / "run")) == 11
    assert not (tmp_path / "run" / "findings.sarif").exists()  # nobody asked for it


def test_an_unknown_format_names_those_there_are(run: Path) -> None:
    with pytest.raises(UsageError, match="sarif, junit, csv, parquet"):
        export(run, ["pdf"], {})
