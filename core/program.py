"""The lowered form of a design: what the plan and the exporters read.

Definitions stay definitions: argument expressions and node ids are kept, no call is unrolled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from .calls import ModuleCall, NodeCall
from .dim import Dim
from .document import Document
from .initial import Levels, chosen, within
from .inputs import bound_shape
from .layers import LAYERS
from .layers.layer import Layer, Tensor
from .ports import as_owner, port_default
from .problem import Path, Problem
from .record import ROOT, Module, Node, Tie
from .resolve import Resolver
from .types import Type
from .value import definitions_of

SLOT_LIMIT = 100_000
"""Parameters and buffers that are listed; a design with more could not be run."""


class Source(NamedTuple):
    """Where an input comes from: an output port of a node in the same module."""

    node: str
    port: str


@dataclass(frozen=True)
class Entry:
    """A node of a definition, a tied one with its owner's kind and arguments.

    `layer` is None for an instance, a slot and an unknown kind, `definition` for all but an instance.
    `sources` has a place for each input port, of a variadic layer for each that is wired; None is a missing
    wire. `outputs` are the names of its output ports.
    """

    node: Node
    layer: type[Layer] | None
    definition: str | None
    sources: tuple[Source | None, ...]
    outputs: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The node whose weights a tied one has; empty for all others."""
        return self.node.owner


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
    ties: tuple[Tie, ...] = ()

    @property
    def defaults(self) -> tuple[float | None, ...]:
        """The number that each input is where nothing is wired to it."""
        nodes = {entry.node.id: entry.node for entry in self.entries}
        return tuple(port_default(nodes[key]) for key in self.inputs)


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
    said: bool = False
    """Whether a node or module of the drawing says how it begins, be that as its layer does."""


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
        inside = [entry.node for entry in definitions[module].entries]
        records: list[Module | Node] = [definitions[module].module, *inside]
        waiting += sorted({key for each in records for key in definitions_of(each)} - definitions.keys())
    return Program(definitions, resolution.symbols, resolution.problems, resolution.root)


def _definition(document: Document, resolver: Resolver, module: str) -> Definition:
    schedule = resolver.schedule(module)
    entries = []
    for key in schedule.nodes[: len(schedule.nodes) - schedule.looped]:
        node = as_owner(document, document.node(key))
        wires = [resolver.graphs.wire(key, port) for port in schedule.ports[key].inputs]
        sources = tuple(None if wire is None else Source(wire.source, wire.source_port) for wire in wires)
        outputs = schedule.ports[key].outputs
        entries.append(Entry(node, LAYERS.get(node.kind), node.definition, sources, outputs))
    return Definition(
        module=document.module(module),
        entries=tuple(entries),
        inputs=tuple(node.id for node in schedule.inputs),
        outputs=tuple(key for key, _ in schedule.outputs),
        symbolic=resolver.definition(module),
        ties=schedule.ties,
    )


def slots(program: Program, sizes: Mapping[str, int] | None = None) -> Iterator[Slot]:
    """Every parameter and buffer of the calls that are complete, with its shape at these sizes.

    Calls that have no shape at these sizes are left out. Sizes that are not given are the examples'.
    """
    numbers: dict[str, Dim] = {**program.symbols, **(sizes or {})}
    listing = _Listing(program, numbers)
    yield from islice(listing.module(program.call, (), (), ()), SLOT_LIMIT)


@dataclass
class _Listing:
    """Walks the calls that hold tensors of their own; those that are tied to others are left out."""

    program: Program
    sizes: Mapping[str, Dim]
    tied: set[tuple[Path, str]] = field(default_factory=set)

    def module(self, call: ModuleCall, path: Path, names: tuple[str, ...], levels: Levels) -> Iterator[Slot]:
        definition = self.program.definitions[call.module]
        self.tied |= {((*path, *tie.path), tie.parameter) for tie in definition.ties}
        levels = within(levels, definition.module.initial)
        inside: list[tuple[NodeCall, Path, tuple[str, ...], Levels]] = []
        for entry in definition.entries:
            place = ((*path, entry.node.id), (*names, entry.node.name))
            at_node = (*levels, entry.node.initial)
            inside += ((*found, at_node) for found in self.parts(call.nodes[entry.node.id], *place))
        for node, node_path, node_names, above in inside:
            if node.inner is None:
                yield from self.layer(node, node_path, node_names, above)
        for node, node_path, node_names, above in inside:
            if node.inner is not None:
                yield from self.module(node.inner, node_path, node_names, above)

    def parts(
        self, node: NodeCall, path: Path, names: tuple[str, ...]
    ) -> Iterator[tuple[NodeCall, Path, tuple[str, ...]]]:
        """The layers and modules that a node is made of and that have weights of their own."""
        if node.tied or not node.holds_tensors:
            return
        if not node.parts:
            yield node, path, names
        for key, part in node.parts[:1] if node.shared else node.parts:
            yield from self.parts(part, (*path, key), (*names, key))

    def layer(self, node: NodeCall, path: Path, names: tuple[str, ...], levels: Levels) -> Iterator[Slot]:
        inputs = [type_ for type_ in node.inputs if type_ is not None]
        if node.layer is None or node.faults or len(inputs) < len(node.inputs):
            return
        shapes = [bound_shape(type_, self.sizes) for type_ in inputs]
        if any(size < 1 for shape in shapes for size in shape):
            return
        bound = [Type(shape, type_.dtype) for shape, type_ in zip(shapes, inputs, strict=True)]
        try:
            layer = node.layer.with_sizes(self.sizes)
        except ZeroDivisionError:
            return
        own = layer.parameters(*bound)
        parameters = chosen(levels, own)
        for learnt, tensors in ((True, parameters), (False, layer.buffers(*bound))):
            for name, tensor in tensors.items():
                if (path, name) not in self.tied:
                    shape = bound_shape(Type(tensor.shape), self.sizes)
                    dotted = ".".join((*names, name))
                    said = learnt and tensor is not own[name]
                    yield Slot("/".join((*path, name)), dotted, path, tensor, shape, learnt, said)
