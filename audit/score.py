"""Grade what a model wrote: one verdict per completion and scorer, or the run stops.

Who is graded with whom is fixed by the frozen work: the last digits of a grader may hang on its
batch. So verdicts are the same bytes whether they are made while the model still writes, later, or
half now and half after a kill.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from audit.errors import InternalError, StoreError
from audit.progress import Tell, silent
from audit.records import VERDICT, Answer, BareRequest, Completion, Prompt, Request, Row, Verdict
from audit.scorers.interface import Scorer
from audit.store import ByRow, Log

BATCH = 256
"""Rows that are graded, and saved, together."""


class Grading:
    """One scorer's work on one model's answers, in the order in which they come.

    Args:
        scorer: Who grades.
        work: The model's requests that this scorer grades.
        prompts: By id.
        log: Where its verdicts are kept.
        tell: Told how many rows are graded.
    """

    def __init__(
        self,
        scorer: Scorer,
        work: Iterable[Request | BareRequest],
        prompts: Mapping[str, Prompt],
        log: Log,
        tell: Tell = silent,
    ) -> None:
        self.scorer = scorer
        self._prompts = prompts
        self._log = log
        self._tell = tell
        # A backend's batches come in this order, each of them whole.
        rows = [i for _, i in sorted((request.batch, request.i) for request in work)]
        self._batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        self._batch_of = {i: k for k, batch in enumerate(self._batches) for i in batch}
        self._come: dict[int, dict[int, Answer]] = {}
        self._n_graded = 0
        self.n_left = len(rows)
        """Rows that have not come yet."""

    def check_kept(self, answered: Container[int]) -> None:
        """Make sure that no verdict has outlived its answer, where asking again gives another one.

        Raises:
            StoreError: If one has, with what to do.
        """
        lost = sum(i in self._log.done and i not in answered for i in self._batch_of)
        if lost:
            raise StoreError(
                f"{lost} graded answers are damaged, and their server would give others; delete "
                f"{self._log.path} and run it again to have all graded anew"
            )

    def take(self, i: int, answer: Answer) -> Sequence[tuple[int, Answer]]:
        """Take the answer to row `i`, once; give the batch that is now whole, if one is."""
        k = self._batch_of.get(i)
        if k is None:  # another scorer's
            return ()
        come = self._come.setdefault(k, {})
        come[i] = answer
        self.n_left -= 1
        if len(come) < len(self._batches[k]):
            return ()
        del self._come[k]
        return [(i, come[i]) for i in self._batches[k]]

    def grade(self, batch: Sequence[tuple[int, Answer]]) -> None:
        """Grade the completions of a whole batch that have no verdict yet; others have none.

        Raises:
            RefusedError: If the scorer's tool is missing or does not run to its end.
            StoreError: If the disk refuses.
            InternalError: If the scorer does not give one verdict per completion.
        """
        written = [(i, answer) for i, answer in batch if isinstance(answer, Completion)]
        if any(i not in self._log.done for i, _ in written):
            # One that was lost is made anew in its old company.
            pairs = [(self._prompts[answer.prompt_id], answer) for _, answer in written]
            verdicts = list(self.scorer.score(pairs))
            if len(verdicts) != len(pairs):
                raise InternalError(
                    f"{self.scorer.name} gave {len(verdicts)} verdicts on {len(pairs)} completions"
                )
            made = zip(written, verdicts, strict=True)
            self._log.append((i, v) for (i, _), v in made if i not in self._log.done)
        self._n_graded += len(batch)
        self._tell(f"score {self.scorer.name}", self._n_graded, len(self._batch_of))


def score(
    scorer: Scorer,
    answers: Sequence[Row],
    prompts: Mapping[str, Prompt],
    log: Log,
    tell: Tell = silent,
) -> None:
    """Grade every completion that `log` does not hold yet; other answers have no verdict.

    Raises:
        RefusedError: If the scorer's tool is missing or does not run to its end.
        StoreError: If the disk refuses.
        InternalError: If the scorer does not give one verdict per completion.
    """
    grading = Grading(scorer, (request for request, _ in answers), prompts, log, tell)
    # In the order in which they came: the log then has the same bytes as if graded beside it.
    order = sorted((request.batch, request.i, k) for k, (request, _) in enumerate(answers))
    for _, i, k in order:
        if batch := grading.take(i, answers[k][1]):
            grading.grade(batch)


def read_verdicts(log: Log) -> Mapping[int, Verdict]:
    """Give the verdicts of one scorer on one model by row, each read when it is asked for.

    Raises:
        StoreError: If the log cannot be read; later, if it holds what is no verdict.
    """
    return ByRow(log, VERDICT.validate_json)
