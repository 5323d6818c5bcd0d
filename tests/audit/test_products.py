from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from audit.products import widen


@pytest.mark.parametrize("bias", [True, False])
@torch.inference_mode()
def test_a_widened_layer_gives_the_exact_product_to_float32(bias: bool) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(512, 300, bias=bias)
    rows = torch.randn(4, 16, 512)
    exact = rows.double() @ layer.weight.double().t() + (layer.bias.double() if bias else 0)
    widen(layer)
    assert float((layer(rows) - exact).abs().max()) < 1e-5


@torch.inference_mode()
def test_the_layer_of_gpt_2_whose_weights_lie_the_other_way_is_widened_as_well() -> None:
    torch.manual_seed(0)
    layer = Conv1D(300, 512)
    rows = torch.randn(2, 8, 512)
    exact = rows.double() @ layer.weight.double() + layer.bias.double()
    widen(layer)
    assert float((layer(rows) - exact).abs().max()) < 1e-5


@torch.inference_mode()
def test_a_row_of_a_widened_layer_has_the_same_bits_whatever_lies_beside_it() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(512, 2048)
    widen(layer)
    rows = torch.randn(512, 512)
    found = [layer(rows[:n].clone())[:8] for n in (8, 16, 24, 64, 128, 512)]
    assert all(torch.equal(one, other) for one, other in pairwise(found))


def test_a_layer_of_another_kind_or_number_format_is_left_alone() -> None:
    class Own(nn.Linear):
        pass

    kept = nn.Sequential(Own(8, 8), nn.Linear(8, 8, dtype=torch.bfloat16))
    widen(kept)
    assert [type(layer) for layer in kept] == [Own, nn.Linear]
