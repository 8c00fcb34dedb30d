"""Designs written as records: a node's id is its name, a wire is `fc.y > add.x1`."""

from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from core.document import Change, Document
from core.expression import Value
from core.record import ROOT, Module, ModuleArgument, Node, Record, Wire, instance_kind


class Design:
    """Collects records; `document()` is the design that they make, damaged or not."""

    def __init__(self, **arguments: int) -> None:
        self.records: list[Record] = []
        self.module(ROOT, **arguments)

    def module(self, name: str, **arguments: Any) -> "Design":
        """A module with arguments by their defaults."""
        declared = tuple(ModuleArgument(name=key, default=value) for key, value in arguments.items())
        self.records.append(Module(id=name, name=name, arguments=declared))
        return self

    def node(self, kind: str, name: str, module: str = ROOT, **arguments: Value) -> "Design":
        """A layer, or an instance where the kind is `@` and a module's name."""
        self.records.append(Node(id=name, module=module, kind=kind, name=name, arguments=arguments))
        return self

    def instance(self, definition: str, name: str, module: str = ROOT, **arguments: Value) -> "Design":
        """An instance of a module."""
        kind = instance_kind(definition)
        return self.record(Node(id=name, module=module, kind=kind, name=name, arguments=arguments))

    def record(self, record: Record) -> "Design":
        """Any record, as it is."""
        self.records.append(record)
        return self

    def wire(self, source: str, target: str, module: str = ROOT) -> "Design":
        """A wire; the ports are y and x where only nodes are named."""
        start, _, out = source.partition(".")
        end, _, into = target.partition(".")
        key = f"{source} > {target}"
        self.records.append(
            Wire(
                id=key,
                module=module,
                source=start,
                source_port=out or "y",
                target=end,
                target_port=into or "x",
            )
        )
        return self

    def chain(self, *names: str, module: str = ROOT) -> "Design":
        """Wires from each node to the next."""
        for source, target in pairwise(names):
            self.wire(source, target, module)
        return self

    def document(self) -> Document:
        """The document of these records."""
        return Document(self.records)


def mlp(**arguments: str) -> Design:
    """x (B×20) → fc1 → relu → fc2 (10) → y."""
    design = Design().node("Input", "x", shape="B, 20", **arguments).node("Linear", "fc1", out_features=256)
    design.node("ReLU", "relu").node("Linear", "fc2", out_features=10).node("Output", "y")
    return design.chain("x", "fc1", "relu", "fc2", "y")


def chained(count: int) -> Document:
    """x → first → count nodes that keep the shape → y."""
    design = Design().node("Input", "x", shape="B, 20").node("Linear", "first", out_features=256)
    names = [f"n{i}" for i in range(count)]
    for i, name in enumerate(names):
        design.node(("ReLU", "Dropout", "Identity")[i % 3], name)
    return design.node("Output", "y").chain("x", "first", *names, "y").document()


def set_argument(document: Document, node: str, **values: Value) -> Change:
    """Sets arguments of a node and returns the change."""
    return put(document, replace(document.node(node), arguments={**document.node(node).arguments, **values}))


def put(document: Document, *records: Record) -> Change:
    """Puts records in one edit and returns the change."""
    return _change(document, records, ())


def remove(document: Document, *keys: str) -> Change:
    """Removes records in one edit and returns the change."""
    return _change(document, (), keys)


def _change(document: Document, records: tuple[Record, ...], keys: tuple[str, ...]) -> Change:
    heard: list[Change] = []
    stop = document.subscribe(heard.append)
    with document.edit("Edit"):
        for record in records:
            document.put(record)
        for key in keys:
            document.remove(key)
    stop()
    return heard[0] if heard else Change("Edit", {})
