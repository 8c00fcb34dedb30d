"""Writes MXNet's file of named arrays: what `Block.load_parameters` and `npx.load` read.

Little endian throughout. The file: a magic number, a reserved one, how many arrays, each array, how many
names, each name with its length. An array in the NumPy mode (V3): its magic number, its storage (0, dense),
its axes and sizes, the device (1, the CPU; number 0), the type's number, the bytes. Source: MXNet 1.9.1,
`src/ndarray/ndarray.cc`, NDArray::Save.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...initialise import Array

LIST_MAGIC, V3_MAGIC = 0x112, 0xF993FACA
TYPES = {"float32": 0, "float64": 1, "uint8": 3, "int32": 4, "int8": 5, "int64": 6, "bool": 7}
"""MXNet's numbers of types."""


def save_ndarrays(path: Path, weights: Mapping[str, Array]) -> None:
    """Writes arrays by name."""
    names = [name.encode() for name in weights]
    blocks = [struct.pack("<QQQ", LIST_MAGIC, 0, len(weights)), *map(_packed, weights.values())]
    blocks += [struct.pack("<Q", len(names)), *(struct.pack("<Q", len(name)) + name for name in names)]
    path.write_bytes(b"".join(blocks))


def _packed(array: Array) -> bytes:
    plain = np.ascontiguousarray(array).reshape(array.shape)
    head = struct.pack("<Iii", V3_MAGIC, 0, plain.ndim)
    sizes = struct.pack(f"<{plain.ndim}q", *plain.shape)
    return head + sizes + struct.pack("<iii", 1, 0, TYPES[plain.dtype.name]) + plain.tobytes()
