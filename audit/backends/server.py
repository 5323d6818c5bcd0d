"""Ask a server for JSON: bounded in size and time, patient with its limits, never redirected.

What comes back is hostile: a body without end, a redirect to a file, no JSON at all, our own key
for us to print. A request that may succeed later is sent again unchanged, and every time it was
sent is counted.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from audit.backends.files import one_line
from audit.errors import RefusedError, UsageError
from audit.plan import Server as Settings

MAX_BODY_BYTES = 16 << 20
CONNECT_TIMEOUT_S = 10.0

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
"""Between two tries, where the server does not say how long."""

MOST_PATIENCE_S = 900.0
"""A server that asks to wait longer ends the run: the same command goes on later."""

LATER = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses that the same request may not get the next time."""


@dataclass(frozen=True)
class Said:
    """What a server answered."""

    body: dict[str, Any]
    n_requests: int


@dataclass(frozen=True)
class Unsaid:
    """A request that got no usable answer."""

    reason: str
    """A short phrase, the same for the same cause; nothing the server wrote."""

    n_requests: int
    body: dict[str, Any]
    """What a refusal said; empty if it was not JSON."""


class _Later(Exception):
    """The same request may succeed."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


class _Never(Exception):
    """The same request will not succeed."""

    def __init__(self, reason: str, body: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.body = body or {}


class Server:
    """One server and the connections to it; several threads may ask at once.

    Args:
        url: Where its API begins.
        settings: Of the plan.

    Raises:
        UsageError: If the key's variable is not set, or the key would travel unencrypted.
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url.rstrip("/")
        self.key = _key(self.url, settings.key_variable)
        self._settings = settings
        self._client = httpx2.Client(
            # A compressed body could hide its size.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {self.key}"} if self.key else {}),
            timeout=httpx2.Timeout(settings.timeout_s, connect=CONNECT_TIMEOUT_S),
            limits=httpx2.Limits(max_connections=settings.concurrency),
            follow_redirects=False,
        )
        self._stopped = threading.Event()
        self._open_at = 0.0

    def stop(self) -> None:
        """Ask nothing more, and end every waiting."""
        self._stopped.set()

    def close(self) -> None:
        """Give up whatever is under way."""
        self.stop()
        self._client.close()

    def get(self, path: str) -> Said | Unsaid:
        """Ask for a page of JSON; see `post`."""
        return self._patiently("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Said | Unsaid:
        """Send a request, again while the server asks for patience, and give what came back.

        Raises:
            RefusedError: If the server is gone, does not take the key, does not know the path or
                the model, or asks for more patience than there is: nothing can be had from it now.
        """
        return self._patiently("POST", path, body)

    def _patiently(self, method: str, path: str, body: dict[str, Any] | None) -> Said | Unsaid:
        for n_requests in range(1, self._settings.retries + 2):
            self._wait_until(self._open_at)
            try:
                return Said(self._once(method, path, body), n_requests)
            except _Never as error:
                return Unsaid(error.reason, n_requests, error.body)
            except _Later as error:
                last = error
                self._hold(error, n_requests)
        if last.reason in {"rate limit", "no connection"}:
            raise RefusedError(
                f"{self.url}: {last.reason}, {n_requests} times; the same command goes on from here"
            )
        return Unsaid(last.reason, n_requests, {})

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        deadline = time.monotonic() + self._settings.timeout_s
        try:
            with self._client.stream(method, self.url + path, json=body) as response:
                data = b"".join(_bounded(response, deadline))
                status, headers = response.status_code, response.headers
        except httpx2.TimeoutException as error:
            raise _Later("time-out") from error
        except httpx2.TransportError as error:
            raise _Later("no connection") from error
        if status in LATER:
            is_limit = status == httpx2.codes.TOO_MANY_REQUESTS
            what = "rate limit" if is_limit else f"server error {status}"
            raise _Later(what, _asked_wait(headers.get("retry-after", "")))
        if status in {401, 403}:
            raise RefusedError(f"{self.url} does not take the key (status {status})")
        if httpx2.codes.is_redirect(status):  # never followed: it may point at anything
            raise _Never("redirect")
        parsed = _parsed(data, self.key)
        if status != httpx2.codes.OK:
            raise _Never(f"server status {status}", parsed)
        if parsed is None:
            raise _Never("no JSON object")
        return parsed

    def _hold(self, error: _Later, n_requests: int) -> None:
        """Keep every thread from asking for as long as the server wants, or ever longer."""
        wait_s = error.wait_s
        if wait_s is None:
            growing = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (n_requests - 1))
            wait_s = growing * random.uniform(0.5, 1.0)  # noqa: S311  # spreads the threads
        if wait_s > MOST_PATIENCE_S:
            raise RefusedError(
                f"{self.url} asks to wait {wait_s:.0f} s; the same command goes on from here then"
            )
        until = time.monotonic() + wait_s
        if error.reason == "rate limit":
            self._open_at = max(self._open_at, until)
        elif n_requests <= self._settings.retries:
            self._wait_until(until)

    def _wait_until(self, moment: float) -> None:
        self._stopped.wait(max(0.0, moment - time.monotonic()))
        if self._stopped.is_set():
            raise RefusedError(f"{self.url}: stopped asking")


def _key(url: str, variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "")
    if not key.strip():
        raise UsageError(f"{variable} is not set; it must hold the key of {url}")
    if not (key.isascii() and key.isprintable()):
        raise UsageError(f"{variable} holds what cannot be a key")
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise UsageError(f"the key would travel to {url} unencrypted; use https")
    return key.strip()


def _bounded(response: httpx2.Response, deadline: float) -> Iterator[bytes]:
    """Read a body up to its limit: a server that sends a byte a minute ends as well."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _Never("compressed body")
    n = 0
    for chunk in response.iter_raw():
        n += len(chunk)
        if n > MAX_BODY_BYTES:
            raise _Never("endless body")
        if time.monotonic() > deadline:
            raise _Later("time-out")
        yield chunk


def _parsed(data: bytes, key: str) -> dict[str, Any] | None:
    """Give the JSON object that was said, without our key: who repeats it has it written down."""
    try:
        value = json.loads(data)
        if key:
            value = json.loads(json.dumps(value).replace(json.dumps(key)[1:-1], "[key]"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _asked_wait(text: str) -> float | None:
    """Read `Retry-After`: seconds or a date; `None` if it says nothing that can be read."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def plain(error: Unsaid) -> str:
    """Give what a refusal said, on one short line: for an error message, never for a record."""
    return one_line(json.dumps(error.body), 200) if error.body else error.reason
