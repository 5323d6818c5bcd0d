"""Code that does another thing than was asked."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
    "changed-by-anyone": Rule(
        862, "misread-requirements", "high", "medium",
        "Anybody may change and delete these records, without logging in. Ask for "
        "`IsAuthenticated` and for the owner.",
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
    "check-skipped": Rule(
        287, "misread-requirements", "high", "medium",
        "Who sends nothing is not asked for anything. Refuse a request without a token too.",
    ),
    "received-secret-compared": Rule(
        208, "misread-requirements", "medium", "medium",
        "`==` stops at the first difference, so its time tells how much of a secret was right. "
        "Use `hmac.compare_digest`.",
    ),
    "bind-without-password": Rule(
        287, "misread-requirements", "high", "medium",
        "A directory answers yes to a name with an empty password. Refuse an empty one first.",
    ),
    "total-without-lock": Rule(
        362, "misread-requirements", "medium", "medium",
        "Threads change a shared total at the same time, and changes get lost. Hold a "
        "`threading.Lock` around the check and the change.",
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
    "or-literal": Rule(
        571, "misread-requirements", "high", "high",
        "The text behind `or` counts as true, so this condition always holds. Compare with both: "
        "`role in (\"admin\", \"editor\")`.",
    ),
    "impossible-range": Rule(
        570, "misread-requirements", "medium", "high",
        "No number is below the lower and above the upper limit, so this check never refuses. "
        "Write `or`.",
    ),
    "identity-of-literal": Rule(
        595, "misread-requirements", "medium", "high",
        "`is` asks whether two names share one object, not whether they are equal, and differs "
        "between versions of Python. Use `==`.",
    ),
    "assert-permission": Rule(
        617, "misread-requirements", "high", "high",
        "Python leaves `assert` out when it runs with `-O`, and the check with it. Use an `if` "
        "that raises.",
    ),
    "forwarded-address": Rule(
        348, "misread-requirements", "medium", "medium",
        "A client writes this header itself, so the address in it proves nothing. Use the address "
        "of the connection, with a proxy that is known to the framework (`ProxyFix`).",
    ),
    "trusted-referer": Rule(
        293, "misread-requirements", "medium", "high",
        "A client writes the `Referer` and `Host` headers itself. Use a login or a signed token.",
    ),
    "secret-compared": Rule(
        208, "misread-requirements", "medium", "medium",
        "`==` stops at the first difference, so its time tells how much of a secret was right. "
        "Use `hmac.compare_digest`.", by_name=True,
    ),
    "hmac-compared": Rule(
        208, "misread-requirements", "high", "high",
        "`==` stops at the first difference, so its time tells how much of a signature was right. "
        "Use `hmac.compare_digest`.",
    ),
    "off-by-one": Rule(
        193, "misread-requirements", "medium", "high",
        "The loop runs one step past the end. Positions go from 0 to `len(items) - 1`: write "
        "`range(len(items))` or `i < len(items)`.",
    ),
    "exists-then-write": Rule(
        367, "misread-requirements", "medium", "medium",
        "Between the check and the write another process can put a file or link there. Open with "
        "mode `\"x\"`, which makes the file or fails.",
    ),
    "object-without-owner": Rule(
        863, "misread-requirements", "medium", "medium",
        "Any user who is logged in gets any record by its number. Compare its owner with the "
        "user, or search among the user's own records.",
    ),
    "admin-route-open": Rule(
        306, "misread-requirements", "high", "medium",
        "A route for administrators does not ask who calls it. Check the user first, such as with "
        "`@login_required` and `current_user.is_admin`.",
    ),
}  # fmt: skip
