"""Walks a program from its root and traces every call that is complete, on shapes that are numbers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..calls import ModuleCall, NodeCall
from ..dim import Dim, substitute, symbols
from ..inputs import module_input, root_input
from ..layers import LAYERS
from ..layers.control import RUN_TIME, While
from ..layers.layer import ArgumentError, Layer, Outputs, bind, layer_ports
from ..module_rule import MAX_NESTING
from ..ops.primitive import Ref
from ..ports import port_default
from ..problem import Path
from ..program import Definition, Entry, Program
from ..record import INDEX, INSTANCE_MARK, ROOT, Node
from ..settle import Settled, evaluated, settled
from ..structures import MAX_REPEATS
from ..text import tr
from ..types import ShapeError, Type
from .control import Control, part_of
from .network import Network, PlanError
from .tensors import Tensors

MAX_CALLS = 50_000
"""Layers that one plan holds; the program with more of them is refused."""

Arguments = Mapping[str, Any]


def trace_program(
    program: Program,
    sizes: Mapping[str, int],
    *,
    training: bool = False,
    keep: bool = True,
    given: Collection[str] | None = None,
) -> Network:
    """Traces what is complete; `given` names the root inputs that have a sample, all where it is None.

    `keep` records the values inside loops and branches.
    Raises PlanError where shapes that symbols had left open do not fit at these sizes.
    """
    sizes = {**program.symbols, **sizes}
    walk = _Walk(program, sizes, training, keep)
    root = program.definitions[ROOT]
    inputs = [walk.root_input(node, type_, given) for node, type_ in _declared(root, sizes)]
    walk.module(root, program.call, (), _defaults(root), inputs)
    return walk.network


def root_types(program: Program, sizes: Mapping[str, Dim]) -> dict[str, Type]:
    """The types of the root's inputs by name, with sizes put in; inputs without a type are left out."""
    declared = _declared(program.definitions[ROOT], sizes)
    return {node.name: type_ for node, type_ in declared if type_ is not None}


def _declared(root: Definition, sizes: Mapping[str, Dim]) -> Iterator[tuple[Node, Type | None]]:
    nodes = {entry.node.id: entry.node for entry in root.entries}
    for node in root.inputs:
        type_ = root_input(nodes[node], _defaults(root)).type
        if type_ is not None:
            type_ = sized(nodes[node].name, type_, sizes)
        yield nodes[node], type_


def sized(name: str, type_: Type, sizes: Mapping[str, Dim]) -> Type:
    """The type of an input with sizes put in. Raises PlanError where one would be divided by 0."""
    try:
        return type_.with_shape(tuple(substitute(dim, sizes) for dim in type_.shape))
    except ZeroDivisionError as error:
        raise PlanError(
            tr("the input {name} has no shape at these sizes: {error}", name=name, error=error)
        ) from None


def _defaults(definition: Definition) -> dict[str, Any]:
    return {argument.name: argument.default for argument in definition.module.arguments}


def _names(definition: Definition) -> dict[str, str]:
    return {entry.node.id: entry.node.name for entry in definition.entries}


def _errors(call: ModuleCall) -> dict[str, str]:
    """What is wrong with the call's own nodes: calls alike are one, so this holds wherever it stands."""
    problems = [p for p in reversed(call.own_problems) if p.kind == "error" and p.path]
    return {problem.path[0]: problem.text for problem in problems}


@dataclass
class _Frame:
    """One call of a definition while it is walked: what its nodes' ports hold so far."""

    definition: Definition
    call: ModuleCall | None
    path: Path
    scope: dict[str, Any]
    sizes: Mapping[str, Dim]
    given: Mapping[str, Ref | None]
    errors: Mapping[str, str]
    values: dict[tuple[str, str], Ref] = field(default_factory=dict)
    results: dict[str, Ref] = field(default_factory=dict)


