"""The threads that run tables: this one, and for each further core one that sleeps when none has come."""

import os
from collections.abc import Callable
from functools import cache, partial
from operator import call
from threading import Lock, Thread

import numpy as np

from ..initialise import Array
from ..kernels.table import SHARED_BYTES
from ..kernels.vector import CACHE_LINE
from .loaded import function


class Team:
    """So many threads, of which the caller's is the first; the others end with the process."""

    def __init__(self, size: int) -> None:
        self._alone, self._run = function("table.run_alone", 2), function("table.run_table", 5)
        self._announce, self._serve = function("table.announce", 3), function("table.serve", 4)
        self.size = size
        self.begin()

    def begin(self) -> None:
        """Has nobody at work: the others start when they are wanted."""
        self._memory = np.zeros(SHARED_BYTES + CACHE_LINE, np.uint8)
        self._shared = -(-bytes_at(self._memory) // CACHE_LINE) * CACHE_LINE
        self._busy = Lock()
        self._wakes: list[Callable[[], int | None]] = []

    def running(self, table: int, count: int) -> Callable[[], int]:
        """What runs the instructions at an address with all threads; the status, 0 where all is well."""
        if self.size == 1:  # a small network's whole run takes a microsecond or two
            return partial(self._alone, table, count)
        return partial(self._together, table, count)

    def _together(self, table: int, count: int) -> int:
        with self._busy:
            if not self._wakes:
                self._start()
            acts: list[Callable[[], int | None]] = [partial(self._announce, self._shared, table, count)]
            acts += self._wakes
            acts.append(partial(self._run, table, count, self._shared, 0, self.size))
            # One call of all: after an interrupt between them the others would wait for this one for ever.
            *_, status = map(call, acts)
            return status or 0

    def _start(self) -> None:
        wakes: list[Callable[[], int | None]] = []
        for number in range(1, self.size):
            asleep = Lock()
            asleep.acquire()
            Thread(target=self._work, args=(number, asleep), daemon=True).start()
            # It may be free already, by an earlier run that the thread came to without a sleep.
            wakes += [partial(asleep.acquire, False), asleep.release]
        self._wakes = wakes

    def _work(self, number: int, asleep: Lock) -> None:
        shared, done = self._shared, 0
        while True:
            asleep.acquire()
            done = self._serve(shared, number, self.size, done)


_teams: list[Team] = []


@cache
def team(size: int) -> Team:
    """The one team of that many threads in this process."""
    _teams.append(Team(size))
    return _teams[-1]


def _begin_again() -> None:
    """In a process split off from another one: no thread but its first has come along."""
    for each in _teams:
        each.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def bytes_at(array: Array) -> int:
    """The address of an array's first byte."""
    return int(array.ctypes.data)
