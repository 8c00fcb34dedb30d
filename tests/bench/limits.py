"""What the machine can do at the most: products of matrices, and bytes to and from memory.

`python -m tests.bench.limits` with threads and seconds as JSON prints them as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np

from core.initialise import Array
from core.machine.machine import Machine
from tests.machine.plans import plan_of

SIDE = 1536
STREAM_BYTES = 64 << 20
PLAIN = {"transpose_a": False, "transpose_b": False}


@dataclass(frozen=True)
class Limits:
    """In 10⁹ a second: float32 operations, and bytes."""

    gflops: float
    gbytes: float

    def share(self, flops: int, passed: int, ms: float) -> float:
        """The part of the machine's limit: what arithmetic, or memory, needs at least, over `ms`."""
        least = max(flops / self.gflops, passed / self.gbytes) / 1e6
        return least / ms


def clock_of(threads: int) -> Callable[[], float]:
    """CPU time of this process for one thread, which other programs do not lengthen; else the wall's."""
    return time.process_time if threads == 1 else time.perf_counter


def limits(threads: int, seconds: float = 2.0) -> Limits:
    """The best of so many seconds, of our product of matrices and of NumPy's, and of sums in memory."""
    clock = clock_of(threads)
    generator = np.random.default_rng(0)
    a, b = (generator.standard_normal((SIDE, SIDE)).astype(np.float32) for _ in "ab")
    machine = Machine(plan_of([("matmul", (0, 1), PLAIN)], [a, b], [2]), {0: a, 1: b}, threads, fixed=(1,))
    flops = 2 * SIDE**3
    product = min(
        _best(lambda: machine.run(0), clock, seconds / 4), _best(lambda: np.matmul(a, b), clock, seconds / 4)
    )
    return Limits(flops / product / 1e9, 3 * STREAM_BYTES / _stream(threads, clock, seconds / 2) / 1e9)


def _stream(threads: int, clock: Callable[[], float], seconds: float) -> float:
    """Seconds of c = a + b, each so many bytes, as McCalpin's STREAM has it; a part for each thread."""
    size = STREAM_BYTES // 4 // threads
    parts = [Part(*(np.ones(size, np.float32) for _ in "abc")) for _ in range(threads)]
    if threads == 1:
        return _best(parts[0].add, clock, seconds)
    with ThreadPoolExecutor(threads) as pool:
        return _best(lambda: list(pool.map(Part.add, parts)), clock, seconds)


@dataclass(frozen=True)
class Part:
    """What one thread adds up."""

    a: Array
    b: Array
    c: Array

    def add(self) -> None:
        """c = a + b."""
        np.add(self.a, self.b, out=self.c)


def _best(act: Callable[[], object], clock: Callable[[], float], seconds: float) -> float:
    act()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = clock()
        act()
        best = min(best, clock() - begin)
    return best


def main(text: str) -> int:
    """The figures on the standard output."""
    print(json.dumps(asdict(limits(**json.loads(text)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
