"""The loop that runs a table of instructions, the same one in every thread."""

from typing import Any

from ..ops.jit import kernel
from .words import call, fetch_add, give_way, pause, seen, show, word

# An instruction, in words: the kernel's address, its block of arguments.
INSTRUCTION_WORDS = 2

# What threads share, each in a cache line of its own.
ARRIVED, ROUND, STATUS = 0, 64, 128
SHARED_BYTES = 192

SPINS = 2000
"""Looks at the barrier before the core is given away: a partner that was put aside takes a while."""


@kernel("void(int64, int64)")
def meet(shared: Any, threads: Any) -> None:
    """Waits until all threads are here; what they wrote before is seen by all after."""
    if threads == 1:
        return
    turn = seen(shared + ROUND)
    if fetch_add(shared + ARRIVED, 1) == threads - 1:
        show(shared + ARRIVED, 0)
        show(shared + ROUND, turn + 1)
        return
    spins = 0
    while seen(shared + ROUND) == turn:
        pause()
        spins += 1
        if spins == SPINS:
            give_way()
            spins = 0


@kernel("int64(int64, int64, int64, int64, int64)")
def run_table(table: Any, count: Any, shared: Any, thread: Any, threads: Any) -> int:
    """Runs the instructions in order, up to one whose status is not 0; after each threads meet.

    The first thread returns that status as place · 2³² + status, 0 where all is well, and leaves 0 at STATUS.
    Of what threads share one alone needs nothing.
    """
    for place in range(count):
        first = INSTRUCTION_WORDS * place
        status: int = call(word(table, first), word(table, first + 1), thread, threads)
        if status != 0:
            if threads == 1:
                return (place << 32) + status
            show(shared + STATUS, (place << 32) + status)
        if threads > 1:
            meet(shared, threads)
            ended = seen(shared + STATUS)
            if ended != 0 and ended >> 32 <= place:  # another thread may be at the next one already
                break
    meet(shared, threads)
    if thread != 0 or threads == 1:
        return 0
    last: int = seen(shared + STATUS)
    show(shared + STATUS, 0)
    return last


@kernel("int64(int64, int64)")
def run_alone(table: Any, count: Any) -> int:
    """Runs the instructions by one thread, as `run_table` does."""
    status: int = run_table(table, count, 0, 0, 1)
    return status
