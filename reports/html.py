"""Write the report: one HTML file that needs nothing else, and that cannot be made to act.

What models write is hostile. Every string is escaped and its unseen characters are written out by
the environment itself, so that no template can forget it; the page's policy allows one style and
one script, by their hashes, and no request at all. The same audit gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import math
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from audit.judgement import Judgement
from audit.results import Audit, Manifest, written_p
from reports.differences import is_clear
from reports.view import page
from reports.visible import clipped, one_line, visible

HERE = Path(__file__).parent

SCRIPTS = ("samples.js", "search.js", "view.js", "start.js")
"""One script in four files, in this order and in one scope."""

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"


def render(
    audit: Audit,
    manifest: Manifest | None = None,
    judgement: Judgement | None = None,
    *,
    redact: bool = False,
) -> str:
    """Give the report as one HTML page.

    Args:
        audit: All results.
        manifest: How the run was made; its start is the only time on the page.
        judgement: What the gates say of it.
        redact: Leave out every prompt, every completion, and what linters quote of them.
    """
    return document("report.html.j2", page=page(audit, manifest, judgement, redact=redact))


def document(template: str, **values: object) -> str:
    """Fill in the template of a whole page; it may place our script and style, and their hashes."""
    parts = "\n".join(_asset(name) for name in SCRIPTS)
    script, style = f'"use strict";\n(() => {{\n{parts}}})();\n', _asset("report.css")
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            # The only text that is not escaped: our own files.
            script=Markup(script),  # noqa: S704  # shipped with the package, holds no data
            style=Markup(style),  # noqa: S704  # shipped with the package, holds no data
            script_hash=_hash(script),
            style_hash=_hash(style),
        )
    )


@cache
def _asset(name: str) -> str:
    return (HERE / "static" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=percent,
        percent_down=percent_down,
        points=points,
        score=score,
        grade=grade,
        on_axis=on_axis,
        p_value=p_value,
        p_only=p_only,
        whole=whole,
        pixel=pixel,
        short_revision=short_revision,
        without_hash=without_hash,
        one_line=one_line,
        clipped=clipped,
        day_and_time=day_and_time,
    )
    environment.tests["clear"] = is_clear
    return environment


def _finalize(value: object) -> object:
    return visible(value) if type(value) is str else value


# --- how numbers are written -------------------------------------------------------------------


def percent(value: float) -> str:
    """Write a proportion in percent, to 0.1: `12.3 %`."""
    return f"{_signed(100 * value, 1)}{THIN}%"


def percent_down(value: float) -> str:
    """Write a coverage in percent, rounded down to 0.1: only all is 100 %."""
    return percent(math.floor(round(value * 1000, 6)) / 1000)


def points(value: float) -> str:
    """Write a difference of proportions in percentage points, to 0.1, always with its sign."""
    text = _signed(100 * value, 1)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def score(value: float) -> str:
    """Write a score to 0.001."""
    return _signed(value, 3)


def grade(value: float) -> str:
    """Write a grade, cut to 0.01: what is below a threshold never looks as if it were at it."""
    return f"{math.floor(value * 100 + 1e-9) / 100:.2f}"


def on_axis(value: float, unit: str) -> str:
    """Write the label of a tick: no more digits than it has."""
    if unit == "score":
        return f"{value:g}"
    text = f"{100 * value:g}".replace("-", MINUS)
    if unit == "points":
        return f"+{text}" if value > 0 else text
    return f"{text}{THIN}%"


def p_value(p: float) -> str:
    """Write a p value with its sign: `p = 0.012`, `p < 0.001`."""
    said = p_only(p)
    return f"p{THIN}{said}" if said.startswith("<") else f"p{THIN}={THIN}{said}"


def p_only(p: float) -> str:
    """Write a p value where a heading says that it is one."""
    return written_p(p).replace(" ", THIN)


def whole(n: int) -> str:
    """Write a count, thousands apart."""
    return f"{n:,}".replace(",", THIN)


def pixel(value: float) -> str:
    """Write a coordinate to 0.01."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def short_revision(revision: str) -> str:
    """Write a commit or checksum by its first twelve digits."""
    kind, colon, digits = revision.rpartition(":")
    return kind + colon + digits[:12]


def without_hash(grader: str) -> str:
    """Write a grader's `name@version+hash` without its hash, which stands further down."""
    return grader.partition("+")[0]


def day_and_time(moment: str) -> str:
    """Write an ISO 8601 moment in UTC to the minute: `2026-11-21 08:50 UTC`."""
    day, _, time = moment.partition("T")
    return f"{day} {time[:5]} UTC" if time else moment


def _signed(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        return text.removeprefix("-")
    return text.replace("-", MINUS)
