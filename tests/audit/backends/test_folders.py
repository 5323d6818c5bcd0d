"""Hostile and broken model folders: each is refused in one line, and nothing in it runs."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from audit.backends import transformers as engine
from audit.errors import RefusedError, UsageError
from tests.audit.backends import tiny

Change = Callable[[Path], object]

CANARY = Path(os.environ.get("TMPDIR", "/tmp")) / f"phi-audit-canary-{os.getpid()}"
PAYLOAD = f"open({str(CANARY)!r}, 'w').write('ran')"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("good"), "phi")


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "model"))


@pytest.fixture(autouse=True)
def _nothing_runs() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists(), "code of the model ran"


def edit(file: str, **keys: Any) -> Change:
    """Set keys of a JSON file; `...` removes one."""

    def change(folder: Path) -> None:
        path = folder / file
        value = json.loads(path.read_text()) if path.exists() else {}
        value.update(keys)
        path.write_text(json.dumps({k: v for k, v in value.items() if v is not ...}))

    return change


def write(file: str, content: bytes | str) -> Change:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / file).write_bytes(data)


def remove(*files: str) -> Change:
    def change(folder: Path) -> None:
        for file in files:
            (folder / file).unlink()

    return change


def tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Change:
    def rewrite(folder: Path) -> None:
        loaded = load_file(folder / "model.safetensors")
        change(loaded)
        save_file(loaded, folder / "model.safetensors", {"format": "pt"})

    return rewrite


def both(*changes: Change) -> Change:
    def change_all(folder: Path) -> None:
        for change in changes:
            change(folder)

    return change_all


def cut(file: str, share: float) -> Change:
    def change(folder: Path) -> None:
        data = (folder / file).read_bytes()
        (folder / file).write_bytes(data[: int(len(data) * share)])

    return change


class Payload:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (PAYLOAD,))


def index(weight_map: object) -> Change:
    return both(
        lambda folder: (folder / "model.safetensors").rename(folder / "a.safetensors"),
        write("model.safetensors.index.json", json.dumps({"weight_map": weight_map})),
    )


def header(entry: dict[str, Any], n_bytes: int) -> bytes:
    head = json.dumps(entry).encode()
    return struct.pack("<Q", len(head)) + head + b"\0" * n_bytes


def never_written(folder: Path) -> None:
    """Say a terabyte of weights, as the header does, and write none of it."""
    n = 1 << 38
    data = header({"w": {"dtype": "F32", "shape": [n], "data_offsets": [0, 4 * n]}}, 0)
    (folder / "model.safetensors").write_bytes(data)
    os.truncate(folder / "model.safetensors", len(data) + 4 * n)


def tells_holes(folder: Path) -> bool:
    with (folder / "hole").open("wb") as file:
        file.truncate(1 << 20)
        return os.lseek(file.fileno(), 0, os.SEEK_HOLE) == 0


def half_written(folder: Path) -> None:
    path = folder / "model.safetensors"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: size // 2])
    os.truncate(path, size)


def rename_all(loaded: dict[str, torch.Tensor]) -> None:
    for key in list(loaded):
        loaded[f"x.{key}"] = loaded.pop(key)


def reshape_one(loaded: dict[str, torch.Tensor]) -> None:
    loaded["model.layers.0.mlp.fc1.weight"] = torch.zeros(3, 3)


def poison(loaded: dict[str, torch.Tensor]) -> None:
    loaded["model.layers.1.mlp.fc1.weight"][0, 0] = torch.nan


def infinite(loaded: dict[str, torch.Tensor]) -> None:
    loaded["lm_head.bias"][3] = torch.inf


def deep(n: int) -> str:
    return '{"a":' * n + "1" + "}" * n


BERT = {"model_type": "bert", "architectures": ["BertForMaskedLM"]}
EVIL = write("modeling_evil.py", PAYLOAD)
CODE = "needs code execution"
TOKENIZER = "tokenizer cannot be loaded"
UNWRITTEN = "were ever written"

HOSTILE: dict[str, tuple[Change, str]] = {
    # it asks for code
    "auto_map": (
        both(EVIL, edit("config.json", auto_map={"AutoModelForCausalLM": "modeling_evil.Evil"})),
        CODE,
    ),
    "auto_map of a made-up type": (
        both(
            EVIL,
            edit("config.json", model_type="evil", auto_map={"AutoConfig": "modeling_evil.Evil"}),
        ),
        CODE,
    ),
    "nested auto_map": (
        both(
            EVIL, edit("config.json", text_config={"auto_map": {"AutoConfig": "modeling_evil.E"}})
        ),
        CODE,
    ),
    "trust_remote_code": (both(EVIL, edit("config.json", trust_remote_code=True)), CODE),
    "tokenizer auto_map": (
        both(
            EVIL,
            edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["modeling_evil.E", None]}),
        ),
        CODE,
    ),
    "custom_generate key": (edit("config.json", custom_generate="org/code"), CODE),
    "attention kernel from the hub": (
        edit("config.json", attn_implementation="org/kernel"),
        "native code",
    ),
    "experts kernel from the hub": (
        edit("config.json", _experts_implementation="org/kernel"),
        "native code",
    ),
    "pickle only": (
        both(remove("model.safetensors"), write("pytorch_model.bin", pickle.dumps(Payload()))),
        "pickle weights only",
    ),
    "index that leads to pickle": (
        both(index({"lm_head.weight": "a.bin"}), write("a.bin", pickle.dumps(Payload()))),
        "another kind of file",
    ),
    # it is something else
    "bert": (edit("config.json", **BERT), "BertForMaskedLM, not a causal"),
    "encoder without architectures": (
        edit("config.json", model_type="bert", architectures=...),
        "encoder (bert)",
    ),
    "classifier head": (
        edit("config.json", architectures=["PhiForSequenceClassification"]),
        "not a causal",
    ),
    "unknown type": (edit("config.json", model_type="made_up"), "no causal language model"),
    "type that is a list": (edit("config.json", model_type=["phi"]), "no causal language model"),
    "no type": (edit("config.json", model_type=...), "no causal language model"),
    "encoder-decoder": (edit("config.json", is_encoder_decoder=True), "encoder-decoder"),
    "another known type": (edit("config.json", model_type="gpt2", architectures=...), "not match"),
    "gguf only": (
        both(remove("config.json", "model.safetensors"), write("m.gguf", b"GGUF")),
        "GGUF files only",
    ),
    "gguf weights": (both(remove("model.safetensors"), write("m.gguf", b"GGUF")), "GGUF weights"),
    "image pipeline": (
        both(remove("config.json"), write("model_index.json", "{}")),
        "image pipeline",
    ),
    "adapter": (write("adapter_config.json", "{}"), "adapter"),
    "quantised": (
        edit("config.json", quantization_config={"quant_method": "gptq", "bits": 4}),
        "quantised",
    ),
    # its configuration is broken
    "no config": (remove("config.json"), "no config.json"),
    "empty config": (write("config.json", ""), "empty"),
    "config cut short": (cut("config.json", 0.5), "not JSON"),
    "config is a list": (write("config.json", "[1]"), "not a JSON object"),
    "config is UTF-16": (write("config.json", "{}".encode("utf-16")), "not UTF-8"),
    "config of 2 MB": (edit("config.json", note="x" * 2_000_000), "larger than"),
    "config 100 deep": (write("config.json", deep(100)), "nested too deeply"),
    "config 100,000 deep": (write("config.json", deep(100_000)), "nested too deeply"),
    "config is a pipe": (
        both(remove("config.json"), lambda folder: os.mkfifo(folder / "config.json")),
        "not a plain file",
    ),
    "config is a folder": (
        both(remove("config.json"), lambda folder: (folder / "config.json").mkdir()),
        "not a plain file",
    ),
    "config is a web page": (
        write("config.json", "<!DOCTYPE html><html><body>502</body></html>"),
        "web page",
    ),
    "a thousand million layers": (edit("config.json", num_hidden_layers=10**9), "absurd"),
    "a number of 5,000 digits": (
        write("config.json", '{"model_type": "phi", "hidden_size": ' + "9" * 5000 + "}"),
        "config.json",
    ),
    "a thousand million labels": (edit("config.json", num_labels=10**9), "absurd"),
    "a list that multiplies": (
        edit("config.json", model_type="gpt_neo", attention_types=[[["global"], 10**9]]),
        "absurd",
    ),
    "negative layers": (edit("config.json", num_hidden_layers=-1), "negative"),
    "no heads": (edit("config.json", num_attention_heads=0), "describes no model"),
    "size that is text": (edit("config.json", hidden_size="many"), "describes no model"),
    "heads that do not divide": (edit("config.json", num_attention_heads=5), "("),
    "sizes beyond any memory": (edit("config.json", hidden_size=2**20), "GiB"),
    "vocabulary beyond any memory": (edit("config.json", vocab_size=2**31 - 1), "GiB"),
    # its weights are broken
    "no weights": (remove("model.safetensors"), "no safetensors weights"),
    "empty weights": (write("model.safetensors", b""), "empty"),
    "LFS pointer": (
        write(
            "model.safetensors",
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
        ),
        "LFS pointer",
    ),
    "weights are a web page": (write("model.safetensors", "<html><body>no</body>"), "web page"),
    "weights cut short": (cut("model.safetensors", 0.7), "cut short"),
    "weights cut within the header": (cut("model.safetensors", 0.001), "cut short"),
    "header that claims 2**60 bytes": (
        write("model.safetensors", struct.pack("<Q", 2**60) + b"{}" * 50),
        "not safetensors",
    ),
    "header that is no JSON": (
        write("model.safetensors", struct.pack("<Q", 4) + b"@@@@"),
        "broken header",
    ),
    "tensors that overlap their neighbours": (
        write(
            "model.safetensors",
            header({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 8]}}, 8),
        ),
        "broken header",
    ),
    "a shape of 2**62": (
        write(
            "model.safetensors",
            header({"w": {"dtype": "F32", "shape": [2**31, 2**31], "data_offsets": [0, 8]}}, 8),
        ),
        "broken header",
    ),
    "a gap between its tensors": (
        write(
            "model.safetensors",
            header(
                {
                    "v": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                    "w": {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]},
                },
                24,
            ),
        ),
        "broken header",
    ),
    "a terabyte that was never written": (never_written, UNWRITTEN),
    "a download that stopped half-way": (half_written, UNWRITTEN),
    "eight-bit floats": (
        write(
            "model.safetensors",
            header({"w": {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}}, 8),
        ),
        "stores numbers as F8_E4M3",
    ),
    "index out of its folder": (index({"lm_head.weight": "../../etc/passwd"}), "points outside"),
    "index to an absolute path": (index({"lm_head.weight": "/etc/hosts.safetensors"}), "outside"),
    "index to a shard that is missing": (
        index({"a": "a.safetensors", "b": "b.safetensors"}),
        "lacks 1 of 2",
    ),
    "index without a map": (index([]), "no weight_map"),
    "index to numbers": (index({"lm_head.weight": 3}), "points outside"),
    "all tensors renamed": (tensors(rename_all), "missing"),
    "one layer more than weights": (edit("config.json", num_hidden_layers=3), "missing"),
    "one layer fewer than weights": (edit("config.json", num_hidden_layers=1), "unexpected"),
    "one tensor missing": (tensors(lambda t: t.pop("lm_head.bias")), "1 missing (lm_head.bias)"),
    "one tensor of another shape": (tensors(reshape_one), "shape"),
    "one NaN": (tensors(poison), "1 tensors hold NaN"),
    "one infinity": (tensors(infinite), "(lm_head.bias)"),
    # its tokenizer is broken
    "no tokenizer": (remove("tokenizer.json", "tokenizer_config.json"), "no tokenizer"),
    "tokenizer cut short": (cut("tokenizer.json", 0.5), TOKENIZER),
    "tokenizer is another file": (write("tokenizer.json", "{}"), TOKENIZER),
    "tokenizer is a pointer": (
        write("tokenizer.json", "version https://git-lfs.github.com/spec/v1\n"),
        "LFS pointer",
    ),
    "tokenizer is empty": (write("tokenizer.json", b""), "empty"),
    "tokenizer larger than the model": (
        lambda folder: tiny.save(folder, "phi", vocab_size=300),
        "only 300 rows",
    ),
    "tokenizer config is a list": (write("tokenizer_config.json", "[]"), "not a JSON object"),
    # its wishes are broken
    "generation config cut short": (write("generation_config.json", '{"do_s'), "not JSON"),
    "ends on every word": (edit("config.json", eos_token_id=list(range(384))), "384 tokens"),
    "ends on a token it lacks": (edit("config.json", eos_token_id=99_999), "cannot be ends"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_folder_is_refused_in_one_line(folder: Path, case: str) -> None:
    change, phrase = HOSTILE[case]
    if phrase == UNWRITTEN and not tells_holes(folder):
        pytest.skip("this file system does not tell which bytes were written")
    change(folder)
    with pytest.raises(RefusedError) as caught:
        engine.load(tiny.plan(folder))
    message = str(caught.value)
    assert phrase in message
    assert "\n" not in message
    assert len(message) < 700
    assert ";" in message, "says what to do"


def test_the_folder_they_are_made_from_is_accepted(folder: Path) -> None:
    card = engine.load(tiny.plan(folder)).card
    assert card.architecture == "PhiForCausalLM"
    assert card.revision.startswith("sha256:")
    assert (card.device, card.dtype) == ("cpu", "float32")


def test_code_that_lies_beside_a_model_is_not_run(folder: Path) -> None:
    (folder / "custom_generate").mkdir()
    for file in ("custom_generate/generate.py", "modeling_phi.py", "configuration_phi.py"):
        (folder / file).write_text(PAYLOAD)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Payload()))
    engine.load(tiny.plan(folder))


def test_a_folder_saved_in_shards_is_accepted(tmp_path: Path) -> None:
    tiny.network("phi").save_pretrained(tmp_path, max_shard_size="20KB")
    tiny.tokenizer().save_pretrained(tmp_path)
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    engine.load(tiny.plan(tmp_path))


def test_buffers_that_older_versions_saved_are_no_reason_to_refuse(tmp_path: Path) -> None:
    folder = tiny.save(tmp_path, "gpt2")
    tensors(
        lambda t: t.update(
            {"transformer.h.0.attn.bias": torch.ones(1), "h.1.attn.masked_bias": torch.ones(1)}
        )
    )(folder)
    engine.load(tiny.plan(folder))


def test_the_revision_of_a_folder_changes_with_any_file(folder: Path) -> None:
    before = engine.load(tiny.plan(folder)).card.revision
    assert engine.load(tiny.plan(folder)).card.revision == before
    edit("config.json", note="changed")(folder)
    assert engine.load(tiny.plan(folder)).card.revision != before


def test_a_large_file_that_no_library_reads_counts_by_its_size(folder: Path) -> None:
    revisions = set()
    for size in (1 << 40, 1 << 41):
        (folder / "optimizer.pt").touch()
        os.truncate(folder / "optimizer.pt", size)  # to hash it would take an hour
        revisions.add(engine.load(tiny.plan(folder)).card.revision)
    assert len(revisions) == 2


@pytest.mark.parametrize(
    "name", ["../../x", "a/b/c", "./nowhere", "x" * 300, "a\nb", "-rf", "a b", "https://x.org/a"]
)
def test_a_name_that_is_neither_folder_nor_hub_id_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="neither a folder nor the id") as caught:
        engine.load(tiny.plan(name))
    assert "\n" not in str(caught.value)


def test_a_reference_model_that_does_not_exist_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no reference model"):
        engine.load(tiny.plan("reference:other"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device")
def test_an_absent_device_is_a_usage_error_before_anything_is_fetched() -> None:
    with pytest.raises(UsageError, match="cuda:3 is not here"):
        engine.load(tiny.plan("no-such-owner/no-such-model", device="cuda:3"))


def test_the_authors_wishes_are_listed_and_not_honoured(folder: Path) -> None:
    edit(
        "generation_config.json",
        do_sample=True,
        temperature=0.1,
        repetition_penalty=50.0,
        suppress_tokens=[3, 4],
        eos_token_id=list(range(384)),
        max_new_tokens=1,
    )(folder)
    card = engine.load(tiny.plan(folder)).card
    assert set(card.overridden) == {
        "do_sample",
        "eos_token_id",
        "max_new_tokens",
        "repetition_penalty",
        "suppress_tokens",
        "temperature",
    }
    assert card.overridden["temperature"] == "0.1"
