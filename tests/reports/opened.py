"""A report, open in a browser that is offline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page


@contextmanager
def opened(
    browser: Browser, path: Path, anchor: str = "", **options: Any
) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Open a page offline; give it with every message and every request it makes.

    `window.ran` is there from the start: what runs hostile text writes into it.
    """
    context = browser.new_context(offline=True, **options)
    context.add_init_script("window.ran = []")
    page = context.new_page()
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri() + anchor)
    if options.get("java_script_enabled", True):
        page.wait_for_selector(".count", timeout=20_000)
    yield page, messages, requests
    context.close()
