"""Memory that two processes see: nameless files mapped by both, and arrays laid out in them."""

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from ..initialise import Array
from ..platform import lengthen, nameless_file, receive_file, reserve, send_file
from ..text import tr
from .memory import aligned, readable
from .network import PlanError


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an array stands in a shared file: `offset` and `strides` in bytes, None for the reading order."""

    offset: int
    shape: tuple[int, ...]
    dtype: str
    strides: tuple[int, ...] | None = None


Layout = Mapping[str, Spot]


class SharedFile:
    """A file in memory, closed when nobody holds it; mappings live as long as the arrays on them."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = nameless_file() if descriptor is None else descriptor

    def reserve(self, size: int, *, at_once: bool = True) -> None:
        """Makes room for that many bytes, or has it made as they are used. Raises PlanError at a lack."""
        try:
            (reserve if at_once else lengthen)(self.descriptor, max(1, size))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise PlanError(
                tr(
                    "there is no room for {size} of values: {lower}",
                    size=readable(size),
                    lower=reason.lower(),
                )
            ) from None

    def mapped(self, *, writable: bool) -> Array:
        """The whole file as an array of bytes."""
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        return np.frombuffer(mmap.mmap(self.descriptor, 0, access=access), np.uint8)

    def write(self, content: bytes) -> None:
        """Makes these the whole file. Raises PlanError where there is no room."""
        self.reserve(len(content))
        self.mapped(writable=True)[:] = np.frombuffer(content, np.uint8)

    def send(self, connection: Connection, process: int) -> None:
        """Hands the file to the process at the other end."""
        send_file(connection, self.descriptor, process)

    @classmethod
    def receive(cls, connection: Connection) -> "SharedFile":
        """The file that the other end sends."""
        return cls(receive_file(connection))

    def close(self) -> None:
        """Lets go of the file; arrays on it stay."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __del__(self) -> None:
        self.close()


def lay_out(arrays: Mapping[str, tuple[tuple[int, ...], str]]) -> tuple[dict[str, Spot], int]:
    """A spot for each (shape, dtype), one after the other on aligned addresses, and the bytes in all."""
    layout: dict[str, Spot] = {}
    end = 0
    for name, (shape, dtype) in arrays.items():
        layout[name] = Spot(end, shape, dtype)
        end += aligned(int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize)
    return layout, end


def put(arrays: Mapping[str, Array], file: SharedFile) -> dict[str, Spot]:
    """Copies the arrays into a file that is empty, and says where they stand."""
    layout, size = lay_out({name: (array.shape, array.dtype.str) for name, array in arrays.items()})
    file.reserve(size)
    memory = file.mapped(writable=True)
    for name, spot in layout.items():
        at(memory, spot)[...] = arrays[name]
    return layout


def at(memory: Array, spot: Spot) -> Array:
    """The array at a spot."""
    return np.ndarray(spot.shape, spot.dtype, memory, spot.offset, spot.strides)


def found(memory: Array, array: Array) -> Spot | None:
    """The spot of an array that stands in this memory, None for another."""
    offset = array.ctypes.data - memory.ctypes.data
    low, high = _reach(array)
    if offset + low < 0 or offset + high > memory.nbytes:
        return None
    return Spot(offset, array.shape, array.dtype.str, None if array.flags.c_contiguous else array.strides)


def _reach(array: Array) -> tuple[int, int]:
    """Where the array's bytes begin and end, counted from its first element."""
    if not array.size:
        return 0, 0
    steps = [(count - 1) * stride for count, stride in zip(array.shape, array.strides, strict=True)]
    return sum(min(0, step) for step in steps), array.itemsize + sum(max(0, step) for step in steps)
