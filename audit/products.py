"""Matrix products of float32 at a CPU's full width.

The library multiplies through MKL, which uses half the width of a processor that is not its
maker's: 100 GFLOP/s against oneDNN's 210 on one core of an AMD EPYC (torch 2.13). oneDNN also gives
a row the same bits whatever other rows lie beside it, but for a row alone. And what they give lies
in memory that was used before: to be handed zeroed pages takes time, too.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import torch
from transformers.pytorch_utils import Conv1D

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""From glibc's malloc.h. The largest threshold it takes is 2**25."""


def widen(model: Any) -> None:
    """Have a model's layers multiply through oneDNN, where that is known to be faster.

    For inference alone: what these layers give has no gradient.
    """
    if not _is_wider():
        return
    for module in model.modules():
        kind = _WIDE.get(type(module))
        if kind and module.weight.dtype == torch.float32 and module.weight.device.type == "cpu":
            module.__class__ = kind


def reuse_memory() -> None:
    """Ask the C library to keep what is freed: each step's tensors are as large as the last one's.

    By default it hands large blocks back to the system, which fills them with zeros again.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in every C library
        if mallopt is not None:
            for option, value in ((_MMAP_THRESHOLD, 2**25), (_TRIM_THRESHOLD, 2**31 - 1)):
                mallopt(option, value)


def _is_wider() -> bool:
    # On narrower processors the two are alike, or not measured.
    return (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def _multiply(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
    return product


class _WideLinear(torch.nn.Linear):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return _multiply(input, self.weight, self.bias)


class _WideConv1D(Conv1D):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _multiply(x, self.weight.t(), self.bias)


_WIDE: dict[type, type] = {torch.nn.Linear: _WideLinear, Conv1D: _WideConv1D}
