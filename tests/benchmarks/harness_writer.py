"""lm-evaluation-harness over prompts given as JSON on stdin; run in an environment of its own.

Writes `{"texts": [...], "cpu_s": ..., "wall_s": ...}`: what its `generate_until` took, without the
loading of the model.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM


def main() -> None:
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    harness: Any = HFLM(
        pretrained=asked["folder"], device="cpu", dtype="float32", batch_size=asked["rows"]
    )
    options = {"until": [], "max_gen_toks": asked["max_new"], "do_sample": False}
    requests = [
        Instance("generate_until", {}, (prompt, options), i)
        for i, prompt in enumerate(asked["prompts"])
    ]
    cpu, wall = time.process_time(), time.perf_counter()
    texts = harness.generate_until(requests, disable_tqdm=True)
    spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    print(json.dumps({"texts": texts, **spent}))


if __name__ == "__main__":
    main()
