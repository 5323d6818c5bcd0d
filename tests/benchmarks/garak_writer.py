"""garak's local generator over prompts given as JSON on stdin; run in an environment of its own.

Writes `{"texts": [...], "cpu_s": ..., "wall_s": ...}`: what its calls took, without the loading of
the model.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

import torch
from garak.attempt import Conversation, Message, Turn
from garak.generators.huggingface import Pipeline


def main() -> None:
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    settings = {
        "max_tokens": asked["max_new"],
        "deprefix_prompt": True,
        "hf_args": {"dtype": "float32", "do_sample": False, "device": "cpu"},
    }
    plugin = {"generators": {"huggingface": {"Pipeline": settings}}}
    generator: Any = Pipeline(asked["folder"], config_root=plugin)
    logging.disable()  # it logs each call's warnings
    cpu, wall = time.process_time(), time.perf_counter()
    texts = [
        generator.generate(Conversation([Turn("user", Message(prompt))]), 1)[0].text
        for prompt in asked["prompts"]
    ]
    spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    print(json.dumps({"texts": texts, **spent}))


if __name__ == "__main__":
    main()
