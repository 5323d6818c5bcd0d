"""What we ask of GitHub, all through its own command `gh`: it knows the host and the token."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from audit.errors import RefusedError
from audit.safe_text import safe_text


def gh(arguments: Sequence[str], body: object = None) -> str:
    """Run `gh` and give what it prints.

    Args:
        arguments: After `gh`; texts that are not ours go into `body`.
        body: Sent as JSON on its standard input.

    Raises:
        RefusedError: If it is not installed, or GitHub refuses.
    """
    try:
        done = subprocess.run(
            ["gh", *arguments],  # noqa: S607  # the user's own, from their path
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            input="" if body is None else json.dumps(body),
        )
    except FileNotFoundError as error:
        raise RefusedError("gh is not installed; see https://cli.github.com") from error
    if done.returncode:
        told = safe_text(" ".join(done.stderr.split()), limit=300)
        raise RefusedError(f"gh {' '.join(arguments[:2])} ended in {done.returncode}: {told}")
    return done.stdout


def ask(method: str, path: str, body: object = None) -> Any:
    """Ask GitHub's REST interface, and give its answer.

    Raises:
        RefusedError: If it refuses.
    """
    given = [] if body is None else ["--input", "-"]
    text = gh(["api", "--method", method, path, *given], body)
    return json.loads(text) if text.strip() else None
