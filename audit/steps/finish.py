"""Once the numbers are there: judge the run, put it into the history, and show it.

Each can be done again alone: `gate` judges a finished run against the gates and pins of today,
`accept` pins one for those to come, `show` only writes the reports.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from audit import history as histories
from audit import plan as plans
from audit.decision.judge import judge, reference, run_id
from audit.errors import StoreError, UsageError
from audit.history import NOTHING, As
from audit.judgement import Judgement, outcome
from audit.observe import Evidence
from audit.past import read_audit, read_evidence, read_judgement, read_manifest
from audit.plan import Gate
from audit.results import Audit, Manifest
from audit.store import RunFolder
from reports import nights
from reports.exports.catalog import remake
from reports.html import render
from reports.summary import summary, verdict

REDACTED = "report.redacted.html"

HISTORY = Path("runs") / "history"
"""Where the history is unless another folder is named; used once it is there."""


def finish(
    folder: RunFolder,
    audit: Audit,
    evidence: Sequence[Evidence],
    gates: Sequence[Gate],
    history: Path | None,
) -> Judgement:
    """Judge a run, add it to the history if there is one, and write its reports.

    Release files that are there are made again where they would say something else now.
    """
    manifest = read_manifest(folder.path)
    past = NOTHING
    if history is not None:
        past = histories.read(history, audit.name, before=manifest.started_at, run=run_id(manifest))
    judgement = judge(audit, manifest, evidence, gates, past)
    for one in evidence:  # a report needs the room that a long run's observations take
        one.release()
    folder.write_json("gates.json", judgement)
    # One of before would say what is no longer so.
    redact = (folder.path / REDACTED).is_file()
    _write_reports(folder, audit, manifest, judgement, redact=redact)
    remake(folder)
    if history is not None:
        histories.record(history, judgement.history[-1])
    return judgement


def gate(out: Path, thresholds: Path | None = None, history: Path | None = None) -> Judgement:
    """Judge a finished run again.

    Args:
        out: The run folder.
        thresholds: A TOML file with `[[gates]]` in place of those it was judged by before.
        history: Folder of the runs before and of those that are pinned.

    Raises:
        UsageError: If `out` is not a finished run, or the gates do not fit it.
    """
    audit = read_audit(out)
    gates = _gates_from(thresholds, read_manifest(out)) if thresholds else gates_of(out)
    _refuse_foreign(out, audit, gates)
    with RunFolder(out) as folder:
        return finish(folder, audit, read_evidence(folder, audit), gates, history)


def accept(out: Path, history: Path, pinned_as: As = "accepted") -> Path:
    """Pin a finished run as the one that later runs are held against; give the pin's file.

    Raises:
        UsageError: If `out` is not a finished run, was judged by gates of another, or is
            INCOMPLETE: what it lacks could never be compared.
    """
    audit, manifest, judgement = read_audit(out), read_manifest(out), read_judgement(out)
    _refuse_foreign(out, audit, judgement.asked)
    if outcome(judgement.word) == "INCOMPLETE":
        raise UsageError(
            f"{out} is {judgement.word} ({judgement.reasons[0]}); finish it, then accept it"
        )
    with RunFolder(out) as folder:
        evidence = read_evidence(folder, audit)
    histories.record(history, judgement.history[-1])
    return histories.keep(history, reference(audit, manifest, evidence, judgement.asked), pinned_as)


def show(out: Path, *, redact: bool = False) -> Path:
    """Write the report of a run again from its results alone, and give the report's path.

    A redacted one, without prompts and completions, stands beside the whole one. What was written
    before is never taken over: it may be a stranger's, or a link to a file of the reader's own.

    Raises:
        UsageError: If there is no `audit.json`, or another version wrote it.
    """
    audit, manifest = read_audit(out), read_manifest(out)
    judgement = read_judgement(out)
    with RunFolder(out) as folder:
        _write_reports(folder, audit, manifest, judgement, redact=redact)
        remake(folder)
    return out / (REDACTED if redact else "report.html")


def show_history(history: Path, page: Path) -> Path:
    """Write the page of a history, and give its path.

    Raises:
        UsageError: If there is no history.
        StoreError: If the page cannot be written.
    """
    found = histories.nights(history)
    text = nights.page(found, histories.pins(history, {night.plan for night in found}))
    try:
        page.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"{page} cannot be written: {error.strerror}") from error
    return page


def gates_of(out: Path) -> tuple[Gate, ...]:
    """Give the gates that a run was last judged by, or else its plan's."""
    if (out / "gates.json").exists():
        return read_judgement(out).asked
    return plans.validate(dict(read_manifest(out).plan), str(out)).gates


def history_folder(named: Path | None) -> Path | None:
    """Give the history to use: the folder that was named, or else ours if there is one."""
    return named or (HISTORY if HISTORY.is_dir() else None)


def exit_code(judgement: Judgement, *, strict: bool = False) -> int:
    """Give the exit status of a judged run."""
    inconclusive = 4 if strict else 0
    return {"GO": 0, "NO-GO": 1, "INCOMPLETE": 4, "INCONCLUSIVE": inconclusive}[
        outcome(judgement.word)
    ]


def _refuse_foreign(out: Path, audit: Audit, gates: Sequence[Gate]) -> None:
    """Refuse gates that speak of what a run has not: those of another run, or a stranger's."""
    odd = {one.probe for one in gates} - {card.name for card in audit.probes}
    named = {name for one in gates for name in (one.model, one.baseline) if name}
    odd |= named - {model.name for model in audit.models}
    if odd:
        raise UsageError(
            f"{out} has no {min(odd)}, of which a gate speaks; give its own gates with "
            "phi-audit gate --gates"
        )


def _gates_from(path: Path, manifest: Manifest) -> tuple[Gate, ...]:
    table = json.loads(json.dumps(manifest.plan))
    return plans.with_gates(table, path).gates


def _write_reports(
    folder: RunFolder, audit: Audit, manifest: Manifest, judgement: Judgement, *, redact: bool
) -> None:
    folder.write("report.html", render(audit, manifest, judgement).encode())
    if redact:
        folder.write(REDACTED, render(audit, manifest, judgement, redact=True).encode())
    folder.write("summary.md", summary(audit, judgement).encode())
    folder.write_json("verdict.json", verdict(audit, judgement))
