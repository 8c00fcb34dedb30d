"""An ONNX model as bytes: protobuf's wire format, with the field numbers of onnx.proto (IR version 10).

A field is a key, its number and wire type in one varint, and a value: 0 is a varint, 2 a length and bytes,
5 four bytes. Source: protobuf.dev/programming-guides/encoding.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...dim import Dim, text
from ...initialise import Array
from .graph import IR_VERSION, OPSET, Attribute, Constant, Function, Graph, Model, Named, Node

ELEMENTS: Mapping[str, int] = {"float32": 1, "int64": 7, "bool": 9}
"""TensorProto.DataType of our element types."""

FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS = range(1, 9)
"""AttributeProto.AttributeType."""


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as its two's complement in 64 bits."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def integer(field: int, value: int) -> bytes:
    """A field that holds a whole number."""
    return varint(field << 3) + varint(value)


def single(field: int, value: float) -> bytes:
    """A field that holds a float of 32 bits."""
    return varint(field << 3 | 5) + struct.pack("<f", value)


def block(field: int, value: bytes | str) -> bytes:
    """A field that holds bytes, a text or a message."""
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def model_bytes(model: Model, weights: Mapping[str, Array], producer: str, version: str) -> bytes:
    """ModelProto; `weights` go by initializer."""
    tensors = [tensor(one.name, np.asarray(weights[one.name], one.type.dtype)) for one in model.initializers]
    return b"".join((
        integer(1, IR_VERSION), block(2, producer), block(3, version), block(6, model.help),
        block(7, graph(model.graph, tensors)),
        _imports(model.domain),
        *(block(25, function(one, model.domain)) for one in model.functions),
    ))  # fmt: skip


def _imports(domain: str, field: int = 8) -> bytes:
    own = block(field, block(1, domain) + integer(2, 1)) if domain else b""
    return block(field, block(1, "") + integer(2, OPSET)) + own


def graph(one: Graph, tensors: Iterable[bytes] = ()) -> bytes:
    """GraphProto."""
    return b"".join((
        *(block(1, node(each)) for each in one.nodes),
        block(2, one.name),
        *(block(5, each) for each in tensors),
        *(block(11, value(each)) for each in one.inputs),
        *(block(12, value(each)) for each in one.outputs),
    ))  # fmt: skip


def function(one: Function, domain: str) -> bytes:
    """FunctionProto."""
    return b"".join((
        block(1, one.name),
        *(block(4, name) for name in one.inputs),
        *(block(5, name) for name in one.outputs),
        *(block(7, node(each)) for each in one.nodes),
        *((block(8, one.help),) if one.help else ()),
        _imports(domain, 9),
        block(10, domain),
    ))  # fmt: skip


def node(one: Node) -> bytes:
    """NodeProto."""
    namespace = block(9, block(1, "namespace") + block(2, one.space)) if one.space else b""
    return b"".join((
        *(block(1, name) for name in one.inputs),
        *(block(2, name) for name in one.outputs),
        block(3, one.name),
        block(4, one.op),
        *(block(5, attribute(name, each)) for name, each in one.attributes),
        *((block(7, one.domain),) if one.domain else ()),
        namespace,
    ))  # fmt: skip


def attribute(name: str, one: Attribute | Graph) -> bytes:
    """AttributeProto."""
    match one:
        case float():
            kind, data = FLOAT, single(2, one)
        case int():
            kind, data = INT, integer(3, one)
        case str():
            kind, data = STRING, block(4, one)
        case Constant(array=array):
            kind, data = TENSOR, block(5, tensor("", array))
        case Graph():
            kind, data = GRAPH, block(6, graph(one))
        case _:
            kind, data = _several(one)
    return block(1, name) + data + integer(20, kind)


def _several(values: Sequence[int | float | str]) -> tuple[int, bytes]:
    floats = [single(7, value) for value in values if isinstance(value, float)]
    strings = [block(9, value) for value in values if isinstance(value, str)]
    integers = [integer(8, value) for value in values if isinstance(value, int)]
    kind = FLOATS if floats else STRINGS if strings else INTS
    return kind, b"".join((*floats, *strings, *integers))


def tensor(name: str, array: Array) -> bytes:
    """TensorProto with its elements as raw bytes, little-endian."""
    shape = b"".join(integer(1, size) for size in array.shape)
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    kind = integer(2, ELEMENTS[array.dtype.name])
    return shape + kind + (block(8, name) if name else b"") + block(9, little.tobytes())


def value(one: Named) -> bytes:
    """ValueInfoProto."""
    shape = b"".join(block(1, _dimension(dim)) for dim in one.type.shape)
    kind = integer(1, ELEMENTS[one.type.dtype]) + block(2, shape)
    return block(1, one.name) + block(2, block(1, kind))


def _dimension(dim: Dim) -> bytes:
    return integer(1, dim) if isinstance(dim, int) else block(2, text(dim))
