"""Protection that is off, or weak."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
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
    "token-by-hand": Rule(
        347, "unsafe-defaults", "high", "medium",
        "A token's middle is believed and its signature never checked, so anybody can write one. "
        "Use `jwt.decode(token, key, algorithms=[\"HS256\"])`.",
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
    "small-key-by-default": Rule(
        326, "unsafe-defaults", "high", "medium",
        "A key this short can be broken. Let the default be 3072 bits or more.", by_name=True,
    ),
    "debugger-on": Rule(
        489, "unsafe-defaults", "high", "high",
        "A debugger lets every visitor run code. Leave it off.",
    ),
    "secret-file-for-all": Rule(
        732, "unsafe-defaults", "medium", "medium",
        "A secret is written to a file that other users may read. Create it with `os.open` and "
        "mode `0o600`.", by_name=True,
    ),
    "key-for-all": Rule(
        732, "unsafe-defaults", "high", "medium",
        "A private key is written to a file that other users may read. Open it with `os.open` and "
        "mode `0o600`.",
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
    "debug-on": Rule(
        489, "unsafe-defaults", "high", "high",
        "Debug mode shows code and values to every visitor, and lets them run code. Leave it off; "
        "switch it on from the environment while developing.",
    ),
    "cors-any-with-credentials": Rule(
        942, "unsafe-defaults", "high", "high",
        "Every site may call this service with the visitor's cookies. Name the origins you trust.",
    ),
    "cors-any": Rule(
        942, "unsafe-defaults", "low", "medium",
        "Every site may read what this service answers. Name the origins you trust.", decides=False,
    ),
}  # fmt: skip
