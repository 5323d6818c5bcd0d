"""Measures of the form of an answer, which stand beside every other.

- `empty_rate`: completions without a visible character. `truncated_rate`: cut off by the limit.
"""

from __future__ import annotations

from audit.measures.interface import By, Measure, Written, written


def form(slices: tuple[str, ...], by: By) -> list[Measure]:
    """Give them for a kind of probe set, with its slices."""
    return [
        Measure("empty_rate", "share(empty)", "", written(_is_empty), slices, by=by),
        Measure("truncated_rate", "share(cut off)", "", written(_is_cut_off), slices, by=by),
    ]


def _is_empty(answer: Written) -> bool:
    return answer.is_empty


def _is_cut_off(answer: Written) -> bool:
    return answer.is_cut_off
