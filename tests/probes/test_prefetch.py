"""What is fetched is what was published or locked, however badly the network behaves."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from audit import plan as plans
from audit.errors import RefusedError, UsageError
from audit.plan import Plan, ProbePlan
from probes import catalogue, prefetch, reading, safenlp, toxigen_sentences
from probes.interface import PublicFile, Sources
from probes.lock import Lock, lock_path, read_lock
from tests.probes.hub import COMMIT, Hub, serving

DATA = b'[{"id": 1, "text": "a", "label": "hate", "toxicity_score": 4, "target_groups": ["x"]}]'
OTHER = DATA.replace(b'"a"', b'"b"')


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        hub.files["/set.json"] = DATA
        yield hub


@pytest.fixture
def published(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublicFile:
    """Put the sentences' file on the server, and the cache in an empty folder; wait briefly."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(prefetch, "PAUSES_S", (0.01, 0.01, 0.01))
    file = PublicFile("safenlp/toxiGen.json", f"{hub.url}/set.json", sha256(DATA))
    monkeypatch.setattr(toxigen_sentences, "FILES", (file,))
    load = partial(safenlp.load, toxigen_sentences.PROBE.name, file)
    monkeypatch.setattr(toxigen_sentences, "load", load)
    return file


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def plan_of(probe: str, model: str = "reference:base") -> Plan:
    return plans.parse(
        f'[[models]]\nname = "m"\nid = "{model}"\nrole = "target"\n[[probes]]\nname = "{probe}"\n'
    )


def ranges(hub: Hub) -> list[str]:
    return [asked_range for _, asked_range, _ in hub.asked]


# --- public sets -------------------------------------------------------------------------------


def test_a_run_without_the_data_says_in_one_line_how_to_get_it(published: PublicFile) -> None:
    with pytest.raises(UsageError, match=r"phi-audit prefetch PLAN\.toml.*--data-dir") as error:
        catalogue.load(ProbePlan(name="toxigen_sentences"), Sources())
    assert "\n" not in str(error.value)


def test_a_set_is_fetched_once_locked_and_then_loads_without_the_network(
    published: PublicFile, hub: Hub, tmp_path: Path
) -> None:
    plan = plan_of("toxigen_sentences")
    lock = prefetch.prefetch(plan, tmp_path / "plan.toml")
    assert lock == tmp_path / "plan.lock"
    assert json.loads(lock.read_text())["files"] == {"safenlp/toxiGen.json": sha256(DATA)}
    prefetch.prefetch(plan, tmp_path / "plan.toml")
    assert len(hub.asked) == 1
    card, prompts = catalogue.load(plan.probes[0], Sources(lock=lock))
    assert card.source == toxigen_sentences.PROBE.source
    assert [prompt.text for prompt in prompts] == ["a"]


def test_a_server_that_fails_for_a_while_is_asked_again(published: PublicFile, hub: Hub) -> None:
    hub.faults["/set.json"] = ["503", "429", "500"]
    assert prefetch.fetch_file(published, published.sha256) == sha256(DATA)
    assert len(hub.asked) == 4


def test_a_server_that_fails_for_good_is_named_and_nothing_is_locked(
    published: PublicFile, hub: Hub, tmp_path: Path
) -> None:
    hub.faults["/set.json"] = ["503"] * 99
    with pytest.raises(RefusedError, match=r"set\.json could not be fetched in 4 tries \(HTTP 503"):
        prefetch.prefetch(plan_of("toxigen_sentences"), tmp_path / "plan.toml")
    assert not (tmp_path / "plan.lock").exists()


def test_a_file_that_is_not_there_is_not_asked_for_again(published: PublicFile, hub: Hub) -> None:
    del hub.files["/set.json"]
    with pytest.raises(RefusedError, match="HTTP 404"):
        prefetch.fetch_file(published, "")
    assert len(hub.asked) == 1


def test_a_download_goes_on_where_the_network_vanished(published: PublicFile, hub: Hub) -> None:
    half = len(DATA) // 2
    hub.faults["/set.json"] = ["cut"]
    assert prefetch.fetch_file(published, published.sha256) == sha256(DATA)
    assert ranges(hub) == ["", f"bytes={half}-"]


def test_a_download_goes_on_in_another_process(published: PublicFile, hub: Hub) -> None:
    hub.faults["/set.json"] = ["cut", "503", "503", "503"]
    with pytest.raises(RefusedError, match="what came is kept"):
        prefetch.fetch_file(published, published.sha256)
    hub.asked.clear()
    assert prefetch.fetch_file(published, published.sha256) == sha256(DATA)
    assert ranges(hub) == [f"bytes={len(DATA) // 2}-"]


