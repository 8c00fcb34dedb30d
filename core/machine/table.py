"""Calls as words in memory: what the table's loop reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..initialise import Array
from ..kernels.random import DRAW_WORDS
from ..ops.random import EVEN, first_state
from .code import At, Call, Draw, Scratch, Table, Word
from .loaded import kernel_address
from .team import Team, bytes_at

_HALF = 2**64 - 1


class CallTable:
    """Calls in a row for the threads of a team: `act` does all, and returns 0 or what `run_table` does.

    `addresses` tells where each memory stands.
    """

    def __init__(self, calls: Sequence[Call], addresses: Sequence[int], scratch: int, team: Team) -> None:
        words = _Words(addresses, scratch)
        rows: list[Word | _WordAt] = []
        for call in calls:
            rows += [kernel_address(call.kernel), words.put(call.words)]
        start = words.put(rows)
        self._words = words.fixed()
        self.draws = tuple(words.draws)
        self.calls = tuple(calls)
        self.count = len(calls)
        self.act = team.running(bytes_at(self._words) + 8 * start.number, self.count)

    def seed(self, seed: int) -> None:
        """Has the random draws begin as the seed of a run says."""
        for key, first in self.draws:
            state, increment = first_state(0 if seed == EVEN else seed, key)
            numbers = (state & _HALF, state >> 64, increment & _HALF, increment >> 64, int(seed == EVEN))
            self._words.view(np.uint64)[first.number : first.number + DRAW_WORDS] = numbers


@dataclass(frozen=True, slots=True)
class _WordAt:
    """The address of the word of that number, in the same array."""

    number: int


class _Words:
    """Words as they come, each block after the other; addresses are known once all stand."""

    def __init__(self, addresses: Sequence[int], scratch: int) -> None:
        self._addresses = addresses
        self._scratch = scratch
        self._words: list[int | float | _WordAt] = []
        self.draws: list[tuple[str, _WordAt]] = []

    def put(self, words: Sequence[Word | _WordAt]) -> _WordAt:
        """Adds a block; where its first word is."""
        known = [self._known(word) for word in words]
        start = len(self._words)
        self._words += known
        return _WordAt(start)

    def _known(self, word: Word | _WordAt) -> int | float | _WordAt:
        if isinstance(word, At):
            return self._addresses[word.memory] + word.offset
        if isinstance(word, Scratch):
            return self._scratch
        if isinstance(word, Table):
            return self.put(word.words)
        if isinstance(word, Draw):
            self.draws.append((word.key, self.put((0,) * DRAW_WORDS)))
            return self.draws[-1][1]
        return word

    def fixed(self) -> Array:
        """All words in memory."""
        array = np.zeros(len(self._words), np.int64)
        reals = array.view(np.float64)
        base = bytes_at(array)
        for number, word in enumerate(self._words):
            if isinstance(word, _WordAt):
                array[number] = base + 8 * word.number
            elif isinstance(word, float):
                reals[number] = word
            else:
                array[number] = word
        return array
