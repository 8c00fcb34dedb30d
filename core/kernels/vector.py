"""The words that vector code is written in: one object per function under construction.

A kernel is Python that is run once, while Numba compiles, and leaves LLVM instructions behind. `Code` has
them at the level of thought: lanes, loops, fused multiply-adds. Addresses are 64-bit integers, in bytes.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from ..ops.jit import WIDTH_VARIABLE, intrinsic as compiled_intrinsic

REAL = ir.FloatType()
INTEGER = ir.IntType(64)
NOTHING = ir.VoidType()
ITEM = 4
"""Bytes of a float."""
CACHE_LINE = 64
"""Bytes of a line of a cache."""


def _width() -> int:
    given = os.environ.get(WIDTH_VARIABLE)
    if given:
        return int(given)
    features = llvm.get_host_cpu_features()
    return 16 if features.get("avx512f") else 8 if features.get("avx2") else 4


WIDTH = _width()
"""Floats in a vector: what a register of this processor holds."""

LANES = ir.VectorType(REAL, WIDTH)
WIDE = ir.VectorType(ir.DoubleType(), WIDTH)
"""As many float64."""
MASK = ir.VectorType(ir.IntType(1), WIDTH)


@dataclass(frozen=True)
class Code:
    """Writes into one LLVM function; every method leaves instructions behind and returns what they give."""

    builder: ir.IRBuilder

    def number(self, value: int) -> ir.Value:
        """An integer constant."""
        return ir.Constant(INTEGER, value)

    def zeros(self) -> ir.Value:
        """A vector of zeros."""
        return ir.Constant(LANES, [0.0] * WIDTH)

    def splat(self, value: ir.Value) -> ir.Value:
        """A float, or a whole number, in every lane."""
        b, nothing = self.builder, ir.Constant(ir.VectorType(value.type, WIDTH), ir.Undefined)
        first = b.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return b.shuffle_vector(first, nothing, lanes)

    def at(self, address: ir.Value, offset: int | ir.Value = 0) -> ir.Value:
        """An address some bytes further."""
        if isinstance(offset, int):
            return address if offset == 0 else self.builder.add(address, self.number(offset))
        return self.builder.add(address, offset)

    def load(self, address: ir.Value) -> ir.Value:
        """The vector that stands there, at any alignment of a float."""
        return self.builder.load(self.builder.inttoptr(address, LANES.as_pointer()), align=ITEM)

    def load_one(self, address: ir.Value) -> ir.Value:
        """The float that stands there."""
        return self.builder.load(self.builder.inttoptr(address, REAL.as_pointer()), align=ITEM)

    def load_double(self, address: ir.Value) -> ir.Value:
        """The float64 that stands there, rounded to a float."""
        pointer = self.builder.inttoptr(address, ir.DoubleType().as_pointer())
        return self.builder.fptrunc(self.builder.load(pointer, align=8), REAL)

    def load_word(self, address: ir.Value) -> ir.Value:
        """The 64-bit integer that stands there."""
        return self.builder.load(self.builder.inttoptr(address, INTEGER.as_pointer()), align=8)

    def store(self, value: ir.Value, address: ir.Value) -> None:
        """Puts a vector there."""
        self.builder.store(value, self.builder.inttoptr(address, LANES.as_pointer()), align=ITEM)

    def store_past(self, value: ir.Value, address: ir.Value) -> None:
        """Puts a vector there, past the caches: the address is a multiple of the vector's bytes.

        Another thread sees it once this one has done something locked, as where threads meet.
        """
        place = self.builder.inttoptr(address, LANES.as_pointer())
        stored = self.builder.store(value, place, align=ITEM * WIDTH)
        stored.set_metadata("nontemporal", self.builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))

    def fetch(self, address: ir.Value) -> None:
        """Asks for the line of an address, where there need be no memory, to be in the second cache soon."""
        word, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        read, near, numbers = (ir.Constant(word, value) for value in (0, 2, 1))
        self._call("llvm.prefetch.p0", NOTHING, self.builder.inttoptr(address, byte), read, near, numbers)

    def fma(self, x: ir.Value, y: ir.Value, z: ir.Value) -> ir.Value:
        """x·y + z, rounded once."""
        return self.intrinsic("fma", x, y, z)

    def intrinsic(self, name: str, *vectors: ir.Value) -> ir.Value:
        """LLVM's own function of that name, lane by lane."""
        return self._call(f"llvm.{name}.v{WIDTH}f32", LANES, *vectors)

    def wide_intrinsic(self, name: str, *vectors: ir.Value) -> ir.Value:
        """LLVM's own function of that name, lane by lane, in float64."""
        return self._call(f"llvm.{name}.v{WIDTH}f64", WIDE, *vectors)

    def first_lanes(self, count: ir.Value) -> ir.Value:
        """The mask of the first `count` lanes: none where it is negative, all where it is large."""
        places = ir.Constant(ir.VectorType(INTEGER, WIDTH), list(range(WIDTH)))
        return self.builder.icmp_signed("<", places, self.splat(count))

    def load_masked(self, address: ir.Value, mask: ir.Value) -> ir.Value:
        """The vector that stands there, zero where the mask is off; memory behind those lanes is not read."""
        pointer = self.builder.inttoptr(address, LANES.as_pointer())
        name = f"llvm.masked.load.v{WIDTH}f32.p0"
        align = ir.Constant(ir.IntType(32), ITEM)
        return self._call(name, LANES, pointer, align, mask, self.zeros())

    def store_masked(self, value: ir.Value, address: ir.Value, mask: ir.Value) -> None:
        """Puts the lanes there that the mask names."""
        pointer = self.builder.inttoptr(address, LANES.as_pointer())
        align = ir.Constant(ir.IntType(32), ITEM)
        self._call(f"llvm.masked.store.v{WIDTH}f32.p0", NOTHING, value, pointer, align, mask)

    def load_words(self, addresses: ir.Value, mask: ir.Value) -> ir.Value:
        """The 64-bit integers that stand there, a lane each; where the mask is off nothing is read."""
        words = addresses.type
        pointers = self.builder.inttoptr(addresses, ir.VectorType(INTEGER.as_pointer(), WIDTH))
        align = ir.Constant(ir.IntType(32), 8)
        nothing = ir.Constant(words, [0] * WIDTH)
        return self._call(f"llvm.masked.gather.v{WIDTH}i64.v{WIDTH}p0", words, pointers, align, mask, nothing)

    def any(self, mask: ir.Value) -> ir.Value:
        """Whether the mask is on in a lane."""
        return self._call(f"llvm.vector.reduce.or.v{WIDTH}i1", ir.IntType(1), mask)

    def load_lanes(self, address: ir.Value, mask: ir.Value | None) -> ir.Value:
        """A whole vector, or what the mask names of it."""
        return self.load(address) if mask is None else self.load_masked(address, mask)

    def store_lanes(self, value: ir.Value, address: ir.Value, mask: ir.Value | None) -> None:
        """Puts a whole vector there, or what the mask names of it."""
        if mask is None:
            self.store(value, address)
        else:
            self.store_masked(value, address, mask)

    def vectors(self, count: ir.Value, body: Callable[["Code", ir.Value, ir.Value | None], None]) -> None:
        """Runs `body(code, offset, mask)` for each whole vector of `count` floats, then for what is left.

        Offsets are in bytes. The mask is None for whole vectors; behind what is left no memory is touched.
        """
        b = self.builder

        def whole(index: ir.Value) -> tuple[()]:
            body(self, b.mul(index, self.number(ITEM * WIDTH)), None)
            return ()

        full = b.sdiv(count, self.number(WIDTH))
        self.loop(full, [], whole)
        done = b.mul(full, self.number(WIDTH))
        left = b.sub(count, done)
        with b.if_then(b.icmp_signed(">", left, self.number(0))):
            body(self, b.mul(done, self.number(ITEM)), self.first_lanes(left))

    def loop(
        self,
        count: ir.Value,
        carried: Sequence[ir.Value],
        body: Callable[..., Sequence[ir.Value]],
        *,
        as_written: bool = False,
    ) -> list[ir.Value]:
        """Runs `body(index, *carried) -> carried` for each index below `count`; what it carries then.

        `as_written` it is one turn at a time: LLVM would take two, with addresses for both.
        """
        b = self.builder
        before = b.block
        head, inside, after = (b.append_basic_block(name) for name in ("loop", "body", "end"))
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(INTEGER)
        held = [b.phi(value.type) for value in carried]
        index.add_incoming(self.number(0), before)
        for phi, value in zip(held, carried, strict=True):
            phi.add_incoming(value, before)
        b.cbranch(b.icmp_signed("<", index, count), inside, after)
        b.position_at_end(inside)
        made = body(index, *held)
        index.add_incoming(b.add(index, self.number(1)), b.block)
        for phi, value in zip(held, made, strict=True):
            phi.add_incoming(value, b.block)
        again = b.branch(head)
        if as_written:
            again.set_metadata("llvm.loop", _never_unrolled(b.module))
        b.position_at_end(after)
        return list(held)

    def chosen(self, condition: ir.Value, then: Callable[[], Any], otherwise: Callable[[], Any]) -> list[Any]:
        """The values of one of two branches, of which one runs."""
        b = self.builder
        with b.if_else(condition) as (yes, no):
            with yes:
                first = then()
                ended = b.block
            with no:
                second = otherwise()
                finished = b.block
        joined = []
        for x, y in zip(first, second, strict=True):
            phi = b.phi(x.type)
            phi.add_incoming(x, ended)
            phi.add_incoming(y, finished)
            joined.append(phi)
        return joined

    def one_of(
        self, number: ir.Value, functions: Mapping[int, ir.Function], arguments: Sequence[ir.Value]
    ) -> None:
        """Calls the function of that number; none where there is none."""
        b = self.builder
        end = b.append_basic_block("end")
        switch = b.switch(number, end)
        for each, function in functions.items():
            block = b.append_basic_block(f"number_{each}")
            switch.add_case(ir.Constant(INTEGER, each), block)
            b.position_at_end(block)
            b.call(function, arguments)
            b.branch(end)
        b.position_at_end(end)

    def _call(self, name: str, result: ir.Type, *arguments: ir.Value) -> ir.Value:
        module = self.builder.module
        known = module.globals.get(name)
        if known is None:
            known = ir.Function(module, ir.FunctionType(result, [a.type for a in arguments]), name)
        return self.builder.call(known, arguments)


def _never_unrolled(module: ir.Module) -> Any:
    """What a loop's branch back says to stay as it is: a node of its own, whose first operand is itself."""
    told = module.add_metadata(["llvm.loop.unroll.disable"])
    node = ir.MDValue(module, [told], name=str(len(module.metadata)))  # another one each time
    node.operands = (node, told)
    return node


@contextmanager
def function(module: ir.Module, name: str, result: ir.Type, arguments: int) -> Iterator[tuple[Code, Any]]:
    """A new function of integers in the module, to be written inside the block; it is not inlined."""
    made = ir.Function(module, ir.FunctionType(result, [INTEGER] * arguments), name)
    made.linkage = "linkonce_odr"
    made.attributes.add("noinline")
    builder = ir.IRBuilder(made.append_basic_block("entry"))
    yield Code(builder), made.args


def intrinsic(write: Callable[..., Any]) -> Any:
    """A function for compiled code whose LLVM instructions `write` leaves behind: Numba's, without types."""
    return compiled_intrinsic(write)
