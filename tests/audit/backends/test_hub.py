"""Models of the hub: fetched at a commit, refused by case, and no token in any message.

The hub is a server of our own on this machine; the client is the real one, in a process of its own
because it reads its settings once.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest

from tests.audit.backends import tiny
from tests.loopback import listening

COMMIT = "5" * 40
TOKEN = "hf_canaryCANARYcanaryCANARYcanary"
ROOT = Path(__file__).parents[3]

CHILD = """
import json, sys
from audit.backends.folders import find
from audit.errors import AuditError
for name, revision in json.load(sys.stdin):
    try:
        folder = find(name, revision)
        files = sorted(path.name for path in folder.path.iterdir())
        print(json.dumps({"revision": folder.revision, "files": files}))
    except AuditError as error:
        print(json.dumps({"exit": error.exit_code, "error": str(error)}))
"""


class Hub(BaseHTTPRequestHandler):
    """Answers for `owner/good`; other names are the trouble they are named for."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, *, body: bool) -> None:
        Hub.asked.append(self.path)
        trouble = next((name for name in TROUBLE if f"owner/{name}" in self.path), "")
        if trouble == "locked" and "/resolve/" not in self.path:
            trouble = ""  # the hub shows what a gated model holds, and keeps the files
        if trouble:
            status, code = TROUBLE[trouble]
            self._send(status, b"{}", {"X-Error-Code": code}, body=body)
        elif "nowhere" in self.path:
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, body=body)
        elif "/tree/" in self.path:
            files = [
                {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
                for name, data in Hub.files.items()
            ]
            self._send(200, json.dumps(files).encode(), {}, body=body)
        elif self.path.startswith("/api/"):
            siblings = [{"rfilename": name} for name in Hub.files]
            about = {"id": "owner/good", "sha": COMMIT, "siblings": siblings}
            self._send(200, json.dumps(about).encode(), {}, body=body)
        else:
            data = Hub.files[self.path.split(f"/resolve/{COMMIT}/")[1]]
            tag = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
            self._send(200, data, tag, body=body)

    def _send(self, status: int, data: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data)


TROUBLE = {
    "gated": (403, "GatedRepo"),
    "locked": (403, "GatedRepo"),
    "absent": (401, "RepoNotFound"),
    "odd": (418, ""),
    "garbled": (200, ""),
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    folder = tiny.save(tmp_path / "model")
    Hub.files = {path.name: path.read_bytes() for path in folder.iterdir()}
    Hub.files |= {"pytorch_model.bin": b"pickle", "modeling_evil.py": b"", "onnx/model.onnx": b""}
    Hub.asked = []
    with listening(Hub) as address:
        yield address


def find(
    home: Path, asked: list[tuple[str, str]], endpoint: str, **more: str
) -> list[dict[str, object]]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    env |= {"HF_HOME": str(home), "HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_TELEMETRY": "1"} | more
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env=env,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_hub_model_is_fetched_at_its_commit_and_its_absence_told_by_case(
    hub: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    good = ("owner/good", "main")
    asked = [
        good,
        ("owner/good", "nowhere"),
        ("owner/gated", "main"),
        ("owner/locked", "main"),
        ("owner/absent", "main"),
        ("owner/odd", "main"),
        ("owner/garbled", "main"),
    ]
    found, revision, gated, locked, absent, odd, garbled = find(home, asked, hub, HF_TOKEN=TOKEN)
    assert found["revision"] == COMMIT
    assert "model.safetensors" in str(found["files"])
    assert not any(path.endswith((".bin", ".py", ".onnx")) for path in Hub.asked), (
        "code was fetched"
    )
    for answer, phrase in (
        (revision, "has no revision nowhere"),
        (gated, "is gated; your token may not read it yet"),
        (locked, "is gated; your token may not read it yet"),
        (absent, "there is no hub model owner/absent, or it is private"),
        (odd, "the hub gives no answer"),
        (garbled, "cannot be fetched"),
    ):
        assert answer["exit"] == 3
        assert phrase in str(answer["error"])
        assert "\n" not in str(answer["error"])

    (without_token,) = find(home, [("owner/gated", "main")], hub)
    assert "accept its terms" in str(without_token["error"])

    # Once it is in the cache, a network that is gone changes nothing.
    n_asked = len(Hub.asked)
    other = ("owner/other", "main")
    cached, missing = find(home, [good, other], hub, HF_HUB_OFFLINE="1")
    assert cached == found
    assert "not in the cache, and the hub gives no answer" in str(missing["error"])
    assert len(Hub.asked) == n_asked


def test_a_hub_model_that_asks_for_code_is_refused_before_its_weights_are_fetched(
    hub: str, tmp_path: Path
) -> None:
    config = json.loads(Hub.files["config.json"]) | {"auto_map": {"AutoModel": "modeling_evil.E"}}
    Hub.files["config.json"] = json.dumps(config).encode()
    (answer,) = find(tmp_path / "home", [("owner/good", "main")], hub)
    assert "needs code execution" in str(answer["error"])
    assert not any("safetensors" in path for path in Hub.asked)
