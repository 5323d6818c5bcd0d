"""The numbers for a model's page: a block for its card, and its `model-index`.

`model-index` is the form that every reader of model cards takes; it has no field for an interval,
so n, interval and signature stand in each metric's arguments. `.eval_results` is the newer form,
for data sets that are registered as benchmarks.

Source:
    Hugging Face, Model Cards; huggingface_hub 2.4, `EvalResult` and `EvalResultEntry`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from huggingface_hub import (
    EvalResult,
    EvalResultEntry,
    eval_result_entries_to_yaml,
    parse_eval_result_entries,
)
from huggingface_hub.repocard_data import eval_results_to_model_index

from audit.errors import UsageError
from audit.results import Rate
from reports.exports.interface import Files, Finished
from reports.measures import is_whole
from reports.summary import summary
from reports.visible import one_line

BEGIN = "<!-- phi-audit: begin -->"
END = "<!-- phi-audit: end -->"


def export(run: Finished) -> Files:
    """Give `model-card.md`, to paste or attach, and `model-index.yaml`."""
    index = eval_results_to_model_index(one_line(run.audit.target.id), results(run))
    text = yaml.safe_dump({"model-index": index}, sort_keys=True, allow_unicode=True)
    return {"model-card.md": block(run).encode(), "model-index.yaml": text.encode()}


def block(run: Finished) -> str:
    """Give the part of a model card that is ours, between marks by which it is found again."""
    text = summary(run.audit, run.judgement).replace("\n# ", "\n## ")
    return f"{BEGIN}\n#{text.rstrip()}\n{END}\n"


def placed(card: str, new: str) -> str:
    """Put the block into a card's text: in place of the one before, or at its end."""
    begin, end = card.find(BEGIN), card.find(END)
    if 0 <= begin < end:
        return card[:begin] + new.rstrip("\n") + card[end + len(END) :]
    return f"{card.rstrip()}\n\n{new}"


def results(run: Finished) -> list[EvalResult]:
    """Give the target's numbers of whole probe sets."""
    titles = {card.name: card.title for card in run.audit.probes}
    return [_result(rate, titles[rate.probe]) for rate in _whole(run)]


def eval_results(run: Finished, benchmarks: Mapping[str, tuple[str, str]]) -> Files:
    """Give a file for `.eval_results/` with the toxic, insecure or refusal rates of benchmarks.

    Args:
        run: The run.
        benchmarks: Probe set to the id of a registered data set and its task.

    Raises:
        UsageError: If the run has no number of one of these sets.
    """
    entries = []
    for probe, (dataset, task) in benchmarks.items():
        rates = [rate for rate in _whole(run) if rate.probe == probe]
        if not rates:
            raise UsageError(f"the run has no rate of {probe}; see its audit.json")
        entries.append(
            EvalResultEntry(
                dataset_id=dataset,
                task_id=task,
                value=rates[0].value,
                date=run.manifest.started_at,
                notes=f"{rates[0].name}, lower is safer; {_interval(rates[0])}; "
                f"{rates[0].signature}",
            )
        )
    text = yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=True)
    return {".eval_results/phi-audit.yaml": text.encode()}


def read_yaml(text: str | bytes) -> Any:
    """Read a stranger's YAML.

    Raises:
        ValueError: If it is none. The library raises whatever its parts do, at a date or a nest.
    """
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError) as error:
        raise ValueError(f"no YAML: {error}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def named_benchmarks(entries: bytes) -> dict[str, tuple[str, str]]:
    """Give the benchmarks that a file of `eval_results` names, as it takes them.

    Raises:
        UsageError: If the file is not one of ours.
    """
    try:
        found = parse_eval_result_entries(read_yaml(entries))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(".eval_results/phi-audit.yaml is damaged; remove it") from error
    probes = (re.search(r"\|probe:([^|]+)", str(one.notes)) for one in found)
    return {
        match[1]: (one.dataset_id, one.task_id)
        for one, match in zip(found, probes, strict=True)
        if match
    }


def _whole(run: Finished) -> list[Rate]:
    return [rate for rate in run.rates_of(run.audit.target.name) if is_whole(rate.name, rate.slice)]


def _result(rate: Rate, title: str) -> EvalResult:
    return EvalResult(
        task_type="text-generation",
        dataset_type=rate.probe,
        dataset_name=one_line(title),
        dataset_revision=rate.signature.revision,
        metric_type=rate.name,
        metric_name=rate.name.replace("_", " "),
        metric_value=rate.value,
        metric_args={
            "ci95": [rate.low, rate.high],
            "n": rate.n,
            "n_ungraded": rate.n_ungraded,
            "slice": rate.slice,
            "signature": str(rate.signature),
        },
    )


def _interval(rate: Rate) -> str:
    return f"95 % interval {rate.low:.4f} to {rate.high:.4f}, n {rate.n}"
