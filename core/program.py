"""The lowered form of a design: what the plan and the exporters read.

Definitions stay definitions: argument expressions and node ids are kept, no call is unrolled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .calls import ModuleCall
from .dim import Dim
from .document import Document
from .inputs import bound_shape
from .layers import LAYERS
from .layers.layer import Layer, Tensor
from .problem import Path, Problem
from .record import ROOT, Module, Node
from .resolve import Resolver
from .types import Type

SLOT_LIMIT = 100_000
"""Parameters and buffers that are listed; a design with more could not be run."""


class Source(NamedTuple):
    """Where an input comes from: an output port of a node in the same module."""

    node: str
    port: str


@dataclass(frozen=True)
class Entry:
    """A node of a definition.

    `layer` is None for an instance and for an unknown kind, `definition` for all but an instance. `sources`
    has a place for each input port, of a variadic layer for each that is wired; None is a missing wire.
    """

    node: Node
    layer: type[Layer] | None
    definition: str | None
    sources: tuple[Source | None, ...]


@dataclass(frozen=True)
class Definition:
    """A module: its nodes in order, Inputs and Outputs among them, without those in loops.

    `symbolic` is the module resolved with its arguments and its inputs' sizes as symbols.
    """

    module: Module
    entries: tuple[Entry, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    symbolic: ModuleCall


@dataclass(frozen=True)
class Program:
    """The root and every definition that it uses, directly or not."""

    definitions: Mapping[str, Definition]
    symbols: Mapping[str, int]
    """An example number for each symbol of the root's inputs."""
    problems: tuple[Problem, ...]
    call: ModuleCall
    """The root resolved: types and evaluated arguments of every call."""
    root: str = ROOT


@dataclass(frozen=True)
class Slot:
    """A parameter or buffer of one call."""

    name: str
    """Its call path of ids and the tensor's name, joined by `/`."""
    dotted: str
    """The same with the nodes' names, joined by dots, as weight files have it."""
    path: Path
    tensor: Tensor
    shape: tuple[int, ...]
    learnt: bool


def build_program(document: Document, resolver: Resolver) -> Program:
    """The program of a resolved design; problems do not keep it from being built."""
    resolution = resolver.resolution
    definitions: dict[str, Definition] = {}
    waiting = [ROOT]
    while waiting:
        module = waiting.pop()
        if module in definitions or not isinstance(document.get(module), Module):
            continue
        definitions[module] = _definition(document, resolver, module)
        used = [entry.definition for entry in definitions[module].entries]
        waiting += [key for key in used if key is not None and key not in definitions]
    return Program(definitions, resolution.symbols, resolution.problems, resolution.root)


def _definition(document: Document, resolver: Resolver, module: str) -> Definition:
    schedule = resolver.schedule(module)
    entries = []
    for key in schedule.nodes[: len(schedule.nodes) - schedule.looped]:
        node = document.node(key)
        wires = [resolver.graphs.wire(key, port) for port in schedule.ports[key].inputs]
        sources = tuple(None if wire is None else Source(wire.source, wire.source_port) for wire in wires)
        entries.append(Entry(node, LAYERS.get(node.kind), node.definition, sources))
    return Definition(
        module=document.module(module),
        entries=tuple(entries),
        inputs=tuple(node.id for node in schedule.inputs),
        outputs=tuple(key for key, _ in schedule.outputs),
        symbolic=resolver.definition(module),
    )


def slots(program: Program, sizes: Mapping[str, int] | None = None) -> Iterator[Slot]:
    """Every parameter and buffer of the calls that are complete, with its shape at these sizes.

    Calls that have no shape at these sizes are left out. Sizes that are not given are the examples'.
    """
    numbers: dict[str, Dim] = {**program.symbols, **(sizes or {})}
    waiting: list[tuple[Path, tuple[str, ...], ModuleCall]] = [((), (), program.call)]
    count = 0
    while waiting and count < SLOT_LIMIT:
        path, names, call = waiting.pop()
        for entry in reversed(program.definitions[call.module].entries):
            inner = call.nodes[entry.node.id].inner
            if inner is not None:
                waiting.append(((*path, entry.node.id), (*names, entry.node.name), inner))
        for entry in program.definitions[call.module].entries:
            for slot in _slots_of(entry, call, path, names, numbers):
                yield slot
                count += 1


def _slots_of(
    entry: Entry, call: ModuleCall, path: Path, names: tuple[str, ...], sizes: Mapping[str, Dim]
) -> Iterator[Slot]:
    node = call.nodes[entry.node.id]
    inputs = [type_ for type_ in node.inputs if type_ is not None]
    if node.layer is None or node.faults or len(inputs) < len(node.inputs):
        return
    shapes = [bound_shape(type_, sizes) for type_ in inputs]
    if any(size < 1 for shape in shapes for size in shape):
        return
    bound = [Type(shape, type_.dtype) for shape, type_ in zip(shapes, inputs, strict=True)]
    try:
        layer = node.layer.with_sizes(sizes)
    except ZeroDivisionError:
        return
    for learnt, tensors in ((True, layer.parameters(*bound)), (False, layer.buffers(*bound))):
        for name, tensor in tensors.items():
            shape = bound_shape(Type(tensor.shape), sizes)
            place = (*path, entry.node.id)
            dotted = ".".join((*names, entry.node.name, name))
            yield Slot("/".join((*place, name)), dotted, place, tensor, shape, learnt)
