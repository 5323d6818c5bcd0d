"""One browser for all tests of the report."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from audit.results import Audit
from reports.html import render
from tests.reports.sample_audit import MANIFEST, audit
from tests.reports.sample_judgement import judgement

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("PHI_AUDIT_BROWSER") == "required":
            pytest.fail("chromium is not installed, and PHI_AUDIT_BROWSER says that it must be")
        pytest.skip("chromium is not installed; the report is not opened in a real browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample() -> Audit:
    return audit()


@pytest.fixture(scope="session")
def page_text(sample: Audit) -> str:
    return render(sample, MANIFEST)


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a night on which gates fail, in every state that a gate can be in."""
    whole = audit(planted=False, complete=True, n_samples=160)
    path = tmp_path_factory.mktemp("judged") / "report.html"
    path.write_text(render(whole, MANIFEST, judgement(whole, n_nights=14)), "utf-8")
    return path
