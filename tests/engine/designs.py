"""Small designs with ids that can be read, for the tests of the engine."""

from itertools import pairwise
from typing import Any

from core.document import Document
from core.program import Program, build_program
from core.record import ROOT, Module, Node, Record, Wire
from core.resolve import Resolver

Layers = dict[str, tuple[str, dict[str, Any]]]


def program_of(document: Document) -> Program:
    """The document lowered."""
    return build_program(document, Resolver(document))


def records(module: str, layers: Layers, wires: str) -> list[Record]:
    """Nodes by id and name, and wires as `x > a; a > add.x1; x > add.x2` (ports y and x where not named)."""
    nodes = [
        Node(id=key, module=module, kind=kind, name=key, arguments=arguments)
        for key, (kind, arguments) in layers.items()
    ]
    return [*nodes, *(_wire(module, text) for text in wires.split(";") if text.strip())]


def _wire(module: str, text: str) -> Wire:
    source, _, target = text.strip().partition(" > ")
    a, _, source_port = source.partition(".")
    b, _, target_port = target.partition(".")
    return Wire(
        id=f"{module}:{text.strip()}",
        module=module,
        source=a,
        source_port=source_port or "y",
        target=b,
        target_port=target_port or "x",
    )


def design(layers: Layers, wires: str, *more: Record) -> Document:
    """A design whose root has these layers and wires."""
    root = Module(id=ROOT, name="Network")
    return Document([root, *more, *records(ROOT, layers, wires)])


def chain(
    shape: str, *kinds: tuple[str, dict[str, Any]], sizes: str = "", dtype: str = "float32"
) -> Document:
    """An Input x, the layers n0, n1, … one after the other, and an Output y."""
    layers: Layers = {"x": ("Input", {"shape": shape, "sizes": sizes, "dtype": dtype})}
    layers |= {f"n{i}": kind for i, kind in enumerate(kinds)}
    layers["y"] = ("Output", {})
    names = list(layers)
    wires = "; ".join(f"{a} > {b}" for a, b in pairwise(names))
    return design(layers, wires)


MLP = (("Linear", {"out_features": 8, "activation": "tanh"}), ("Linear", {"out_features": 3}))
