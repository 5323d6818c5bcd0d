"""Whether work grows with what it is given, or with its square: told by a ratio, not by a clock."""

from __future__ import annotations

import time
from collections.abc import Callable


def grows_no_faster(work: Callable[[int], Callable[[], object]], n: int) -> bool:
    """Tell whether work on four times as much takes less than nine times as long.

    It is 4 where work grows with its size, and 16 where it grows with the square. Processor time is
    measured, the best of three; what else the machine does would have to spoil six tries in a row.

    Args:
        work: Takes a size and gives what is to be measured.
        n: The smaller size.
    """
    small, large = work(n), work(4 * n)
    return any(_best(large) < 9 * _best(small) for _ in range(6))


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(3):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)
