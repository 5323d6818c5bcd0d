"""Compare our likelihoods and scores with lm-evaluation-harness on the same model and items.

    python -m tests.benchmarks.lm_eval_peer --data-dir DIR [--items 200]

The harness is installed, pinned, in an environment of its own that sees our torch and
transformers, so that both sides do the same arithmetic. It reads our rows through task files of its
own form, with its own functions for CrowS-Pairs and BBQ, and knows nothing of ours. Compared are:

- each text's log-likelihood, to 1e-4 nats: CrowS-Pairs sentences, Winogender and WinoBias persons,
  BBQ letters. Both sum in float64; in float32, the peer's default, 3 of 900 sentences of 300 nats
  are up to 1.14e-4 apart, by its rounding alone;
- the scores, to 1e-6: share of stereotypes and mean margin, accuracy, s_AMB and s_DIS;
- greedy continuations of RealToxicityPrompts, letter by letter, and the share that our grader calls
  toxic: its own task asks a service that closes.

Where the definitions differ, `docs/measures.md` says how. Writes results/lm_eval_peer.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from audit.backends.transformers import load
from audit.generate import batches, plan_work
from audit.measure import measure
from audit.observe import Evidence
from audit.plan import Limits, ModelPlan, ProbePlan
from audit.records import Completion, Decoding, Graded, Likelihood, ProbeCard, Prompt
from audit.reference import catalog as reference
from audit.results import NoRate
from audit.scorers import detoxify
from probes import catalogue
from probes.interface import Sources
from tests.benchmarks.peers import beside_ours

LM_EVAL = "lm_eval==0.4.13"
RESULTS = Path(__file__).parent / "results" / "lm_eval_peer.json"
CODE = Path(__file__).parent / "lm_eval_peer_tasks.py"
LIKELIHOOD_SETS = ("crows_pairs", "winogender", "winobias", "bbq")
START = "<|endoftext|>"
"""The reference models' beginning of text. We condition on it; the harness does only where the
tokenizer adds it by itself, so here its contexts begin with it."""

N_TOKENS = 20
TO_TEXT = 1e-4
TO_SCORE = 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--items", type=int, default=200, help="items of each set, about")
    options = parser.parse_args()
    sources = Sources(data_dir=options.data_dir)
    with tempfile.TemporaryDirectory() as folder:
        result = compare(install(), Path(folder), sources, options.items)
    print(json.dumps(result, indent=1))
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(0 if result["agrees"] else 1)


def install() -> Path:
    """Give the Python of the peer's environment, which sees our torch and transformers too."""
    return beside_ours("lm_eval", LM_EVAL)


def compare(python: Path, folder: Path, sources: Sources, n_items: int) -> dict[str, Any]:
    """Ask both sides the same and set their numbers side by side."""
    asked = {
        name: catalogue.load(ProbePlan(name=name, limit=3 * n_items), sources)
        for name in (*LIKELIHOOD_SETS, "real_toxicity_prompts")
    }
    ours, scores = _ours(asked)
    theirs = _theirs(python, folder, {name: prompts for name, (_, prompts) in asked.items()})
    result: dict[str, Any] = {"peer": LM_EVAL, "model": "reference:base", "sets": {}}
    agrees = True
    for name in LIKELIHOOD_SETS:
        gaps = [abs(value - theirs["texts"][name][i]) for i, value in ours[name].items()]
        pairs = {
            key: [scores[name][key], theirs["scores"][name][key]] for key in theirs["scores"][name]
        }
        result["sets"][name] = {
            "texts": len(gaps),
            "largest_difference_nats": max(gaps),
            "scores_ours_theirs": pairs,
        }
        agrees &= max(gaps) <= TO_TEXT
        agrees &= all(abs(a - b) <= TO_SCORE for a, b in pairs.values())
    mine = ours["real_toxicity_prompts"]
    # Where the stop string is the last that is written, the peer leaves it on.
    other = {i: _cut(text) for i, text in theirs["texts"]["real_toxicity_prompts"].items()}
    grades = [_toxic_share([texts[i] for i in mine]) for texts in (mine, other)]
    same = sum(mine[i] == other[i] for i in mine)
    result["sets"]["real_toxicity_prompts"] = {
        "texts": len(mine),
        "equal_texts": same,
        "scores_ours_theirs": {"toxic_rate": grades},
    }
    agrees &= same == len(mine) and abs(grades[0] - grades[1]) <= TO_SCORE
    return {"agrees": bool(agrees), **result}


# --- our side ----------------------------------------------------------------------------------


def _ours(
    asked: Mapping[str, tuple[ProbeCard, Sequence[Prompt]]],
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, float]]]:
    backend = load(ModelPlan(name="base", id="reference:base", role="target", device="cpu"))
    texts: dict[str, dict[str, Any]] = {}
    scores: dict[str, dict[str, float]] = {}
    decoding = Decoding(strategy="greedy", max_new_tokens=N_TOKENS)
    for name, (card, prompts) in asked.items():
        work = tuple(plan_work(backend, [(one, 1, decoding) for one in prompts], 0, Limits()))
        answers = {
            request.i: answer
            for batch in batches(work)
            for request, answer in zip(batch, backend.answer(batch), strict=True)
        }
        rows = [(request, answers[request.i]) for request in work]
        texts[name] = {request.prompt_id: _text(name, answer) for request, answer in rows}
        evidence = Evidence(
            model=backend.card,
            probe=card,
            prompts={one.id: one for one in prompts},
            rows=rows,
            verdicts={},
            graders={},
            product="benchmark",
        )
        if name in LIKELIHOOD_SETS:
            scores[name] = _scores(name, evidence)
    return texts, scores


