"""A model hub and a GitHub on this machine: they speak the calls that publishing makes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import listening

COMMIT = "c0ffee" + "0" * 34


@dataclass
class Places:
    """What is there, and what was asked."""

    url: str = ""
    card: bytes | None = None
    """Of the model; none if it has no card."""

    committed: dict[str, bytes] = field(default_factory=dict)
    """By path, what was committed to the model."""

    assets: dict[str, bytes] = field(default_factory=dict)
    """Of the release, by name."""

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request."""

    refuses: bool = False


@contextmanager
def serving() -> Iterator[Places]:
    """Serve until the block ends."""
    places = Places()

    class Handler(_Handler):
        served = places

    with listening(Handler) as places.url:
        yield places


class _Handler(BaseHTTPRequestHandler):
    served: Places
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._any()

    def do_HEAD(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def do_PATCH(self) -> None:
        self._any()

    def do_DELETE(self) -> None:
        self._any()

    def _any(self) -> None:
        body = self._body()
        # A proxy is asked for whole addresses: that is how `gh` comes here.
        parts = urlsplit(self.path)
        self.served.asked.append((self.command, parts.path))
        if self.served.refuses:
            self._send(403, {"error": "this token may not write"})
        elif parts.netloc:
            self._github(parts.path, parse_qs(parts.query), body)
        else:
            self._hub(parts.path, body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    # --- the hub: see huggingface_hub's `_commit_api` and `file_download` ---

    def _hub(self, path: str, body: bytes) -> None:
        served = self.served
        if path.endswith("/resolve/main/README.md"):
            if served.card is None:
                self._send(404, {}, {"X-Error-Code": "EntryNotFound"})
            else:
                headers = {"ETag": '"1"', "X-Repo-Commit": COMMIT}
                self._send(200, served.card, headers)
        elif path == "/api/validate-yaml":
            self._send(200, {"errors": [], "warnings": []})
        elif path.endswith("/preupload/main"):
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]
            self._send(200, {"files": files})
        elif path.endswith("/commit/main"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    data = base64.b64decode(line["value"]["content"])
                    served.committed[line["value"]["path"]] = data
            url = f"{served.url}/org/model/commit/{COMMIT}"
            self._send(200, {"commitUrl": url, "commitOid": COMMIT, "pullRequestUrl": None})
        else:
            self._send(404, {})

    # --- GitHub: its REST interface, and the one query by which `gh` finds a release ---

    def _github(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        served, host = self.served, "http://api.github.localhost"
        if path == "/graphql":
            found = {"databaseId": 1, "isDraft": False}
            self._send(200, {"data": {"repository": {"release": found}}})
        elif "/releases/tags/" in path:
            release = f"{host}/repos/o/r/releases"
            named = [{"name": name, "url": f"{release}/assets/{name}"} for name in served.assets]
            upload = f"{release}/1/assets{{?name,label}}"
            self._send(200, {"id": 1, "tag_name": "v1", "upload_url": upload, "assets": named})
        elif "/assets" in path and self.command == "POST":
            served.assets[query["name"][0]] = body
            self._send(201, {})
        elif "/assets/" in path:
            del served.assets[path.rpartition("/")[2]]
            self._send(204, b"")
        else:
            self._issues(path, json.loads(body or b"{}"))

    def _issues(self, path: str, asked: dict[str, Any]) -> None:
        issues, last = self.served.issues, path.rpartition("/")[2]
        if self.command == "GET":
            self._send(200, [one for one in issues.values() if one["state"] == "open"])
        elif last == "comments":
            number = int(path.split("/")[-2])
            self.served.comments.setdefault(number, []).append(asked["body"])
            self._send(201, {})
        elif self.command == "PATCH":
            issues[int(last)] |= asked
            self._send(200, issues[int(last)])
        else:
            number = len(issues) + 1
            issues[number] = {"number": number, "state": "open", **asked}
            self._send(201, issues[number])

    def _send(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
