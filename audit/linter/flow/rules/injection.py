"""Text that becomes code, a command, a query or a page of its own."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

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
    "argument-injection": Rule(
        88, "injection", "medium", "medium",
        "A value that may begin with `-` is read as an option by this program, and some options "
        'run commands. Put `"--"` before the values, and check them.',
    ),
    "ldap-filter": Rule(
        90, "injection", "high", "medium",
        "A filter or name for a directory is built from text, so a parenthesis in a value changes "
        "it. Pass values through `escape_filter_chars` or `escape_dn_chars`.",
    ),
    "xpath-text": Rule(
        643, "injection", "high", "medium",
        "A path into an XML document is built from text, so a quote in a value selects other "
        "parts of it. Compare the values in Python, or use `lxml` and pass them as variables.",
    ),
    "eval-of-input": Rule(
        95, "injection", "high", "medium",
        "Text that is not fixed is run as Python code. Use `ast.literal_eval` or `json.loads` for "
        "values, or a parser for the expressions you allow.",
    ),
    "template-from-input": Rule(
        1336, "injection", "high", "medium",
        "Text that is not fixed is run by a template engine. Keep the template fixed and pass "
        "values to it, or run it in a `SandboxedEnvironment`.",
    ),
    "header-injection": Rule(
        113, "injection", "medium", "medium",
        "Text from a request becomes a header of the answer, so a line break in it adds others. "
        "Quote it, or refuse line breaks.",
    ),
    "log-injection": Rule(
        117, "injection", "low", "medium",
        "Text from a request is logged as it is, so a line break in it forges log lines. Log it "
        "with `%r`, or remove line breaks.",
    ),
    "unpickle": Rule(
        502, "injection", "high", "medium",
        "Reading a pickle runs whatever its author put in it. Use `json`, or check a signature "
        "over the bytes before.",
    ),
    "unsafe-deserializer": Rule(
        502, "injection", "high", "medium",
        "This format can run code when it is read. Use `json`, or a format of plain data.",
    ),
    "yaml-load": Rule(
        502, "injection", "high", "high",
        "This YAML loader makes any Python object that the text names. Use `yaml.safe_load`.",
    ),
    "torch-load": Rule(
        502, "injection", "medium", "medium",
        "`torch.load` read pickles in full before torch 2.6. Pass `weights_only=True`.",
    ),
    "code-name-from-request": Rule(
        470, "injection", "high", "high",
        "A request chooses a module, class or attribute by name. Look the name up in a dictionary "
        "of those you allow.",
    ),
    "format-from-request": Rule(
        134, "injection", "medium", "high",
        "A request supplies the format string, whose fields can read attributes of the values. "
        "Keep the format fixed and pass the text as a value.",
    ),
    "nosql-from-json": Rule(
        943, "injection", "high", "medium",
        'A value of a JSON body can be an object such as `{"$ne": ""}`, which changes the query. '
        "Turn it into text or a number first.",
    ),
    "nosql-where": Rule(
        943, "injection", "high", "high",
        "Mongo runs `$where` as JavaScript, built here from text. Compare fields instead.",
    ),
    "xml-built-string": Rule(
        91, "injection", "medium", "medium",
        "An XML document is built from text, so `<` in a value adds elements. Build it with "
        "`SubElement(...).text = value`, or escape values with `xml.sax.saxutils.escape`.",
    ),
    "xpath-built-string": Rule(
        643, "injection", "high", "high",
        "An XPath query is built from text, so a quote in a value changes the query. Use a "
        'variable: `tree.xpath("//book[title=$title]", title=title)`.',
    ),
    "csv-formula": Rule(
        1236, "injection", "low", "medium",
        "A cell from a request that begins with `=`, `+`, `-` or `@` is a formula for the "
        "spreadsheet that opens it. Put `'` before such text.",
    ),
    "shell-dash-c": Rule(
        77, "injection", "high", "high",
        "A shell is started with a command line that is not fixed. Start the program itself with "
        "a list of arguments, and connect programs with pipes of `subprocess`.",
    ),
}  # fmt: skip
