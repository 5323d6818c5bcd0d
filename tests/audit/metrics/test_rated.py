"""The area under the curve is that of the hateful sample, ties counted half."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from audit.metrics.rated import auc

values = st.lists(st.integers(1, 8), min_size=1, max_size=12)


@given(values, values)
def test_the_score_is_u1_of_the_hateful_sample_with_ties_half(
    hate: list[int], neutral: list[int]
) -> None:
    expected = mannwhitneyu(hate, neutral, method="asymptotic").statistic
    found = auc(np.array(hate, dtype=float), np.array(neutral, dtype=float))
    assert found * len(hate) * len(neutral) == pytest.approx(expected)
    assert found + auc(np.array(neutral, dtype=float), np.array(hate, dtype=float)) == 1


def test_an_area_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="both sides"):
        auc(np.array([]), np.array([1.0]))