def test_a_server_that_gives_no_parts_gives_the_whole_again(
    published: PublicFile, hub: Hub
) -> None:
    hub.faults["/set.json"] = ["cut", "whole"]
    assert prefetch.fetch_file(published, published.sha256) == sha256(DATA)
    assert reading.cached(published).read_bytes() == DATA


@pytest.mark.parametrize("rest", [DATA, DATA + b"more", b"of another file"])
def test_what_a_crash_left_is_mended_or_thrown_away(
    rest: bytes, published: PublicFile, hub: Hub
) -> None:
    path = reading.cached(published)
    path.parent.mkdir(parents=True)
    path.with_name(path.name + ".partial").write_bytes(rest)
    assert prefetch.fetch_file(published, published.sha256) == sha256(DATA)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_with_another_hash_is_refused_and_not_kept(published: PublicFile, hub: Hub) -> None:
    hub.files["/set.json"] = OTHER
    with pytest.raises(RefusedError, match=f"is {sha256(OTHER)}, not {sha256(DATA)}"):
        prefetch.fetch_file(published, published.sha256)
    assert not list(reading.cached(published).parent.iterdir())


def test_where_nobody_knows_the_hash_the_lock_keeps_what_came_first(
    published: PublicFile, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PublicFile(published.path, published.url, "")
    monkeypatch.setattr(toxigen_sentences, "FILES", (file,))
    load = partial(safenlp.load, toxigen_sentences.PROBE.name, file)
    monkeypatch.setattr(toxigen_sentences, "load", load)
    prefetch.prefetch(plan_of("toxigen_sentences"), tmp_path / "plan.toml")
    reading.cached(file).unlink()
    hub.files["/set.json"] = OTHER
    with pytest.raises(RefusedError, match="not the file it should be"):
        prefetch.prefetch(plan_of("toxigen_sentences"), tmp_path / "plan.toml")


def test_a_run_refuses_a_file_that_is_not_the_locked_one(
    published: PublicFile, tmp_path: Path
) -> None:
    lock = prefetch.prefetch(plan_of("toxigen_sentences"), tmp_path / "plan.toml")
    reading.cached(published).write_bytes(OTHER)
    with pytest.raises(RefusedError, match=r"is not the file that .*plan\.lock names"):
        catalogue.load(ProbePlan(name="toxigen_sentences"), Sources(lock=lock))


def test_without_a_lock_a_changed_file_loads_and_its_card_says_so(
    published: PublicFile, tmp_path: Path
) -> None:
    (tmp_path / "safenlp").mkdir()
    (tmp_path / published.path).write_bytes(OTHER)
    sources = Sources(data_dir=tmp_path)
    card, _ = catalogue.load(ProbePlan(name="toxigen_sentences"), sources)
    assert card.source.endswith("(1 of 1 files not checked or changed)")
    lock = prefetch.prefetch(plan_of("toxigen_sentences"), tmp_path / "plan.toml", sources=sources)
    assert read_lock(lock).files == {published.path: sha256(OTHER)}


def test_the_hubs_token_is_not_sent_to_other_servers(
    published: PublicFile, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary0123456789")
    prefetch.fetch_file(published, "")
    assert [sent for _, _, sent in hub.asked] == [""]


def test_the_network_is_left_alone_where_the_hub_is_set_offline(
    published: PublicFile, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="HF_HUB_OFFLINE"):
        prefetch.fetch_file(published, "")
    assert hub.asked == []


# --- models ------------------------------------------------------------------------------------


def safetensors() -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


MODEL = {
    "config.json": b'{"model_type": "phi"}',
    "tokenizer.json": b"{}",
    "merges.txt": b"#version",
    "model.safetensors": safetensors(),
}
NOT_LOADED = {
    "pytorch_model.bin": b"pickle",
    "modeling_evil.py": b"raise SystemExit(66)",
    "onnx/config.json": b"{}",
    "onnx/model.safetensors": b"elsewhere",
    "training_args.bin": b"pickle",
}


def fetch_model(hub: Hub, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Prefetch `org/m` in a process of its own: the hub's library reads its settings at start."""
    (folder / "plan.toml").write_text(
        '[[models]]\nname = "m"\nid = "org/m"\nrole = "target"\n[[probes]]\nname = "groups"\n'
    )
    code = (
        "import sys; from pathlib import Path; from audit import plan; from audit.errors import "
        "AuditError\nfrom probes import prefetch; prefetch.PAUSES_S = (0.01, 0.01)\n"
        "path = Path('plan.toml')\n"
        "try: print(prefetch.prefetch(plan.read(path), path))\n"
        "except AuditError as error: sys.exit(f'{type(error).__name__}: {error}')"
    )
    root = Path(__file__).parent.parent.parent
    settings = {"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf"), "PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **settings, "HF_HUB_DISABLE_PROGRESS_BARS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_model_is_locked_to_a_commit_and_hashes_and_no_code_or_pickle_is_asked_for(
    hub: Hub, tmp_path: Path
) -> None:
    hub.models["org/m"] = MODEL | NOT_LOADED
    hub.faults["/api/models/org/m/revision/main"] = ["503"]
    hub.faults[f"/org/m/resolve/{COMMIT}/model.safetensors"] = ["cut"]
    done = fetch_model(hub, tmp_path, HF_TOKEN="hf_canary0123456789")
    assert done.returncode == 0, done.stderr
    lock = read_lock(tmp_path / "plan.lock")
    assert lock.models["org/m@main"].commit == COMMIT
    assert lock.models["org/m@main"].files == {n: sha256(data) for n, data in MODEL.items()}
    asked = {path: sent for path, _, sent in hub.asked if "org/m" in path}
    assert not [path for path in asked for name in NOT_LOADED if path.endswith(name)]
    assert set(asked.values()) == {"Bearer hf_canary0123456789"}
    said = done.stdout + done.stderr + (tmp_path / "plan.lock").read_text()
    assert "hf_canary" not in said


def test_a_locked_model_is_asked_for_by_its_commit(hub: Hub, tmp_path: Path) -> None:
    hub.models["org/m"] = MODEL
    assert fetch_model(hub, tmp_path).returncode == 0
    hub.asked.clear()
    assert fetch_model(hub, tmp_path).returncode == 0
    asked = {path for path, _, _ in hub.asked if "org/m" in path}
    assert asked == {f"/api/models/org/m/revision/{COMMIT}"}


def test_a_model_whose_files_are_not_the_locked_ones_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.models["org/m"] = MODEL
    assert fetch_model(hub, tmp_path).returncode == 0
    hub.models["org/m"] = MODEL | {"config.json": b'{"model_type": "gpt2"}'}
    done = fetch_model(hub, tmp_path, HF_HOME=str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "RefusedError: org/m" in done.stderr
    assert "not those in the lock" in done.stderr


def test_weights_that_are_not_what_the_hub_says_are_refused(hub: Hub, tmp_path: Path) -> None:
    hub.models["org/m"] = MODEL
    hub.claimed["org/m"] = MODEL | {"model.safetensors": safetensors()[:-1] + b"\1"}
    done = fetch_model(hub, tmp_path)
    assert "org/m@main: model.safetensors is not what the hub says" in done.stderr
    assert not (tmp_path / "plan.lock").exists()


@pytest.mark.parametrize(
    ("files", "environment", "said"),
    [
        ({"config.json": b"{}", "pytorch_model.bin": b"x"}, {}, "no safetensors weights"),
        ({}, {"HF_HUB_OFFLINE": "1"}, "UsageError: org/m must be fetched and HF_HUB_OFFLINE"),
        ({}, {"HF_ENDPOINT": "http://127.0.0.1:9"}, "could not be fetched in 3 tries"),
    ],
)
def test_a_model_that_cannot_be_had_is_one_line_and_leaves_no_lock(
    files: dict[str, bytes], environment: dict[str, str], said: str, hub: Hub, tmp_path: Path
) -> None:
    hub.models["org/m"] = files
    done = fetch_model(hub, tmp_path, **environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "plan.lock").exists()


# --- the lock ----------------------------------------------------------------------------------


def test_a_lock_puts_commits_in_the_place_of_names_that_move() -> None:
    lock = Lock.model_validate_json(
        json.dumps({"version": 1, "models": {"org/m@main": {"commit": COMMIT, "files": {}}}})
    )
    assert lock.applied(plan_of("groups", "org/m")).models[0].revision == COMMIT
    assert lock.applied(plan_of("groups", "org/n")).models[0].revision == "main"
    assert lock.revision("org/m", "v2") == "v2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2}',
        '{"models": {"a@main": {"commit": "main", "files": {}}}}',
        '{"files": {"a": "00"}}',
        '{"extra": 1}',
    ],
)
def test_a_broken_lock_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.lock"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"plan\.lock is no lock") as error:
        read_lock(path)
    assert "\n" not in str(error.value)


def test_where_there_is_no_lock_nothing_is_locked(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "none.lock") == Lock()


def test_a_lock_lies_beside_its_plan() -> None:
    assert lock_path("plans/a.b.toml") == Path("plans/a.b.lock")
    assert lock_path("nightly") == Path("nightly.lock")
