"""How good is a grader, and what does that make of a rate it gave?

The trap: a grader with an excellent area under the curve may still call every harmless mention of
one group toxic. So areas are also taken inside each identity and across it, and the worst counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.metrics.intervals import DRAWS, Floats, percentile

POWER = -5.0
"""Of the generalised mean: the lower, the more the worst identity counts."""

OVERALL_SHARE = 0.25
"""Of the overall area in the final metric; the three means of identities share the rest."""

AT_ONCE = 50
"""Resamples held in memory together."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval, and what it is of."""

    name: str
    """`overall`, `subgroup`, `bpsn`, `bnsp` or `final`."""

    group: str
    """The identity; empty for what is over all."""

    value: float
    low: float
    high: float
    n: int
    """Texts it compares."""


def power_mean(values: Floats, power: float = POWER) -> Floats:
    """Give the generalised mean `(mean of v ** p) ** (1 / p)` along the first axis.

    Raises:
        ValueError: If there are no values, or one is negative.

    Source:
        Borkan, D. et al. (2019), Nuanced Metrics, doi:10.1145/3308560.3317593, section 5.
    """
    if not len(values) or (values < 0).any():
        raise ValueError("a generalised mean needs values, none below 0")
    with np.errstate(divide="ignore"):  # a value of 0 makes the mean 0
        result: Floats = np.mean(values**power, axis=0) ** (1 / power)
    return result


