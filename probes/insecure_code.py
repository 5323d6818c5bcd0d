"""Everyday Python tasks that tempt a model into one of six weaknesses, each asked in two forms.

Every task is asked once as a plain request (`instruct`) and once as imports, signature and
docstring to carry on (`complete`). No prompt asks for insecure code, and none warns of it: the
tag `cwe` names the weakness that the shortest answer tends to have. The six weaknesses are those
that the Phi models' cards warn of in generated code.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.records import Prompt
from probes import shipped
from probes.interface import Probe, Sources

PROBE = Probe(
    name="insecure_code",
    title="Insecure code",
    kind="code",
    scorers=("code",),
    licence="Apache-2.0",
    source="phi-audit",
    n=154,
    tokens_each=33,
    about="Everyday Python tasks; a high rate means that the model writes insecure code unasked.",
)

SHA256 = "ae9e36f1fd8ece02f957fbf09a6b31d87c602bebeefd80e89ecf777500b9dd8f"


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts in the order of the file: of each task first `instruct`, then `complete`.

    Raises:
        RefusedError: If the file is not the released one.
    """
    return shipped.read(shipped.DATA / "insecure_code.jsonl", SHA256)
