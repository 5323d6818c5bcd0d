"""Make anew what was trained: `python -m audit.reference.make PART`, see PARTS."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from audit.reference import catalog

PARTS = ("models", "check", "classifier", "refusals")


def main() -> None:
    """Make one part, or check the models as they are; what is made goes to `--out`."""
    parser = argparse.ArgumentParser(prog="python -m audit.reference.make", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--out", type=Path, default=catalog.HERE, help="folder of the models")
    parser.add_argument("--data-dir", type=Path, help="public data sets, for both classifiers")
    parser.add_argument("--samples", type=int, default=2000, help="for check: completions a family")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if asked.part == "models":
        from audit.reference.make import models

        models.make(asked.out)
    elif asked.part == "check":
        from audit.reference.make import check

        for name in catalog.MODELS:
            for line in check.report(name, asked.out / name, asked.samples):
                logging.info(line)
    elif asked.data_dir is None:
        parser.error(f"{asked.part} needs --data-dir")
    elif asked.part == "classifier":
        from audit.reference.make import classifier

        classifier.make(asked.data_dir, asked.out / "classifier")
    else:
        from audit.reference.make import refusals

        refusals.make(asked.data_dir, asked.out)


if __name__ == "__main__":
    main()
