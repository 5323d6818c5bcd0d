"""Target against baselines: differences on the same prompts, where the signatures match.

The trap: with dozens of tests some differ by luck every night. The few claims an audit is made for
(primary) are adjusted together by Holm, over all targets and baselines of the run. Everything else
is a look around: adjusted by Benjamini-Hochberg within its own table, which is one measure of one
probe set sliced by one tag, over all targets and baselines.

Primary are: the overall `toxic_rate` and `insecure_rate` of a probe set, `over_refusal_rate` on
safe and `under_refusal_rate` on unsafe prompts, and the mean `safety_shortfall`. The latter is
1 - safety score, so that below 0 means less harmful here as everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.measure import DIGITS, MIN_CLUSTERS, rounded, seed, too_small, without
from audit.measures.interface import PLURALS
from audit.metrics.intervals import bootstrap_mean
from audit.metrics.paired import (
    benjamini_hochberg,
    holm,
    mcnemar_exact,
    sign_flip,
    tango,
    tango_by_cluster,
)
from audit.metrics.safety_score import safety_score_difference
from audit.observe import RULES, Evidence, Observations, Rule, Sentences, clusters, sentences
from audit.results import AnyDifference, Difference, NoDifference, Signature

NOT_COMPARED = frozenset({"cyberseceval_pass_rate", "mean_sentiment"})
"""Higher is safer there. The first is 1 - `insecure_at_least`, which is compared."""


def compare(evidence: Sequence[Evidence]) -> list[AnyDifference]:
    """Give target minus baseline for every measure of every probe set that both were asked.

    Pairs are the same prompt and sample, graded for both. Where answers are independent and harmful
    or not, the exact McNemar test compares them, with Tango's interval. Where several answers
    belong to a prompt, or to a counterfactual's template, the signs of whole prompts or templates
    are flipped, and Tango's interval takes the pairs for the independent ones they are worth; means
    have a BCa bootstrap instead. Safety scores have a bootstrap over unique texts.

    Args:
        evidence: All of a run, every model and probe set; roles tell targets from baselines.

    Returns:
        Differences in the order of probe sets, targets, baselines and measures. A pair whose
        signatures differ is a `NoDifference` that names the fields.
    """
    found: list[AnyDifference] = []
    for probe in dict.fromkeys(one.probe.name for one in evidence):
        asked = [one for one in evidence if one.probe.name == probe]
        views = {one.model.name: _View(one) for one in asked}
        for target in (one for one in asked if one.model.role == "target"):
            for baseline in (one for one in asked if one.model.role == "baseline"):
                found += _pair(views[target.model.name], views[baseline.model.name])
    return adjusted(found)


def between(
    seen: Observations, other: Observations, *, target: str, baseline: str, probe: str
) -> AnyDifference:
    """Give one number of the target minus the same number elsewhere: a baseline's, or a past run's.

    Its p is not adjusted. Unlike signatures make it a `NoDifference` that names the fields.
    """
    return _difference(
        _Claim(seen.name, target, baseline, probe, seen.slice, seen.primary), seen, other
    )


def safety_between(
    rule: Rule, mine: Sentences, theirs: Sentences, *, target: str, baseline: str, probe: str
) -> Iterator[AnyDifference]:
    """Give the same for the safety shortfall, of every group and then of all."""
    return _safety((target, baseline, probe), rule, mine, theirs)


class _View:
    """One model's evidence as its measures see it, computed once for all pairs."""

    def __init__(self, evidence: Evidence) -> None:
        self.model = evidence.model.name
        self.probe = evidence.probe.name
        self.observed = {(seen.name, seen.slice): seen for seen in evidence.observed}
        self.sentences: dict[Rule, Sentences] = {}
        if evidence.probe.kind == "likelihood":
            self.sentences = {rule: sentences(evidence, rule) for rule in RULES}


@dataclass(frozen=True)
class _Claim:
    """What a difference is about; a value and its error are yet to come."""

    name: str
    target: str
    baseline: str
    probe: str
    slice: str
    primary: bool

    def refuse(self, reason: str) -> NoDifference:
        return NoDifference(
            name=self.name,
            target=self.target,
            baseline=self.baseline,
            probe=self.probe,
            slice=self.slice,
            reason=reason,
        )

    def make(
        self,
        value: float,
        interval: tuple[float, float],
        p: float,
        n: int,
        test: str,
        signature: Signature,
    ) -> Difference:
        return Difference(
            name=self.name,
            target=self.target,
            baseline=self.baseline,
            probe=self.probe,
            slice=self.slice,
            value=rounded(value),
            low=rounded(interval[0]),
            high=rounded(interval[1]),
            n=n,
            p=significant(p),
            p_adjusted=significant(p),
            primary=self.primary,
            test=test,
            signature=signature,
        )


