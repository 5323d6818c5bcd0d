"""The noise is uniform, keyed and reproducible; what it draws follows the softmax."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from scipy import stats

from audit.backends import sampling
from audit.backends.sampling import KeyedSampler, Sampler
from audit.records import Decoding

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])


def gumbel(seeds: Sequence[int], position: int, n_vocabulary: int) -> torch.Tensor:
    rows = torch.tensor(seeds)
    return sampling.gumbel(rows, torch.full_like(rows, position), n_vocabulary)


def draw(decoding: Decoding, n: int, position: int = 0) -> np.ndarray:
    """Draw `n` tokens from LOGITS, one for each seed below `n`."""
    seeds = torch.arange(n)
    chosen, finite = Sampler(decoding, [0]).choose(
        LOGITS.repeat(n, 1), seeds, torch.full_like(seeds, position)
    )
    assert finite.all()
    return np.bincount(chosen.numpy(), minlength=len(LOGITS))


def test_noise_is_gumbel_by_kolmogorov_smirnov() -> None:
    # Along each axis by itself: a weak hash is often uniform along one and not another.
    for noise in (
        gumbel([7], 0, 200_000)[0],
        gumbel(range(200_000), 0, 1)[:, 0],
        torch.cat([gumbel([7], position, 4)[0] for position in range(20_000)]),
    ):
        assert stats.kstest(noise.double().numpy(), "gumbel_r").pvalue > 1e-3


def test_noise_of_neighbours_is_independent() -> None:
    noise = gumbel(range(500), 0, 500).double().numpy()
    for a, b in (
        (noise[:, :-1], noise[:, 1:]),
        (noise[:-1], noise[1:]),
        (noise, gumbel(range(500), 1, 500).double().numpy()),
    ):
        r = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        assert abs(r) < 4 / math.sqrt(a.size)


def test_noise_depends_on_seed_position_and_index_alone() -> None:
    alone = gumbel([42], 3, 10)
    company = gumbel([1, 42, 2**63 - 1], 3, 1000)
    assert torch.equal(company[1, :10], alone[0])
    assert not torch.equal(company[0, :10], alone[0])
    assert not torch.equal(gumbel([42], 4, 10), alone)


def test_rows_at_different_positions_have_the_noise_of_their_own() -> None:
    mixed = sampling.gumbel(torch.tensor([42, 42, 7]), torch.tensor([3, 4, 3]), 10)
    alone = [gumbel([42], 3, 10), gumbel([42], 4, 10), gumbel([7], 3, 10)]
    assert torch.equal(mixed, torch.cat(alone))


def test_noise_is_finite_and_reaches_far_into_its_tail() -> None:
    noise = gumbel(range(100), 0, 50_000)
    assert torch.isfinite(noise).all()
    # The largest of n draws lies near log(n); float32 uniforms would stop at 16.6.
    assert noise.max() > math.log(noise.numel()) - 2


def test_the_noise_is_splitmix64() -> None:
    # The first outputs of the published generator for seed 1234567.
    state = torch.tensor([[1234567]])
    steps = torch.arange(1, 4, dtype=torch.int64)
    z = state + steps * sampling._signed(sampling._GOLDEN)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [i % 2**64 for i in sampling._finish(z)[0].tolist()] == expected


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
def test_draws_follow_the_softmax_at_any_temperature(temperature: float) -> None:
    n = 40_000
    counts = draw(Decoding(temperature=temperature), n)
    expected = (LOGITS / temperature).double().softmax(-1).numpy() * n
    assert stats.chisquare(counts, expected).pvalue > 1e-3


@pytest.mark.parametrize("top_p", [0.3, 0.7, 0.9, 0.97])
def test_draws_under_top_p_follow_the_renormalised_softmax(top_p: float) -> None:
    n = 40_000
    counts = draw(Decoding(top_p=top_p), n, position=5)
    p = LOGITS.double().softmax(-1).numpy()
    kept = int(np.searchsorted(np.cumsum(p), top_p) + 1)  # LOGITS falls, so p is in order
    assert counts[kept:].sum() == 0
    if kept > 1:
        expected = p[:kept] / p[:kept].sum() * n
        assert stats.chisquare(counts[:kept], expected).pvalue > 1e-3


def test_top_p_keeps_one_token_however_small_it_is() -> None:
    counts = draw(Decoding(top_p=1e-9), 100)
    assert counts.tolist() == [100, 0, 0, 0, 0, 0]


def test_a_row_that_is_not_finite_is_remembered_and_ended() -> None:
    for decoding in (Decoding(strategy="greedy"), Decoding(), Decoding(top_p=0.5)):
        sampler = KeyedSampler(decoding, [1, 2, 3, 4], 2, [5])
        scores = LOGITS.repeat(4, 1)
        scores[1, 0], scores[2, 3], scores[3, 1] = torch.nan, torch.inf, -torch.inf
        ids = torch.zeros(4, 2, dtype=torch.int64)
        out = sampler(ids, scores)
        assert out.argmax(-1)[1:].tolist() == [5, 5, 5]
        sampler(torch.zeros(4, 3, dtype=torch.int64), LOGITS.repeat(4, 1))
        assert sampler.broken.tolist() == [False, True, True, True]
