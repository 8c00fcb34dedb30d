"""Layers whose arguments decide which ports they have."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from core import ops
from core.document import Change
from core.edits import set_argument
from core.engine.walk import trace_program
from core.layers import LAYERS
from core.layers.layer import Example, Layer, Outputs, argument, initial_arguments, layer_ports
from core.ops.interpret import evaluate
from core.ops.primitive import Ref
from core.program import build_program
from core.record import ROOT
from core.resolve import Resolver
from tests.core.design import Design


@pytest.fixture
def halves() -> Iterator[str]:
    class Pieces(Layer):
        """As many pieces of the last axis as are asked for."""

        category = "shape"
        example = Example(inputs={"x": (2, 6)}, arguments={"count": 3})

        count: int = argument(default=2, initial=2, minimum=1, help="How many")

        @classmethod
        def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
            """y1, y2, …"""
            count = arguments.get("count", 2)
            return ("x",), tuple(f"y{i + 1}" for i in range(count if isinstance(count, int) else 1))

        def forward(self, x: Ref) -> Outputs:
            """Slices."""
            axis = x.type.rank - 1
            size = x.shape[axis] // self.count
            starts = [size * i for i in range(self.count)]
            return Outputs(tuple(ops.slice(x, axis, start, start + size) for start in starts))

    yield Pieces.__name__
    del LAYERS["Pieces"]


def design(kind: str, count: int) -> Design:
    made = Design().node("Input", "x", shape="B, 12").node(kind, "pieces", count=count)
    return made.node("Output", "y").wire("x", "pieces").wire("pieces.y2", "y")


def test_a_new_node_has_the_ports_of_its_initial_arguments(halves: str) -> None:
    assert layer_ports(LAYERS[halves], initial_arguments(LAYERS[halves])) == (("x",), ("y1", "y2"))
    assert LAYERS[halves].outputs == ("y1", "y2")


@pytest.mark.parametrize("count", [2, 3, 4])
def test_each_node_has_the_ports_of_its_own_arguments(halves: str, count: int) -> None:
    document = design(halves, count).document()
    resolver = Resolver(document)
    (entry,) = [
        e for e in build_program(document, resolver).definitions[ROOT].entries if e.node.kind == halves
    ]
    assert entry.outputs == tuple(f"y{i + 1}" for i in range(count))
    assert not resolver.resolution.problems
    assert str(resolver.resolution.root.outputs[0]) == f"B×{12 // count}"


def follow(resolver: Resolver, change: Change) -> None:
    resolver.update(change)


def test_ports_follow_the_argument_and_wires_keep_theirs(halves: str) -> None:
    document = design(halves, 3).document()
    resolver = Resolver(document)
    document.subscribe(lambda change: follow(resolver, change))
    set_argument(document, "pieces", "count", 4)
    assert str(resolver.resolution.root.outputs[0]) == "B×3"
    assert [wire.source_port for wire in document.wires(ROOT)] == ["y", "y2"]
    set_argument(document, "pieces", "count", 1)
    assert [wire.source for wire in document.wires(ROOT)] == ["x"], "y2 is gone, and so is its wire"
    document.undo()
    assert [wire.source_port for wire in document.wires(ROOT)] == ["y", "y2"]


def test_a_network_with_derived_ports_runs(halves: str) -> None:
    document = design(halves, 3).document()
    program = build_program(document, Resolver(document))
    given = np.arange(24.0).reshape(2, 12)
    network = trace_program(program, {"B": 2})
    known = evaluate(network.trace, {network.inputs["x"].index: given})
    place = network.places[network.outputs["y"]]
    assert known[place.index].tolist() == given[:, 4:8].tolist()