def _pair(target: _View, baseline: _View) -> Iterator[AnyDifference]:
    for key, seen in target.observed.items():
        if key in baseline.observed and seen.name not in NOT_COMPARED:
            claim = _Claim(
                seen.name, target.model, baseline.model, target.probe, seen.slice, seen.primary
            )
            yield _difference(claim, seen, baseline.observed[key])
    for rule, mine in target.sentences.items():
        names = (target.model, baseline.model, target.probe)
        yield from _safety(names, rule, mine, baseline.sentences[rule])


def _unlike(first: Signature, second: Signature) -> str:
    """Say which fields of two signatures differ; empty if none."""
    fields = first.differing(second)
    return f"unlike signatures: {', '.join(fields)}" if fields else ""


# --- rates -------------------------------------------------------------------------------------


def _difference(claim: _Claim, target: Observations, baseline: Observations) -> AnyDifference:
    unlike = _unlike(target.signature, baseline.signature)
    if unlike:
        return claim.refuse(unlike)
    pairs = [unit for unit in sorted(target.values) if unit in baseline.values]
    if not pairs:
        return claim.refuse("no pair was graded for both")
    differences = {unit: target.values[unit] - baseline.values[unit] for unit in pairs}
    totals, sizes = clusters(differences)
    value = sum(totals) / sum(sizes)
    draw = seed("difference", claim.probe, claim.name, claim.slice)
    by, binary = target.by, target.binary and baseline.binary
    if binary and max(sizes) == 1:
        only_target, only_baseline = totals.count(1), totals.count(-1)
        interval = tango(only_target, only_baseline, len(pairs))
        p = mcnemar_exact(only_target, only_baseline)
        test = "exact McNemar, Tango interval"
    elif binary:
        more, _ = clusters({unit: float(d > 0) for unit, d in differences.items()})
        less, _ = clusters({unit: float(d < 0) for unit, d in differences.items()})
        interval, p = tango_by_cluster(more, less, sizes), sign_flip(totals, seed=draw)
        test = f"sign flips by {by}, Tango interval by {by}"
    elif len(totals) < MIN_CLUSTERS:
        return claim.refuse(
            f"{len(totals)} {PLURALS.get(by, f'{by}s')} are too few for an interval"
        )
    else:
        interval, p = bootstrap_mean(totals, sizes, seed=draw), sign_flip(totals, seed=draw)
        test = f"sign flips by {by}, BCa bootstrap by {by}"
    return claim.make(value, interval, p, len(pairs), test, target.signature)


# --- safety scores -----------------------------------------------------------------------------


def _safety(
    names: tuple[str, str, str], rule: Rule, mine: Sentences, theirs: Sentences
) -> Iterator[AnyDifference]:
    target, baseline, probe = names
    name = "safety_shortfall" if rule == "bos" else "safety_shortfall_official"

    def claim(part: str) -> _Claim:
        primary = part == "all" and rule == "bos"
        return _Claim(name, target, baseline, probe, part, primary)

    unlike = _unlike(mine.signature, theirs.signature)
    if unlike:
        yield claim("all").refuse(unlike)
        return
    shared = [id_ for id_ in mine.records if id_ in theirs.records]
    first = [mine.records[id_] for id_ in shared]
    second = [theirs.records[id_] for id_ in shared]
    small = too_small(first, mine.groups | theirs.groups)
    for group, reason in small.items():
        yield claim(f"group={group}").refuse(reason)
    if small:
        yield claim("all").refuse(f"the mean would lack {', '.join(small)}")
    # 1 - score turns the sign: target minus baseline of one is baseline minus target of the other.
    kept, kept_baseline = without(first, small), without(second, small)
    if kept:
        draw = seed("safety", probe)
        for one in safety_score_difference(kept_baseline, kept, seed=draw):
            if one.group != "mean" or not small:
                part = "all" if one.group == "mean" else f"group={one.group}"
                test = "paired bootstrap by unique text"
                yield claim(part).make(
                    one.value, (one.low, one.high), one.p, one.n, test, mine.signature
                )


# --- many claims at once -----------------------------------------------------------------------


def adjusted(found: Sequence[AnyDifference]) -> list[AnyDifference]:
    """Adjust the p-values of every family of claims, each in its own way.

    Holm over all primary claims; else Benjamini-Hochberg over a measure of a set sliced by a tag.
    """
    families: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, one in enumerate(found):
        if isinstance(one, Difference):
            tag = one.slice.partition("=")[0]
            families[() if one.primary else (one.probe, one.name, tag)].append(i)
    changed = list(found)
    for family, members in families.items():
        adjust = benjamini_hochberg if family else holm
        claims = [one for i in members if isinstance(one := found[i], Difference)]
        for i, one, p in zip(members, claims, adjust([one.p for one in claims]), strict=True):
            changed[i] = one.model_copy(update={"p_adjusted": significant(p)})
    return changed


def significant(p: float) -> float:
    """Round a p-value to as many digits as `rounded` keeps, leading zeros not counted."""
    return float(f"{p:.{DIGITS}g}")
