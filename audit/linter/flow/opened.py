"""Which files a call reads, writes, moves or deletes, of those whose paths it is handed."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence, Set

from audit.linter.flow.syntax import keyword, last, literal
from audit.linter.flow.traces import Trace

OPENS = re.compile(
    r"((io|codecs|aiofiles|gzip|os|tarfile)\.)?open$|file$|(zipfile\.)?ZipFile$|(shutil\.)?rmtree$"
    r"|os\.(remove|unlink|rmdir|listdir|scandir|removedirs)$|remove$|unlink$"
    r"|(\w+\.)*(send_file|FileResponse|static_file|serve_file)$|(sanic\.)?response\.file(_stream)?$"
)
"""Calls whose first argument is the path of a file that is read, written or deleted."""

MOVES = re.compile(r"os\.(rename|renames|replace|link|symlink)$|shutil\.(copy\w*|move)$")
"""Those of which both are."""

OPENS_FOR_CLIENTS = re.compile(
    r"os\.(mkdir|makedirs|walk|chmod|chown|truncate|readlink|stat|lstat|utime|mkfifo)$|glob\.i?glob$"
    r"|linecache\.getlines?$|(flask\.)?send_from_directory$|shutil\.(make_archive|unpack_archive)$"
    r"|(np|numpy)\.(load\w*|savetxt|genfromtxt)$|(pd|pandas)\.read_\w+$|static\.File$|(h5py|discord)\.File$"
    r"|((sqlite3|dbm|shelve|wave|bz2|lzma|PIL\.Image|Image)\.)(connect|open)$|runpy\.run_path$"
    r"|cv2\.im(read|write)$|(\w+\.)*(etree|ElementTree|ET|minidom)\.parse$|(\w+\.)*\w*FileHandler$"
    r"|(tf|tensorflow)\.(io\.)?gfile\.\w+$|(\w+\.)+(to_(csv|json|excel|parquet|pickle|html)|savefig)$"
)
"""Calls that a client must choose the path of to count: a program's own use of them is common."""

SAVED_AS = {
    "urlretrieve": 1, "fget_object": 2, "download_file": -1, "download_to_filename": 0,
    "get_contents_to_filename": 0,
}  # fmt: skip
"""Calls that save what another computer sends, with the place of the file among the arguments."""

OPENED_AT = {"joblib.dump": 1, "torch.save": 1, "importlib.util.spec_from_file_location": 1}
"""The same of those that a client must choose the path of."""

READER = re.compile(
    r"(?i)(?!_*(is|has|can|allow|valid|check|verif|safe|secure|sanit|clean|ensure)|\w*exist)"
    r"\w*(open|load|read|parse|convert|extract|import|play|file|document|workbook|image|template)"
    r"\w*$"
)
"""What a library most likely calls a function that opens the file whose path it is given."""

PATH_METHODS = re.compile(
    r"(read_text|read_bytes|write_text|write_bytes|unlink|iterdir|rmdir|open)$"
)


def opened(
    node: ast.Call,
    name: str,
    args: Sequence[Trace],
    base: Trace,
    sent: Set[str],
    members: Set[str],
) -> Sequence[Trace]:
    """Give the paths of the files that a call reads, writes, moves or deletes.

    Args:
        node: The call.
        name: Its full name.
        args: What it is handed, in order.
        base: What it is a method of.
        sent: What a client chose.
        members: Names of an archive's members.
    """
    short, method = last(node.func), isinstance(node.func, ast.Attribute)
    if OPENS.match(name):
        return args[:1]
    if MOVES.match(name):
        return args[:2]
    if short in SAVED_AS:
        return args[SAVED_AS[short] :][:1]
    if name in OPENED_AT or OPENS_FOR_CLIENTS.match(name):
        chosen = args[OPENED_AT.get(name, 0) :][:1]
        return [Trace(whole=trace.path & (sent | members)) for trace in chosen]
    if method and short == "save":
        return [trace._replace(whole=trace.whole & sent) for trace in args[:1]]
    return [base] if method and PATH_METHODS.match(short) and not args[1:] else ()


def is_reader(node: ast.Call) -> bool:
    """Tell whether a call most likely opens the file whose path it is given."""
    return bool(READER.match(last(node.func)))


def writes_any(node: ast.Call) -> bool:
    """Tell whether a call writes a file of any type under the name it is given."""
    if last(node.func) in {"save", "write_bytes"}:
        return True
    mode = node.args[1] if len(node.args) > 1 else keyword(node, "mode")
    return last(node.func) == "open" and bool(re.match(r"[wxa]\+?b|[wxa]b\+?", literal(mode)))
