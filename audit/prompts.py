"""What a run asks, by the ids of its prompts: held are their ids and sets, not their texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from sys import intern

from audit.records import Prompt


class Prompts(Mapping[str, Prompt]):
    """The prompts of a run by id, each read from `prompts` when it is asked for."""

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self._prompts = prompts
        self.ids: list[str] = []
        """In the order of the plan."""

        self.sets: list[str] = []
        """The probe set of each."""

        for prompt in prompts:
            self.ids.append(intern(prompt.id))
            self.sets.append(intern(prompt.probe))
        self.places = {id_: place for place, id_ in enumerate(self.ids)}
        """Each prompt's place in the plan, from 0."""

    def __getitem__(self, id_: str) -> Prompt:
        """Give a prompt."""
        return self._prompts[self.places[id_]]

    def __iter__(self) -> Iterator[str]:
        """Give the ids in the order of the plan."""
        return iter(self.places)

    def __len__(self) -> int:
        """Count the prompts."""
        return len(self.places)

    def set_of(self, id_: str) -> str:
        """Name the probe set of a prompt, without reading it."""
        return self.sets[self.places[id_]]
