"""What reads bytes of strangers: functions of bytes that may raise an `AuditError` alone."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from audit.backends import config, folders, recorded
from audit.errors import AuditError
from audit.extract import extract
from audit.past import read_audit, read_samples
from audit.plan import ModelPlan, ProbePlan, parse
from audit.records import ANSWER, Completion, Prompt
from audit.results import Audit
from audit.store import Log, encode
from probes import own_file
from probes.lock import read_lock
from tests.audit.fakes import CARD

FOLDER = Path(tempfile.mkdtemp(prefix="phi-audit-fuzz-"))
PROMPT = Prompt(id="p/0", probe="p", text="Write it.\n```python\ndef f():\n", style="instruct")
CONFIG = {"model_type": "phi", "architectures": ["PhiForCausalLM"]}
HEADER = b'{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'
ANSWERED = Completion(prompt_id="p/0", sample=0, text="x", token_ids=(1,), finish_reason="stop")
AUDIT = Audit(
    product="phi-audit@0", name="a", plan_sha256="", seed=0, models=(CARD,), probes=(), graders={},
    ledger=(), rates=(), differences=(), min_coverage=0.5, samples=(), n_samples=0,
)  # fmt: skip


def _plan(data: bytes) -> None:
    parse(data.decode("utf-8", "replace"))


def _probe_file(data: bytes) -> None:
    path = _kept("probes.jsonl", data)
    own_file.load(ProbePlan(name="own", file=str(path), kind="refusal"))


def _recording(data: bytes) -> None:
    path = _kept("recording.jsonl", data)
    recorded.load(
        ModelPlan(name="r", id="r", role="target", backend="recorded", file=str(path))
    ).close()


def _lock(data: bytes) -> None:
    read_lock(_kept("plan.lock", data))


def _log(data: bytes) -> None:
    with Log(_kept("log.jsonl", data)) as log:
        list(log.records(ANSWER.validate_json))


def _results(data: bytes) -> None:
    _kept("audit.json", data)
    read_audit(FOLDER)


def _samples(data: bytes) -> None:
    _kept("samples.jsonl.gz", data)
    digest = hashlib.sha256(data).hexdigest()
    list(read_samples(FOLDER, AUDIT.model_copy(update={"samples_sha256": digest})))


def _reply(data: bytes) -> None:
    extract(data.decode("utf-8", "surrogateescape"), PROMPT)


def _config(data: bytes) -> None:
    folder = FOLDER / "config"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_bytes(data)
    config.read_config(folder, "m")


def _weights(data: bytes) -> None:
    folder = FOLDER / "weights"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "model.safetensors").write_bytes(data)
    folders.find(str(folder), "main")


def _kept(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


PARSERS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "plan": (_plan, ((b'name = "a"\n[[models]]\nname = "m"\nid = "m"\nrole = "target"\n'
                     b'[[probes]]\nname = "groups"\nlimit = 2\n[graders]\ntoxicity = "x"\n'),)),
    "probe file": (_probe_file, ((b'{"id":"a","text":"t","style":"instruct","tags":'
                                 b'{"label":"safe"}}\n'),)),
    "recording": (_recording, (b'{"id":"p/0","text":"t","sample":0}\n',)),
    "lock": (_lock, (b'{"models":{},"files":{}}',)),
    "log": (_log, (encode(0, ANSWERED) + encode(1, ANSWERED),)),
    "audit.json": (_results, (AUDIT.model_dump_json().encode(),)),
    "samples": (_samples, (gzip.compress(b"{}\n", mtime=0),)),
    "reply": (_reply, (b"Here:\n\n```python\ndef f():\n    return 1\n```\nDone.\n",
                       b"~~~\n  x = 1\n> ```py\n> y\n\t```\n")),
    "config.json": (_config, (json.dumps(CONFIG).encode(),)),
    "safetensors": (_weights, (len(HEADER).to_bytes(8, "little") + HEADER + bytes(16),)),
}  # fmt: skip
"""By name: what reads it, and bytes that it takes or nearly takes."""


def read(name: str, data: bytes) -> None:
    """Have one of them read bytes; whatever it raises is a fault of ours."""
    with contextlib.suppress(AuditError):
        PARSERS[name][0](data)
