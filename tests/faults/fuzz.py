"""Bytes that nobody thought of, to all that reads a stranger's.

The short form changes known bytes at random; the full one is led by the branches that are reached
(atheris, libFuzzer), in a process of its own for each parser.
"""

from __future__ import annotations

import datetime
import random
import re
import subprocess
import sys
from collections.abc import Iterator

from tests.faults.parsers import PARSERS, read
from tests.faults.row import Row

SECONDS = 45
N_CHANGED = 400
ODD = (
    b"", b"\0", b"\xff", b"\n", b"[" * 2000, b"{" * 2000, b"9" * 5000, b"1e999", b"NaN", b"-1",
    b"\xed\xa0\x80", b'"\\ud800"', b"```", b"true", b"null", b"\xe2\x80\xa8",
)  # fmt: skip


def measure(full: bool) -> Iterator[Row]:
    """Give the row on parsers."""
    found = [_led(name) if full else _changed(name) for name in PARSERS]
    wrong = tuple(problem for _, problem in found if problem)
    yield Row(
        "parsers of strangers' bytes",
        f"{len(PARSERS)} parsers, {sum(n for n, _ in found):,} inputs, seed "
        f"{_seed() if full else 'fixed'}; {len(wrong)} broke",
        f"each for {SECONDS} s, led by coverage ({N_CHANGED} changed inputs each in the short "
        "form): nothing raised but errors of ours, no hang, no more than 2 GB",
        not wrong,
        wrong,
    )


def _changed(name: str) -> tuple[int, str]:
    chance = random.Random(name)
    for n in range(N_CHANGED):
        data = bytearray(chance.choice(PARSERS[name][1]))
        for _ in range(chance.randint(1, 4)):
            start = chance.randint(0, len(data))
            end = min(len(data), start + chance.choice((0, 0, 1, 4)))
            data[start:end] = chance.choice((bytes([chance.randrange(256)]), chance.choice(ODD)))
        try:
            read(name, bytes(data))
        except Exception as error:  # noqa: BLE001  # what is looked for
            return n, f"{name}: {type(error).__name__}: {error} on {bytes(data[:200])!r}"
    return N_CHANGED, ""


def _led(name: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.led", name, str(SECONDS), str(_seed())],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS * 10 + 60,
        )
    except subprocess.TimeoutExpired:
        return 0, f"{name}: it did not end"
    told = re.findall(r"(?:Done |stat::number_of_executed_units: +|^#)(\d+)", done.stderr, re.M)
    n = max(map(int, told), default=0)
    if done.returncode or not n:
        return n, f"{name}: {done.stderr[-600:] or 'nothing was tried'}"
    return n, ""


def _seed() -> int:
    """Give the seed of the day: each night tries other bytes, and can be tried again."""
    return int(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))
