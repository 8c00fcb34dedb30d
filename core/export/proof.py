"""The recorded sample: inputs, and outputs and gradients from the float64 references, for check.py."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod, sqrt

import msgspec
import numpy as np

from ..engine.cotangent import Cotangent
from ..engine.run import Mode, Result, run
from ..engine.weights import slots_of
from ..initialise import Array
from ..program import Definition, Entry, Program
from ..resolve import bound
from ..types import Type
from .form import Form
from .sizes import index_bound
from .tensors import state_names

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


def prove(program: Program, form: Form, weights: Mapping[str, Array]) -> Proof:
    """Runs the references with the weights given (what is missing is drawn) and with random ones.

    Raises PlanError where the program cannot be run.
    """
    slots = slots_of(program)
    names = state_names(form, slots)
    inputs = dict(_inputs(program))
    filled, cotangents = _first_run(program, weights, inputs)
    random = {slot: random_tensor(names[slot], filled[slot].shape) for slot in slots}
    sample: dict[str, Array] = {f"input/{name}": array for name, array in inputs.items()}
    sample |= {f"cotangent/{name}": array for name, array in cotangents.items()}
    for label, values in (("file", filled), ("random", random)):
        recorded = _recorded(program, names, values, inputs, cotangents)
        for key, array in recorded:
            sample.update(_kept(f"{label}/{key}", array))
    for slot, name in names.items():
        sample.update(_kept(f"file/tensor/{name}", np.asarray(filled[slot], np.float64)))
    return Proof(
        sample=sample,
        weights={names[slot]: filled[slot] for slot in slots},
        inputs=tuple(inputs),
        outputs=tuple(cotangents),
    )


def random_tensor(name: str, shape: tuple[int, ...]) -> Array:
    """What check.py draws for a tensor of that name: evenly in 0.5-2 for a vector, else normally.

    RandomState's stream is promised never to change, so the sample need not hold these.
    """
    generator = np.random.RandomState(zlib.crc32(f"{SEED} {name}".encode()))
    if len(shape) < 2:
        return np.asarray(generator.uniform(0.5, 2, shape))
    return np.asarray(generator.standard_normal(shape) / sqrt(prod(shape[1:])))


def _inputs(program: Program) -> Iterator[tuple[str, Array]]:
    root = program.definitions[program.root]
    entries = {entry.node.id: entry for entry in root.entries}
    for node in root.inputs:
        type_ = root.symbolic.nodes[node].outputs[0]
        assert type_ is not None, "check_exportable was asked first"
        shape = bound(type_, program.symbols)
        yield entries[node].node.name, _input(entries[node], type_, shape)


def _input(entry: Entry, type_: Type, shape: tuple[int, ...]) -> Array:
    generator = np.random.RandomState(zlib.crc32(f"{SEED} input {entry.node.name}".encode()))
    if type_.dtype == "float32":
        return np.asarray(generator.standard_normal(shape))
    return np.asarray(generator.randint(0, index_bound(entry.node), shape), np.int64)


def _first_run(
    program: Program, weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The weights as they stand in the file, those that were missing drawn; a random cotangent per output."""
    result = run(program, weights, inputs, SEED, _mode())
    cotangents = {}
    for name, output in result.outputs.items():
        generator = np.random.RandomState(zlib.crc32(f"{SEED} cotangent {name}".encode()))
        cotangents[name] = np.asarray(generator.standard_normal(output.shape))
    return {**weights, **result.drawn}, cotangents


def _recorded(
    program: Program,
    names: Mapping[str, str],
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    cotangents: Mapping[str, Array],
) -> Iterator[tuple[str, Array]]:
    """Outputs and gradients in eval mode; where there are running statistics, what training makes of them."""
    start = Cotangent("given", arrays=cotangents)
    used = _run(program, weights, inputs, start)
    for name, output in used.outputs.items():
        yield f"output/{name}", output
    for name, array in inputs.items():
        if array.dtype.kind == "f":
            yield f"gradient/input {name}", used.input_gradients.get(name, np.zeros_like(array))
    learnt = [slot for slot, found in slots_of(program).items() if found.learnt]
    for slot in learnt:
        yield f"gradient/{names[slot]}", used.parameter_gradients.get(slot, np.zeros(weights[slot].shape))
    trained = run(without_dropout(program), weights, inputs, SEED, _mode(training=True))
    if not trained.buffers:
        return
    yield "train", np.array(1)
    for name, output in trained.outputs.items():
        yield f"train/{name}", output
    for slot in names.keys() - set(learnt):
        yield f"buffer/{names[slot]}", trained.buffers.get(slot, weights[slot])


def _mode(*, training: bool = False, backward: bool = False) -> Mode:
    return Mode(training=training, backward=backward, kernels=False, precision="float64", keep=False)


def _run(
    program: Program, weights: Mapping[str, Array], inputs: Mapping[str, Array], start: Cotangent
) -> Result:
    return run(program, weights, inputs, SEED, _mode(backward=True), start)


def without_dropout(program: Program) -> Program:
    """The program with every layer that has a drop probability passing all: masks cannot be compared."""
    definitions = {key: _without_dropout(one) for key, one in program.definitions.items()}
    return replace(program, definitions=definitions)


def _without_dropout(definition: Definition) -> Definition:
    entries = tuple(
        replace(entry, node=msgspec.structs.replace(entry.node, arguments={**entry.node.arguments, "p": 0.0}))
        if entry.node.kind in DROPPING
        else entry
        for entry in definition.entries
    )
    return replace(definition, entries=entries)


DROPPING = frozenset({"Dropout"})
"""Layers whose argument p is how much they drop."""


def _kept(key: str, array: Array) -> dict[str, Array]:
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
