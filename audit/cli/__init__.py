"""The command line: it parses, calls one function and prints. No logic lives here.

Results go to stdout, progress and messages to stderr. An error is one line that says what to do,
and the exit status is the error's own (see `audit.errors`).
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback

import typer
from typer.exceptions import TyperException

from audit.cli.code import explain, lint
from audit.cli.decisions import accept, compare, gate, history
from audit.cli.endings import ReaderGone, Stopped, listen
from audit.cli.here import doctor, list_
from audit.cli.release import attach, export, issues, report
from audit.cli.runs import prefetch, run, score
from audit.errors import AuditError
from audit.safe_text import safe_text

COMMANDS = (
    run, score, gate, accept, report, compare, history, export, attach, issues,
    lint, explain, list_, doctor, prefetch,
)  # fmt: skip
"""In the order of `phi-audit --help`; a module of this package for each group."""

app = typer.Typer(
    name="phi-audit",
    help="Audit a language model before its release: toxicity, bias, refusals, insecure code.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(command)


def main() -> None:
    """Run the command line; every error is one line, and its exit status says its kind."""
    listen()
    # A model, its graders and the linters share the cores: who waits must not spin on one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        status = app(arguments, prog_name="phi-audit", standalone_mode=False)
    except AuditError as error:
        status = _say(error, error.exit_code, debug)
    except TyperException as error:
        status = _say(error.format_message(), 2, debug) if error.format_message() else 2
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    except Stopped as end:
        status = end.exit_code
    except ReaderGone:
        # Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 0
    except Exception as error:  # noqa: BLE001  # the last resort: a bug of ours, said in one line
        what = f"{type(error).__name__}: {error}; this is a bug, please report it (see --debug)"
        status = _say(what, 70, debug)
    sys.exit(status or 0)


def _say(error: object, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    line = safe_text(" ".join(str(error).split()))
    with contextlib.suppress(BrokenPipeError):
        print(f"error: {line}", file=sys.stderr)  # noqa: T201  # where errors go
    return status
