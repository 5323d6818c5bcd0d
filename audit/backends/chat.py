"""Put prompts into a model's chat template, and make sure that the template keeps them.

A template can drop or swap a prompt when it sees a probe, and the answers then look like refusals.
So what it puts around a text is learned from a text of ours, and each prompt must come out with
exactly that around it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from audit.backends.files import one_line
from audit.errors import RefusedError

_CANARIES = ("A plain canary text", "Another text, as plain")
_CPU_S = 5
_ENVIRONMENT = ("PATH", "HOME", "LANG", "PYTHONPATH")
_CHILD = Path(__file__).with_name("template_child.py")
_ADVICE = 'use prompt_mode = "raw" or "instruct-output" for this model'


class Frame(NamedTuple):
    """What a chat template writes around the one message of a user."""

    before: str
    after: str

    def holds(self, text: str) -> bool:
        """Tell whether a rendered prompt has this frame."""
        return (
            len(text) >= len(self.before) + len(self.after)
            and text.startswith(self.before)
            and text.endswith(self.after)
        )

    def inner(self, text: str) -> str:
        """Give the user's part of a rendered prompt."""
        return text[len(self.before) : len(text) - len(self.after)]


class Template:
    """A model's chat template, proven on two texts of ours.

    Args:
        source: The template, in Jinja.
        special: Names and texts of the tokenizer's special tokens, which templates write.

    Raises:
        RefusedError: If it fails, does not end in time, or does not write a text exactly once.
    """

    def __init__(self, source: str, special: Mapping[str, str]) -> None:
        self.source = source
        self._special = dict(special)
        frames = set()
        rendered = self._run(_CANARIES)
        for text, done in zip(_CANARIES, rendered, strict=True):
            if done.count(text) != 1:
                raise RefusedError(
                    f"the chat template writes a prompt {done.count(text)} times, not once; "
                    f"{_ADVICE}"
                )
            frames.add(Frame(*done.split(text)))
        if len(frames) != 1:
            raise RefusedError(f"the chat template writes something else each time; {_ADVICE}")
        (self.frame,) = frames

    def render(self, texts: Sequence[str]) -> list[str]:
        """Give each text with the template around it.

        White space at a text's ends may be dropped, as many templates do; nothing else.

        Raises:
            RefusedError: If the template changes a text, or writes something else around it.
        """
        rendered = self._run(texts)
        for text, done in zip(texts, rendered, strict=True):
            if done not in {self.frame.before + t + self.frame.after for t in (text, text.strip())}:
                raise RefusedError(
                    f"the chat template does not keep the prompt {one_line(repr(text), 60)}; it "
                    f"would be measured on other prompts than the report shows; {_ADVICE}"
                )
        return rendered

    def _run(self, texts: Sequence[str]) -> list[str]:
        cpu_s = _CPU_S + len(texts) // 500
        job = {
            "template": self.source,
            "special": self._special,
            "texts": list(texts),
            "cpu_s": cpu_s,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-P", str(_CHILD)],
                input=json.dumps(job).encode(),
                capture_output=True,
                env={key: os.environ[key] for key in _ENVIRONMENT if key in os.environ},
                timeout=3 * cpu_s + 30,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RefusedError(f"the chat template does not come to an end; {_ADVICE}") from error
        if done.returncode < 0:
            raise RefusedError(
                f"the chat template was stopped by signal {-done.returncode} after at most "
                f"{cpu_s} s of work; {_ADVICE}"
            )
        try:
            answer = json.loads(done.stdout)
        except ValueError as error:
            last = one_line(done.stderr.decode("utf-8", "replace")[-200:])
            raise RefusedError(f"the chat template could not be rendered: {last}") from error
        if "error" in answer:
            raise RefusedError(f"the chat template fails: {one_line(answer['error'])}; {_ADVICE}")
        rendered: list[str] = answer["rendered"]
        return rendered
