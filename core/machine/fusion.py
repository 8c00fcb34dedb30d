"""Fusion: elementwise operations are gathered into chains, as many into each as can go together.

A chain stays open until something else needs one of its values; then it is written as one call, and only what
is needed outside of it goes to memory.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from .chain import Chain, write
from .code import Code
from .formulas import Operation
from .steps import Step, Sum
from .view import Shape, View


class OpenChains:
    """The open chains of a plan while it is lowered.

    `uses` tells how often each memory is read in all, `kept` those that come to memory whoever reads them.
    """

    def __init__(self, code: Code, uses: Mapping[int, int], kept: Collection[int]) -> None:
        self._code = code
        self._uses = uses
        self._kept = kept
        self._by_memory: dict[int, Chain] = {}
        self._unwritten: set[int] = set()

    def unwritten(self, memory: int) -> bool:
        """Whether a result has never come to memory: its chain is closed, and nothing else was to read it."""
        return memory in self._unwritten

    def add(self, operation: Operation, inputs: Sequence[View], output: View) -> None:
        """One more operation: in the chain of its inputs if that has its shape, else in a new one."""
        read = {view.memory for view in inputs}
        for view in inputs:
            found = self._by_memory.get(view.memory)
            if found is not None and not _takes(found, view, output.shape):
                self._close(found, read)
        chain = Chain(output.shape)
        for view in inputs:
            found = self._by_memory.get(view.memory)
            if found is None or found is chain:
                continue
            if not chain.fits(found, len(inputs)):
                self._close(found, read)
                continue
            found.steps[:0] = chain.steps
            found.sums += chain.sums
            for each in chain.sums:
                self._by_memory[each.totals.memory] = found
            for step in chain.steps:
                self._by_memory[step.output.memory] = found
            chain = found
        chain.steps.append(Step(operation, tuple(inputs), output))
        self._by_memory[output.memory] = chain

    def add_sum(self, each: Sum) -> None:
        """The value's elements added up over the axes along which the totals have size 1."""
        value = each.value
        chain = self._by_memory.get(value.memory)
        if chain is None or not _takes(chain, value, value.shape) or not chain.fits(None, 1):
            self.close(value.memory)
            chain = Chain(value.shape)
        if each.less is not None and self._by_memory.get(each.less.totals.memory) is not chain:
            self.close(each.less.totals.memory)
        chain.sums.append(each)
        self._by_memory[each.totals.memory] = chain

    def close(self, memory: int) -> None:
        """Writes the chain that makes this memory, if one is open, for something else that reads it."""
        chain = self._by_memory.get(memory)
        if chain is not None:
            self._close(chain, {memory})

    def _close(self, chain: Chain, asked: Collection[int] = ()) -> None:
        made = chain.made()
        read = Counter(view.memory for step in chain.steps for view in step.inputs)
        read.update(each.value.memory for each in chain.sums)
        chain.needed = {m for m in made if m in self._kept or m in asked or self._uses.get(m, 1) > read[m]}
        self._unwritten |= made - chain.needed
        for each in made | chain.totals():
            del self._by_memory[each]
        if chain.needed or chain.sums:
            self._write(chain)

    def close_all(self) -> None:
        """Writes what is open."""
        for chain in list(self._by_memory.values()):
            if any(memory in self._by_memory for memory in chain.made() | chain.totals()):
                self._close(chain)

    def _write(self, chain: Chain) -> None:
        if write(chain, self._code):
            return
        if len(chain.steps) == 1 and not chain.sums:
            for part in _parts(chain):
                self._write(part)
            return
        assert len(chain.steps) + len(chain.sums) > 1, f"no loops for {chain}"
        for step in chain.steps:  # one by one, all in memory
            self._write(Chain(chain.shape, [step], {step.output.memory}))
        for each in chain.sums:
            self._write(Chain(chain.shape, sums=[each]))


def _takes(chain: Chain, view: View, shape: Shape) -> bool:
    return chain.shape == shape and any(step.output == view for step in chain.steps)


def _parts(chain: Chain) -> Iterator[Chain]:
    """A chain of one step as one for each index along its shortest axis, which needs a loop less."""
    (step,), shape = chain.steps, chain.shape
    axis = min((axis for axis, size in enumerate(shape) if size != 1), key=lambda axis: shape[axis])
    for index in range(shape[axis]):
        *inputs, output = (
            view.broadcast(shape).sliced(axis, index, index + 1, 1) for view in (*step.inputs, step.output)
        )
        yield Chain(output.shape, [Step(step.operation, tuple(inputs), output)], chain.needed)
