"""What a model answered, read back from disk row by row: no text of a run is held.

The trap: an answer may stand in the log under a row of another request. It is refused.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from copy import copy
from pathlib import Path
from typing import overload

from audit.errors import StoreError
from audit.prompts import Prompts
from audit.records import ANSWER, Answer, BareRequest, Completion, Decoding, Request, Row
from audit.store import ByRow, Log


class Answers(Sequence[Row]):
    """What was asked of a model and answered, in the order of the prompts.

    Args:
        log: The answers.
        work: The model's requests; gone through once.
        prompts: Of the run.

    Raises:
        StoreError: If a request is of no prompt of the run; later, if an answer is not its own.
    """

    def __init__(self, log: Log, work: Iterable[Request], prompts: Prompts) -> None:
        self._path = log.path
        self._answers = ByRow(log, ANSWER.validate_json)
        self._prompts = prompts
        self._rows, self._of, self._samples, self._batches = (array("q") for _ in range(4))
        self._decodings: list[Decoding | None] = []
        one_of_each: dict[Decoding | None, Decoding | None] = {}
        for request in work:
            if request.prompt_id not in prompts:
                raise StoreError(f"{log.path}: {request.prompt_id} is no prompt of this run")
            if request.i in self._answers:
                self._note(request)
                decoding = request.decoding
                self._decodings.append(one_of_each.setdefault(decoding, decoding))
        self._take(sorted(range(len(self)), key=self._of.__getitem__))

    @overload
    def __getitem__(self, k: int) -> Row: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[Row]: ...
    def __getitem__(self, k: int | slice) -> Row | Sequence[Row]:
        """Read one, or some."""
        if isinstance(k, slice):
            return [self[one] for one in range(len(self))[k]]
        request = BareRequest(
            self._rows[k],
            self._prompts.ids[self._of[k]],
            self._samples[k],
            self._decodings[k],
            self._batches[k],
        )
        return request, own(self._path, request, self._answers[request.i])

    def __len__(self) -> int:
        """Count those that are answered."""
        return len(self._rows)

    def lack(self, done: Container[int]) -> bool:
        """Tell whether a completion's row is not in `done`."""
        return any(
            i not in done and isinstance(self[k][1], Completion) for k, i in enumerate(self._rows)
        )

    def to(self, place: int) -> Sequence[Row]:
        """Read the answers to one prompt, by its place in the plan."""
        return self[bisect_left(self._of, place) : bisect_right(self._of, place)]

    def of_sets(self, names: Container[str]) -> Answers:
        """Give those to some of the probe sets."""
        sets = self._prompts.sets
        found = copy(self)
        found._take([k for k, place in enumerate(self._of) if sets[place] in names])
        return found

    def _note(self, request: Request) -> None:
        try:
            self._samples.append(request.sample)
            self._batches.append(request.batch)
        except OverflowError as error:
            raise StoreError(f"{self._path}: row {request.i} asks what nobody plans") from error
        self._rows.append(request.i)
        self._of.append(self._prompts.places[request.prompt_id])

    def _take(self, places: Sequence[int]) -> None:
        self._rows, self._of, self._samples, self._batches = (
            array("q", map(column.__getitem__, places))
            for column in (self._rows, self._of, self._samples, self._batches)
        )
        self._decodings = [self._decodings[k] for k in places]


def own(path: Path, request: Request | BareRequest, answer: Answer) -> Answer:
    """Give an answer back if it is to this request.

    Raises:
        StoreError: If it is to another.
    """
    if (answer.prompt_id, answer.sample) != (request.prompt_id, request.sample):
        raise StoreError(f"{path}: row {request.i} answers {answer.prompt_id}, not its own")
    return answer