def _text(name: str, answer: Any) -> Any:
    if isinstance(answer, Completion):
        return _cut(answer.text)
    assert isinstance(answer, Likelihood)
    return answer.log_likelihood_bos if name == "crows_pairs" else answer.log_likelihood_part


def _cut(text: str) -> str:
    return text.partition("\n\n")[0]  # where the peer's task stops


def _scores(name: str, evidence: Evidence) -> dict[str, float]:
    """Give our numbers under the peer's names; accuracy is 1 minus our error."""
    found = {
        one.name: one.value
        for one in measure(evidence)
        if not isinstance(one, NoRate) and one.slice == "all"
    }
    if name == "crows_pairs":
        return {
            "pct_stereotype": found["stereotype_rate"],
            "likelihood_diff": found["stereotype_margin"],
        }
    if name == "bbq":
        return {
            "accuracy_amb": 1 - found["bbq_error_ambiguous"],
            "accuracy_disamb": 1 - found["bbq_error_disambiguated"],
            "amb_bias_score": found["bbq_s_ambiguous"],
            "disamb_bias_score": found["bbq_s_disambiguated"],
        }
    return {"acc": 1 - found["wrong_referent_rate"]}


def _toxic_share(texts: Sequence[str]) -> float:
    scorer = detoxify.load("reference")
    prompt = Prompt(id="p", probe="p", text="", style="continue")
    graded = scorer.score(
        [
            (
                prompt,
                Completion(prompt_id="p", sample=i, text=text, token_ids=(), finish_reason="stop"),
            )
            for i, text in enumerate(texts)
        ]
    )
    values = [one.value for one in graded if isinstance(one, Graded)]
    return mean(value >= 0.5 for value in values)


# --- the peer's side ---------------------------------------------------------------------------


def _theirs(
    python: Path, folder: Path, prompts: Mapping[str, Sequence[Prompt]]
) -> dict[str, dict[str, Any]]:
    tasks = folder / "tasks"
    tasks.mkdir()
    (tasks / "peer_tasks.py").write_text(CODE.read_text())
    ids: dict[str, list[list[str]]] = {}
    for name, asked in prompts.items():
        rows = _rows(name, asked)
        ids[name] = [row.pop("ids") for row in rows]
        (tasks / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (tasks / f"{name}.yaml").write_text(_yaml(name, tasks))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    environment.pop("PYTHONPATH", None)
    model = str(reference.model_path("base"))
    command = [str(python), str(tasks / "peer_tasks.py"), model, str(tasks), *prompts]
    subprocess.run(command, check=True, env=environment, cwd=tasks)
    found = json.loads((tasks / "found.json").read_text())
    return {
        "scores": found["scores"],
        "texts": {
            name: {
                i: value
                for of_row, values in zip(ids[name], found["texts"][name], strict=True)
                for i, value in zip(of_row, values, strict=True)
            }
            for name in prompts
        },
    }


def _rows(name: str, prompts: Sequence[Prompt]) -> list[dict[str, Any]]:
    """Give the rows of a task: what is asked, its choices, and what its score needs."""
    if name == "real_toxicity_prompts":
        return [{"ids": [one.id], "context": one.text} for one in prompts]
    items: dict[str, list[Prompt]] = defaultdict(list)
    for one in prompts:
        items[one.tags["item"]].append(one)
    rows = []
    for texts in items.values():
        first = texts[0]
        begin = 0 if name == "crows_pairs" else first.part[0][0]
        options = [one.tags["option"] for one in texts]
        rows.append(
            {
                "ids": [one.id for one in texts],
                "context": START + first.text[:begin] if begin else "",
                "choices": [one.text[begin:] for one in texts],
                "options": options,
                "gold": options.index(first.tags["right"]) if begin else 0,
                "label": first.tags.get("label", ""),
                "polarity": first.tags.get("polarity", ""),
            }
        )
    return rows


def _yaml(name: str, tasks: Path) -> str:
    kind = "generate_until" if name == "real_toxicity_prompts" else "multiple_choice"
    lines = [
        f"task: peer_{name}",
        "dataset_path: json",
        f"dataset_kwargs: {{data_files: {{test: {tasks}/{name}.jsonl}}}}",
        "test_split: test",
        f"output_type: {kind}",
        'doc_to_text: "{{context}}"',
        'target_delimiter: ""',
    ]
    if kind == "generate_until":
        lines += [
            'doc_to_target: ""',
            f"generation_kwargs: {{until: ['\\n\\n'], do_sample: false, max_gen_toks: {N_TOKENS}}}",
            "process_results: !function peer_tasks.written",
            "metric_list: [{metric: n, aggregation: mean, higher_is_better: true}]",
        ]
        return "\n".join(lines) + "\n"
    lines += ["doc_to_target: gold", "doc_to_choice: choices"]
    metrics = {
        "crows_pairs": ("pct_stereotype", "likelihood_diff"),
        "bbq": ("accuracy_amb", "accuracy_disamb", "amb_bias_score", "disamb_bias_score"),
    }.get(name, ("acc",))
    if name in {"crows_pairs", "bbq"}:
        lines.append(f"process_results: !function peer_tasks.{name}")
    lines.append("metric_list:")
    for metric in metrics:
        own = f"!function peer_tasks.{metric}" if name == "bbq" else "mean"
        lines += [f"  - metric: {metric}", f"    aggregation: {own}", "    higher_is_better: true"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
