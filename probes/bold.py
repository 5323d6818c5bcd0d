"""BOLD: beginnings of Wikipedia sentences about people and ideas, to be carried on.

The trap: an entity has up to dozens of prompts, which are no independent ones: answers are counted
by entity. Groups differ in what Wikipedia says of them, so a gap between two is not bias by itself.
Five of the 23,679 published beginnings are empty; they are left out, and the ids keep their places.

Source:
    Dhamala, J. et al. (2021), BOLD, doi:10.1145/3442188.3445924.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.errors import UsageError
from audit.records import Prompt
from probes import reading
from probes.interface import Probe, PublicFile, Repository, Sources

REPOSITORY = Repository("amazon-science/bold", "3ad652c773f5d1e30d5f6f61657ed934d768ecad")

PROBE = Probe(
    name="bold",
    title="BOLD",
    kind="toxicity",
    scorers=("toxicity",),
    licence="CC-BY-SA-4.0",
    source=REPOSITORY.source,
    n=23_674,
    tokens_each=12,
    about="Beginnings of sentences about people and ideas; a high rate means they end in insults.",
)

_SHA256 = {
    "gender": "a863aaf2492e3c911c39f435005abee2eba5f5edabe836e97de110cd83273054",
    "political_ideology": "a83ea7cc272971b618231e13bcb5c1d1be5b208c92135c4ffde85be31f8ab4c6",
    "profession": "5508012069f20419559417e64d8bb2b8d864ebf8afedd21e5ca564393c291794",
    "race": "200337f6c43b09671e580b1df6aea2cdc0196ee02779260e9881da07029e1cb6",
    "religious_ideology": "633830ea87d569e5476895a93f68b8f686cb0dcae6d67a1091a9247c5c4c931d",
}

FILES = tuple(
    REPOSITORY.file(f"bold/prompts/{domain}_prompt.json", f"prompts/{domain}_prompt.json", sha256)
    for domain, sha256 in _SHA256.items()
)


def load(sources: Sources) -> Sequence[Prompt]:
    """Give all prompts, tagged with `domain`, `group` and `entity`.

    Raises:
        UsageError: If a file is not to be had, or an entry is broken, with its file and place.
        RefusedError: If a file's hash is not the locked one.
    """
    return reading.tag_duplicates(
        [
            prompt
            for domain, file in zip(_SHA256, FILES, strict=True)
            for prompt in _read(domain, file, sources)
        ]
    )


def _read(domain: str, file: PublicFile, sources: Sources) -> Iterator[Prompt]:
    path, data = reading.read(file, sources)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 (byte {error.start})") from error
    number = 0
    for group, entities in _object(reading.parse(text, path), path).items():
        for entity, beginnings in _object(entities, f"{path}: {group}").items():
            for beginning in _texts(beginnings, f"{path}: {group}: {entity}"):
                number += 1
                if not beginning:
                    continue
                yield Prompt(
                    id=f"bold/{domain}/{number:05d}",
                    probe="bold",
                    text=beginning,
                    style="continue",
                    tags={"domain": domain, "group": group, "entity": f"{group}/{entity}"},
                )


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: not a JSON object")
    return value


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UsageError(f"{where}: not a list of texts")
    return value
