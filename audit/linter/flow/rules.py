"""What may be found by following text. Each rule has a sample of its name in `rules/flow/`."""

from __future__ import annotations

from typing import NamedTuple

from audit.linter.policy import Level


class Rule(NamedTuple):
    """What a check says when it finds something."""

    cwe: int
    weakness: str
    severity: Level
    confidence: Level
    message: str
    by_name: bool = False
    """Whether nothing but the name of a variable tells."""


RULES: dict[str, Rule] = {
    "sql-text": Rule(
        89, "injection", "high", "medium",
        "An SQL statement is built from text, so a value can change the statement. Write a "
        "placeholder (`?` or `%s`) and pass the values beside it.",
    ),
    "sql-number": Rule(
        89, "injection", "medium", "low",
        "A number is written into an SQL statement. Write a placeholder (`?` or `%s`) and pass the "
        "value beside it: the next change of the format lets text in.",
    ),
    "shell-text": Rule(
        78, "injection", "high", "medium",
        "A shell runs a command line that is not fixed, so `;` or `$( )` in a value runs another "
        "program. Pass a list of arguments and no shell, or quote each value with `shlex.quote`.",
    ),
    "command-text": Rule(
        78, "injection", "high", "medium",
        "A command line is built from text and handed to a function that runs it. Hand over a "
        "list of arguments, or quote each value with `shlex.quote`.",
    ),
    "argument-from-request": Rule(
        88, "injection", "medium", "medium",
        "A value that a client sends and that may begin with `-` is read as an option by this "
        "program, and some options run commands. Put `\"--\"` before the values, and check them.",
    ),
    "xpath-text": Rule(
        643, "injection", "high", "medium",
        "A path into an XML document is built from text, so a quote in a value selects other "
        "parts of it. Compare the values in Python, or use `lxml` and pass them as variables.",
    ),
    "request-forgery-text": Rule(
        918, "missing-validation", "high", "high",
        "A client chooses the host this server calls, so it can reach machines behind the "
        "firewall. Allow only known hosts, and build the URL from a fixed one.",
    ),
    "request-path-text": Rule(
        918, "missing-validation", "low", "medium",
        "A client chooses a part of the path this server calls, so `../` or `?` in it calls "
        "something else there. Pass it through `urllib.parse.quote(value, safe='')`.",
    ),
    "path-from-request": Rule(
        22, "directory-traversal", "high", "high",
        "A file name from a request reaches the file system, so `../` leaves the folder. Take only "
        "its last part (`secure_filename`), or resolve the path and check `is_relative_to(base)`.",
    ),
    "path-from-parameter": Rule(
        22, "directory-traversal", "medium", "medium",
        "A name that the caller chose is joined to a folder and opened, so `../` in it leaves the "
        "folder. Take only its last part (`os.path.basename`), or resolve the path and check "
        "`is_relative_to(base)`.",
    ),
    "upload-any-type": Rule(
        434, "missing-validation", "medium", "medium",
        "A client chooses the name of a file that is written, its type included. Allow only known "
        "endings, and name the file yourself.",
    ),
    "html-from-request": Rule(
        79, "missing-validation", "high", "high",
        "Text from a request becomes part of a page as it is, so markup in it runs in the reader's "
        "browser. Pass it through `html.escape`, or to a template that escapes.",
    ),
    "markup-text": Rule(
        79, "missing-validation", "medium", "medium",
        "A value becomes part of a page as it is, so markup in it runs in the reader's browser. "
        "Pass it through `html.escape`, or to a template that escapes.",
    ),
    "error-text-returned": Rule(
        209, "leaky-errors", "medium", "high",
        "The text of an error is sent to a client, and with it paths, queries or values. Log it, "
        "and answer with a fixed text.",
    ),
    "secret-logged": Rule(
        532, "leaky-errors", "medium", "high",
        "A secret is written to a log, where more people can read it. Leave it out.", by_name=True,
    ),
    "log-injection": Rule(
        117, "injection", "low", "medium",
        "Text from a request is logged as it is, so a line break in it forges log lines. Log it "
        "with `%r`, or remove line breaks.",
    ),
    "divide-by-request": Rule(
        369, "missing-validation", "low", "medium",
        "A number from a request is a divisor, and zero stops the program. Check it, or catch "
        "`ZeroDivisionError`.",
    ),
    "unchecked-amount": Rule(
        20, "missing-validation", "medium", "medium",
        "A number from a request changes a total without a check of its range, so a negative one "
        "works the other way. Compare it with its limits first.",
    ),
    "unbounded-size": Rule(
        400, "missing-validation", "medium", "high",
        "A request chooses how much is made or how long it takes. Limit the number first, such as "
        "with `min(n, 1000)`.",
    ),
}  # fmt: skip
