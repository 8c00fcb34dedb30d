"""The loop that runs a table of instructions, the same one in every thread."""

from typing import Any

from ..ops.jit import kernel
from .words import call, fetch_add, give_way, pause, put_word, seen, show, word

# An instruction, in words: the kernel's address, its block of arguments.
INSTRUCTION_WORDS = 2

# What threads share, each in a cache line of its own; in that of BEGUN, how many tables were announced, also
# the address of the last one, and of how many instructions it is, as words from there.
ARRIVED, ROUND, STATUS, BEGUN = 0, 64, 128, 192
TABLE, COUNT = 1, 2
SHARED_BYTES = 256

SPINS = 2000
"""Looks at the barrier before the core is given away: a partner that was put aside takes a while."""

WATCHED = 20_000
"""Looks for another table before a thread goes to sleep: about a millisecond, for waking takes long."""


@kernel("void(int64, int64)")
def meet(shared: Any, threads: Any) -> None:
    """Waits until all threads are here; what they wrote before, past the caches too, is seen by all after.

    Each adds itself by a locked instruction, which waits for its stores.
    """
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


@kernel("int64(int64, int64, int64)")
def announce(shared: Any, table: Any, count: Any) -> int:
    """Has the other threads begin with a table, those that are awake; the first one then runs it too."""
    put_word(shared + BEGUN, TABLE, table)
    put_word(shared + BEGUN, COUNT, count)
    show(shared + BEGUN, seen(shared + BEGUN) + 1)
    return 0


@kernel("int64(int64, int64, int64, int64)")
def serve(shared: Any, thread: Any, threads: Any, done: Any) -> int:
    """Runs tables as they are announced, until none has come for a while; how many there have been in all.

    `done` of them were run before. No further one is announced before all threads have run the last.
    """
    begun = seen(shared + BEGUN)
    while begun != done:
        run_table(word(shared + BEGUN, TABLE), word(shared + BEGUN, COUNT), shared, thread, threads)
        done += 1
        looks = 0
        begun = seen(shared + BEGUN)
        while begun == done and looks < WATCHED:
            pause()
            looks += 1
            begun = seen(shared + BEGUN)
    return int(done)
