"""A small web server on this machine that speaks what prefetching needs: a model hub and files.

It is told to fail in given ways on given paths, and keeps a list of all it was asked.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.loopback import listening

COMMIT = "c0ffee" + "0" * 34


@dataclass
class Hub:
    """What is served, and what was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By path, for plain files."""

    models: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """By id, then by file name."""

    claimed: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """What the hub says that a model's files hold, where this is not what it serves."""

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By path, in order: an HTTP status, `cut` after half the bytes, or `whole` for no parts."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, Range header and Authorization header of each request."""

    url: str = ""


@contextmanager
def serving() -> Iterator[Hub]:
    """Serve until the block ends."""
    hub = Hub()

    class Handler(_Handler):
        served = hub

    with listening(Handler) as hub.url:
        yield hub


class _Handler(BaseHTTPRequestHandler):
    served: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        sent = {name: self.headers.get(name, "") for name in ("Range", "Authorization")}
        self.served.asked.append((path, sent["Range"], sent["Authorization"]))
        faults = self.served.faults[path]
        fault = faults.pop(0) if faults and self.command == "GET" else ""
        if fault.isdecimal():
            self._send(int(fault), b"")
            return
        for name, files in self.served.models.items():
            if path.startswith((f"/api/models/{name}/", f"/{name}/resolve/")):
                self._model(name, files, path, fault)
                return
        if path not in self.served.files:
            self._send(404, b"")
            return
        self._file(self.served.files[path], {}, fault)

    def _model(self, name: str, files: dict[str, bytes], path: str, fault: str) -> None:
        if path.startswith(f"/api/models/{name}/revision/"):
            said = self.served.claimed.get(name, files)
            info = {"id": name, "sha": COMMIT, "siblings": [_sibling(*f) for f in said.items()]}
            self._send(200, json.dumps(info).encode())
        elif path.startswith(f"/api/models/{name}/tree/"):
            rows = [_tree_row(*f) for f in files.items()]
            self._send(200, json.dumps(rows).encode())
        else:
            file = path.removeprefix(f"/{name}/resolve/{COMMIT}/")
            if file not in files:
                self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
                return
            data = files[file]
            tag = hashlib.sha256(data).hexdigest() if _is_large(file) else _git_hash(data)
            self._file(data, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, fault)

    def _file(self, data: bytes, headers: dict[str, str], fault: str) -> None:
        wanted = self.headers.get("Range", "")
        if not wanted or fault == "whole":
            self._send(200, data, headers, cut=fault == "cut")
            return
        first = int(wanted.removeprefix("bytes=").partition("-")[0])
        if first >= len(data):
            self._send(416, b"")
            return
        headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        self._send(206, data[first:], headers, cut=fault == "cut")

    def _send(
        self, status: int, data: bytes, headers: dict[str, str] | None = None, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True


def _is_large(name: str) -> bool:
    return name.endswith((".safetensors", ".bin"))


def _git_hash(data: bytes) -> str:
    # A blob's name in git; no secret hangs on it.
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _lfs(name: str, data: bytes, key: str) -> dict[str, Any]:
    if not _is_large(name):
        return {}
    digest = hashlib.sha256(data).hexdigest()
    return {"lfs": {key: digest, "size": len(data), "pointerSize": 134}}


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    row = {"rfilename": name, "size": len(data), "blobId": _git_hash(data)}
    return row | _lfs(name, data, "sha256")


def _tree_row(name: str, data: bytes) -> dict[str, Any]:
    row = {"type": "file", "path": name, "size": len(data), "oid": _git_hash(data)}
    return row | _lfs(name, data, "oid")