def identity_areas(
    scores: Sequence[float] | Floats,
    toxic: Sequence[bool] | Bools,
    groups: Sequence[str],
    *,
    seed: int,
    least: int = 10,
) -> list[Figure]:
    """Give a grader's areas overall, inside and across each identity, and their final mean.

    - subgroup: toxic against harmless texts of the identity: low if it confuses the grader;
    - bpsn: toxic texts of the background against harmless ones of the identity: low if the identity
      alone raises false alarms;
    - bnsp: toxic texts of the identity against harmless ones of the background: low if the grader
      misses what is said against it;
    - final: a quarter the overall area, the rest the power means of the three over identities.

    Intervals are percentile bootstraps that resample the texts of each identity and label apart.

    Args:
        scores: The grader's scores, one a text.
        toxic: What people said of each text.
        groups: The identity each text is about; empty for none.
        seed: Same seed, same intervals.
        least: An identity needs so many toxic and so many harmless texts.

    Raises:
        ValueError: If lengths differ, or texts are all toxic or all harmless.

    Source:
        Borkan et al. (2019), as `power_mean`; the weights are those of the Jigsaw challenge of that
        year on unintended bias.
    """
    score, label = np.asarray(scores, dtype=np.float64), np.asarray(toxic, dtype=bool)
    group = np.asarray(groups, dtype=str)
    if not len(score) == len(label) == len(group):
        raise ValueError("scores, labels and groups must be of one length")
    named = [
        name
        for name in sorted(set(groups) - {""})
        if min((label & (group == name)).sum(), (~label & (group == name)).sum()) >= least
    ]
    rank = np.unique(score, return_inverse=True)[1]
    strata = {
        (str(name), side): rank[(group == name) & (label == side)]
        for name in sorted(set(groups))
        for side in (False, True)
    }
    n_ranks = int(rank.max()) + 1
    itself = {of: _counts(rows[None], n_ranks) for of, rows in strata.items()}
    values = {of: float(value[0]) for of, value in _areas(itself, named).items()}
    random = np.random.default_rng(seed)
    resampled: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for _ in range(0, DRAWS // 4, AT_ONCE):
        again = {
            of: _counts(rows[random.integers(0, max(1, len(rows)), (AT_ONCE, len(rows)))], n_ranks)
            for of, rows in strata.items()
        }
        for of, areas in _areas(again, named).items():
            resampled[of].append(areas)
    return [
        Figure(*of, value, *percentile(np.concatenate(resampled[of])), _n_texts(itself, *of))
        for of, value in values.items()
    ]


def rogan_gladen(
    rate: float,
    n: float,
    found: tuple[int, int],
    cleared: tuple[int, int],
    *,
    seed: int,
    draws: int = 10 * DRAWS,
) -> tuple[float, float, float]:
    """Correct a rate for the errors of the grader that gave it.

    Args:
        rate: The share that the grader flagged.
        n: Independent records behind it, above 0; a fraction where it is an effective number.
        found: Truly toxic texts of the calibration that it flagged, and how many there were.
        cleared: Truly harmless ones that it did not flag, and how many there were.
        seed: Same seed, same interval.
        draws: Of all three rates, each from its Jeffreys distribution, so that a calibration
            without an error is not taken for a grader without any.

    Returns:
        `(rate + spec - 1) / (sens + spec - 1)`, held inside 0 to 1, and the 2.5 % and 97.5 %
        quantiles of the draws.

    Raises:
        ValueError: If the grader may be no better than chance on the calibration, or if the rate
            lies beyond what its errors there can explain: then it errs otherwise on these records.

    Source:
        Rogan, W. J. and Gladen, B. (1978), American Journal of Epidemiology 107(1), 71-76,
        doi:10.1093/oxfordjournals.aje.a112510. Jeffreys: Brown, L. D. et al. (2001), Statistical
        Science 16(2), 101-133, doi:10.1214/ss/1009213286.
    """
    random = np.random.default_rng(seed)

    def draw(hits: float, of: float) -> Floats:
        return random.beta(hits + 0.5, of - hits + 0.5, draws)

    sensitivity, specificity = draw(*found), draw(*cleared)
    better = sensitivity + specificity - 1
    if np.quantile(better, 0.025) <= 0:
        raise ValueError("on the calibration the grader is no better than chance")
    low, high = percentile((draw(rate * n, n) + specificity - 1) / better)
    if high < 0 or low > 1:
        raise ValueError("it flags less, or more, than its errors on the calibration can explain")
    sens, spec = found[0] / found[1], cleared[0] / cleared[1]
    value = min(1.0, max(0.0, (rate + spec - 1) / (sens + spec - 1)))
    return value, min(max(low, 0.0), value), max(min(high, 1.0), value)


def kappa(first: Sequence[bool], second: Sequence[bool]) -> tuple[float, float, float]:
    """Give Cohen's kappa of two graders over the same records, with its 95 % interval.

    1 is full agreement, 0 what chance gives.

    Raises:
        ValueError: If lengths differ, or both graders say the same of every record: then chance
            explains all agreement and kappa is 0 / 0.

    Source:
        Cohen, J. (1960), doi:10.1177/001316446002000104; the error is that of Fleiss, J. L. et al.
        (1969), Psychological Bulletin 72(5), 323-327, doi:10.1037/h0028106 (by statsmodels).
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    pairs = list(zip(first, second, strict=True))
    table = [[pairs.count((a, b)) for b in (True, False)] for a in (True, False)]
    if len(set(first) | set(second)) <= 1:
        raise ValueError("both graders say the same of every record")
    result = cohens_kappa(table)
    return (
        float(result.kappa),
        max(-1.0, float(result.kappa_low)),
        min(1.0, float(result.kappa_upp)),
    )


# --- areas ---------------------------------------------------------------------------------------

Counts = Mapping[tuple[str, bool], Floats]
"""By identity and label: how often each rank of score occurs, `(draws, ranks)`."""


def _counts(rows: NDArray[np.int64], n_ranks: int) -> Floats:
    """Count the ranks in each row of `(draws, texts)`."""
    offset = rows + n_ranks * np.arange(len(rows))[:, None]
    counted = np.bincount(offset.ravel(), minlength=len(rows) * n_ranks)
    return counted.reshape(len(rows), n_ranks).astype(np.float64)


def _areas(counts: Counts, named: Sequence[str]) -> dict[tuple[str, str], Floats]:
    """Give each area of each draw: `(draws,)`."""
    toxic = np.sum([c for (_, side), c in counts.items() if side], axis=0)
    harmless = np.sum([c for (_, side), c in counts.items() if not side], axis=0)
    found = {("overall", ""): _area(toxic, harmless)}
    for name in named:
        positive, negative = counts[name, True], counts[name, False]
        found["subgroup", name] = _area(positive, negative)
        found["bpsn", name] = _area(toxic - positive, negative)
        found["bnsp", name] = _area(positive, harmless - negative)
    if named:
        means = [
            power_mean(np.array([area for (of, _), area in found.items() if of == kind]))
            for kind in ("subgroup", "bpsn", "bnsp")
        ]
        of_identities = (1 - OVERALL_SHARE) * np.mean(means, axis=0)
        found["final", ""] = OVERALL_SHARE * found["overall", ""] + of_identities
    return found


def _area(positive: Floats, negative: Floats) -> Floats:
    """Give the area under the ROC curve, P(a positive scores above a negative), ties half.

    Source:
        Hanley, J. A. and McNeil, B. J. (1982), Radiology 143(1), 29-36,
        doi:10.1148/radiology.143.1.7063747.
    """
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    if not pairs.all():
        raise ValueError("an area needs toxic and harmless texts")
    area: Floats = (positive * below).sum(axis=1) / pairs
    return area


def _n_texts(counts: Counts, name: str, of: str) -> int:
    toxic = sum(float(c.sum()) for (_, side), c in counts.items() if side)
    harmless = sum(float(c.sum()) for (_, side), c in counts.items() if not side)
    if name in {"overall", "final"}:
        return int(toxic + harmless)
    inside, clear = float(counts[of, True].sum()), float(counts[of, False].sum())
    if name == "subgroup":
        return int(inside + clear)
    return int(toxic - inside + clear if name == "bpsn" else inside + harmless - clear)
