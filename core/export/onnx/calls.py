"""The nodes of one module as ONNX: layers, calls of functions, repeats, choices, branches and loops."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calls import ModuleCall, NodeCall
from ...dim import Dim, Symbolic, substitute, symbol, symbols
from ...initialise import Array
from ...layers.argument import ArgumentError
from ...layers.layer import Traced
from ...ops.primitive import Step
from ...problem import Path
from ...program import Entry
from ...record import INDEX
from ...settle import Open, evaluated, holds
from ...text import tr
from ...types import ShapeError, Type
from ..error import ExportError
from .graph import Graph, Named
from .layers import Call, direct
from .primitives import as_truth, spelled
from .scope import NeedsNumber, Refused, Scope, Value

if TYPE_CHECKING:
    from .build import Building, Frame


@dataclass(frozen=True)
class At:
    """Where a call stands: its path below the module, its names, where its nodes are put, and the sizes."""

    entry: Entry
    path: Path
    title: str
    scope: Scope
    sizes: Mapping[str, Dim]

    def part(self, key: str) -> "At":
        """A part of it."""
        return replace(self, path=(*self.path, key), title=f"{self.title}.{key}")


class Calls:
    """Writes the nodes of one module."""

    def __init__(self, building: "Building", frame: "Frame") -> None:
        self.building = building
        self.frame = frame

    def entry(self, entry: Entry) -> None:
        """A node and all that it stands for; one that is not complete is left out."""
        frame, node = self.frame, entry.node
        call = frame.call.nodes.get(node.id)
        inputs = self._sources(entry)
        if call is None or inputs is None or call.faults:
            return
        if node.owner:
            frame.tensors.share((node.id,), (node.owner,))
        at = At(entry, (node.id,), node.name, frame.scope, frame.sizes)
        single = len(entry.outputs) == 1
        wanted = [
            frame.wanted.get((node.id, port))
            or frame.scope.fresh(node.name if single else f"{node.name}.{port}")
            for port in entry.outputs
        ]
        with frame.scope.at(node.name, node.id, node.name):
            try:
                results = self.made(at, call, inputs, wanted)
            except Refused as error:
                raise ExportError(f"{node.name}: {error}", (node.id,)) from None
        frame.values.update(
            ((node.id, port), frame.scope.see(value))
            for port, value in zip(entry.outputs, results, strict=False)
        )

    def _wanted(self, entry: Entry, port: str) -> str:
        known = self.frame.wanted.get((entry.node.id, port))
        title = entry.node.name if len(entry.outputs) == 1 else f"{entry.node.name}.{port}"
        return known or self.frame.scope.fresh(title)

    def _sources(self, entry: Entry) -> list[Value] | None:
        """The values at the ports; None where one cannot be had."""
        frame, program = self.frame, self.building.program
        definition = program.definitions.get(entry.definition or "")
        variadic = entry.layer is not None and entry.layer.variadic
        found: list[Value] = []
        for port, source in enumerate(entry.sources):
            if source is not None:
                value = frame.values.get((source.node, source.port))
            else:
                default = None if definition is None else definition.defaults[port]
                value = None if default is None else Value(frame.scope.real(default), Type(()))
            if value is not None:
                found.append(value)
            elif source is not None or not variadic:
                return None
        return found

    def made(
        self, at: At, call: NodeCall, inputs: Sequence[Value], wanted: Sequence[str] = ()
    ) -> list[Value]:
        """The results of a call; they have the wanted names where it makes them itself."""
        if call.structure == "repeat":
            return self._repeated(at, call, inputs, wanted)
        if call.structure == "choose":
            return self._chosen(at, call, inputs, wanted)
        if call.structure == "if":
            return self._branch(at, call, inputs, wanted)
        if call.structure == "while":
            return self._loop(at, call, inputs, wanted)
        if call.inner is not None:
            return self._function(at, call.inner, inputs, wanted)
        return self._layer(at, call, inputs, wanted)

    # Layers and functions

    def _layer(self, at: At, call: NodeCall, inputs: Sequence[Value], wanted: Sequence[str]) -> list[Value]:
        if call.layer is None:
            raise ExportError(tr("{name}: it is not complete", name=at.title), at.path)
        layer, types = call.layer.with_sizes(at.sizes), [value.type for value in inputs]
        try:
            traced = layer.trace(*types)
        except (ShapeError, ArgumentError) as error:
            raise ExportError(f"{at.title}: {error.message}", at.path) from None
        start, scope = len(at.scope.nodes), at.scope
        steps = _needed(traced)
        read = {ref.index for step in steps for ref in step.inputs} | {
            ref.index for ref in traced.result.values
        }
        tensors = {
            name: self.frame.tensors.get(scope, (at.path, name), ref.type)
            for name, ref in traced.tensors.items()
            if ref.index in read
        }
        names = {ref.index: value.name for ref, value in zip(traced.inputs, inputs, strict=True)}
        given = list(names.values())
        names |= {traced.tensors[name].index: known for name, known in tensors.items()}
        first = traced.result.values[0]
        found = direct(Call(scope, layer, types, given, tensors, first.type))
        if found is not None:
            names[first.index] = found
        else:
            for step in steps:
                results = spelled(scope, step, [names[ref.index] for ref in step.inputs])
                names.update((ref.index, name) for ref, name in zip(step.outputs, results, strict=False))
        outputs = [Value(names[ref.index], ref.type) for ref in traced.result.values]
        return [self._named(scope, start, value, name) for value, name in _with(outputs, wanted)]

    def _named(self, scope: Scope, start: int, value: Value, name: str | None) -> Value:
        """The value by its wanted name, where a node put here from that number on makes it."""
        made = any(value.name in node.outputs for node in scope.nodes[start:])
        if name is None or not made or scope.is_constant(value.name):
            return value
        scope.rename(start, value.name, name)
        return Value(name, value.type)

    def _function(
        self, at: At, inner: ModuleCall, inputs: Sequence[Value], wanted: Sequence[str]
    ) -> list[Value]:
        definition, scope = self.building.program.definitions[inner.module], at.scope
        names = [value.name for value in inputs]
        for default in definition.defaults[len(inputs) :]:
            if default is None:
                raise ExportError(tr("{name}: nothing is connected to it", name=at.title), at.path)
            names.append(scope.real(default))
        built = self.building.function(inner, at.sizes)
        for (path, tensor), type_ in built.weights:
            names.append(self.frame.tensors.get(scope, ((*at.path, *path), tensor), type_))
        names += [scope.size(_symbol(size, at.sizes)) for size in built.sizes]
        outputs = [name or scope.fresh(at.title) for _, name in _with(built.outputs, wanted)]
        scope.put(built.name, names, outputs, domain=self.building.domain)
        return [scope.see(Value(name, type_)) for name, type_ in zip(outputs, built.outputs, strict=True)]

    # Structures

    def _repeated(
        self, at: At, call: NodeCall, inputs: Sequence[Value], wanted: Sequence[str]
    ) -> list[Value]:
        count = len(call.parts) if call.count is None else substitute(call.count, at.sizes)
        if isinstance(count, Symbolic):
            raise NeedsNumber(symbols(count))
        values, results = list(inputs), list(inputs[: len(call.outputs)])
        for index in range(count):
            part = call.part(str(index))
            assert part is not None
            here = at.part(str(index))
            if call.count is not None:
                here = replace(here, sizes={**at.sizes, INDEX: index})
            if call.shared and index:
                self.frame.tensors.share(here.path, (*at.path, "0"))
            with at.scope.at(here.title, at.entry.node.id, here.title):
                results = self.made(here, part, values, wanted if index == count - 1 else ())
            values = [*results, *inputs[len(results) :]]
        return results

    def _chosen(self, at: At, call: NodeCall, inputs: Sequence[Value], wanted: Sequence[str]) -> list[Value]:
        arguments, scope = at.entry.node.arguments, self._scope(at)
        if at.entry.node.kind != "Choose":
            raise ExportError(tr("{name}: what it chooses is open", name=at.title), at.path)
        try:
            condition = evaluated("condition", arguments.get("condition", True), scope)
            key = "then" if holds("condition", condition) else "otherwise"
        except Open:
            read = frozenset(self.building.program.symbols) - self.building.fixed.keys()
            raise NeedsNumber(read or frozenset({"condition"})) from None
        except ArgumentError as error:
            raise ExportError(f"{at.title}: {error.message}", at.path) from None
        part = call.part(key)
        assert part is not None
        return self.made(replace(at, path=(*at.path, key)), part, inputs, wanted)

    def _scope(self, at: At) -> dict[str, Any]:
        """What expressions of the module's nodes may read here."""
        frame = self.frame
        nodes = {entry.node.id: entry.node.name for entry in frame.definition.entries}
        types = {nodes[key]: frame.values[key, "y"].type for key in frame.definition.inputs}
        arguments = {name: _number(value, at.sizes) for name, value in frame.call.arguments.items()}
        index = {INDEX: int(at.path[1])} if len(at.path) > 1 and at.path[1].isdecimal() else {}
        return {**types, **arguments, **index}

    def _branch(self, at: At, call: NodeCall, inputs: Sequence[Value], wanted: Sequence[str]) -> list[Value]:
        condition, *rest = inputs
        truth = _truth(at.scope, condition)
        then, otherwise = (
            self._graph(replace(at.part(key), scope=at.scope.inside()), call, key, (), rest)
            for key in ("then", "otherwise")
        )
        outputs = self._outputs(at, then.outputs, wanted)
        graphs = {"then_branch": then, "else_branch": otherwise}
        at.scope.put("If", (truth,), [value.name for value in outputs], graphs)
        return outputs

    def _loop(self, at: At, call: NodeCall, inputs: Sequence[Value], wanted: Sequence[str]) -> list[Value]:
        body = call.part("body")
        assert body is not None
        count, scope = len(body.outputs), at.scope
        carried, fixed = inputs[:count], inputs[count:]
        bound = call.arguments.get("bound", 100)
        most = scope.constant(_scalar(bound))
        start = self._asked(at, call, inputs)
        inside = replace(at.part("body"), scope=scope.inside())
        borders = [Named(inside.scope.fresh(f"{at.title}.{name}"), type_) for name, type_ in
                   (("round", Type((), "int64")), ("again", Type((), "bool")))]  # fmt: skip
        values = [Value(inside.scope.fresh(f"{at.title}.x"), value.type) for value in carried]
        for value in values:
            inside.scope.see(value)
        graph = self._graph(inside, call, "body", (*borders, *(Named(v.name, v.type) for v in values)),
                            [*values, *fixed], again=True)  # fmt: skip
        ends = [Value(scope.fresh(at.title), end.type) for end in graph.outputs[1:]]
        names = [value.name for value in ends]
        scope.put("Loop", (most, start, *(value.name for value in carried)), names, {"body": graph})
        return self._ended(at, call, [*ends, *fixed], self._outputs(at, graph.outputs[1:], wanted))

    def _ended(self, at: At, call: NodeCall, ends: Sequence[Value], outputs: Sequence[Value]) -> list[Value]:
        """What a loop ends with, where it has ended.

        ONNX's Loop stops at its bound without a word, and nothing in ONNX asserts. So each result is taken
        out of a list of one, at 0 where the condition has come to an end and else at 1, where nothing is.
        """
        scope = at.scope
        place = scope.one("Cast", self._asked(at, call, ends), to=INT64)
        for end, output in zip(ends, outputs, strict=False):
            listed = scope.one("Unsqueeze", end.name, scope.integers([0]))
            scope.put("Gather", (listed, place), (output.name,), {"axis": 0})
        return list(outputs)

    def _asked(self, at: At, call: NodeCall, values: Sequence[Value]) -> str:
        """Whether a loop goes on with these values."""
        condition = call.part("condition")
        assert condition is not None
        (found,) = self.made(at.part("condition"), condition, values)
        return _truth(at.scope, found)

    def _graph(
        self,
        at: At,
        call: NodeCall,
        key: str,
        inputs: Sequence[Named],
        values: Sequence[Value],
        again: bool = False,
    ) -> Graph:
        """A branch, or a loop's body, which also says whether to go `again`."""
        part = call.part(key)
        assert part is not None
        results = self.made(at, part, values)
        outputs = [(value.name, value.type) for value in results]
        if again:
            condition = replace(at, path=at.path[:-1], title=at.title.rpartition(".")[0])
            asked = self._asked(condition, call, [*results, *values[len(results) :]])
            outputs.insert(0, (asked, Type((), "bool")))
        ends: list[Named] = []
        for name, type_ in outputs:
            # What a graph gives has to be made in it, and once.
            own = at.scope.makes(name) and name not in [end.name for end in ends]
            ends.append(Named(name if own else at.scope.one("Identity", name), type_))
        return Graph(at.title, tuple(inputs), tuple(ends), tuple(at.scope.nodes))

    def _outputs(self, at: At, ends: Iterable[Named], wanted: Sequence[str]) -> list[Value]:
        pairs = _with([end.type for end in ends], wanted)
        return [Value(name or at.scope.fresh(at.title), type_) for type_, name in pairs]


