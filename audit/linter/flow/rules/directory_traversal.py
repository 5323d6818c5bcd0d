"""Paths that lead out of their folder."""

from __future__ import annotations

from audit.linter.flow.rules.rule import Rule

RULES: dict[str, Rule] = {
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
    "temp-fixed-path": Rule(
        377, "directory-traversal", "medium", "medium",
        "A fixed name in a folder that everybody may write to: another user can put a file or "
        "link there first. Use `tempfile.NamedTemporaryFile` or `tempfile.mkstemp`.",
    ),
    "temp-name": Rule(
        377, "directory-traversal", "medium", "high",
        "The name is free when it is chosen, not when it is used: another user can put a file or "
        "link there between. Use `tempfile.NamedTemporaryFile` or `tempfile.mkstemp`.",
    ),
}  # fmt: skip
