"""What is sent is what was shown, and nothing that its owner wrote is lost."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from audit.errors import RefusedError, UsageError
from audit.past import read_judgement
from audit.publish.attach import Attachment, prepare, send
from audit.publish.issues import steps, take
from audit.steps.finish import accept, gate
from tests.audit.nights import night
from tests.audit.publish.places import Places, serving

CARD = """---
license: mit
model-index:
- name: theirs
  results:
  - task:
      type: text-generation
    dataset:
      type: org/set
      name: A set
    metrics:
    - type: accuracy
      value: 0.5
---
# A model

What its makers say.
"""

NEEDS_GH = pytest.mark.skipif(shutil.which("gh") is None, reason="gh is not installed")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good night, a bad one and a good one again."""
    base = tmp_path_factory.mktemp("publish")
    for day, harm in enumerate((0.1, 0.9, 0.1), start=1):
        night(base / str(day), day=day, n=120, harm={"insecure_code": harm}, text="SECRET-TEXT ")
        gate(base / str(day), None, base / "history")
        if day == 1:
            accept(base / "1", base / "history")
    return base


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """Serve, and lead the hub's library and `gh` there."""
    with serving() as served:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", served.url)
        pages = served.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", pages)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        for name, value in {
            "HF_ENDPOINT": served.url,
            "HF_TOKEN": "hf_not_a_real_token",
            "GH_HOST": "github.localhost",
            "GH_TOKEN": "not-a-real-token",
            "GH_ENTERPRISE_TOKEN": "not-a-real-token",
            "GH_CONFIG_DIR": str(tmp_path / "gh"),
            "HTTP_PROXY": served.url,
            "http_proxy": served.url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("GITHUB_TOKEN", raising=False)
        yield served


def attach(run: Path, to: str, *, whole: bool = False) -> Attachment:
    attachment = prepare(run, to, whole=whole)
    send(attachment)
    return attachment


def manage_issues(run: Path) -> None:
    for step in steps(read_judgement(run), "o/r", "https://x.test/1"):
        take(step, "o/r")


# --- a model's page ----------------------------------------------------------------------------


def test_a_dry_run_shows_digests_and_the_change_of_the_card_and_sends_nothing(
    base: Path, places: Places
) -> None:
    places.card = CARD.encode()
    shown = subprocess.run(
        [sys.executable, "-m", "audit", "attach", base / "2", "--to", "hf:org/model", "--dry-run"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert shown.returncode == 0, shown.stderr
    assert {method for method, _ in places.asked} <= {"GET", "HEAD"}
    assert "+## NO-GO: `phi`" in shown.stdout
    attach(base / "2", "hf:org/model")
    told = {
        line.split()[2]: line.split()[0]
        for line in shown.stdout.splitlines()
        if line[64:66] == "  "
    }
    assert told == {
        name: hashlib.sha256(data).hexdigest() for name, data in places.committed.items()
    }


def test_a_card_keeps_what_its_owner_wrote_however_often_a_run_is_attached(
    base: Path, places: Places
) -> None:
    places.card = CARD.encode()
    for run in ("2", "3"):
        attach(base / run, "hf:org/model")
        places.card = places.committed["README.md"]
    _, header, text = places.card.decode().split("---\n", 2)
    metadata = yaml.safe_load(header)
    assert metadata["license"] == "mit"
    (index,) = metadata["model-index"]
    types = [result["dataset"]["type"] for result in index["results"]]
    assert (index["name"], types.count("org/set")) == ("theirs", 1)
    assert types.count("groups") == len(set(_metrics(index, "groups")))
    assert text.startswith("# A model\n\nWhat its makers say.\n")
    assert text.count("phi-audit: begin") == 1
    assert "NO-GO" not in text


def _metrics(index: dict[str, list[dict[str, object]]], probe: str) -> list[str]:
    return [
        str(result["metrics"])
        for result in index["results"]
        if isinstance(result["dataset"], dict) and result["dataset"]["type"] == probe
    ]


def test_nothing_that_a_model_wrote_is_sent_unless_asked(base: Path, places: Places) -> None:
    attach(base / "2", "hf:org/model")
    assert places.committed
    assert b"SECRET-TEXT" not in b"".join(places.committed.values())
    attach(base / "2", "hf:org/model", whole=True)
    assert "phi-audit/report.html" in places.committed


@pytest.mark.parametrize(
    "card",
    ["license: [", "model-index: 7", "7", "[" * 5000, "a: 2020-99-99", f"a: {'9' * 5000}",
     "a: !!float '1e'", "a: !!int ''", "a: !!timestamp x", "a: !!python/name:os.system"],
)  # fmt: skip
def test_a_card_that_cannot_be_read_is_refused_and_left_alone(
    card: str, base: Path, places: Places
) -> None:
    places.card = f"---\n{card}\n---\n".encode()
    with pytest.raises(RefusedError, match="mend it"):
        attach(base / "2", "hf:org/model")
    assert places.committed == {}


def test_a_hub_that_cannot_be_reached_is_not_a_model_without_a_card(
    base: Path, places: Places
) -> None:
    places.refuses = True
    with pytest.raises(RefusedError, match="set HF_TOKEN") as refused:
        attach(base / "2", "hf:org/model")
    assert "hf_not_a_real_token" not in str(refused.value)


# --- a release ---------------------------------------------------------------------------------


@NEEDS_GH
def test_a_release_holds_what_was_shown_also_the_second_time(base: Path, places: Places) -> None:
    for _ in range(2):
        shown = attach(base / "2", "gh:o/r@v1")
        assert places.assets == {upload.name: upload.data for upload in shown.uploads}
    assert set(places.assets) == {
        f"phi-audit-{name}"
        for name in (
            "report.redacted.html",
            "summary.md",
            "verdict.json",
            "bom.cdx.json",
            "test-result.intoto.json",
            "SHA256SUMS",
        )
    }


@NEEDS_GH
def test_what_github_refuses_is_one_line(base: Path, places: Places) -> None:
    places.refuses = True
    with pytest.raises(RefusedError, match="gh release upload ended in 1"):
        attach(base / "2", "gh:o/r@v1")


@pytest.mark.parametrize("to", ["org/model", "hf:model", "gh:o/r", "hf:../x", "gh:o/r@--x y"])
def test_a_place_that_is_neither_is_a_usage_error(to: str, base: Path, places: Places) -> None:
    with pytest.raises(UsageError, match="no place to attach to"):
        prepare(base / "2", to)
    assert places.asked == []


# --- issues ------------------------------------------------------------------------------------


@NEEDS_GH
def test_a_failing_gate_has_one_issue_until_it_passes_again(base: Path, places: Places) -> None:
    for run in ("1", "2", "2"):
        manage_issues(base / run)
    assert [one["title"] for one in places.issues.values()] == ["Gate code fails"]
    assert "https://x.test/1" in places.issues[1]["body"]
    assert "SECRET-TEXT" not in places.issues[1]["body"]
    manage_issues(base / "3")
    assert places.issues[1]["state"] == "closed"
    assert "passes again" in places.comments[1][0]


@NEEDS_GH
def test_a_gate_that_could_not_tell_leaves_its_issue_open(base: Path, places: Places) -> None:
    manage_issues(base / "2")
    judgement = read_judgement(base / "2")
    unsure = tuple(
        one.model_copy(update={"state": "INCONCLUSIVE"}) if one.id == "code" else one
        for one in judgement.gates
    )
    assert steps(judgement.model_copy(update={"gates": unsure}), "o/r", "") == []
