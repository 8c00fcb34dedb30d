"""Walks a program from its root and traces every call that is complete, on shapes that are numbers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..calls import ModuleCall
from ..dim import Dim, substitute, symbols
from ..expression import Expression, ExpressionError, evaluate
from ..inputs import module_input, root_input
from ..layers.layer import ArgumentError, Layer, Outputs, bind
from ..ops.primitive import Ref
from ..problem import Path
from ..program import Definition, Entry, Program
from ..record import ROOT, Node
from ..text import tr
from ..types import ShapeError, Type
from .network import Network, PlanError, Slot, slot_name

Arguments = Mapping[str, Any]


def trace_program(
    program: Program,
    sizes: Mapping[str, int],
    *,
    training: bool = False,
    given: Collection[str] | None = None,
) -> Network:
    """Traces what is complete; `given` names the root inputs that have a sample, all where it is None.

    Raises PlanError where shapes that symbols had left open do not fit at these sizes.
    """
    sizes = {**program.symbols, **sizes}
    walk = _Walk(program, sizes, training)
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
    def __init__(self, program: Program, sizes: Mapping[str, int], training: bool) -> None:
        self.program = program
        self.sizes = sizes
        self.training = training
        self.network = Network()
        self.open: list[str] = []
        self.root_errors = _errors(program.call)

    def root_input(self, node: Node, type_: Type | None, given: Collection[str] | None) -> Ref | None:
        path = (node.id,)
        if node.id in self.root_errors or type_ is None:
            self.skip(path, self.root_errors.get(node.id, "its shape is not known"))
            return None
        if given is not None and node.name not in given:
            self.skip(path, "no sample is bound to this input")
            return None
        unknown = sorted(frozenset().union(*(symbols(dim) for dim in type_.shape)))
        if unknown:
            self.skip(path, f"the size {unknown[0]} has no value")
            return None
        self.network.inputs[node.name] = self.network.trace.input(type_)
        return self.network.inputs[node.name]

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
        self.open.append(definition.module.id)
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
        node = entry.node.id
        if node in frame.given:
            self.put_input(frame, node, path)
        elif node in frame.errors:
            self.skip(path, frame.errors[node])
        elif node in frame.definition.outputs:
            found = self.sources(frame, entry, path)
            if found is not None:
                self.put_output(frame, entry, path, found[0])
        elif entry.definition is not None:
            self.instance(frame, entry, path)
        elif entry.layer is None:
            self.skip(path, f"there is no layer {entry.node.kind} in this version")
        else:
            self.layer(frame, entry, entry.layer, path)

    def put_input(self, frame: _Frame, node: str, path: Path) -> None:
        ref = frame.given[node]
        if ref is None:
            self.skip(path, "nothing reaches this input at this call of the module")
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
            ref = None if source is None else frame.values.get((source.node, source.port))
            if ref is not None:
                found.append(ref)
            elif source is not None:
                self.skip(path, f"waits for {_names(frame.definition).get(source.node, source.node)}")
                return None
            elif not variadic:
                self.skip(path, f"nothing is connected to {_port(entry, port)}")
                return None
        return found

    def instance(self, frame: _Frame, entry: Entry, path: Path) -> None:
        definition = self.program.definitions.get(entry.definition or "")
        if definition is None or definition.module.id in self.open:
            self.skip(path, "the module it is made from cannot be used here")
            return
        inputs = [None if s is None else frame.values.get((s.node, s.port)) for s in entry.sources]
        arguments = {**_defaults(definition), **self.arguments(frame, entry, path)}
        call = None if frame.call is None else frame.call.nodes.get(entry.node.id)
        results = self.module(definition, None if call is None else call.inner, path, arguments, inputs)
        names = _names(definition)
        for node, ref in results.items():
            frame.values[entry.node.id, names[node]] = ref
            self.network.places[path, names[node]] = ref
        if not results:
            self.skip(path, "none of its outputs can be reached")

    def arguments(self, frame: _Frame, entry: Entry, path: Path) -> dict[str, Any]:
        try:
            return {
                name: evaluate(value, frame.scope) if isinstance(value, Expression) else value
                for name, value in entry.node.arguments.items()
            }
        except ExpressionError as error:
            raise PlanError(error.message, path) from None

    def layer(self, frame: _Frame, entry: Entry, kind: type[Layer], path: Path) -> None:
        inputs = self.sources(frame, entry, path)
        if inputs is None:
            return
        if kind.variadic and not inputs:
            self.skip(path, "nothing is connected to it")
            return
        try:
            layer = bind(kind, self.arguments(frame, entry, path)).with_sizes(frame.sizes)
            result = self.trace(layer, path, inputs)
        except (ShapeError, ArgumentError) as error:
            raise PlanError(error.message, path) from None
        except ZeroDivisionError as error:
            raise PlanError(str(error), path) from None
        for port, ref in zip(kind.outputs, result.values, strict=True):
            frame.values[entry.node.id, port] = ref
            self.network.places[path, port] = ref
        for name, ref in result.buffers.items():
            self.network.buffers[slot_name(path, name)] = ref

    def trace(self, layer: Layer, path: Path, inputs: list[Ref]) -> Outputs:
        trace = self.network.trace
        # Random draws are named by scope and count, so that an edit elsewhere changes none of them.
        trace.scope, trace.draws = "/".join(path), 0
        types = [ref.type for ref in inputs]
        parameters = layer.parameters(*types)
        held: dict[str, Ref] = {}
        for name, tensor in {**parameters, **layer.buffers(*types)}.items():
            held[name] = trace.input(Type(tensor.shape, tensor.dtype))
            self.network.slots[slot_name(path, name)] = Slot(tensor, held[name], name in parameters)
        result = layer.apply(tuple(inputs), held, training=self.training)
        self.network.paths.extend([path] * (len(trace.steps) - len(self.network.paths)))
        for ref in result.values:
            if any(isinstance(dim, int) and dim < 1 for dim in ref.shape):
                raise ShapeError(
                    None, tr("the output would be {type}; the input is too small", type=ref.type)
                )
        return result


def _port(entry: Entry, port: int) -> str:
    return entry.layer.inputs[port] if entry.layer is not None and port < len(entry.layer.inputs) else "it"
