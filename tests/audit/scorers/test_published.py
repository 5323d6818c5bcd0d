"""The published checkpoints: converted once, by their hash, and read as safetensors."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import huggingface_hub
import pytest
import torch

from audit.errors import RefusedError
from audit.scorers import published as releases
from audit.scorers.detoxify import load
from audit.scorers.published import Published
from tests.audit.scorers.tiny import checkpoint, grade


@pytest.fixture
def published(
    base: Path,
    state: dict[str, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Stand a tiny checkpoint where Detoxify keeps `original`; give its path."""
    torch.save(checkpoint(state), tmp_path / "content")
    digest = hashlib.sha256((tmp_path / "content").read_bytes()).hexdigest()
    path = tmp_path / "hub" / "checkpoints" / f"tiny-{digest[:8]}.ckpt"
    path.parent.mkdir(parents=True)
    (tmp_path / "content").rename(path)
    snapshot = tmp_path / "hf" / "models--bert-base-uncased" / "snapshots" / ("0" * 40)
    shutil.copytree(base, snapshot)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    entry = Published(f"v0/{path.name}", "bert-base-uncased")
    monkeypatch.setitem(releases.PUBLISHED, "original", entry)
    return path


def test_a_published_checkpoint_is_converted_once_and_then_read_as_safetensors(
    published: Path,
) -> None:
    first = load("original")
    published.unlink()
    again = load("original")
    assert first.signature == again.signature
    assert first.signature.startswith("detoxify-original@")
    assert grade(first, "you idiot") == grade(again, "you idiot")


def test_a_file_whose_hash_is_not_in_its_name_is_refused(published: Path) -> None:
    with published.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(RefusedError, match="not what its name says"):
        load("original")


def test_a_damaged_cache_is_refused(published: Path, tmp_path: Path) -> None:
    load("original")
    weights = tmp_path / "cache/phi-audit/graders" / published.stem / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(RefusedError, match="damaged; delete it"):
        load("original")


def test_missing_weights_say_how_to_get_them(published: Path) -> None:
    published.unlink()
    with pytest.raises(RefusedError, match="phi-audit prefetch") as refused:
        load("original")
    assert str(published) in str(refused.value)


def test_a_missing_tokenizer_says_how_to_get_it(published: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "hf")
    with pytest.raises(RefusedError, match=r"tokenizer of bert-base-uncased.*phi-audit prefetch"):
        load("original")


def test_a_download_that_fails_is_refused(
    published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    published.unlink()
    monkeypatch.setattr(releases, "RELEASES", (tmp_path / "nowhere").as_uri() + "/")
    with pytest.raises(RefusedError, match="could not be downloaded"):
        releases.prefetch("original")


def test_a_download_of_other_content_is_refused(
    published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "v0").mkdir()
    shutil.move(published, tmp_path / "v0" / published.name)
    with (tmp_path / "v0" / published.name).open("ab") as file:
        file.write(b"\0")
    monkeypatch.setattr(releases, "RELEASES", tmp_path.as_uri() + "/")
    with pytest.raises(RefusedError, match="could not be downloaded"):
        releases.prefetch("original")
    assert not published.exists()


def test_the_pinned_names_are_the_ones_this_detoxify_downloads() -> None:
    from detoxify.detoxify import MODEL_URLS

    assert {
        name: releases.RELEASES + entry.file for name, entry in releases.PUBLISHED.items()
    } == MODEL_URLS
