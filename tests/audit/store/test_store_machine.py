"""Whatever happens to a log, in whatever order, it holds what a dictionary would.

Steps: append, crash in the middle of a write, cut the tail, flip a bit, open again, open twice.
A record is lost only where its own bytes were harmed, and none is ever taken that nobody wrote.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audit.records import Ungraded
from audit.store import Log, encode

ROWS = st.integers(0, 30)
TEXTS = st.text(max_size=20)


class LogMachine(RuleBasedStateMachine):
    """A log beside the dictionary of what was promised to be on disk."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "log.jsonl"
        self.log = Log(self.path)
        self.kept: dict[int, Ungraded] = {}
        self.written: dict[bytes, tuple[int, Ungraded]] = {}

    @rule(rows=st.dictionaries(ROWS, TEXTS, min_size=1, max_size=5))
    def append(self, rows: dict[int, str]) -> None:
        new = {i: Ungraded(reason=text) for i, text in rows.items() if i not in self.log.done}
        self.log.append(new.items())
        self.kept |= new
        self.written |= {encode(*row): row for row in new.items()}

    @rule(row=ROWS, text=TEXTS, share=st.floats(0, 0.99))
    def crash_while_writing(self, row: int, text: str, share: float) -> None:
        line = encode(row, Ungraded(reason=text))
        with self.path.open("ab") as file:
            file.write(line[: int(len(line) * share)])
        self.open_again()

    @rule(garbage=st.binary(max_size=40))
    def leave_garbage_at_the_end(self, garbage: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(garbage.replace(b"\n", b""))
        self.open_again()

    @precondition(lambda self: self.path.stat().st_size)
    @rule(share=st.floats(0, 1))
    def cut_the_tail(self, share: float) -> None:
        data = self.path.read_bytes()
        self.path.write_bytes(data[: int(len(data) * share)])
        self._see_what_is_left()
        self.open_again()

    @precondition(lambda self: self.path.stat().st_size)
    @rule(share=st.floats(0, 0.999), bit=st.integers(0, 7))
    def flip_a_bit(self, share: float, bit: int) -> None:
        data = bytearray(self.path.read_bytes())
        data[int(len(data) * share)] ^= 1 << bit
        self.path.write_bytes(data)
        self._see_what_is_left()
        self.open_again()

    @rule()
    def open_again(self) -> None:
        self.log.close()
        self.log = Log(self.path)

    @rule()
    def read_it_from_elsewhere(self) -> None:
        with Log(self.path) as other:
            assert set(other.done) == set(self.log.done)

    @invariant()
    def it_holds_what_was_kept(self) -> None:
        found = dict(self.log.records(Ungraded.model_validate_json))
        assert found == self.kept
        assert set(self.log.done) == self.kept.keys()

    def _see_what_is_left(self) -> None:
        """Keep the rows whose line stands as it was written, the first of each."""
        self.kept = {}
        for line in self.path.read_bytes().split(b"\n")[:-1]:
            if line + b"\n" in self.written:
                i, record = self.written[line + b"\n"]
                self.kept.setdefault(i, record)

    def teardown(self) -> None:
        self.log.close()
        shutil.rmtree(self.folder)


LogMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None, derandomize=True
)
test_a_log_is_a_dictionary_whatever_happens_to_it = LogMachine.TestCase
