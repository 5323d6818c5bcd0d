"""Which release files there are, and how they are written into a run folder."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from audit.errors import UsageError
from audit.past import read_audit, read_judgement, read_manifest
from audit.store import RunFolder, digest_plain
from reports.exports.interface import Export, Finished

FORMATS: Mapping[str, tuple[str, str, str]] = {
    "sarif": ("sarif", "export", "findings.sarif"),
    "junit": ("junit", "export", "junit.xml"),
    "csv": ("tables", "export_csv", "samples.csv"),
    "parquet": ("tables", "export_parquet", "dataset/answers.parquet"),
    "model-card": ("model_card", "export", "model-card.md"),
    "bom": ("bom", "export", "bom.cdx.json"),
    "in-toto": ("intoto", "export", "test-result.intoto.json"),
}
"""By name: the module of this package, its function, and a file that it makes. Loaded on use."""

SUMMED = (
    "audit.json", "gates.json", "manifest.json", "report.html", "report.redacted.html",
    "samples.jsonl.gz", "summary.md", "verdict.json", "findings.sarif", "junit.xml", "samples.csv",
    "dataset/README.md", "dataset/answers.parquet", "dataset/rates.parquet", "model-card.md",
    "model-index.yaml", ".eval_results/phi-audit.yaml", "bom.cdx.json", "test-result.intoto.json",
)  # fmt: skip
"""What `SHA256SUMS` is about: those of them that are there."""


def finished(out: Path) -> Finished:
    """Read a finished and judged run.

    Raises:
        UsageError: If it is not one.
    """
    return Finished(out, read_audit(out), read_manifest(out), read_judgement(out))


def export(
    out: Path, formats: Sequence[str], benchmarks: Mapping[str, tuple[str, str]]
) -> list[Path]:
    """Write release files into a run folder, and `SHA256SUMS` over all that are there.

    Args:
        out: The run folder.
        formats: Of `FORMATS`.
        benchmarks: Probe sets to name in `.eval_results`, with the id of the registered data set
            and its task; none for no such file.

    Raises:
        UsageError: If `out` is not a finished run.
        StoreError: If the disk refuses.
    """
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise UsageError(f"there is no format {unknown[0]}; there are: {', '.join(FORMATS)}")
    run = finished(out)
    with RunFolder(out) as folder:
        return _written(folder, run, formats, benchmarks)


def remake(folder: RunFolder) -> None:
    """Write the release files that are there again, if the run has changed since: none is stale.

    Raises:
        UsageError: If the folder holds no finished run.
        StoreError: If the disk refuses.
    """
    kept = folder.read("SHA256SUMS")
    if kept is None or kept == sums(folder.path).encode():
        return
    formats = [name for name, (*_, file) in FORMATS.items() if (folder.path / file).is_file()]
    benchmarks = {}
    if entries := folder.read(".eval_results/phi-audit.yaml"):
        from reports.exports.model_card import named_benchmarks

        benchmarks = named_benchmarks(entries)
    _written(folder, finished(folder.path), formats, benchmarks)


def _written(
    folder: RunFolder,
    run: Finished,
    formats: Sequence[str],
    benchmarks: Mapping[str, tuple[str, str]],
) -> list[Path]:
    files: dict[str, bytes] = {}
    for name in formats:
        module, function, _ = FORMATS[name]
        make: Export = getattr(import_module(f"reports.exports.{module}"), function)
        files |= make(run)
    if benchmarks:
        from reports.exports.model_card import eval_results

        files |= eval_results(run, benchmarks)
    for name, data in files.items():
        folder.write(name, data)
    folder.write("SHA256SUMS", sums(folder.path).encode())
    return [folder.path / name for name in (*files, "SHA256SUMS")]


def parsed_benchmarks(texts: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Read `SET=DATASET:TASK`, once for each set.

    Raises:
        UsageError: If one is something else.
    """
    found = {}
    for text in texts:
        match = re.fullmatch(r"([\w.-]+)=([\w.-]+/[\w.-]+):([\w.-]+)", text)
        if match is None:
            raise UsageError(f"{text} is not SET=DATASET:TASK, such as toxigen=owner/name:default")
        found[match[1]] = (match[2], match[3])
    return found


def sums(out: Path) -> str:
    """Give the SHA-256 of each release file, as `sha256sum --check` reads it."""
    lines = []
    for name in sorted(SUMMED):
        with contextlib.suppress(FileNotFoundError):
            lines.append(f"{digest_plain(out / name)}  {name}\n")
    return "".join(lines)
