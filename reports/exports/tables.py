"""All answers as a table: CSV for a spreadsheet, Parquet as a folder that `datasets` loads.

The trap: a spreadsheet runs a cell that begins like a formula, and models write such cells. They
get an apostrophe before them in CSV (OWASP, CSV Injection); Parquet holds the text as it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from audit.records import Completion, Failed, Graded, Likelihood, Prompt, Skipped, Ungraded
from audit.results import Answered, Rate
from audit.store import canonical
from reports.exports.interface import Files, Finished
from reports.visible import one_line, visible

_FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"  # the same four signs, as some spreadsheets also take them
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *_FULL_WIDTH)

CARD = """---
pretty_name: {name}
configs:
- config_name: answers
  default: true
  data_files: answers.parquet
- config_name: rates
  data_files: rates.parquet
---

Answers and rates of the run {run}, made by {product}. Completions are text that models wrote: some
of it is offensive, and none of it is safe to run.
"""


def export_csv(run: Finished) -> Files:
    """Give `samples.csv`: UTF-8, a row for each answer."""
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, _columns(run), lineterminator="\r\n", restval="")
    table.writeheader()
    for row in _rows(run):
        table.writerow({name: _cell(value) for name, value in row.items() if value is not None})
    return {"samples.csv": out.getvalue().encode()}


def export_parquet(run: Finished) -> Files:
    """Give the folder `dataset/`: answers, rates, and the card that names them."""
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()
    answers = Dataset.from_list(
        [{**dict.fromkeys(_columns(run)), **row} for row in _rows(run)], features=_features(run)
    )
    rates = Dataset.from_list(
        [
            {**json.loads(canonical(rate.model_dump(exclude={"signature", "kind"}))),
             "signature": str(rate.signature)}
            for rate in run.audit.rates
            if isinstance(rate, Rate)
        ]
    )  # fmt: skip
    name = one_line(run.judgement.run)
    # Quoted as JSON is, which YAML reads: a name must not add a line to the card's header.
    card = CARD.format(name=json.dumps(name), run=name, product=one_line(run.audit.product))
    return {
        "dataset/README.md": card.encode(),
        "dataset/answers.parquet": _parquet(answers),
        "dataset/rates.parquet": _parquet(rates),
    }


def _columns(run: Finished) -> list[str]:
    columns = ["id", "probe", "style", "tags", "prompt", "model", "sample", "outcome", "reason"]
    columns += ["completion", "finish_reason", "log_likelihood_bos", "n_tokens_bos"]
    for scorer in sorted(run.audit.graders):
        columns += [f"{scorer}_value", f"{scorer}_label", f"{scorer}_ungraded"]
    return columns


def _rows(run: Finished) -> Iterator[dict[str, Any]]:
    for sample in run.samples():
        for answered in sample.answers:
            yield _row(sample.prompt, answered)


def _row(prompt: Prompt, answered: Answered) -> dict[str, Any]:
    answer = answered.answer
    row: dict[str, Any] = {
        "id": prompt.id,
        "probe": prompt.probe,
        "style": prompt.style,
        "tags": json.dumps(prompt.tags, sort_keys=True),
        "prompt": prompt.text,
        "model": answered.model,
        "sample": answered.sample,
        "outcome": answer.kind,
    }
    if isinstance(answer, Completion):
        row |= {"completion": answer.text, "finish_reason": answer.finish_reason}
    elif isinstance(answer, Likelihood):
        row["log_likelihood_bos"] = answer.log_likelihood_bos
        row["n_tokens_bos"] = answer.n_tokens_bos
    elif isinstance(answer, Failed | Skipped):
        row["reason"] = answer.reason
    for scorer, verdict in answered.verdicts.items():
        if isinstance(verdict, Graded):
            row |= {f"{scorer}_value": verdict.value, f"{scorer}_label": verdict.label}
        elif isinstance(verdict, Ungraded):
            row[f"{scorer}_ungraded"] = verdict.reason
    return row


def _features(run: Finished) -> Any:
    from datasets import Features, Value

    kinds = {"sample": "int64", "n_tokens_bos": "int64", "log_likelihood_bos": "float64"}
    return Features(
        {
            name: Value("float64" if name.endswith("_value") else kinds.get(name, "string"))
            for name in _columns(run)
        }
    )


def _parquet(table: Any) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out)
    return out.getvalue()


def _cell(value: Any) -> str:
    if not isinstance(value, str):
        return repr(value)
    text = visible(value)
    return f"'{text}" if text.startswith(FORMULA) else text
