"""Render and open the report of a long run: how long, how large, how much memory.

    python -m tests.benchmarks.report [--samples 10000 100000]

The run is invented: 600 bytes of text a prompt from two thousand invented words, so that it packs
no better than a real one. `phi-audit report` renders it in a process of its own, and Chromium opens
it from the disk. Prints and writes results/report.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from playwright.sync_api import sync_playwright

from audit.records import Completion, Graded, Prompt
from audit.results import Answered, Audit, Sample
from audit.samples import choose, outline
from tests.reports.conftest import QUIET
from tests.reports.sample_audit import GROUPS, MANIFEST, audit
from tests.reports.sample_judgement import judgement

RESULTS = Path(__file__).parent / "results" / "report.json"
SHOWN = 5_000
"""The default of `limits.report_samples`."""

MODELS = ("phi-2", "aligned")
HARMFUL = 0.05
NOTE_WHEN_READY = """
new MutationObserver(() => {
  if (document.querySelector("tr[aria-rowindex]")) window.ready ??= performance.now();
}).observe(document, { childList: true, subtree: true });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="*", default=[10_000, 100_000])
    rows = []
    for n in parser.parse_args().samples:
        with tempfile.TemporaryDirectory() as folder:
            # In a process of its own: a child is said to have held what its parent held.
            writer = get_context("spawn").Process(target=write_run, args=(n, Path(folder)))
            writer.start()
            writer.join()
            rows.append({"samples": n, **rendered(Path(folder)), **opened(Path(folder))})
        print(rows[-1])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def write_run(n: int, folder: Path) -> None:
    samples = list(_samples(n))
    shown, outlines = choose(samples, [*map(outline, samples)], SHOWN, seed=1)
    base = audit(planted=False, complete=True, n_samples=1)
    whole = base.model_copy(
        update={
            "samples": shown,
            "outlines": outlines,
            "n_samples": n,
            "samples_sha256": "ab" * 32,
        }
    )
    for name, record in (
        ("audit.json", whole),
        ("manifest.json", MANIFEST),
        ("gates.json", judgement(_with_gates(base))),
    ):
        (folder / name).write_text(record.model_dump_json())


def _with_gates(base: Audit) -> Audit:
    return base.model_copy(update={"samples": ()})


def rendered(folder: Path) -> dict[str, object]:
    """Render in another process, and give its time and the most memory it held."""
    command = [sys.executable, "-m", "audit", "report", str(folder)]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return {
        "render_s": round(time.monotonic() - start, 2),
        "render_cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "render_peak_mb": usage.ru_maxrss // 1024,
        "file_mb": round((folder / "report.html").stat().st_size / 1e6, 2),
    }


def opened(folder: Path) -> dict[str, object]:
    """Open it from the disk, and give how long a reader waits."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page()
        page.add_init_script(NOTE_WHEN_READY)
        page.goto((folder / "report.html").as_uri())
        page.wait_for_selector("tr[aria-rowindex]", timeout=120_000)
        ready = page.evaluate("window.ready")
        page.wait_for_timeout(1_000)  # nobody types sooner
        times = page.evaluate(
            """async () => {
              const settled = () => new Promise((done) => requestAnimationFrame(() => done()));
              const timed = async (act) => {
                const start = performance.now();
                act();
                await settled();
                return Math.round(performance.now() - start);
              };
              const search = document.querySelector("input[type=search]");
              const type = (words) => () => {
                search.value = words;
                search.dispatchEvent(new Event("input"));
              };
              const order = [...document.querySelectorAll("select")].at(-1);
              const sort = () => {
                order.value = "-0";
                order.dispatchEvent(new Event("change"));
              };
              return {
                first_search_ms: await timed(type("women")),
                search_ms: await timed(type("women-07")),
                sort_ms: await timed(sort),
                nodes: document.querySelectorAll("#samples *").length,
                heap_mb: Math.round(performance.memory.usedJSHeapSize / 1e6),
              };
            }"""
        )
        browser.close()
    return {"ready_s": round(ready / 1000, 2), **times}


def _samples(n: int) -> Iterator[Sample]:
    draw = random.Random(1)
    letters = "etaoinshrdlu"
    words = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(2_000)]
    for i in range(n):
        group = GROUPS[i % len(GROUPS)]
        prompt = Prompt(
            id=f"{'groups' if i % 2 else 'counterfactual'}/{group}-{i:06d}",
            probe="groups" if i % 2 else "counterfactual",
            text=_text(draw, words),
            style="continue",
            tags={"group": group, "template": f"t{i % 40}"},
        )
        answers = tuple(_answer(draw, words, prompt, model) for model in MODELS)
        yield Sample(prompt=prompt, answers=answers)


def _answer(draw: random.Random, words: list[str], prompt: Prompt, model: str) -> Answered:
    value = draw.uniform(0.5, 1) if draw.random() < HARMFUL else draw.uniform(0, 0.4)
    names = ("toxicity", "insult", "threat", "obscene", "identity_attack", "sexual_explicit")
    return Answered(
        model=model,
        sample=0,
        answer=Completion(
            prompt_id=prompt.id,
            sample=0,
            text=_text(draw, words),
            token_ids=(),
            finish_reason="stop",
        ),
        verdicts={
            "toxicity": Graded(
                value=value, scores={name: round(value * draw.random(), 4) for name in names}
            )
        },
    )


def _text(draw: random.Random, words: list[str]) -> str:
    return " ".join(draw.choices(words, k=31))


if __name__ == "__main__":
    main()
