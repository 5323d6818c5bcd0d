"""One model on many GPUs or machines, by Ray: the same batches, and the same bytes.

Each worker holds the model as one process would (`audit.backends.guarded`), in a process of its own
on some node. Batches are handed out ahead of being asked for, and given back in the order in which
they are asked for: the caller writes the same log as with one worker. The trap: a node that is
lost looks like a batch that kills its model. So a lost batch is asked once more elsewhere before it
is halved.

phi-audit must be installed on every node. A cluster is found by RAY_ADDRESS; without it, one is
started on this machine, with a token that is written nowhere.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from audit.backends.guarded import Guarded
from audit.child import Broken, Child
from audit.errors import BatchError, RefusedError, UsageError
from audit.plan import ModelPlan
from audit.records import Completion, Failed, Likelihood, Prompt, Request

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # workers run what is installed
if not os.environ.get("RAY_ADDRESS"):  # read when Ray is imported
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

try:
    import ray
except ImportError as error:
    raise UsageError("ray is not installed; try: pip install 'phi-audit[ray]'") from error

AHEAD = 2
"""Batches handed out for each worker before their answers are asked for."""

GRACE_S = 60.0
"""For the way to a worker and back, beyond what its model may take."""

STARTS = 4
"""A worker may be put on a node that has just been lost, before the cluster knows."""

Rows = tuple[int, ...]
Answers = list[Completion | Likelihood | Failed]


class Fleet:
    """One model on every GPU of a cluster, or on every node where there is none.

    See `audit.backends.interface.Backend`.

    Raises:
        RefusedError: If the model cannot be trusted or had, or the cluster has no room for it.
        UsageError: If Ray is not installed.
    """

    def __init__(self, module: str, model: ModelPlan) -> None:
        _join()
        n_gpus = int(ray.cluster_resources().get("GPU", 0))
        n_nodes = sum(bool(node["Alive"]) for node in ray.nodes())
        n_workers = n_gpus or n_nodes

        def start(command: Sequence[str]) -> RemoteChild:
            return RemoteChild(command, n_gpus=1 if n_gpus else 0)

        with ThreadPoolExecutor(n_workers) as threads:
            self._workers = list(
                threads.map(lambda _: Guarded(module, model, start=start), range(n_workers))
            )
        self.card = self._workers[0].card
        self.max_positions = self._workers[0].max_positions
        others = [worker.card for worker in self._workers if worker.card != self.card]
        if others:
            self.close()
            raise RefusedError(f"{model.id} is not the same on every node; install the same one")
        self._idle: SimpleQueue[Guarded] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(n_workers)
        self._expected: deque[Sequence[Request]] = deque()
        self._under_way: dict[Rows, Future[Answers]] = {}

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()
        if hasattr(self, "_threads"):
            self._threads.shutdown(wait=True, cancel_futures=True)

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each prompt as the model will see it; see the interface."""
        return self._workers[0].render(prompts)

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Count each text's tokens, or say why it cannot be asked; see the interface."""
        return self._workers[0].count_tokens(texts)

    def expect(self, batches: Iterable[Sequence[Request]]) -> None:
        """Begin on batches that will be asked for in this order."""
        self._expected.extend(batches)
        self._hand_out()

    def answer(self, requests: Sequence[Request]) -> Answers:
        """Answer one batch, begun long before if it was expected; see the interface.

        Raises:
            BatchError: If the batch did not fit, or two workers in turn were lost over it.
            RefusedError: If workers are lost too often.
        """
        rows = _rows(requests)
        if rows not in self._under_way:  # a half, or a batch that was not expected
            self._under_way[rows] = self._threads.submit(self._try, requests)
        done = self._under_way.pop(rows)
        self._hand_out()
        return done.result()

    def _hand_out(self) -> None:
        while self._expected and len(self._under_way) < AHEAD * len(self._workers):
            batch = self._expected.popleft()
            self._under_way[_rows(batch)] = self._threads.submit(self._try, batch)

    def _try(self, batch: Sequence[Request]) -> Answers:
        for is_last in (False, True):
            worker = self._idle.get()
            try:
                return worker.answer(batch)
            except BatchError as error:
                if is_last or error.reason == "out of memory":
                    raise
            finally:
                self._idle.put(worker)
        raise AssertionError  # the last turn returns or raises


class RemoteChild:
    """A child process on some node of the cluster, asked through a Ray actor."""

    def __init__(self, command: Sequence[str], *, n_gpus: int) -> None:
        options = {"num_cpus": 1, "num_gpus": n_gpus, "scheduling_strategy": "SPREAD"}
        module = list(command)[1:]  # its own interpreter runs it, on its own node
        for _ in range(STARTS):
            self._actor: Any = ray.remote(_Worker).options(**options).remote(module, _threads())
            with contextlib.suppress(ray.exceptions.RayError):
                ray.get(self._actor.ready.remote(), timeout=GRACE_S)
                return
            self.end()

    def ask(self, line: bytes, timeout_s: float) -> bytes | Broken:
        """Give the answer to one line, or `Broken` if the worker or its node is lost."""
        try:
            answer: bytes | Broken = ray.get(
                self._actor.ask.remote(line, timeout_s), timeout=timeout_s + GRACE_S
            )
        except ray.exceptions.GetTimeoutError:
            return Broken("time-out")
        except ray.exceptions.RayError:
            return Broken("killed")
        return answer

    def end(self) -> None:
        """End the worker."""
        with contextlib.suppress(ray.exceptions.RayError):
            ray.kill(self._actor)


class _Worker:
    """What runs on a node: a child process, and the way to it."""

    def __init__(self, module: Sequence[str], threads: str) -> None:
        import sys

        # Ray gives its workers one thread; another number would move the last digits.
        environment = {**os.environ, "OMP_NUM_THREADS": threads}
        self._child = Child([sys.executable, *module], environment=environment)

    def ready(self) -> None:
        """Nothing: who hears of it knows that the node lives."""

    def ask(self, line: bytes, timeout_s: float) -> bytes | Broken:
        return self._child.ask(line, timeout_s)


def _join() -> None:
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS")
        local: dict[str, Any] = {} if address else {"include_dashboard": False}
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **local)


def _threads() -> str:
    """Give the number of threads a model has here, so that it has as many on every node."""
    import torch

    return str(torch.get_num_threads())


def _rows(batch: Sequence[Request]) -> Rows:
    return tuple(request.i for request in batch)
