"""What a client sends and nothing checks."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
    "url-of-any-kind": Rule(
        918, "missing-validation", "medium", "medium",
        "`urlopen` opens files and addresses of any kind. Check the scheme and the host of an "
        "address first.",
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
    "mass-assignment": Rule(
        915, "missing-validation", "high", "high",
        "A client chooses which fields of an object are set, those for the program's own use "
        "too. Set the fields you expect by name.",
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
    "pattern-catastrophic": Rule(
        1333, "missing-validation", "low", "medium",
        "A repeated group that can match a text in many ways takes exponential time on some. "
        "Rewrite it so that each text can be matched in one way only.",
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
    "origin-any": Rule(
        346, "missing-validation", "medium", "high",
        "Any page, or one whose address only begins alike, may open this socket with the user's "
        "cookies. Compare the host of the origin with those you know.",
    ),
    "weak-host-check": Rule(
        20, "missing-validation", "medium", "medium",
        "This check of a host also holds for `example.org.evil.net` or `evil.net/?example.org`. "
        "Compare `urlparse(url).hostname` with the hosts you allow.",
    ),
    "host-pattern-dot": Rule(
        20, "missing-validation", "medium", "medium",
        "The dot before a domain matches any character in a regular expression, so "
        "`wwwXexample.org` passes. Write `\\.`, and compare the whole host.",
    ),
    "markup-removed-by-text": Rule(
        116, "missing-validation", "medium", "medium",
        "Removing tags by text is easy to get around (`<scr<script>ipt>`). Escape with "
        "`html.escape`, or clean with a library for it.",
    ),
    "mako-unescaped": Rule(
        79, "missing-validation", "medium", "medium",
        "Mako escapes nothing unless it is told to, so markup in a value runs in the reader's "
        "browser. Pass `default_filters=[\"h\"]`.",
    ),
    "open-redirect": Rule(
        601, "missing-validation", "medium", "high",
        "A request chooses where the browser is sent, which helps phishing. Allow only known "
        "pages, or check with `url_has_allowed_host_and_scheme`.",
    ),
    "session-role-from-request": Rule(
        501, "missing-validation", "high", "medium",
        "A request writes a role or an identity into the session, where it is trusted later. Read "
        "it from the user's record.",
    ),
    "pattern-from-request": Rule(
        1333, "missing-validation", "medium", "high",
        "A request supplies a regular expression, which can take hours to match. Pass it through "
        "`re.escape`, or search for plain text.",
    ),
    "xml-from-request": Rule(
        776, "missing-validation", "medium", "high",
        "XML from a request is parsed with entities expanded, so a small document can fill the "
        "memory. Use `defusedxml.ElementTree`.",
    ),
    "lxml-entities": Rule(
        611, "missing-validation", "high", "medium",
        "This XML parser resolves external entities, so a document can read files and fetch "
        "addresses. Pass `etree.XMLParser(resolve_entities=False, no_network=True)`.",
    ),
    "xml-bomb": Rule(
        776, "missing-validation", "medium", "medium",
        "This parser expands entities without limit, so a small document can fill the memory. Use "
        "the parser of the same name from `defusedxml`.",
    ),
    "jinja-no-autoescape": Rule(
        79, "missing-validation", "high", "medium",
        "This Jinja environment writes values into pages as they are. Pass `autoescape=True` or "
        "`select_autoescape()`.",
    ),
    "csrf-off": Rule(
        352, "missing-validation", "high", "high",
        "Protection against forged requests is switched off, so another site can post forms in a "
        "user's name. Leave it on, and send the token with each form.",
    ),
}  # fmt: skip
