"""Times of several sides in turns, so that a busy machine is busy for all of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TURN = 0.02
"""Seconds that a turn takes at least: what is quicker is repeated in it."""

REST = 0.04
"""Seconds between turns: the idle threads of a library look for work for a while before they sleep."""

FEWEST = 3

WAITED = 0.05
"""A turn whose threads stood in the queue for a core for a larger part of it says little."""


@dataclass(frozen=True)
class Times:
    """Milliseconds of one call in each turn, by the clock, and the part of each turn spent waiting."""

    each: Sequence[float]
    waited: Sequence[float]

    @property
    def median(self) -> float:
        """Of the turns that waited little, where there are enough of those."""
        quiet = [t for t, waited in zip(self.each, self.waited, strict=True) if waited <= WAITED]
        return median(quiet if len(quiet) >= FEWEST else self.each)

    @property
    def quickest(self) -> float:
        """The least: what other guests of the machine take from a turn cannot be seen from inside."""
        return min(self.each)

    @property
    def quiet(self) -> int:
        """How many turns waited little."""
        return sum(waited <= WAITED for waited in self.waited)


def in_turns(
    sides: Mapping[str, Callable[[], object]],
    seconds: float,
    *,
    clock: Callable[[], float],
    fewest: int = FEWEST,
) -> dict[str, Times]:
    """Each side's times; the turns go on for so many seconds, `fewest` rounds at least."""
    counts = {name: _count(act) for name, act in sides.items()}
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in sides}
    begin = time.perf_counter()
    rounds = 0
    while rounds < fewest or time.perf_counter() - begin < seconds:
        for name, act in sides.items():
            time.sleep(REST)
            taken, waited = _turn(act, counts[name], clock)
            found[name][0].append(taken)
            found[name][1].append(waited)
        rounds += 1
    return {name: Times(*each) for name, each in found.items()}


def _count(act: Callable[[], object]) -> int:
    """Calls in a turn; the side is warm afterwards."""
    act()
    begin = time.perf_counter()
    act()
    return max(1, round(TURN / max(time.perf_counter() - begin, 1e-7)))


def _turn(act: Callable[[], object], count: int, clock: Callable[[], float]) -> tuple[float, float]:
    """Milliseconds of a call, and the part of the turn that threads of this process waited for a core."""
    if count > 1:
        act()  # what the other side left in the caches is no part of a repeated run
    queued, wall, begin = _queued(), time.perf_counter(), clock()
    for _ in range(count):
        act()
    taken, wall = clock() - begin, time.perf_counter() - wall
    return taken * 1e3 / count, (_queued() - queued) / wall


def _queued() -> float:
    """Seconds that threads of this process have waited for a core, where the system tells."""
    total = 0
    for task in Path("/proc/self/task").glob("*/schedstat"):
        try:
            total += int(task.read_text("ascii").split()[1])
        except (OSError, IndexError):
            continue  # a thread that has just ended
    return total / 1e9
