"""A peer runs in an environment of its own, made on first use from the package index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name(".peers")


def python_of(name: str, *requirements: str) -> Path:
    """Give the interpreter of a peer's environment.

    Raises:
        subprocess.CalledProcessError: If the peer cannot be installed.
    """
    folder = FOLDER / name
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *requirements]
        subprocess.run(install, check=True)
        (folder / "complete").touch()
    return python
