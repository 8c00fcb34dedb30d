"""The recorded sample: inputs, and outputs and gradients from the float64 references, for check.py."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod, sqrt

import numpy as np

from ..engine.cotangent import Cotangent
from ..engine.network import PlanError
from ..engine.run import Mode, run
from ..engine.weights import slots_of
from ..initialise import Array
from ..inputs import index_bound
from ..ops.random import EVEN
from ..program import Program, slots
from ..record import Node
from ..resolve import bound
from ..types import Type
from .form import Dialect, Form
from .tensors import KeptTensor, aliases, kept_tensors

SEED = 20
"""Of the sample's inputs, cotangents and random weights."""

WHOLE = 65_536
"""A larger tensor is recorded at this many places and by its norm."""


@dataclass(frozen=True)
class Proof:
    """What check.py compares with: arrays by name, and the names of the root's ports in order."""

    sample: Mapping[str, Array]
    weights: Mapping[str, Array]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    learnt: Mapping[str, bool]
    """Every tensor of the code's state by its name, and whether it is learnt."""
    ties: Mapping[str, str]
    """Names of tied parameters, each with that of the one that it is."""


def prove(program: Program, form: Form, dialect: Dialect, weights: Mapping[str, Array]) -> Proof:
    """Runs the references with the weights given (what is missing is drawn) and with random ones.

    Raises PlanError where the program cannot be run.
    """
    inputs = dict(sample_inputs(program))
    first = run(program, weights, inputs, SEED, REFERENCE)
    stored = {slot: as_stored(array) for slot, array in {**weights, **first.drawn}.items()}
    traced = slots_of(program)
    learnt = frozenset(slot for slot, found in traced.items() if found.learnt)
    tensors = [
        replace(one, name=dialect.state(one.name, learnt.issuperset(one.slots)))
        for one in kept_tensors(form, program, dialect)
        if set(one.slots) <= traced.keys()
    ]
    ties = {
        dialect.state(own, True): dialect.state(owner, True)
        for own, owner in aliases(form, program, dialect).items()
    }
    outputs = {name: first.outputs[name] for name in output_names(program)}
    cotangents = {name: _normal(f"cotangent {name}", y.shape) for name, y in outputs.items() if _real(y)}
    sample = {f"input/{name}": array for name, array in inputs.items()}
    sample |= {f"cotangent/{name}": array for name, array in cotangents.items()}
    recording = _Recording(program, tensors, learnt, inputs, cotangents, dialect.biased)
    whole = {
        one.name: as_stored(np.asarray(one.how.there(*(stored[slot] for slot in one.slots))))
        for one in tensors
    }
    random = _ours(tensors, {name: random_tensor(name, array.shape) for name, array in whole.items()})
    # What is read back from the file: two biases whose sum is kept there lose a little in float32.
    filed = {**stored, **_ours(tensors, whole)}
    for name, array in whole.items():
        sample |= kept(f"file/tensor/{name}", np.asarray(array, np.float64))
    for label, values in (("file", filed), ("random", random)):
        for key, array in (*recording.used(values), *recording.trained(values)):
            sample |= kept(f"{label}/{key}", array)
    return Proof(
        sample=sample,
        weights={**whole, **{name: whole[owner] for name, owner in ties.items()}},
        learnt={one.name: learnt.issuperset(one.slots) for one in tensors},
        ties=ties,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
    )


def _ours(tensors: Sequence[KeptTensor], theirs: Mapping[str, Array]) -> dict[str, Array]:
    """Our tensors by slot, of those that the code keeps."""
    found: dict[str, Array] = {}
    for one in tensors:
        for slot, array in zip(one.slots, one.how.back(theirs[one.name]), strict=True):
            # A tensor of ours that the code cuts up comes in parts, with zeros around each.
            found[slot] = array if slot not in found else found[slot] + array
    return found


def random_tensor(name: str, shape: tuple[int, ...]) -> Array:
    """What check.py draws for a tensor of that name: evenly in 0.5-2 for a vector, else normally.

    RandomState's stream is promised never to change, so the sample need not hold these.
    """
    generator = _generator(name)
    if len(shape) < 2:
        return np.asarray(generator.uniform(0.5, 2, shape))
    return np.asarray(generator.standard_normal(shape) / sqrt(prod(shape[1:])))


def sample_inputs(program: Program) -> Iterator[tuple[str, Array]]:
    """An array for each input of the root."""
    root = program.definitions[program.root]
    entries = {entry.node.id: entry for entry in root.entries}
    for node in root.inputs:
        type_ = program.call.nodes[node].outputs[0]
        assert type_ is not None, "check_exportable was asked first"
        shape = bound(type_, program.symbols)
        yield (
            entries[node].node.name,
            _input(entries[node].node, type_, shape, index_bound(entries[node].node, program.call.arguments)),
        )


