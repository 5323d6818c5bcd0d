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
    "url-of-any-kind": Rule(
        918, "missing-validation", "medium", "medium",
        "`urlopen` opens files and addresses of any kind. Check the scheme and the host of an "
        "address first.",
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
    "mass-assignment": Rule(
        915, "missing-validation", "high", "high",
        "A client chooses which fields of an object are set, those for the program's own use "
        "too. Set the fields you expect by name.",
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
    "archive-member-path": Rule(
        23, "directory-traversal", "high", "high",
        "The name of an archive's member is joined to a path by hand, so `../` in the archive "
        "writes anywhere. Let `extract` clean it, or resolve the path and check "
        "`is_relative_to(target)`.",
    ),
    "tar-extract-all": Rule(
        22, "directory-traversal", "high", "high",
        "A tar archive is unpacked with the paths it names, which may lie outside the target "
        'folder. Pass `filter="data"` (Python 3.12; security releases of 3.8 to 3.11).',
        by_name=True,
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
    "tls-check-off": Rule(
        295, "unsafe-defaults", "high", "medium",
        "The server's certificate is not checked, so anybody in between can read and change the "
        "traffic. Leave the check on; for a certificate of your own pass its file.",
    ),
    "tls-off-by-default": Rule(
        295, "unsafe-defaults", "high", "medium",
        "The check of the server's certificate is off unless somebody turns it on, so anybody in "
        "between can read and change the traffic. Let it be on by default.", by_name=True,
    ),
    "container-privileged": Rule(
        250, "unsafe-defaults", "high", "high",
        "What runs in this container can do what its host can. Leave out `privileged`, the host's "
        "networks and the socket of Docker, and give only the rights it needs.",
    ),
    "cookie-for-scripts": Rule(
        1004, "unsafe-defaults", "medium", "medium",
        "Scripts of a page can read a cookie that says who a user is, and send it elsewhere. Set "
        "`httponly`.",
    ),
    "cookie-by-hand": Rule(
        614, "unsafe-defaults", "medium", "medium",
        "A cookie that says who a user is is also sent without encryption. Add `; Secure`.",
    ),
    "password-in-call": Rule(
        798, "unsafe-defaults", "high", "medium",
        "A password stands in the code, where everybody who has the code reads it. Read it from "
        "the environment or a store of secrets.",
    ),
    "secret-by-default": Rule(
        798, "unsafe-defaults", "medium", "medium",
        "Where the environment names no secret, one that stands in the code is used. Refuse to "
        "start instead.",
    ),
    "token-of-time": Rule(
        340, "unsafe-defaults", "high", "medium",
        "The digest of the time is as easy to guess as the time. Take tokens from the module "
        "`secrets`.",
    ),
    "created-for-all": Rule(
        732, "unsafe-defaults", "medium", "medium",
        "`os.open` creates a file that all may read and run unless a mode is given. Pass `0o600`.",
    ),
    "changed-by-anyone": Rule(
        862, "misread-requirements", "high", "medium",
        "Anybody may change and delete these records, without logging in. Ask for "
        "`IsAuthenticated` and for the owner.",
    ),
    "password-kept": Rule(
        256, "unsafe-defaults", "high", "medium",
        "A password is stored as it was typed, so who reads the store has it. Store its hash from "
        "`bcrypt`, `argon2` or `hashlib.scrypt`.", by_name=True,
    ),
    "password-compared": Rule(
        256, "unsafe-defaults", "high", "medium",
        "A stored password is compared as it was typed, so it is stored in the clear. Store its "
        "hash, and check it with the function of the same library.", by_name=True,
    ),
    "secrets-logged-whole": Rule(
        532, "leaky-errors", "medium", "medium",
        "Headers or an environment that hold secrets are logged whole. Log the fields you need.",
    ),
    "token-by-hand": Rule(
        347, "unsafe-defaults", "high", "medium",
        "A token's middle is believed and its signature never checked, so anybody can write one. "
        "Use `jwt.decode(token, key, algorithms=[\"HS256\"])`.",
    ),
    "signature-ignored": Rule(
        347, "leaky-errors", "high", "high",
        "A signature that does not match is noted, and the code goes on as if it did. Let the "
        "error rise, or refuse.",
    ),
    "own-cipher": Rule(
        327, "unsafe-defaults", "high", "medium",
        "A text mixed with a key that repeats is read without the key. Use "
        "`cryptography.fernet.Fernet` or AES in GCM mode.",
    ),
    "iv-from-key": Rule(
        329, "unsafe-defaults", "high", "high",
        "An initialisation vector that never changes, or is the key, shows which messages begin "
        "alike. Take a new one from `os.urandom` for each message.",
    ),
    "weak-digest-named": Rule(
        327, "unsafe-defaults", "medium", "medium",
        "Two different texts can be made to share this digest. Name SHA-256 or newer.",
    ),
    "short-token": Rule(
        331, "unsafe-defaults", "medium", "high",
        "So short a token can be found by trying. Take 32 bytes.",
    ),
    "shuffled-text": Rule(
        338, "unsafe-defaults", "high", "medium",
        "`random` can be predicted from a few of its outputs. Take each letter with "
        "`secrets.choice`.",
    ),
    "few-rounds": Rule(
        916, "unsafe-defaults", "medium", "high",
        "So few rounds let passwords be guessed fast. Leave the library's own number.",
    ),
    "salt-of-name": Rule(
        760, "unsafe-defaults", "high", "medium",
        "A salt made of a name or of the password is known before, so guesses can be made ahead. "
        "Take it from `os.urandom(16)` and store it beside the hash.",
    ),
    "old-padding": Rule(
        327, "unsafe-defaults", "high", "high",
        "This padding of RSA lets who can ask often enough read messages. Use `PKCS1_OAEP`.",
    ),
    "password-spelled-out": Rule(
        798, "unsafe-defaults", "high", "medium",
        "A password stands in the code, where everybody who has the code reads it. Read it from "
        "the environment or a store of secrets.", by_name=True,
    ),
    "known-secret": Rule(
        798, "unsafe-defaults", "high", "high",
        "A key of a service stands in the code, in the form that service gives its keys. Withdraw "
        "it, and read the next from the environment or a store of secrets.",
    ),
    "mode-for-all": Rule(
        732, "unsafe-defaults", "high", "high",
        "Every user of the computer may change this file. Use `0o600` for a file of one service, "
        "`0o700` for a folder.",
    ),
    "plain-connection": Rule(
        319, "unsafe-defaults", "medium", "high",
        "This connection is not encrypted, so anybody in between can read and change what is sent. "
        "Turn TLS on.",
    ),
    "host-key-unasked": Rule(
        295, "unsafe-defaults", "high", "high",
        "The server's key is not checked, so anybody in between can take its place. Pass the key "
        "you know as `hostkey`.",
    ),
    "any-origin-setting": Rule(
        942, "unsafe-defaults", "medium", "high",
        "Pages of any site may read answers. Name the origins you know in `CORS_ALLOWED_ORIGINS`.",
    ),
    "identity-from-header": Rule(
        290, "misread-requirements", "high", "medium",
        "A client writes its headers itself, so none of them can say who it is. Ask for its "
        "session or a signed token.",
    ),
    "password-unasked": Rule(
        620, "misread-requirements", "medium", "medium",
        "Who finds a computer logged in takes the account over. Ask for the old password first.",
    ),
    "beyond-end": Rule(
        193, "misread-requirements", "medium", "high",
        "The last round asks for a place behind the end. Go to `len(...) - 1`, or use "
        "`itertools.pairwise`.",
    ),
    "exchanged-between": Rule(
        367, "misread-requirements", "medium", "medium",
        "Between the look and the use the file can be exchanged. Open it first, and ask "
        "`os.fstat` of what was opened.",
    ),
    "token-unverified": Rule(
        347, "unsafe-defaults", "high", "high",
        "The signature of a token is not checked, so anybody can write one. Leave "
        "`verify_signature` on, and name the one algorithm you sign with.",
    ),
    "check-passed-over": Rule(
        390, "leaky-errors", "high", "medium",
        "A check that fails raises an error, which is only noted, so the code goes on as if it had "
        "passed. Let it rise, or refuse.",
    ),
    "check-skipped": Rule(
        287, "misread-requirements", "high", "medium",
        "Who sends nothing is not asked for anything. Refuse a request without a token too.",
    ),
    "small-key-by-default": Rule(
        326, "unsafe-defaults", "high", "medium",
        "A key this short can be broken. Let the default be 3072 bits or more.", by_name=True,
    ),
    "debugger-on": Rule(
        489, "unsafe-defaults", "high", "high",
        "A debugger lets every visitor run code. Leave it off.",
    ),
    "received-secret-compared": Rule(
        208, "misread-requirements", "medium", "medium",
        "`==` stops at the first difference, so its time tells how much of a secret was right. "
        "Use `hmac.compare_digest`.",
    ),
    "secret-file-for-all": Rule(
        732, "unsafe-defaults", "medium", "medium",
        "A secret is written to a file that other users may read. Create it with `os.open` and "
        "mode `0o600`.", by_name=True,
    ),
    "key-of-class": Rule(
        321, "unsafe-defaults", "high", "high",
        "An encryption key stands in the code. Read it from the environment or a store of secrets.",
    ),
    "origin-any": Rule(
        346, "missing-validation", "medium", "high",
        "Any page, or one whose address only begins alike, may open this socket with the user's "
        "cookies. Compare the host of the origin with those you know.",
    ),
    "bind-without-password": Rule(
        287, "misread-requirements", "high", "medium",
        "A directory answers yes to a name with an empty password. Refuse an empty one first.",
    ),
    "key-for-all": Rule(
        732, "unsafe-defaults", "high", "medium",
        "A private key is written to a file that other users may read. Open it with `os.open` and "
        "mode `0o600`.",
    ),
    "user-told-apart": Rule(
        204, "leaky-errors", "medium", "medium",
        "The answer tells whether a name exists, so names can be tried one by one. Answer the "
        "same for a wrong name and a wrong password.",
    ),
    "total-without-lock": Rule(
        362, "misread-requirements", "medium", "medium",
        "Threads change a shared total at the same time, and changes get lost. Hold a "
        "`threading.Lock` around the check and the change.",
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
    "left-open": Rule(
        772, "misread-requirements", "low", "medium",
        "One way through this function leaves the file open. Write `with open(...) as file:`.",
    ),
    "nothing-used": Rule(
        252, "misread-requirements", "low", "medium",
        "This answer may be `None` and is used without asking, which stops the program. Compare "
        "it with `None` first.",
    ),
    "token-of-clock": Rule(
        340, "unsafe-defaults", "high", "medium",
        "A token made of the time and of names is easy to guess. Take tokens from the module "
        "`secrets`.", by_name=True,
    ),
    "password-encoded": Rule(
        261, "unsafe-defaults", "high", "medium",
        "Base64 is no encryption: anybody reads the password from it. Store a hash from `bcrypt`, "
        "`argon2` or `hashlib.scrypt`.", by_name=True,
    ),
    "secret-in-repr": Rule(
        200, "leaky-errors", "medium", "medium",
        "What an object prints of itself holds a secret, and ends in logs. Leave it out.",
        by_name=True,
    ),
    "route-for-anyone": Rule(
        306, "misread-requirements", "high", "medium",
        "This route changes what only few may, and asks nothing of its caller. Ask who it is "
        "first, such as with `@login_required` or `Depends(current_admin)`.",
    ),
    "hook-unsigned": Rule(
        345, "misread-requirements", "medium", "medium",
        "Anybody who knows the address may send this notice. Compare the sender's signature of "
        "the body, with `hmac.compare_digest`.",
    ),
    "kill-any": Rule(
        283, "misread-requirements", "medium", "medium",
        "Any process is ended by its number, whoever's it is. Ask for its owner first.",
    ),
    "rights-kept": Rule(
        250, "leaky-errors", "high", "medium",
        "When something fails in between, the program goes on with the rights it should have "
        "given up. Give them up in a `finally`, and end the program if that fails.",
    ),
    "loop-without-end": Rule(
        835, "misread-requirements", "medium", "medium",
        "Nothing in this loop ends it, such as a peer that closes its connection. Leave it when "
        "nothing more comes.",
    ),
    "name-of-address": Rule(
        350, "misread-requirements", "medium", "high",
        "The owner of an address chooses its name, so the name proves nothing. Compare the address "
        "with networks you know, or ask for a key.",
    ),
}  # fmt: skip
