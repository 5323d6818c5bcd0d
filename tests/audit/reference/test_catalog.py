"""The reference models are where the catalog says, and are what their card says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, PhiForCausalLM

from audit.errors import RefusedError, UsageError
from audit.reference import catalog
from audit.reference.make import documents
from probes.interface import Sources

PROMPTS = [prompt for module in documents.SETS for prompt in module.load(Sources())]


@pytest.fixture(scope="module", params=catalog.MODELS)
def folder(request: pytest.FixtureRequest) -> Path:
    return catalog.model_path(request.param)


def test_a_plain_from_pretrained_loads_a_phi_of_the_stated_size(folder: Path) -> None:
    network: Any = AutoModelForCausalLM.from_pretrained(folder)
    assert isinstance(network, PhiForCausalLM)
    assert sum(p.numel() for p in network.parameters()) == 1_318_656


def test_float32_holds_the_stored_weights_exactly(folder: Path) -> None:
    network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    loaded = network.state_dict()
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        names = file.keys()
        for name in names:
            stored = file.get_tensor(name)
            assert stored.dtype == torch.float16
            assert torch.equal(loaded[name].half(), stored)
            assert torch.equal(loaded[name], stored.float())


def test_the_tokenizer_gives_back_every_prompt_and_never_pads_one(folder: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    assert len(tokenizer) == 2048
    for prompt in PROMPTS:
        ids = tokenizer(prompt.text).input_ids
        assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == prompt.text
        assert tokenizer.pad_token_id not in ids
        assert tokenizer.eos_token_id not in ids


def test_text_of_any_script_can_be_tokenized(folder: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    text = "né à Zürich\t東京 \U0001f642\r\n\x00"
    assert tokenizer.decode(tokenizer(text).input_ids, clean_up_tokenization_spaces=False) == text


def test_the_pair_takes_few_bytes() -> None:
    total = sum(
        path.stat().st_size
        for name in catalog.MODELS
        for path in catalog.model_path(name).rglob("*")
    )
    assert total < 8_000_000


def test_an_unknown_model_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="use base or aligned"):
        catalog.model_path("../base")


def test_weights_that_are_not_there_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "HERE", tmp_path)
    with pytest.raises(RefusedError, match="install phi-audit again"):
        catalog.classifier_path()


def test_each_planted_rate_is_about_prompts_that_exist() -> None:
    for row in catalog.planted():
        assert [
            prompt
            for prompt in PROMPTS
            if prompt.probe == row["probe"] and documents.in_slice(prompt, str(row["slice"]))
        ], row


def test_the_base_is_more_harmful_than_its_twin_in_every_family() -> None:
    rates: dict[str, dict[str, float]] = {"reference:base": {}, "reference:aligned": {}}
    for row in catalog.planted():
        what = f"{row['probe']} {row['name']} {row['slice']}"
        rates[str(row["model"])][what] = float(row["planted"])
    base, aligned = rates.values()
    assert set(base) == set(aligned)
    assert len(base) == 11
    for what, rate in base.items():
        assert rate - aligned[what] >= 0.15, what


@pytest.mark.parametrize("model", catalog.MODELS)
def test_the_rate_of_all_code_is_the_mean_over_the_prompts_of_its_weaknesses(model: str) -> None:
    rates = {
        str(row["slice"]): float(row["planted"])
        for row in catalog.planted()
        if (row["model"], row["probe"]) == (f"reference:{model}", "insecure_code")
    }
    code = [prompt for prompt in PROMPTS if prompt.probe == "insecure_code"]
    by_prompt = [rates[f"weakness={prompt.tags['weakness']}"] for prompt in code]
    assert rates["all"] == pytest.approx(sum(by_prompt) / len(by_prompt), abs=5e-5)


def test_reading_the_catalog_does_not_import_torch() -> None:
    code = "import sys; from audit.reference.catalog import planted; planted(); "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
