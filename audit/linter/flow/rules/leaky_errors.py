"""Errors that tell too much, or that nothing heeds."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
    "error-text-returned": Rule(
        209, "leaky-errors", "medium", "high",
        "The text of an error is sent to a client, and with it paths, queries or values. Log it, "
        "and answer with a fixed text.",
    ),
    "secret-logged": Rule(
        532, "leaky-errors", "medium", "high",
        "A secret is written to a log, where more people can read it. Leave it out.", by_name=True,
    ),
    "secrets-logged-whole": Rule(
        532, "leaky-errors", "medium", "medium",
        "Headers or an environment that hold secrets are logged whole. Log the fields you need.",
    ),
    "signature-ignored": Rule(
        347, "leaky-errors", "high", "high",
        "A signature that does not match is noted, and the code goes on as if it did. Let the "
        "error rise, or refuse.",
    ),
    "check-passed-over": Rule(
        390, "leaky-errors", "high", "medium",
        "A check that fails raises an error, which is only noted, so the code goes on as if it had "
        "passed. Let it rise, or refuse.",
    ),
    "user-told-apart": Rule(
        204, "leaky-errors", "medium", "medium",
        "The answer tells whether a name exists, so names can be tried one by one. Answer the "
        "same for a wrong name and a wrong password.",
    ),
    "drop-ignored": Rule(
        390, "leaky-errors", "high", "high",
        "Where rights cannot be given up, the program goes on with them. Let the error end it.",
    ),
    "status-ignored": Rule(
        252, "leaky-errors", "medium", "medium",
        "Whether the program succeeded is not asked before what it worked on is removed. Pass "
        "`check=True`.",
    ),
    "secret-in-repr": Rule(
        200, "leaky-errors", "medium", "medium",
        "What an object prints of itself holds a secret, and ends in logs. Leave it out.",
        by_name=True,
    ),
    "rights-kept": Rule(
        250, "leaky-errors", "high", "medium",
        "When something fails in between, the program goes on with the rights it should have "
        "given up. Give them up in a `finally`, and end the program if that fails.",
    ),
    "catch-all": Rule(
        396, "leaky-errors", "low", "medium",
        "A bare `except` also catches a keyboard interrupt and the exit of the program, and hides "
        "every mistake. Catch the error you expect.",
    ),
    "secret-in-error": Rule(
        209, "leaky-errors", "medium", "high",
        "A secret becomes part of an error's text, which ends in logs and answers. Leave it out.",
        by_name=True,
    ),
    "swallowed-check": Rule(
        390, "leaky-errors", "high", "high",
        "A check that fails raises an error, and the error is thrown away, so the code goes on as "
        "if it had passed. Let it rise, or refuse.",
    ),
    "swallowed-error": Rule(
        390, "leaky-errors", "low", "medium",
        "Every error is thrown away here. Catch the one you expect, and log it.", decides=False,
    ),
    "return-in-finally": Rule(
        584, "leaky-errors", "low", "high",
        "A `return` in `finally` throws away the error on its way, and the answer before it. Move "
        "it behind the `try`.",
    ),
    "environment-returned": Rule(
        497, "leaky-errors", "high", "high",
        "The whole environment is sent to a client, and with it keys and passwords. Name the "
        "values that may be shown.",
    ),
    "ignored-exit-status": Rule(
        252, "leaky-errors", "medium", "high",
        "A program's exit status is ignored and success is reported. Pass `check=True`, or "
        "compare `returncode` with 0.",
    ),
    "discarded-comparison": Rule(
        252, "leaky-errors", "high", "high",
        "The result of a check is thrown away, so it stops nothing. Use it in an `if` that "
        "refuses.",
    ),
    "request-body-logged": Rule(
        532, "leaky-errors", "low", "medium",
        "A whole request is written to a log, passwords and tokens included. Log the fields you "
        "need.", decides=False,
    ),
}  # fmt: skip
