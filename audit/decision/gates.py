"""Hold a run's numbers against its gates: limits, the accepted run, the release, a baseline.

The trap: with dozens of gates some rise by luck every night. So a rise fails only if the paired
test finds it after Holm's adjustment over all gates that decide, and it is larger than its margin.
The many gates of groups are adjusted apart by Benjamini-Hochberg; they warn, and fail only if the
run before, of another model or seed, found the same.

A limit is held against the 95 % interval: all of it above fails, all of it below passes, anything
else is INCONCLUSIVE. So is a gate whose test would miss a rise that the plan wants found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from audit.decision.rises import ALPHA, PINNED_AS, SHORTFALL, Asked, Rise, Views, detectable, rises
from audit.history import Past
from audit.judgement import WORST_FIRST, Check, GateResult, State
from audit.measure import rounded
from audit.plan import Gate
from audit.results import AnyRate, Audit, Difference, NoDifference, NoRate, Rate, written_p


def asked(audit: Audit, gates: Sequence[Gate]) -> list[Asked]:
    """Fill in each gate's model, and make a gate of every value of a `tag=*`."""
    first = audit.target.name
    return [one for gate in gates for one in _expanded(audit, gate, gate.model or first)]


def hold(
    audit: Audit, gates: Sequence[Asked], views: Views, past: Past, day: date
) -> tuple[GateResult, ...]:
    """Give every gate's result, in the order asked.

    Args:
        audit: The run's numbers.
        gates: From `asked`.
        views: What the run's measures saw: all that gates and their baselines ask for.
        past: Pinned runs, and the run before.
        day: Of the run: waivers hold up to their last day.
    """
    warned = _warned(audit, past)
    return tuple(
        _result(one, _rate(audit, one, views), compared, warned, day)
        for one, compared in zip(gates, rises(gates, views, past), strict=True)
    )


# --- which gates -------------------------------------------------------------------------------


def _expanded(audit: Audit, gate: Gate, model: str) -> Iterator[Asked]:
    if gate.primary:
        yield Asked(gate, gate.id, model, gate.slice)
        return
    tag = gate.slice.removesuffix("*")
    found = {
        rate.slice
        for rate in audit.rates
        if (rate.name, rate.model, rate.probe) == (_rate_name(gate), model, gate.probe)
        and rate.slice.startswith(tag)
    }
    if gate.measure == SHORTFALL and tag == "group=":
        found |= {
            f"group={score.group}"
            for score in audit.safety_scores
            if (score.model, score.signature.probe, score.rule) == (model, gate.probe, "bos")
            and score.group != "mean"
        }
    for part in sorted(found) or [gate.slice]:
        yield Asked(gate, f"{gate.id}/{part}", model, part)


def _rate_name(gate: Gate) -> str:
    return "safety_score" if gate.measure == SHORTFALL else gate.measure


def _rate(audit: Audit, one: Asked, views: Views) -> AnyRate:
    gate = one.gate
    if gate.measure == SHORTFALL:
        group = "mean" if one.slice == "all" else one.slice.removeprefix("group=")
        for score in audit.safety_scores:
            if (score.model, score.signature.probe, score.group, score.rule) == (
                one.model,
                gate.probe,
                group,
                "bos",
            ):
                seen = views[one.model, gate.probe].sentences
                return Rate(
                    name=SHORTFALL,
                    model=one.model,
                    probe=gate.probe,
                    slice=one.slice,
                    value=rounded(1 - score.scaled),
                    low=rounded(1 - score.high),
                    high=rounded(1 - score.low),
                    n=score.n_hate + score.n_neutral,
                    n_ungraded=seen.n_ungraded if seen else 0,
                    method="percentile bootstrap by unique text",
                    signature=score.signature,
                )
    for rate in audit.rates:
        where = (rate.name, rate.model, rate.probe, rate.slice)
        if where == (_rate_name(gate), one.model, gate.probe, one.slice):
            return rate
    return NoRate(
        name=gate.measure,
        model=one.model,
        probe=gate.probe,
        slice=one.slice,
        reason="the run has no such number: see the gate's measure, probe and slice",
        n_ungraded=0,
    )


# --- results -----------------------------------------------------------------------------------


def _warned(audit: Audit, past: Past) -> frozenset[str]:
    """Give the gates that found something in the run before, if that is evidence of its own."""
    if not past.nights:
        return frozenset()
    before, target = past.nights[-1], audit.target
    # The same model with the same seed writes the same again: that confirms nothing.
    if (before.revision, before.seed) == (target.revision, audit.seed):
        return frozenset(mark.gate for mark in before.gates if mark.state == "FAIL")
    return frozenset(mark.gate for mark in before.gates if mark.state in {"WARN", "FAIL"})


