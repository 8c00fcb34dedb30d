"""The designs that are measured: long chains in rows, and a dense field of nodes and wires."""

from collections.abc import Mapping
from itertools import pairwise

from core.document import Document
from core.expression import Value, parse
from core.record import ROOT, Module, ModuleArgument, Node, Record, Wire

COLUMN, ROW = 220.0, 170.0
ROW_LENGTH = 50

FOLLOWING: tuple[tuple[str, Mapping[str, Value]], ...] = (
    ("ReLU", {}),
    ("LayerNorm", {}),
    ("Dropout", {}),
    ("GELU", {}),
    ("Identity", {}),
)
"""Layers that take the width of what comes before, one after another."""

READING: tuple[tuple[str, Mapping[str, Value]], ...] = (
    *FOLLOWING[:3],
    ("Linear", {"out_features": parse("2 * width")}),
    ("ReLU", {}),
    ("Linear", {"out_features": parse("width")}),
)
"""Layers of which some read the module's `width`."""


def chain(count: int, kinds: tuple[tuple[str, Mapping[str, Value]], ...] = FOLLOWING) -> Document:
    """x → first (Linear) → the kinds in turn → y, `count` nodes in rows as a hand would lay them out."""
    records: list[Record] = [
        Module(id=ROOT, name="main", arguments=(ModuleArgument(name="width", default=64),)),
        Node(id="x", module=ROOT, kind="Input", name="x", arguments={"shape": "B, 20"}, at=_place(0)),
        Node(
            id="first",
            module=ROOT,
            kind="Linear",
            name="first",
            arguments={"out_features": 256},
            at=_place(1),
        ),
    ]
    for index in range(2, count - 1):
        kind, arguments = kinds[(index - 2) % len(kinds)]
        key = f"n{index}"
        records.append(
            Node(id=key, module=ROOT, kind=kind, name=key, arguments=dict(arguments), at=_place(index))
        )
    records.append(Node(id="y", module=ROOT, kind="Output", name="y", at=_place(count - 1)))
    nodes = [record.id for record in records if isinstance(record, Node)]
    wires = [_wire(source, target, "x") for source, target in pairwise(nodes)]
    return Document([*records, *wires])


def field(nodes: int, wires: int) -> Document:
    """Additions in rows: each takes the one before it, and as many as are needed one of the row above too."""
    records: list[Record] = [Module(id=ROOT, name="main")]
    records.append(Node(id="n0", module=ROOT, kind="Input", name="x", arguments={"shape": "B, 20"}))
    second = wires - (nodes - 1)
    for index in range(1, nodes):
        above = index - ROW_LENGTH
        doubled = above >= 0 and second > 0
        key, kind = f"n{index}", "Add" if doubled else "ReLU"
        records.append(Node(id=key, module=ROOT, kind=kind, name=key, at=_place(index)))
        records.append(_wire(f"n{index - 1}", key, "x1" if doubled else "x"))
        if doubled:
            records.append(_wire(f"n{above}", key, "x2"))
            second -= 1
    return Document(records)


def _place(index: int) -> tuple[float, float]:
    return (index % ROW_LENGTH) * COLUMN, (index // ROW_LENGTH) * ROW


def _wire(source: str, target: str, port: str) -> Wire:
    key = f"{source} > {target}.{port}"
    return Wire(id=key, module=ROOT, source=source, source_port="y", target=target, target_port=port)
