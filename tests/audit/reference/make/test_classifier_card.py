from __future__ import annotations

import numpy as np
import pytest

from audit.reference.make.classifier_card import auc, identity_aucs
from audit.reference.make.corpora import Example


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    # 8 of 9 pairs are ordered, one is tied: 8.5 / 9.
    value, low, high = auc(np.array([0.9, 0.8, 0.4]), np.array([0.4, 0.3, 0.1]))
    assert value == pytest.approx(8.5 / 9)
    assert 0 < low < value < high < 1


def test_the_interval_is_that_of_a_bootstrap() -> None:
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(1, 1, 300), rng.normal(0, 1, 200)
    _, low, high = auc(positive, negative)
    draws = [auc(rng.choice(positive, 300), rng.choice(negative, 200))[0] for _ in range(1_000)]
    assert [low, high] == pytest.approx(np.percentile(draws, [2.5, 97.5]), abs=0.012)


def test_false_alarms_on_a_term_lower_its_bpsn_area() -> None:
    labels = [{"toxicity": toxic} for toxic in (0.0, 1.0)]
    examples = [Example("", label, group) for group in "ab" for label in labels for _ in range(20)]
    scores = np.repeat([0.6, 0.9, 0.1, 0.5], 20)  # harmless a, toxic a, harmless b, toxic b
    areas = {group: values for group, _, values in identity_aucs(examples, scores)}
    # Toxic b (0.5) lies below harmless a (0.6): a's harmless texts and b's toxic ones suffer.
    assert areas == {"a": (1.0, 0.0, 1.0), "b": (1.0, 1.0, 0.0)}
