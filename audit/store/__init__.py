"""The run folder: append-only logs with a checksum per record, a lock, and atomic files.

The trap: a run folder may come from a stranger. A link in it would have us write elsewhere, a pipe
wait for ever, and a whole line need not be a record: all of them are refused.
"""

from audit.store.files import canonical, digest_plain, read_plain, write_atomic
from audit.store.folder import RunFolder, slug
from audit.store.kept import ByRow
from audit.store.log import Log, encode

__all__ = [
    "ByRow",
    "Log",
    "RunFolder",
    "canonical",
    "digest_plain",
    "encode",
    "read_plain",
    "slug",
    "write_atomic",
]
