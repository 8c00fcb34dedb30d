"""The bytes of a model are protobuf's: varints, keys and lengths, and the field numbers of onnx.proto."""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies

from core.dim import symbol
from core.export.onnx.graph import Constant, Function, Graph, Model, Named, Node
from core.export.onnx.protobuf import attribute, model_bytes, node, tensor, value, varint
from core.types import Type


def read(data: bytes) -> Iterator[tuple[int, Any]]:
    """A message's fields in order: numbers, floats, or bytes. Written from protobuf's own description."""
    place = 0

    def number() -> int:
        nonlocal place
        found = shift = 0
        while True:
            byte = data[place]
            place += 1
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found

    while place < len(data):
        key = number()
        match key & 7:
            case 0:
                yield key >> 3, number()
            case 2:
                size = number()
                place += size
                yield key >> 3, data[place - size : place]
            case 5:
                place += 4
                yield key >> 3, struct.unpack("<f", data[place - 4 : place])[0]
            case wire:
                raise AssertionError(f"wire type {wire}")


def all_of(data: bytes, field: int) -> list[Any]:
    """What a message has in a field."""
    return [found for key, found in read(data) if key == field]


# Both from protobuf.dev/programming-guides/encoding.
@pytest.mark.parametrize(("number", "expected"), [(150, "9601"), (1, "01"), (-2, "feffffffffffffffff01")])
def test_varints_are_those_of_the_encoding_s_description(number: int, expected: str) -> None:
    assert varint(number).hex() == expected


@given(strategies.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_comes_back_as_its_64_bits(number: int) -> None:
    ((field, found),) = read(attribute("n", number)[3:-3])
    assert (field, found) == (3, number % 2**64)


# The types are those of AttributeProto.AttributeType, the fields those of AttributeProto.
@pytest.mark.parametrize(
    ("given_", "kind", "field", "expected"),
    [
        (0.5, 1, 2, [0.5]),
        (7, 2, 3, [7]),
        ("same", 3, 4, [b"same"]),
        ((0.5, 2.0), 6, 7, [0.5, 2.0]),
        ((1, 2, 3), 7, 8, [1, 2, 3]),
        ((), 7, 8, []),
        (("Tanh", "Relu"), 8, 9, [b"Tanh", b"Relu"]),
    ],
)
def test_an_attribute_says_its_type_and_stands_in_that_type_s_field(
    given_: Any, kind: int, field: int, expected: list[Any]
) -> None:
    data = attribute("a", given_)
    assert all_of(data, 1) == [b"a"] and all_of(data, 20) == [kind] and all_of(data, field) == expected


def test_a_tensor_has_its_shape_type_and_little_endian_elements() -> None:
    data = tensor("w", np.arange(6, dtype=np.float32).reshape(2, 3).T)
    assert (all_of(data, 1), all_of(data, 2), all_of(data, 8)) == ([3, 2], [1], [b"w"])
    assert np.frombuffer(all_of(data, 9)[0], "<f4").tolist() == [0, 3, 1, 4, 2, 5]
    whole = tensor("", np.array(-1, ">i8"))
    assert all_of(whole, 2) == [7] and all_of(whole, 9) == [b"\xff" * 8] and not all_of(whole, 1)
    assert all_of(tensor("", np.array([True])), 2) == [9]


def test_a_value_has_numbers_and_names_for_its_sizes() -> None:
    data = value(Named("x", Type((symbol("B"), 20), "int64")))
    (kind,) = all_of(all_of(data, 2)[0], 1)
    dims = [list(read(dim)) for dim in all_of(all_of(kind, 2)[0], 1)]
    assert all_of(data, 1) == [b"x"] and all_of(kind, 1) == [7]
    assert dims == [[(2, b"B")], [(1, 20)]]


def test_a_node_names_its_domain_and_the_drawing_s_node() -> None:
    data = node(Node("Block", ("x", ""), ("y",), (), "own", "y", "conv 1", "id"))
    assert all_of(data, 1) == [b"x", b""] and all_of(data, 2) == [b"y"]
    assert all_of(data, 4) == [b"Block"] and all_of(data, 7) == [b"own"]
    (namespace,) = all_of(data, 9)
    assert list(read(namespace)) == [(1, b"namespace"), (2, b"conv 1")]


def test_a_model_has_graph_functions_and_both_domains() -> None:
    x, y = Named("x", Type((2,))), Named("y", Type((2,)))
    twice = Node("Constant", (), ("two",), (("value", Constant(np.array(2, np.float32))),))
    inside = Function("Twice", ("x",), ("y",), (twice, Node("Mul", ("x", "two"), ("y",))))
    graph = Graph("g", (x,), (y,), (Node("Twice", ("x",), ("y",), domain="own"),))
    model = Model("m", "own", graph, (inside,), (Named("w", Type((2,))),))
    data = model_bytes(model, {"w": np.ones(2)}, "Layerloom", "1")
    assert all_of(data, 1) == [10] and all_of(data, 2) == [b"Layerloom"]
    assert [dict(read(one)) for one in all_of(data, 8)] == [{1: b"", 2: 21}, {1: b"own", 2: 1}]
    (written,), (function,) = all_of(data, 7), all_of(data, 25)
    assert len(all_of(written, 1)) == len(all_of(written, 5)) == 1
    assert all_of(written, 11) == [value(x)] and all_of(written, 12) == [value(y)]
    assert (
        all_of(function, 1) == [b"Twice"] and all_of(function, 4) == [b"x"] and all_of(function, 5) == [b"y"]
    )
    assert len(all_of(function, 7)) == 2 and all_of(function, 10) == [b"own"]