def _with(values: Sequence[Any], wanted: Sequence[str]) -> list[tuple[Any, str | None]]:
    names = [*wanted, *[None] * len(values)]
    return list(zip(values, names[: len(values)], strict=True))


def _needed(traced: Traced) -> list[Step]:
    """The steps that the results need, in order."""
    needed = {ref.index for ref in traced.result.values}
    steps: list[Step] = []
    for step in reversed(traced.trace.steps):
        if any(ref.index in needed for ref in step.outputs):
            needed.update(ref.index for ref in step.inputs)
            steps.append(step)
    return steps[::-1]


def _truth(scope: Scope, value: Value) -> str:
    """A condition as a single truth value: neither 0 nor NaN."""
    found = as_truth(scope, value.name, value.type)
    if value.type.dtype == "float32":
        found = scope.one("And", found, scope.one("Equal", value.name, value.name))
    return scope.one("Reshape", found, scope.integers([])) if value.type.rank else found


def _symbol(size: str, sizes: Mapping[str, Dim]) -> Dim:
    return substitute(symbol(size), sizes)


def _number(value: Any, sizes: Mapping[str, Dim]) -> Any:
    return substitute(value, sizes) if isinstance(value, Symbolic) else value


INT64 = 7
"""Of TensorProto.DataType."""


def _scalar(value: int) -> Array:
    return np.array(value, np.int64)
