"""Cryptography that is off, or weak: certificates, ciphers, digests, keys, passwords, tokens."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
    "tls-unverified": Rule(
        295, "unsafe-defaults", "high", "high",
        "The server's certificate is not checked, so anybody in between can read and change the "
        "traffic. Leave the check on; for a certificate of your own pass its file, "
        "`verify=\"server.pem\"`.",
    ),
    "ssh-unknown-host": Rule(
        295, "unsafe-defaults", "high", "high",
        "Any host key is accepted, so anybody in between can pose as the server. Load the known "
        "hosts and leave `RejectPolicy`.",
    ),
    "old-tls": Rule(
        327, "unsafe-defaults", "high", "high",
        "This version of TLS is broken. Use `ssl.create_default_context()`, or ask for TLS 1.2 "
        "or newer.",
    ),
    "cleartext-login": Rule(
        319, "unsafe-defaults", "medium", "high",
        "A password or a file travels without encryption. Use `ftplib.FTP_TLS`, SSH, "
        "`starttls()` or an `https` address.",
    ),
    "cookie-readable": Rule(
        1004, "unsafe-defaults", "medium", "high",
        "Scripts of a page can read this cookie, and send it elsewhere. Set `httponly`.",
    ),
    "cookie-without-secure": Rule(
        614, "unsafe-defaults", "medium", "medium",
        "A cookie that identifies a user is also sent without encryption. Pass `secure=True, "
        "httponly=True`.",
    ),
    "small-key": Rule(
        326, "unsafe-defaults", "high", "high",
        "A key this short can be broken. Use 3072 bits or more for RSA and DSA, or Ed25519.",
    ),
    "hardcoded-key": Rule(
        321, "unsafe-defaults", "high", "high",
        "An encryption or signing key stands in the code. Read it from the environment or a "
        "store of secrets.",
    ),
    "hardcoded-password": Rule(
        798, "unsafe-defaults", "high", "medium",
        "A password stands in the code, where everybody who has the code reads it. Read it from "
        "the environment or a store of secrets.", by_name=True,
    ),
    "weak-cipher": Rule(
        327, "unsafe-defaults", "high", "high",
        "This cipher or mode no longer keeps a secret. Use AES in GCM mode.",
    ),
    "fixed-iv": Rule(
        329, "unsafe-defaults", "high", "high",
        "An initialisation vector that never changes shows which messages begin alike, or breaks"
        " the cipher. Take a new one from `os.urandom` for each message.",
    ),
    "weak-hash": Rule(
        327, "unsafe-defaults", "medium", "medium",
        "Two different texts can be made to share this hash. Use SHA-256 or newer, or say "
        "`usedforsecurity=False` where nothing depends on it.",
    ),
    "weak-password-hash": Rule(
        916, "unsafe-defaults", "high", "high",
        "A fast hash of a password is soon guessed from a stolen database. Use `bcrypt`, "
        "`argon2`, `hashlib.scrypt` or `hashlib.pbkdf2_hmac` with a random salt.", by_name=True,
    ),
    "short-password": Rule(
        521, "unsafe-defaults", "medium", "high",
        "So short a password is soon guessed. Ask for at least 12 characters.", by_name=True,
    ),
    "few-iterations": Rule(
        916, "unsafe-defaults", "medium", "high",
        "So few rounds let passwords be guessed fast. Use at least 600,000 for PBKDF2 with "
        "SHA-256, and 12 for bcrypt.",
    ),
    "fixed-salt": Rule(
        760, "unsafe-defaults", "high", "high",
        "A salt that never changes lets one table of guesses serve for all passwords. Take a new"
        " one from `os.urandom(16)` for each password and store it beside the hash.",
    ),
    "weak-random-secret": Rule(
        338, "unsafe-defaults", "high", "high",
        "`random` can be predicted from a few of its outputs. Use `secrets` for tokens, "
        "passwords and codes.",
    ),
    "jwt-unverified": Rule(
        347, "unsafe-defaults", "high", "high",
        "The signature of a token is not checked, so anybody can write one. Pass the key and the"
        " one algorithm you sign with: `jwt.decode(token, key, algorithms=[\"HS256\"])`.",
    ),
    "world-writable": Rule(
        732, "unsafe-defaults", "high", "high",
        "Every user of the computer may change this file. Use `0o600` for a file of one service,"
        " `0o700` for a folder.",
    ),
    "bind-all": Rule(
        605, "unsafe-defaults", "low", "medium",
        "The service listens on every network of the computer. Bind to `127.0.0.1` or one "
        "address.",
    ),
}  # fmt: skip