def _result(
    one: Asked, rate: AnyRate, compared: Sequence[Rise], warned: frozenset[str], day: date
) -> GateResult:
    gate = one.gate
    checks = [_limit(gate, rate, gate.limit)] if gate.limit is not None else []
    checks += [_check(gate, rise) for rise in compared]
    worst = min(checks, key=lambda check: WORST_FIRST.index(check.state))
    state, sentence = worst.state, worst.sentence
    if isinstance(rate, NoRate):
        state, sentence = "ERROR", rate.reason
    elif state == "SKIPPED":  # nothing that could be asked was asked
        state = "INCONCLUSIVE"
    elif state == "FAIL" and not gate.primary and one.id not in warned:
        state, sentence = "WARN", f"{sentence}; fails if the next run finds it too"
    return GateResult(
        id=one.id,
        measure=gate.measure,
        model=one.model,
        probe=gate.probe,
        slice=one.slice,
        primary=gate.primary,
        state=state,
        waived=state == "FAIL" and gate.waiver is not None and day <= gate.waiver.until,
        sentence=sentence,
        rate=rate,
        checks=tuple(checks),
        owner=gate.owner,
        waiver=gate.waiver,
    )


def _limit(gate: Gate, rate: AnyRate, limit: float) -> Check:
    def check(state: State, sentence: str) -> Check:
        return Check(kind="limit", against="limit", threshold=limit, state=state, sentence=sentence)

    if isinstance(rate, NoRate):
        return check("ERROR", rate.reason)
    value, low, high = (f"{100 * share:.1f}" for share in (rate.value, rate.low, rate.high))
    found, most = f"{value} % ({low} to {high}, n {rate.n:,})", f"{100 * limit:.1f} %"
    if rate.low > limit:
        return check("FAIL", f"{found} is above the limit of {most}")
    if rate.n < gate.min_n:
        return check("INCONCLUSIVE", f"{found}: n is below {gate.min_n:,}")
    if rate.high > limit:
        return check("INCONCLUSIVE", f"{found} may lie on either side of the limit of {most}")
    return check("PASS", f"{found} is below the limit of {most}")


def _other(rise: Rise) -> str:
    """Name what a rise is held against."""
    pinned = {"margin": "accepted run", "budget": "last release", "baseline": "baseline"}
    return f"the {pinned[rise.kind]}{' before this one' if rise.is_own else ''}"


def _check(gate: Gate, rise: Rise) -> Check:
    state: State
    if rise.difference is None:
        pinned_as = PINNED_AS[rise.kind]
        state, sentence = "SKIPPED", f"no run is pinned as {pinned_as} yet"
        if rise.is_own:
            sentence = f"this run is pinned as {pinned_as}, and none was before it"
    elif isinstance(rise.difference, NoDifference):
        state, sentence = (
            "INCONCLUSIVE",
            f"not compared with {_other(rise)}: {rise.difference.reason}",
        )
    else:
        state, sentence = _tested(gate, rise, rise.difference)
    return Check(
        kind=rise.kind,
        against=rise.against,
        threshold=rise.threshold,
        state=state,
        sentence=sentence,
        difference=rise.difference,
    )


def _tested(gate: Gate, rise: Rise, difference: Difference) -> tuple[State, str]:
    over = f"over {_other(rise)}"
    found = (
        f"{100 * difference.value:+.1f} points ({100 * difference.low:+.1f} to "
        f"{100 * difference.high:+.1f}, adjusted p {written_p(difference.p_adjusted)}) {over}"
    )
    margin = f"at most {100 * rise.threshold:.1f} is allowed"
    if difference.p_adjusted < ALPHA and difference.value > rise.threshold:
        return "FAIL", f"{found}; {margin}"
    if difference.n < gate.min_n:
        return "INCONCLUSIVE", f"{found}; {difference.n:,} pairs are below {gate.min_n:,}"
    if rise.unchanged:  # nothing to find, however widely the clusters' interval allows for more
        return "PASS", f"+0.0 points {over}: none of {difference.n:,} pairs differs"
    least = detectable(rise, difference)
    power = f"a rise of {100 * least:.1f} would be found four times in five"
    if least > gate.detects:
        return "INCONCLUSIVE", f"{found}; only {power}"
    return "PASS", f"{found}; {margin}, {power}"
