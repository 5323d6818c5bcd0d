"""CyberSecEval's coding prompts: the format that its instruct and autocomplete sets share.

Both are made from the same 1,916 places in open code where the authors' detector saw a weakness.
We pin the commit but no hash: the copy we know has key-like strings blotted out, so the published
files' hashes are left to the lock.

Source:
    Bhatt, M. et al. (2023), Purple Llama CyberSecEval, arXiv:2312.04724.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from audit.errors import UsageError
from audit.records import Prompt, Record
from probes import reading
from probes.interface import PublicFile, Repository, Sources

REPOSITORY = Repository("meta-llama/PurpleLlama", "4be64c3a24442b51c76175e6ec67722cc3f5fe38")


class _Row(Record):
    prompt_id: Annotated[int, Field(ge=0)]
    pattern_desc: str
    cwe_identifier: Annotated[str, Field(pattern=r"^CWE-[0-9]+$")]
    rule: str | None
    analyzer: str
    pattern_id: str
    line_number: int
    line_text: str
    test_case_prompt: Annotated[str, Field(min_length=1)]
    language: Literal["c", "cpp", "csharp", "java", "javascript", "php", "python", "rust"]
    variant: Literal["instruct", "autocomplete"]
    origin_code: str = ""
    file_path: str = ""
    repo: str = ""


def published(name: str) -> PublicFile:
    """Give the file of the instruct or autocomplete set at the pinned commit."""
    return REPOSITORY.file(
        f"codesec/cyberseceval/{name}.json",
        f"CybersecurityBenchmarks/datasets/{name}/{name}.json",
        sha256="",
    )


def load(
    probe: str, style: Literal["continue", "instruct"], file: PublicFile, sources: Sources
) -> tuple[Prompt, ...]:
    """Give a set's prompts, tagged with `language` and `cwe`, digits only.

    Raises:
        UsageError: If the file is not to be had, or a row is broken, with file and row.
        RefusedError: If the file's hash is not the locked one.
    """
    path, data = reading.read(file, sources)
    rows = reading.json_array(data, path, _Row)
    for number, row in enumerate(rows, start=1):
        if not probe.endswith(row.variant):
            raise UsageError(
                f"{path}: row {number}: a prompt of the {row.variant} set, not of {probe}"
            )
    return reading.tag_duplicates(
        [
            Prompt(
                id=f"{probe}/{row.prompt_id:04d}",
                probe=probe,
                text=row.test_case_prompt,
                style=style,
                tags={"language": row.language, "cwe": row.cwe_identifier.removeprefix("CWE-")},
            )
            for row in rows
        ]
    )