class _Walk:
    def __init__(self, program: Program, sizes: Mapping[str, int], training: bool, keep: bool) -> None:
        self.program = program
        self.sizes = sizes
        self.training = training
        self.keep = keep
        self.network = Network()
        self.tensors = Tensors(self.network)
        self.open: list[str] = []
        self.root_errors = _errors(program.call)

    def root_input(self, node: Node, type_: Type | None, given: Collection[str] | None) -> Ref | None:
        path = (node.id,)
        if node.id in self.root_errors or type_ is None:
            self.skip(path, self.root_errors.get(node.id, tr("its shape is not known")))
            return None
        if given is not None and node.name not in given:
            if port_default(node) is None:
                self.skip(path, tr("no sample is bound to this input"))
            return self.network.constant(port_default(node))
        unknown = sorted(frozenset().union(*(symbols(dim) for dim in type_.shape)))
        if unknown:
            self.skip(path, tr("the size {name} has no value", name=unknown[0]))
            return None
        return self.network.inputs.setdefault(node.name, self.network.trace.input(type_))

    def skip(self, path: Path, reason: str) -> None:
        self.network.skipped.setdefault(path, reason)

    def module(
        self,
        definition: Definition,
        call: ModuleCall | None,
        path: Path,
        arguments: Arguments,
        inputs: Sequence[Ref | None],
    ) -> dict[str, Ref]:
        """Traces one call of a definition, resolved in `call`; its outputs by their nodes' ids."""
        given = dict(zip(definition.inputs, inputs, strict=True))
        names = _names(definition)
        types = {names[node]: ref.type for node, ref in given.items() if ref is not None}
        numbers = {name: value for name, value in arguments.items() if type(value) is int}
        errors = {} if call is None else _errors(call)
        sound = {node: ref for node, ref in given.items() if node not in errors}
        sizes = {**self.sizes, **numbers} if not path else self.sizes_inside(definition, path, numbers, sound)
        frame = _Frame(definition, call, path, {**types, **arguments}, sizes, given, errors)
        self.tensors.tie(path, definition.ties)
        self.open.append(definition.module.id)
        with self.tensors.inside(definition.module.initial):
            for entry in definition.entries:
                self.entry(frame, entry, (*path, entry.node.id))
        self.open.pop()
        for node, text in errors.items():  # what stands in a loop is no entry
            self.skip((*path, node), text)
        return frame.results

    def sizes_inside(
        self, definition: Definition, path: Path, numbers: dict[str, int], given: Mapping[str, Ref | None]
    ) -> dict[str, Dim]:
        """The sizes that the module's Inputs name. PlanError where a value does not fit its declaration."""
        sizes: dict[str, Dim] = {}
        nodes = {entry.node.id: entry.node for entry in definition.entries}
        for node, ref in given.items():
            if ref is None:
                continue
            fault = module_input(nodes[node], ref.type, numbers, sizes).fault
            if fault is not None:
                raise PlanError(fault.text, path)
        return {**sizes, **numbers}

    def entry(self, frame: _Frame, entry: Entry, path: Path) -> None:
        node = entry.node
        if node.id in frame.given:
            self.put_input(frame, node.id, path)
        elif node.id in frame.errors:
            self.skip(path, frame.errors[node.id])
        elif node.id in frame.definition.outputs:
            found = self.sources(frame, entry, path)
            if found is not None:
                self.put_output(frame, entry, path, found[0])
        elif entry.layer is None and entry.definition is None and node.slot is None:
            self.skip(path, tr("there is no layer {kind} in this version", kind=node.kind))
        else:
            self.node(frame, entry, path)

    def put_input(self, frame: _Frame, node: str, path: Path) -> None:
        ref = frame.given[node]
        if ref is None:
            self.skip(path, tr("nothing reaches this input at this call of the module"))
            return
        frame.values[node, "y"] = ref
        self.network.places[path, "y"] = ref

    def put_output(self, frame: _Frame, entry: Entry, path: Path, ref: Ref) -> None:
        frame.results[entry.node.id] = ref
        self.network.places[path, "x"] = ref
        if not frame.path:
            self.network.outputs[entry.node.name] = (path, "x")

    def sources(self, frame: _Frame, entry: Entry, path: Path) -> list[Ref] | None:
        """The values at the ports; None, with the reason noted, where one cannot be had.

        The ports of a variadic layer that are free are left out.
        """
        variadic = entry.layer is not None and entry.layer.variadic
        found = []
        for port, source in enumerate(entry.sources):
            ref = self.source(frame, entry, port)
            if ref is not None:
                found.append(ref)
            elif source is not None:
                name = _names(frame.definition).get(source.node, source.node)
                self.skip(path, tr("waits for {name}", name=name))
                return None
            elif not variadic:
                self.skip(path, tr("nothing is connected to {port}", port=_port(entry, port)))
                return None
        return found

    def source(self, frame: _Frame, entry: Entry, port: int) -> Ref | None:
        """The value at a port: what is wired to it, else the number that a module's Input is by default."""
        if source := entry.sources[port]:
            return frame.values.get((source.node, source.port))
        known = self.program.definitions.get(entry.definition or "")
        return None if known is None else self.network.constant(known.defaults[port])

    def node(self, frame: _Frame, entry: Entry, path: Path) -> None:
        """A layer, an instance, a slot or a structure, once or repeated."""
        inputs: list[Ref | None] | None
        if entry.definition is not None and entry.node.repeat is None:
            # An instance runs as far as what is wired to it reaches.
            inputs = [self.source(frame, entry, port) for port in range(len(entry.sources))]
        else:
            found = self.sources(frame, entry, path)
            inputs = None if found is None else [*found]
        if inputs is None:
            return
        if entry.node.owner:
            self.tensors.share(path, (*frame.path, entry.node.owner))
        with self.tensors.at(entry.node.initial):
            results = self.repeated(frame, entry, path, inputs)
        for port, ref in zip(entry.outputs, results or (), strict=False):
            if ref is not None:
                frame.values[entry.node.id, port] = ref
                self.network.places[path, port] = ref

    def repeated(
        self, frame: _Frame, entry: Entry, path: Path, inputs: Sequence[Ref | None]
    ) -> Sequence[Ref | None] | None:
        """The node's results; None, with the reason noted, where there are none."""
        node, call = entry.node, None if frame.call is None else frame.call.nodes.get(entry.node.id)
        try:
            if node.repeat is None:
                return self.made(frame, settled(node.kind, node.arguments, frame.scope), call, path, inputs)
            count = evaluated("repeat", node.repeat, frame.scope)
        except ArgumentError as error:
            raise PlanError(error.message, path) from None
        if type(count) is not int or not 0 <= count <= MAX_REPEATS:
            raise PlanError(tr("it cannot be repeated {count} times", count=count), path)
        values, results = list(inputs), list(inputs[: len(entry.outputs)])
        for index in range(count):
            here = (*path, str(index))
            if node.shared and index:
                self.tensors.share(here, (*path, "0"))
            inside = replace(frame, scope={**frame.scope, INDEX: index}, sizes={**frame.sizes, INDEX: index})
            try:
                what = settled(node.kind, node.arguments, inside.scope)
            except ArgumentError as error:
                raise PlanError(error.message, here) from None
            part = None if call is None else call.part(str(index))
            found = self.made(inside, what, part, here, values)
            if found is None or None in found:
                self.skip(path, tr("its call {index} does not run", index=index))
                return None
            results = list(found)
            values = [*results, *inputs[len(results) :]]
        return results

    def made(
        self, frame: _Frame, what: Settled, call: NodeCall | None, path: Path, inputs: Sequence[Ref | None]
    ) -> Sequence[Ref | None] | None:
        """One call of a kind: its results by place, None where nothing comes of it."""
        self.network.calls += 1
        if self.network.calls > MAX_CALLS:
            raise PlanError(
                tr("the network has more than {most} calls when it is laid out", most=f"{MAX_CALLS:,}"), path
            )
        if what.kind.startswith(INSTANCE_MARK):
            return self.instance(what, call, path, inputs)
        known = [ref for ref in inputs if ref is not None]
        if len(known) < len(inputs):
            self.skip(path, tr("it waits for an input"))
            return None
        if what.kind in RUN_TIME:
            return self.control(frame, what, call, path, known)
        kind = LAYERS[what.kind]
        if kind.variadic and not inputs:
            self.skip(path, tr("nothing is connected to it"))
            return None
        return self.layer(frame, kind, what.arguments, path, known)

    def control(
        self, frame: _Frame, what: Settled, call: NodeCall | None, path: Path, inputs: Sequence[Ref]
    ) -> Sequence[Ref | None] | None:
        """A loop or branch: its parts are walked as if they stood at its path, and taken out as regions."""

        def walk(key: str, values: Sequence[Ref]) -> Sequence[Ref | None] | None:
            inside = None if call is None else call.part(key)
            return self.made(frame, part_of(what, key, frame.scope), inside, (*path, key), values)

        control = Control(self.network, path, walk, self.keep)
        try:
            layer = bind(LAYERS[what.kind], what.arguments).with_sizes(frame.sizes)
            results = (
                control.loop(inputs, layer.bound) if isinstance(layer, While) else control.branch(inputs)
            )
            names = self.output_names(what, frame.scope)
        except (ShapeError, ArgumentError) as error:
            raise PlanError(error.message, path) from None
        for port, ref in zip(names, results or (), strict=False):
            if ref is not None:
                self.network.places[path, port] = ref
        return results

    def output_names(self, what: Settled, scope: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of a kind's outputs; those of a loop or branch are its body's."""
        if what.kind in RUN_TIME:
            return self.output_names(part_of(what, "body" if what.kind == "While" else "then", scope), scope)
        if not what.kind.startswith(INSTANCE_MARK):
            return layer_ports(LAYERS[what.kind], what.arguments)[1]
        definition = self.program.definitions[what.kind[len(INSTANCE_MARK) :]]
        names = _names(definition)
        return tuple(names[node] for node in definition.outputs)

    def instance(
        self, what: Settled, call: NodeCall | None, path: Path, inputs: Sequence[Ref | None]
    ) -> Sequence[Ref | None] | None:
        definition = self.program.definitions.get(what.kind[len(INSTANCE_MARK) :])
        if definition is not None:  # a slot with fewer ports leaves out those that have a number by default
            inputs = [*inputs, *map(self.network.constant, definition.defaults[len(inputs) :])]
        if definition is None or len(self.open) > MAX_NESTING or len(definition.inputs) != len(inputs):
            self.skip(path, tr("the module it is made from cannot be used here"))
            return None
        arguments = {**_defaults(definition), **what.arguments}
        results = self.module(definition, None if call is None else call.inner, path, arguments, inputs)
        names = _names(definition)
        for node, ref in results.items():
            self.network.places[path, names[node]] = ref
        if not results:
            self.skip(path, tr("none of its outputs can be reached"))
        return [results.get(node) for node in definition.outputs]

    def layer(
        self, frame: _Frame, kind: type[Layer], arguments: Arguments, path: Path, inputs: list[Ref]
    ) -> Sequence[Ref]:
        try:
            layer = bind(kind, arguments).with_sizes(frame.sizes)
            result = self.trace(layer, path, inputs)
        except (ShapeError, ArgumentError) as error:
            raise PlanError(error.message, path) from None
        except ZeroDivisionError as error:
            raise PlanError(str(error), path) from None
        for port, ref in zip(layer_ports(kind, arguments)[1], result.values, strict=True):
            self.network.places[path, port] = ref
        for name, ref in result.buffers.items():
            self.tensors.renew(path, name, ref)
        return result.values

    def trace(self, layer: Layer, path: Path, inputs: list[Ref]) -> Outputs:
        trace = self.network.trace
        types = [ref.type for ref in inputs]
        parameters = layer.parameters(*types)
        held = self.tensors.held(path, parameters, layer.buffers(*types))
        # Random draws are named by scope and count, so that an edit elsewhere changes none of them.
        trace.scope, trace.draws = "/".join(path), 0
        result = layer.apply(tuple(inputs), held, training=self.training)
        self.network.paths.extend([path] * (len(trace.steps) - len(self.network.paths)))
        for ref in result.values:
            if any(isinstance(dim, int) and dim < 1 for dim in ref.shape):
                raise ShapeError(
                    None, tr("the output would be {type}; the input is too small", type=ref.type)
                )
        return result


def _port(entry: Entry, port: int) -> str:
    inputs = () if entry.layer is None else layer_ports(entry.layer, entry.node.arguments)[0]
    return inputs[port] if port < len(inputs) else "it"
