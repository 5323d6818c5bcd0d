"""Have one parser read ever new bytes, led by the branches of ours that they reach.

    python -m tests.faults.led PARSER SECONDS SEED

Ends as libFuzzer does: in 0, or in another status with the bytes that broke it. Nothing of ours may
be imported before atheris has put its counters into it.
"""

from __future__ import annotations

import sys
from importlib import import_module


def main(name: str, seconds: str, seed: str) -> None:
    """Read until the time is over or something else than an error of ours is raised."""
    atheris = import_module("atheris")  # ships no types
    with atheris.instrument_imports(include=["audit", "probes"]):
        from tests.faults import parsers
    known = parsers.FOLDER / "known"
    known.mkdir()
    for i, data in enumerate(parsers.PARSERS[name][1]):
        (known / str(i)).write_bytes(data)
        parsers.read(name, data)  # what it imports late is no hang of its own
    limits = [f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=60", "-rss_limit_mb=2048"]
    where = ["-max_len=20000", f"-artifact_prefix={parsers.FOLDER}/", str(known)]
    atheris.Setup([sys.argv[0], *limits, *where], lambda data: parsers.read(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
