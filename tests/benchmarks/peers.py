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


def beside_ours(name: str, *requirements: str) -> Path:
    """Give the interpreter of a peer's environment that sees our torch and transformers too.

    Both sides then do the same arithmetic.

    Raises:
        subprocess.CalledProcessError: If the peer cannot be installed.
    """
    python = python_of(name, *requirements)
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "ours.pth").write_text("\n".join(ours) + "\n")  # read after its own packages
    return python
