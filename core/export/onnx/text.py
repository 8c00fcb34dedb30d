"""An ONNX model as text, a line for each node, much as onnx.printer shows it; small constants inline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...dim import text
from ...initialise import Array
from ...text import tr
from ...types import DType, Type
from ..format import Line
from ..values import literal
from .graph import IR_VERSION, OPSET, Constant, Function, Graph, Model, Named, Node

SHOWN = 8
"""A constant of more elements is shown by its shape."""

ELEMENTS: Mapping[str, str] = {"float32": "float", "int64": "int64", "bool": "bool"}
"""ONNX's names of types."""


def listing(model: Model) -> list[Line]:
    """The graph, then its functions, those that are called before their callers."""
    lines = [Line(f"# {name} = {size}: {_fixed()}") for name, size in sorted(model.fixed.items())]
    imports = f'["" : {OPSET}, "{model.domain}" : 1]' if model.domain else f'["" : {OPSET}]'
    lines.append(Line(f"<ir_version: {IR_VERSION}, opset_import: {imports}>"))
    lines += [*_Printed(model.graph.nodes).graph(model.graph, model.initializers)]
    for function in model.functions:
        lines += [Line(""), *_Printed(function.nodes).function(function, model.domain)]
    return lines


def _fixed() -> str:
    return tr("an operator has to be told this size as a number")


@dataclass
class _Printed:
    """One graph or function; its constants are shown where they are read."""

    nodes: Sequence[Node]
    constants: dict[str, str] = field(default_factory=dict)

    def graph(self, one: Graph, weights: Sequence[Named]) -> Iterator[Line]:
        """The main graph with its weights."""
        inputs, outputs = (", ".join(map(_named, ends)) for ends in (one.inputs, one.outputs))
        yield Line(f"{one.name} ({inputs}) => ({outputs})")
        if weights:
            yield Line("<")
            yield from (Line(f"    {_named(each)}{_comma(each, weights)}") for each in weights)
            yield Line(">")
        yield Line("{")
        yield from self.body(one.nodes, 1)
        yield Line("}")

    def function(self, one: Function, domain: str) -> Iterator[Line]:
        """A function."""
        if one.help:
            yield Line(f"# {one.help.splitlines()[0]}")
        yield Line(f'<domain: "{domain}", opset_import: ["" : {OPSET}]>')
        yield Line(f"{one.name} ({', '.join(one.inputs)}) => ({', '.join(one.outputs)})")
        yield Line("{")
        yield from self.body(one.nodes, 1)
        yield Line("}")

    def body(self, nodes: Sequence[Node], depth: int) -> Iterator[Line]:
        """A line for each node, more for one that holds graphs."""
        for node in nodes:
            if node.op == "Constant":
                ((_, value),) = node.attributes
                assert isinstance(value, Constant)
                self.constants[node.outputs[0]] = _literal(value.array)
                continue
            yield from self.node(node, depth)

    def node(self, node: Node, depth: int) -> Iterator[Line]:
        """`y = Op <attribute = value> (x)`."""
        indent, origin = "    " * depth, (node.origin,) if node.origin else ()
        graphs = [(name, one) for name, one in node.attributes if isinstance(one, Graph)]
        told = ", ".join(
            f"{name} = {_attribute(one)}" for name, one in node.attributes if not isinstance(one, Graph)
        )
        called = f"{node.domain}.{node.op}" if node.domain else node.op
        inputs = ", ".join(self.constants.get(name, name or '""') for name in node.inputs)
        start = f"{indent}{', '.join(node.outputs)} = {called}"
        if not graphs:
            yield Line(f"{start}{f' <{told}>' if told else ''} ({inputs})", origin)
            return
        yield Line(f"{start} ({inputs}) <", origin)
        for name, one in graphs:
            ends = ", ".join(map(_named, one.inputs)), ", ".join(map(_named, one.outputs))
            yield Line(f"{indent}    {name} = ({ends[0]}) => ({ends[1]}) {{", origin)
            yield from self.body(one.nodes, depth + 2)
            yield Line(f"{indent}    }}{',' if one is not graphs[-1][1] else ''}", origin)
        yield Line(f"{indent}>", origin)


def _comma(one: Named, all_: Sequence[Named]) -> str:
    return "" if one is all_[-1] else ","


def _named(one: Named) -> str:
    return f"{_type(one.type)} {one.name}"


def _type(type_: Type) -> str:
    shape = ", ".join(text(dim) for dim in type_.shape)
    return f"{ELEMENTS[type_.dtype]}[{shape}]" if shape else ELEMENTS[type_.dtype]


def _attribute(value: object) -> str:
    match value:
        case str():
            return f'"{value}"'
        case float():
            return literal(value)
        case tuple():
            return "[" + ", ".join(map(_attribute, value)) + "]"
    return str(value)


def _literal(array: Array) -> str:
    if array.size > SHOWN or array.ndim > 1:
        return f"{_type(Type(array.shape, _element(array)))} {{…}}"
    values = [
        _attribute(float(str(value)) if array.dtype.kind == "f" else value.item()) for value in array.flat
    ]
    return values[0] if array.ndim == 0 else f"{{{', '.join(values)}}}"


def _element(array: Array) -> DType:
    return "float32" if array.dtype.kind == "f" else "bool" if array.dtype.kind == "b" else "int64"
