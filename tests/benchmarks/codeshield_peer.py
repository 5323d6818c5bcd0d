"""CodeShield over Python texts; run in CodeShield's own environment.

Reads `{"codes": [...], "told": true}` on stdin: whether it is told that they are Python.

Writes `flagged`, for each text whether it was; `scanned`, for each start of semgrep how many files
it said it had read; `seconds` that all scans took; and `versions`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from importlib.metadata import version

from codeshield.cs import CodeShield
from codeshield.insecure_code_detector import insecure_code_detector
from codeshield.insecure_code_detector.languages import Language

outputs: list[str] = []
run_command = insecure_code_detector._run_command


async def kept(command: list[str]) -> str:
    output: str = await run_command(command)
    outputs.append(output)
    return output


async def main() -> None:
    logging.disable(logging.CRITICAL)
    insecure_code_detector._run_command = kept
    job = json.load(sys.stdin)
    language = Language.PYTHON if job["told"] else None
    start = time.perf_counter()
    results = [await CodeShield.scan_code(code, language) for code in job["codes"]]
    seconds = time.perf_counter() - start
    reports = [json.loads(output[output.index("{") :]) for output in outputs]
    answer = {
        "flagged": [bool(result.is_insecure) for result in results],
        "scanned": [len(report["paths"]["scanned"]) for report in reports],
        "seconds": seconds,
        "versions": {name: version(name) for name in ("codeshield", "semgrep")},
    }
    json.dump(answer, sys.stdout)


asyncio.run(main())
