"""Commands for other programs, and what their words turn off."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from audit.linter.flow.looks.called import Called, Looks, fixed_text
from audit.linter.flow.looks.defaults import DOCKER
from audit.linter.flow.scopes import Found
from audit.linter.flow.syntax import literal

RUNS = (
    "run", "call", "check_call", "check_output", "Popen", "system", "popen", "getoutput",
    "getstatusoutput", "sudo", "exec_command", "create_subprocess_exec", "create_subprocess_shell",
)  # fmt: skip
SHELLS = frozenset({"sh", "bash", "zsh"})
BETWEEN = re.compile(r"[;&|\n]+")
"""Two commands of one line."""

NO_HOST_KEY = re.compile(r"(?i)(-o)?\s*StrictHostKeyChecking\s*[= ]\s*(no|off)$")
WRITE_FOR_ALL = re.compile(r"([0-7]?[0-7]{2}[2367]|a?\+r?w?x?w|[ao]\+\w*w\w*)$")
SHORT = re.compile(r"(rsa:|dsa:)?(512|768|1024)$")
FLAGS = re.compile(r"-[a-zA-Z]*k[a-zA-Z]*$")
"""Letters of `curl`, one of which turns the check off."""


def _in_command(call: Called) -> Found:
    for words in filter(None, _commands(call)):
        rule, is_broken = PROGRAMS.get(words[0].rpartition("/")[2], ("", bool))
        if rule and is_broken(words):
            yield rule, call.node
            return


def _commands(call: Called) -> list[list[str]]:
    """Give the words of each command that a call runs, as far as they are fixed."""
    given = call.scope.value(call.passed(0, "args", "cmd", "command"))
    parts = given.elts if isinstance(given, ast.List | ast.Tuple) else call.node.args
    words = [literal(call.scope.value(part)) for part in parts]
    line = fixed_text(given, call.scope)
    match words:
        case [shell, "-c", text, *_] if shell.rpartition("/")[2] in SHELLS:
            line = text
        case ["sudo", *rest]:
            return [rest]
        case _ if parts is not call.node.args or call.last.endswith("_exec"):
            return [words]
    return [one.strip().removeprefix("sudo ").split() for one in BETWEEN.split(line)]


def _unchecked(words: list[str]) -> bool:
    return "--insecure" in words or any(map(FLAGS.match, words))


def _short(words: list[str]) -> bool:
    makes = {"genrsa", "gendsa", "dsaparam", "req", "dhparam", "-b"} & set(words)
    return bool(makes) and any(map(SHORT.match, words))


def _shares_host(words: list[str]) -> bool:
    return "--privileged" in words or any(f"{DOCKER}:" in word for word in words)


PROGRAMS: dict[str, tuple[str, Callable[[list[str]], bool]]] = {
    "curl": ("tls-unverified", _unchecked),
    "wget": ("tls-unverified", lambda words: "--no-check-certificate" in words),
    "git": ("tls-unverified", lambda words: "http.sslVerify=false" in words),
    **dict.fromkeys(
        ("ssh", "scp", "sftp", "rsync", "sshpass"),
        ("ssh-unknown-host", lambda words: any(map(NO_HOST_KEY.match, words))),
    ),
    **dict.fromkeys(("openssl", "ssh-keygen"), ("small-key", _short)),
    **dict.fromkeys(("docker", "podman"), ("container-privileged", _shares_host)),
    "chmod": ("world-writable", lambda words: any(map(WRITE_FOR_ALL.match, words[1:]))),
}
"""Of a program: the rule that its words may break, and whether they do."""

CALLS: Looks = dict.fromkeys(RUNS, _in_command)