def output_names(program: Program) -> list[str]:
    """The root's outputs in their order."""
    root = program.definitions[program.root]
    names = {entry.node.id: entry.node.name for entry in root.entries}
    return [names[node] for node in root.outputs]


def _input(node: Node, type_: Type, shape: tuple[int, ...], limit: int) -> Array:
    draw = f"input {node.name}"
    if type_.dtype == "float32":
        return _wide(draw, shape)
    return np.asarray(_generator(draw).randint(0, limit, shape), np.int64)


def _wide(draw: str, shape: tuple[int, ...]) -> Array:
    """Normal numbers, a quarter of them four times as large: some get beyond the bounds of a ReLU6."""
    generator = _generator(draw)
    drawn = generator.standard_normal(shape)
    return np.asarray(drawn * np.where(generator.random_sample(shape) < 0.25, 4, 1))


def _normal(draw: str, shape: tuple[int, ...]) -> Array:
    return np.asarray(_generator(draw).standard_normal(shape))


def _generator(draw: str) -> np.random.RandomState:
    return np.random.RandomState(zlib.crc32(f"{SEED} {draw}".encode()))


def _real(array: Array) -> bool:
    return array.dtype.kind == "f"


def as_stored(array: Array) -> Array:
    """The array as a file of weights holds it."""
    return array.astype(np.float32) if _real(array) else array


@dataclass(frozen=True)
class _Recording:
    program: Program
    tensors: Sequence[KeptTensor]
    learnt: frozenset[str]
    inputs: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    biased: Callable[[str], bool]

    def used(self, weights: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        """Outputs and gradients in eval mode."""
        start = Cotangent("given", arrays=self.cotangents)
        mode = replace(REFERENCE, backward=bool(self.cotangents))
        result = run(self.program, weights, self.inputs, SEED, mode, start if self.cotangents else None)
        for name, output in result.outputs.items():
            yield f"output/{name}", output
        for name, array in self.inputs.items():
            if _real(array):
                yield f"gradient/input {name}", result.input_gradients.get(name, np.zeros_like(array))
        for one in self.tensors:
            if self.learnt.issuperset(one.slots):
                zeros = {slot: np.zeros(weights[slot].shape) for slot in one.slots}
                found = (result.parameter_gradients.get(slot, zeros[slot]) for slot in one.slots)
                yield f"gradient/{one.name}", one.how.gradient(*found)

    def trained(self, weights: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        """What one step in training makes of running statistics, and the outputs.

        Draws are even, so that check.py can have the same: what a dropout keeps is divided by its rate.
        """
        mode = replace(REFERENCE, training=True)
        try:
            result = run(self.program, weights, self.inputs, EVEN, mode)
        except PlanError:
            return  # a batch of one has no variance
        yield "train", np.array(1)
        for name, output in result.outputs.items():
            yield f"train/{name}", output
        less = self._over_all(weights, mode)
        for one in self.tensors:
            if not self.learnt.issuperset(one.slots):
                new = [result.buffers.get(slot, weights[slot]) - less.get(slot, 0.0) for slot in one.slots]
                yield f"buffer/{one.name}", one.how.there(*new)

    def _over_all(self, weights: Mapping[str, Array], mode: Mode) -> dict[str, Array]:
        """How much less each running variance is whose batches' are divided by n, where ours are by n - 1.

        Of what batches bring, which is all where it begins at 0, that is 1 / n, however often it is called.
        """
        biased = [
            one for one in self.tensors if not self.learnt.issuperset(one.slots) and self.biased(one.name)
        ]
        zeros = {slot: np.zeros_like(weights[slot]) for one in biased for slot in one.slots}
        if not zeros:
            return {}
        brought = run(self.program, {**weights, **zeros}, self.inputs, EVEN, mode).buffers
        return {slot: brought[slot] / self._count(slot) for slot in zeros if slot in brought}

    def _count(self, slot: str) -> int:
        """Over how many numbers of a batch a variance is taken."""
        path = next(one.path for one in slots(self.program) if one.name == slot)
        call = self.program.call.call(path)
        assert call is not None and call.inputs[0] is not None, "it was run"
        shape = bound(call.inputs[0], self.program.symbols)
        return prod(shape) // shape[1]


REFERENCE = Mode(kernels=False, precision="float64", keep=False)
"""How the sample is computed: by the references alone."""


def kept(key: str, array: Array) -> dict[str, Array]:
    """The array, or for a large one many of its elements and its norm."""
    if array.size <= WHOLE:
        return {key: array}
    flat = array.reshape(-1)
    places = np.sort(np.random.RandomState(SEED).choice(flat.size, WHOLE, replace=False))
    return {
        f"{key}:shape": np.array(array.shape),
        f"{key}:at": places,
        f"{key}:values": flat[places],
        f"{key}:norm": np.array(np.linalg.norm(flat)),
    }
