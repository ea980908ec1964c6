"""The people that oracles are asked about: whole numbers from one generator, the same in Python and in R."""

from __future__ import annotations

from itertools import accumulate, islice, repeat

import numpy as np

PEOPLE, SEED = 300, 42


def drawn(number: int) -> np.ndarray:
    """Numbers from 0 to 999 by Park and Miller's generator, exact in floating point."""
    states = accumulate(repeat(SEED), lambda state, _: 16807 * state % 2147483647)
    return np.array(list(islice(states, 1, number + 1))) % 1000


def oracle_people() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, and two risks in thousandths: the second in steps of twenty."""
    x = drawn(3 * PEOPLE).reshape(PEOPLE, 3)
    first = x[:, 0] * x[:, 0] // 1200 + 5
    second = (first + x[:, 1] // 3) // 2 // 20 * 20 + 10
    y = (x[:, 2] < first).astype(int)
    return y, first / 1000, second / 1000
