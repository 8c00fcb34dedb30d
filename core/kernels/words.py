"""How compiled code reads its arguments and calls by address: 64-bit words in raw memory.

The functions here are Numba intrinsics: they may be used in compiled functions only.
"""

import os
import platform
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .vector import INTEGER, intrinsic

DOUBLE = ir.DoubleType()
KERNEL = ir.FunctionType(INTEGER, [INTEGER] * 3)

SPATIAL_AXES = 3
"""Axes of an image that a kernel is told of, a word each; those of fewer are filled up in front."""


@intrinsic
def word(typing: Any, address: Any, index: Any) -> Any:
    """The index-th 64-bit integer at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        place = builder.add(given[0], builder.mul(given[1], ir.Constant(INTEGER, 8)))
        return builder.load(builder.inttoptr(place, INTEGER.as_pointer()), align=8)

    return types.int64(types.int64, types.int64), write


@intrinsic
def put_word(typing: Any, address: Any, index: Any, value: Any) -> Any:
    """Sets the index-th 64-bit integer at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        place = builder.add(given[0], builder.mul(given[1], ir.Constant(INTEGER, 8)))
        builder.store(given[2], builder.inttoptr(place, INTEGER.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), write


@intrinsic
def real_word(typing: Any, address: Any, index: Any) -> Any:
    """The index-th 64-bit word at an address, read as a float64."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        place = builder.add(given[0], builder.mul(given[1], ir.Constant(INTEGER, 8)))
        return builder.load(builder.inttoptr(place, DOUBLE.as_pointer()), align=8)

    return types.float64(types.int64, types.int64), write


def _numbers_at(item: str) -> Any:
    def numbers(typing: Any, address: Any) -> Any:
        pointer = types.CPointer(getattr(types, item))

        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            return builder.inttoptr(given[0], context.get_value_type(pointer))

        return pointer(types.int64), write

    return intrinsic(numbers)


floats = _numbers_at("float32")
"""The floats at an address, to be indexed without any check."""

doubles = _numbers_at("float64")
"""The float64 numbers at an address, to be indexed without any check."""

bytes_at = _numbers_at("uint8")
"""The bytes at an address, to be indexed without any check."""

words_at = _numbers_at("int64")
"""The 64-bit integers at an address, to be indexed without any check."""


@intrinsic
def call(typing: Any, code: Any, arguments: Any, thread: Any, threads: Any) -> Any:
    """Calls the kernel at an address with its block of arguments; its status."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        return builder.call(builder.inttoptr(given[0], KERNEL.as_pointer()), given[1:])

    return types.int64(types.int64, types.int64, types.int64, types.int64), write


@intrinsic
def fetch_add(typing: Any, address: Any, amount: Any) -> Any:
    """Adds to the integer at an address, as one act for all threads; what stood there before."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        pointer = builder.inttoptr(given[0], INTEGER.as_pointer())
        return builder.atomic_rmw("add", pointer, given[1], "seq_cst")

    return types.int64(types.int64, types.int64), write


@intrinsic
def seen(typing: Any, address: Any) -> Any:
    """The integer at an address as other threads left it."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        pointer = builder.inttoptr(given[0], INTEGER.as_pointer())
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(types.int64), write


@intrinsic
def show(typing: Any, address: Any, value: Any) -> Any:
    """Sets the integer at an address so that other threads see it, and all that was written before it."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        pointer = builder.inttoptr(given[0], INTEGER.as_pointer())
        builder.store_atomic(given[1], pointer, "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), write


@intrinsic
def pause(typing: Any) -> Any:
    """Tells the processor that this thread waits in a loop; nothing where there is no such instruction."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        if platform.machine() in {"x86_64", "AMD64"}:
            name = "llvm.x86.sse2.pause"
            known = builder.module.globals.get(name)
            if known is None:
                known = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), []), name)
            builder.call(known, [])
        return context.get_dummy_value()

    return types.void(), write


@intrinsic
def give_way(typing: Any) -> Any:
    """Lets another thread have this core for a while (POSIX `sched_yield`; elsewhere as `pause`)."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        if os.name == "posix":
            known = builder.module.globals.get("sched_yield")
            if known is None:
                known = ir.Function(builder.module, ir.FunctionType(ir.IntType(32), []), "sched_yield")
            builder.call(known, [])
        return context.get_dummy_value()

    return types.void(), write
