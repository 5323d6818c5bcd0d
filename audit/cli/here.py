"""Commands that say what there is to ask, and whether all that takes is here."""

from __future__ import annotations

import json

import typer

from audit.cli.options import DataOption, JsonOption
from audit.cli.output import console, write, write_table


def list_(as_json: JsonOption = False) -> None:
    """List probe sets, scorers and shipped plans."""
    from audit import plan as plans
    from audit import tables
    from audit.scorers import SCORERS
    from probes import catalogue

    sets = catalogue.describe()
    if as_json:
        value = {
            "probes": [vars(probe) for probe in sets],
            "scorers": sorted(SCORERS),
            "plans": sorted(plans.shipped()),
        }
        write(json.dumps(value, indent=1))
        return
    table, lines = tables.probe_sets(sets, console().width)
    lines += [f"scorers: {', '.join(SCORERS)}", f"plans: {', '.join(plans.shipped())}"]
    write_table(table, *lines)


def doctor(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Check that the tools, the device and the data that an audit needs are here and work."""
    from audit.doctor import examine

    checks = examine(data_dir)
    if as_json:
        write(json.dumps([vars(check) for check in checks], indent=1))
    else:
        for check in checks:
            write(f"{check.state:7}  {check.what}: {check.finding}")
    raise typer.Exit(3 if any(check.state == "broken" for check in checks) else 0)
