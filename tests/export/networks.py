"""Small designs made of records, for the exports' tests; ids are the names, so that tests can read them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from core.document import Document
from core.layers import LAYERS
from core.program import Program, build_program
from core.record import ROOT, Module, ModuleArgument, Node, Wire
from core.resolve import Resolver


class Drawing:
    """Collects records; `at` is the module that nodes and wires go to."""

    def __init__(self, name: str) -> None:
        self.records: list[Module | Node | Wire] = [Module(id=ROOT, name=name)]
        self.at = ROOT

    def module(self, name: str, help: str = "", **arguments: int) -> None:
        """Starts a definition whose id is its name."""
        declared = tuple(ModuleArgument(name=key, default=value) for key, value in arguments.items())
        self.records.append(Module(id=name, name=name, arguments=declared, help=help))
        self.at = name

    def main(self) -> None:
        """Goes back to the root."""
        self.at = ROOT

    def node(self, name: str, kind: str, **arguments: Any) -> str:
        """A node; `@block` as a kind is an instance. Its id is its name, with the module's before it."""
        key = name if self.at == ROOT else f"{self.at}/{name}"
        self.records.append(Node(id=key, module=self.at, kind=kind, name=name, arguments=arguments))
        return key

    def wire(self, source: str, target: str) -> None:
        """A wire between ports: `conv`, or `conv.y`, to `add.x2`."""
        start, _, source_port = source.partition(".")
        end, _, target_port = target.partition(".")
        before = "" if self.at == ROOT else f"{self.at}/"
        self.records.append(
            Wire(
                id=f"wire {len(self.records)}",
                module=self.at,
                source=before + start,
                source_port=source_port or "y",
                target=before + end,
                target_port=target_port or "x",
            )
        )

    def chain(self, *names: str) -> None:
        """Wires each to the next."""
        for source, target in pairwise(names):
            self.wire(source.split(".")[0], target)

    def program(self) -> Program:
        """The design resolved and lowered."""
        return program_of(Document(self.records))


def program_of(document: Document) -> Program:
    """The program of a document."""
    return build_program(document, Resolver(document))


def one_layer(kind: str, arguments: Mapping[str, Any] | None = None) -> Drawing:
    """The layer's example as a network: an Input for each of its inputs, an Output for each output."""
    layer = LAYERS[kind]
    drawing = Drawing(f"one {kind}")
    drawing.node("layer", kind, **(layer.example.arguments if arguments is None else arguments))
    for order, (port, shape) in enumerate(layer.example.inputs.items()):
        sizes = ", ".join(map(str, shape))
        bound = layer.example.integers.get(port)
        whole = {} if bound is None else {"dtype": "int64", "bound": bound}
        drawing.node(f"{port} in", "Input", shape=sizes, order=order, **whole)
        drawing.wire(f"{port} in", f"layer.{port}")
    for order, port in enumerate(layer.outputs):
        drawing.node(f"{port} out", "Output", order=order)
        drawing.wire(f"layer.{port}", f"{port} out")
    if not layer.example.inputs:
        _fed(drawing)
    return drawing


def _fed(drawing: Drawing) -> None:
    """A network needs an input: it is multiplied by the constant."""
    drawing.records = [record for record in drawing.records if not isinstance(record, Wire)]
    drawing.node("x", "Input", shape="3, 4")
    drawing.node("product", "Multiply")
    drawing.wire("layer", "product.x1")
    drawing.wire("x", "product.x2")
    drawing.wire("product", "y out")


def mlp() -> Drawing:
    """The text's network as a chain."""
    drawing = Drawing("mlp")
    drawing.node("x", "Input", shape="B, 20")
    drawing.node("hidden", "Linear", out_features=256)
    drawing.node("relu", "ReLU")
    drawing.node("out", "Linear", out_features=10)
    drawing.node("y", "Output")
    drawing.chain("x", "hidden", "relu", "out", "y")
    return drawing
