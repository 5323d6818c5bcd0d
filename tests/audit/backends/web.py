"""A server on loopback that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from tests.loopback import listening


class Reply(NamedTuple):
    """What is written back."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}


MODELS = Reply(json.dumps({"data": [{"id": "tiny"}]}).encode())

Answer = Callable[[dict[str, Any], int], Reply]
"""Given a request's body and how often that body has come, from 1."""


class Web:
    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, body, _ in self.asked]


def said(text: str | None = "fine", end: str = "stop", **more: Any) -> Reply:
    choice = {"index": 0, "text": text, "finish_reason": end, **more}
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    return Reply(json.dumps({"choices": [choice], "usage": usage}).encode())


@contextmanager
def web(answer: Answer, models: Reply = MODELS) -> Iterator[Web]:
    """Serve until left: `models` at `/models`, and what `answer` gives everywhere else."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            self._reply(models._replace(headers={"Connection": "close"}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                here.asked.append((self.path, body, dict(self.headers)))
                times = here.bodies.count(body)
            self._reply(answer(body, times))

        def _reply(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except OSError:  # who asked has gone
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with listening(Handler) as address:
        here = Web(f"{address}/v1")
        yield here
