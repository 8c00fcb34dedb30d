"""Instructions for the machine before they have addresses: kernels by name, words that name memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from ..engine.plan import Instruction
from ..ops.jit import words_of
from .view import View, alike


@dataclass(frozen=True, slots=True)
class At:
    """The address of a place in memory."""

    memory: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Scratch:
    """The address of memory that is the kernel's own while it runs: so many bytes for each thread."""

    size: int


@dataclass(frozen=True, slots=True)
class Table:
    """The address of further words."""

    words: tuple["Word", ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """The address of what a random draw of that name begins with, which the seed of each run tells."""

    key: str


Word = int | float | At | Scratch | Table | Draw
"""A 64-bit word of a kernel's arguments; a float is a float64."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A primitive done by NumPy on arrays."""

    instruction: Instruction
    inputs: tuple[View, ...]
    outputs: tuple[View, ...]

    @property
    def work(self) -> int:
        """About as that of a call: the elements that it makes."""
        return sum(prod(view.shape) for view in self.outputs)


@dataclass(frozen=True, slots=True)
class Call:
    """A compiled kernel with its arguments. `work` is about how many elements' operations it does.

    `reference` says what is wrong where the kernel's status is not 0. `over` are pairs of memories, of which
    the first is written where the second may stand, each element once it is read. `views` are all arrays that
    it reads or writes, as the words tell of them.
    """

    kernel: str
    words: tuple[Word, ...]
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    work: int
    reference: Reference | None = None
    over: tuple[tuple[int, int], ...] = ()
    views: tuple[View, ...] = ()


Op = Call | Reference


@dataclass(slots=True)
class Memory:
    """A stretch of memory: its bytes, and the plan's buffer whose array it is, where it comes from outside.

    What is `constant` is zero from the start, and nothing writes to it; what is `fixed`, from outside, stays
    the same from run to run.
    """

    size: int
    outside: int | None = None
    constant: bool = False
    fixed: bool = False


@dataclass(slots=True)
class Code:
    """Operations in order, over memories, and the view that each of the plan's buffers has come to."""

    ops: list[Op] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    views: dict[int, View] = field(default_factory=dict)
    work: int = 0
    """Of all operations so far."""
    _zeros: int | None = None

    def memory(self, size: int, outside: int | None = None) -> int:
        """The number of a new memory."""
        self.memories.append(Memory(size, outside))
        return len(self.memories) - 1

    def zeros(self, size: int) -> At:
        """The address of so many bytes that are zero and stay so."""
        if self._zeros is None:
            self._zeros = self.memory(0)
            self.memories[self._zeros].constant = True
        memory = self.memories[self._zeros]
        memory.size = max(memory.size, size)
        return At(self._zeros)

    def call(
        self,
        kernel: str,
        words: Sequence[Word],
        reads: Sequence[View],
        writes: Sequence[View],
        work: int,
        reference: Reference | None = None,
        over: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Adds a call. What `reference` reads stands as long as the call lasts."""
        assert len(words) == words_of(kernel), f"{kernel} is given {len(words)} words"
        also = reference.inputs if reference else ()
        read = tuple(dict.fromkeys(view.memory for view in (*reads, *also)))
        written = tuple(dict.fromkeys(view.memory for view in writes))
        views = (*reads, *writes)
        self.add(Call(kernel, tuple(words), read, written, work, reference, tuple(over), views))

    def add(self, op: Op) -> None:
        """One more operation, after the others."""
        self.ops.append(op)
        self.work += op.work


def table(rows: Iterable[Sequence[Word]], length: int) -> Table:
    """The address of rows of so many words, one after the other."""
    words: list[Word] = []
    for row in rows:
        assert len(row) == length, f"{row} is not of {length} words"
        words += row
    return Table(tuple(words))


def at(view: View) -> At:
    """Where a view begins."""
    return At(view.memory, view.offset)


def instead(written: View, read: View | None, reads: Sequence[View]) -> list[tuple[int, int]]:
    """The pair of memories, for `over`, where one of the reads may give way to what is written.

    Both stand alike, and nothing else that is read stands there.
    """
    if read is None or (written.shape, written.offset) != (read.shape, read.offset):
        return []
    alone = sum(view.memory == read.memory for view in reads) == 1
    fits = alone and alike(written.shape, written.strides, read.strides)
    return [(written.memory, read.memory)] if fits else []
