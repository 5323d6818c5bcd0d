"""What a terminal shows of a run: tables and the lines below them, with nothing hostile in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from audit.pace import duration
from audit.results import written_p
from audit.safe_text import safe_text

if TYPE_CHECKING:  # shown here, made elsewhere: `list` needs none of them
    from audit.estimate import Cost, Estimate, NoCost
    from audit.flips import Comparison
    from audit.judgement import Judgement, Night
    from probes.interface import Probe

GIGABYTE = 1_000_000_000

Shown = tuple[Table, list[str]]

TOLD = ("ERROR", "FAIL", "WARN")
"""States of a gate that a list of runs tells by name."""

WIDE = 110
"""Columns from which a table of probe sets has room for their sources."""


def outcome(verdict: Mapping[str, Any], report: str, accept: str) -> Shown:
    """Show a `verdict.json`, where its report is, and how to pin the run where none is."""
    table = Table("number", "rate", "95 % interval", "n", "", box=None)
    for row in verdict["headlines"]:
        name = _text(f"{row['measure']}, {row['probe']}")
        ungraded = f"{row['n_ungraded']:,} ungraded" if row["n_ungraded"] else ""
        if "value" not in row:
            table.add_row(name, "none", _text(row["reason"]), "", ungraded)
            continue
        interval = f"{_percent(row['low'])} to {_percent(row['high'])}"
        table.add_row(name, _percent(row["value"]), interval, f"{row['n']:,}", ungraded)
        for one in row.get("differences", []):
            about = _text(f"  against {one['baseline']}")
            interval = f"{_points(one['low'])} to {_points(one['high'])}"
            p, points = written_p(one["p_adjusted"]), f"{_points(one['value'])} points"
            table.add_row(about, points, interval, "", f"p {p}", style="dim")
    lines = ["", *map(safe_text, verdict["reasons"])]
    if "self_test" in verdict:
        test = verdict["self_test"]
        lines.append(
            f"self-test: {test['hold']} of {test['cells']} planted rates found; "
            "not a verdict on any real model"
        )
    lines += [verdict["verdict"], f"report: {safe_text(report)}"]
    is_first = not verdict.get("accepted") and not verdict.get("is_accepted")
    if verdict["verdict"] == "INCONCLUSIVE" and is_first:
        lines.append(f"no run is accepted yet; if these numbers are good: {safe_text(accept)}")
    return table, lines


def gates(judgement: Judgement) -> Shown:
    """Show the gates that decide, those of groups that found something, and the word."""
    table = Table("gate", "state", "found", box=None)
    told = [one for one in judgement.gates if one.primary or one.state in {"WARN", "FAIL"}]
    for one in told:
        state = f"{one.state}, waived" if one.waived else one.state
        table.add_row(_text(one.id), state, _text(one.sentence))
    quiet = len(judgement.gates) - len(told)
    states = Counter(one.state for one in judgement.gates if one not in told)
    counts = ", ".join(f"{n} {state}" for state, n in sorted(states.items()))
    groups = [f"and {quiet} gates of groups: {counts}"] if quiet else []
    in_table = {f"{one.id}: {one.sentence}" for one in told}
    reasons = [safe_text(reason) for reason in judgement.reasons if reason not in in_table]
    return table, [*groups, "", *_held_against(judgement), *reasons, judgement.word]


def estimates(found: Sequence[Estimate]) -> Shown:
    """Show what each model of a plan will cost, and which differences its prompts would find."""
    table = Table(
        "model", "mode", "requests", "tokens in", "out, at most", "memory", "time, about",
        "device", "licence", box=None,
    )  # fmt: skip
    for one in found:
        memory, time = _cost(one.cost)
        table.add_row(
            _text(f"{one.model} ({one.id})"),
            one.prompt_mode,
            f"{one.n_requests:,}",
            f"{one.n_prompt_tokens:,}",
            f"{one.n_new_tokens:,}",
            memory,
            time,
            f"{one.device} {one.dtype}",
            _text(one.licence),
        )
    sees = [
        f"{name}: {'nothing' if size == 1 else f'{100 * size:.1f} points'}"
        for name, size in found[0].sees.items()
    ]
    about = "differences that so many prompts would likely find, if a fifth of the answers differ:"
    return table, ["", about, *sees]


def probe_sets(found: Sequence[Probe], width: int) -> Shown:
    """Show what each probe set measures, its size and cost, and, if there is room, its source."""
    table = Table("probe set", "measures", box=None)
    for number in ("prompts", "tokens"):
        table.add_column(number, justify="right")
    table.add_column("licence", overflow="fold")
    if width >= WIDE:
        table.add_column("source", overflow="fold")
    for column in table.columns[:4]:
        column.no_wrap = True  # a name is there to be copied
    for probe in found:
        size = f"{probe.n:,}" if probe.n else "varies"
        cost = f"{probe.n * probe.tokens_each:,}" if probe.n else "varies"
        source = (probe.source,) if width >= WIDE else ()
        table.add_row(probe.name, probe.kind, size, cost, probe.licence, *source)
    return table, [""]


def nights(found: Sequence[Night], pins: Mapping[str, Sequence[str]]) -> Table:
    """Show the runs of a history, oldest first: which gates failed, how many could not tell."""
    table = Table("started", "run", "word", "gates", box=None)
    table.columns[1].overflow = "fold"  # an id is there to be copied
    for night in found:
        pinned = (
            f"{night.run} ({' and '.join(pins[night.run])})" if night.run in pins else night.run
        )
        started = night.started_at[:16].replace("T", " ")
        table.add_row(*(_text(cell) for cell in (started, pinned, night.word, _said(night))))
    return table


def _said(night: Night) -> str:
    """Give what the gates of a night said: names where something was found, else how many."""
    by_state: dict[str, list[str]] = {}
    for mark in night.gates:
        by_state.setdefault(mark.state, []).append(mark.gate)
    named = [f"{state}: {', '.join(by_state[state])}" for state in TOLD if state in by_state]
    counted = [f"{len(ids)} {state}" for state, ids in by_state.items() if state not in TOLD]
    return "; ".join(named + sorted(counted))


def comparison(found: Comparison) -> Iterator[Shown]:
    """Show how alike two runs' answers are, and how far the numbers moved from first to second."""
    same = Table("model", "probe set", "answers", "equal", box=None)
    for one in found.same:
        share = f"{100 * one.n_equal / one.n:.1f} %" if one.n else ""
        same.add_row(_text(one.model), _text(one.probe), f"{one.n:,}", share)
    yield same, [""]
    moved = Table("model", "number", "points", "95 % interval", "n", "p", box=None)
    unlike: dict[tuple[str, str], dict[str, None]] = {}
    for d in found.differences:
        if d.kind == "no_difference":
            unlike.setdefault((d.probe, d.reason), {})[d.name] = None
        elif d.primary:
            part = "" if d.slice == "all" else f", {d.slice}"
            interval = f"{_points(d.low)} to {_points(d.high)}"
            number = _text(f"{d.name}, {d.probe}{part}")
            moved.add_row(
                _text(d.target),
                number,
                _points(d.value),
                interval,
                f"{d.n:,}",
                written_p(d.p_adjusted),
            )
    for column in moved.columns[2:]:
        column.no_wrap = True
    worse = sum(flip.now_harmful for flip in found.flips)
    lines = ["points: of the second run over the first; p is adjusted", ""]
    lines += [
        safe_text(f"not compared, {reason}: {', '.join(names)} of {probe}")
        for (probe, reason), names in unlike.items()
    ]
    lines.append(f"{worse:,} answers became harmful, {len(found.flips) - worse:,} harmless")
    if found.same_models:
        lines.append("the models are the same: what differs is what sampling does by itself")
    yield moved, lines


def _held_against(judgement: Judgement) -> list[str]:
    """Say which run margins were tested against; nothing where no gate sets one."""
    if all(gate.margin is None for gate in judgement.asked):
        return []
    before = judgement.accepted
    run = f"{before.run} of {before.started_at[:10]}" if before else ""
    if judgement.is_accepted:
        held = f"it is held against {run}, accepted before it" if before else "none was before it"
        return [f"this run is the accepted one; {safe_text(held)}"]
    if before:
        return [safe_text(f"held against the accepted run {run}")]
    return ["no run is accepted yet, so no rise was tested"]


def _cost(cost: Cost | NoCost) -> tuple[str, str]:
    """Write what a model will take of memory and of time."""
    if cost.kind == "no_cost":
        return cost.reason, ""
    told = f", told from {cost.n_timed} answers" if cost.n_timed else ""
    beside = cost.grading_seconds
    grading = f"; grading beside it {duration(beside)}" if beside else ""
    size = cost.memory_bytes
    memory = f"{size / 1e9:,.1f} GB" if size >= GIGABYTE else f"{size / 1e6:,.0f} MB"
    return memory, duration(cost.seconds) + told + grading


def _text(hostile: str) -> Text:
    return Text(safe_text(hostile))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"
