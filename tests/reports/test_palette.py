"""Every colour can be told from what it stands on, in light and in dark."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from reports import html

CSS = (Path(html.__file__).parent / "static" / "report.css").read_text("utf-8")
TEXT = ("ink", "quiet", "accent", "warn", "go", "stop")
MARKS = ("s0", "s1", "s2", "s3", "s4", "s5", "control")


def _palettes() -> dict[str, dict[str, str]]:
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{([^}]*--paper[^}]*)\}", CSS)
    )
    return {"light": light, "dark": dark}


def _luminance(colour: str) -> float:
    """Give the relative luminance of WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_a_contrast_of_4_5_and_marks_of_3(theme: str) -> None:
    colours = _palettes()[theme]
    for ground in ("paper", "panel", "warn-paper"):
        for name in TEXT:
            assert _contrast(colours[name], colours[ground]) >= 4.5, (theme, name, ground)
        for name in MARKS:
            assert _contrast(colours[name], colours[ground]) >= 3, (theme, name, ground)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_two_series_share_a_colour(theme: str) -> None:
    colours = _palettes()[theme]
    for one, other in combinations(MARKS[:6], 2):
        assert colours[one] != colours[other]


def test_the_reader_s_settings_are_respected() -> None:
    for query in ("screen and (prefers-color-scheme: dark)", "(forced-colors: active)", "print"):
        assert f"@media {query} {{" in CSS
    assert "animation" not in CSS
    assert "transition" not in CSS
    assert "url(" not in CSS
