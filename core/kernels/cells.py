"""What a recurrent layer does to one vector of hidden units at one step, forward and back, in vector code.

A cell reads the sums that the product with the state has left for it, and operands: arrays that it finds at
its own row and units, some of them in several parts (gates); those that it writes come last. The formulas
are those of the primitives in `ops/recurrent` and `ops/recurrent_back`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .lanes import Lanes, at_least, at_most, reduced, two_to, where
from .vector import INTEGER, ITEM, NOTHING, WIDTH, Code, function, intrinsic

# What a cell reads, in words: its number, how many rows, how many units are left from the first one on and
# how many vectors of them there are, where the sums of the first row stand, the bytes from row to row and
# from part to part of them; then of each operand where it stands for the first row and unit, the bytes from
# row to row and from part to part.
CELL, ROWS_HERE, UNITS_LEFT, VECTORS_HERE, SUMS, SUMS_ROW, SUMS_PART, FIRST_OPERAND = range(8)
OPERAND_PLACE = 3
MOST_OPERANDS = 10
CELL_WORDS = FIRST_OPERAND + OPERAND_PLACE * MOST_OPERANDS


@dataclass(frozen=True)
class Here:
    """One row and one vector of units, while code is being generated."""

    code: Code
    places: tuple[tuple[ir.Value, ir.Value], ...]
    """Where each operand's first part stands, and the bytes from part to part; the sums come first."""
    mask: ir.Value | None

    def sums(self, part: int = 0) -> Lanes:
        """What the product has left."""
        return self.get(-1, part)

    def get(self, operand: int, part: int = 0) -> Lanes:
        """The vector of an operand."""
        return Lanes(self.code, self.code.load_lanes(self._at(operand, part), self.mask))

    def put(self, value: Lanes, operand: int, part: int = 0) -> None:
        """Leaves a vector in an operand."""
        self.code.store_lanes(value.value, self._at(operand, part), self.mask)

    def _at(self, operand: int, part: int) -> ir.Value:
        place, apart = self.places[operand + 1]
        return self.code.at(place, self.code.builder.mul(apart, self.code.number(part)))


def tanh(x: Lanes) -> Lanes:
    """(e^2x - 1)/(e^2x + 1), with no loss near 0; of infinity and of all from |x| = 9.1 on it is ±1.

    Shorter than that of `lanes`, as cells do little else.
    """
    whole, more = reduced(at_most(at_least(x, -20.0), 20.0), 2.0)
    power = two_to(whole)
    less_one = power * more + (power - 1)
    return less_one / (less_one + 2)


def sigmoid(x: Lanes) -> Lanes:
    """1/(1 + e^-x), which goes to 0 as e^x does, and is 0 where that is no normal number any more."""
    whole, more = reduced(at_most(at_least(x, -89.0), 60.0), -1.0)
    return 1 / (two_to(whole) * (more + 1) + 1)


Cell = Callable[[Here], None]

CELLS: dict[str, Cell] = {}
"""By name; the place in this dictionary is the cell's number."""


def cell(given: Cell) -> Cell:
    """Adds a cell under its function's name."""
    CELLS[given.__name__] = given
    return given


@cell
def lstm(here: Here) -> None:
    """Operands: 0 what the input gives; 1 the cell before; 2, 3 the cell; 4, 5 the state; 6 the gates."""
    i, f, g, o = (here.sums(k) + here.get(0, k) for k in range(4))
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    c = f * here.get(1) + i * g
    shown = o * tanh(c)
    for operand, value in ((2, c), (3, c), (4, shown), (5, shown)):
        here.put(value, operand)
    for k, gate in enumerate((i, f, g, o)):
        here.put(gate, 6, k)


@cell
def gru(here: Here) -> None:
    """Operands: 0 what the input gives; 1 the state before; 2 the bias b_hh; 3, 4 the state; 5 r, z, n, m."""
    reset, update, m = (here.sums(k) + here.get(2, k) for k in range(3))
    r, z = sigmoid(here.get(0, 0) + reset), sigmoid(here.get(0, 1) + update)
    n = tanh(here.get(0, 2) + r * m)
    h = n + z * (here.get(1) - n)
    here.put(h, 3)
    here.put(h, 4)
    for k, value in enumerate((r, z, n, m)):
        here.put(value, 5, k)


@cell
def rnn_tanh(here: Here) -> None:
    """Operands: 0 what the input gives; 1, 2 the state."""
    _both(here, tanh(here.sums() + here.get(0)), 1)


@cell
def rnn_relu(here: Here) -> None:
    """Operands: 0 what the input gives; 1, 2 the state."""
    x = here.sums() + here.get(0)
    _both(here, where(x < 0, x.like(0.0), x), 1)


@cell
def projection(here: Here) -> None:
    """What is shown of the cells, or its cotangent. Operands: 0 what is added; 1, 2 the sum."""
    _both(here, here.sums() + here.get(0), 1)


def _both(here: Here, value: Lanes, operand: int) -> None:
    """Leaves a vector in an operand and in the next one."""
    here.put(value, operand)
    here.put(value, operand + 1)


@cell
def lstm_back(here: Here) -> None:
    """Back through one step of an LSTM.

    Operands: 0 dy; 1 the gates; 2 the cell; 3 the cell before; 4 dc from the step after; 5 what else is known
    of the cell's cotangent; 6 and of the gates'; 7, 8 the cotangents of what the gates are given; 9 dc for
    the step before.
    """
    i, f, g, o = (here.get(1, k) for k in range(4))
    dh = here.sums() + here.get(0)
    squashed = tanh(here.get(2))
    dc = here.get(4) + here.get(5) + dh * o * (1 - squashed * squashed)
    by_gate = (dc * g, dc * here.get(3), dc * i, dh * squashed)
    slopes = (i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o))
    for k, (value, slope) in enumerate(zip(by_gate, slopes, strict=True)):
        given = (value + here.get(6, k)) * slope
        here.put(given, 7, k)
        here.put(given, 8, k)
    here.put(dc * f, 9)


@cell
def gru_back(here: Here) -> None:
    """Back through one step of a GRU.

    Operands: 0 dy; 1 r, z, n, m; 2 the state before; 3 dh from the step after, but for the product; 4 what
    else is known of the cotangents of r, z, n, m; 5 the cotangents of what the input gives; 6, 7 those of
    what the state gives; 8 as 3, for the step before.
    """
    r, z, n, m = (here.get(1, k) for k in range(4))
    dh = here.sums() + here.get(3) + here.get(0)
    dn = (dh * (1 - z) + here.get(4, 2)) * (1 - n * n)
    dz = (dh * (here.get(2) - n) + here.get(4, 1)) * z * (1 - z)
    dr = (dn * m + here.get(4, 0)) * r * (1 - r)
    dm = dn * r + here.get(4, 3)
    for k, (by_input, by_state) in enumerate(((dr, dr), (dz, dz), (dn, dm))):
        here.put(by_input, 5, k)
        here.put(by_state, 6, k)
        here.put(by_state, 7, k)
    here.put(dh * z, 8)


@cell
def rnn_tanh_back(here: Here) -> None:
    """Operands: 0 dy; 1 y; 2, 3 the cotangent of what stands inside the function."""
    y = here.get(1)
    _both(here, (here.sums() + here.get(0)) * (1 - y * y), 2)


@cell
def rnn_relu_back(here: Here) -> None:
    """Operands: 0 dy; 1 y; 2, 3 the cotangent of what stands inside the function."""
    y = here.get(1)
    _both(here, (here.sums() + here.get(0)) * where(y > 0, y.like(1.0), 0.0), 2)


def number(name: str) -> int:
    """The cell's number."""
    return list(CELLS).index(name)


def _write(module: ir.Module) -> str:
    """The function in LLVM that does any of the cells; its name. Its argument is the words' address."""
    name = f"cells_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        end = b.append_basic_block("end")
        switch = b.switch(code.load_word(words), end)
        for place, given in enumerate(CELLS.values()):
            block = b.append_basic_block(given.__name__)
            switch.add_case(ir.Constant(INTEGER, place), block)
            b.position_at_end(block)
            _each(code, given, words)
            b.branch(end)
        b.position_at_end(end)
        b.ret_void()
    return name


def _each(code: Code, given: Cell, words: ir.Value) -> None:
    """The cell on every row and vector; behind the last unit no memory is touched."""
    b = code.builder
    rows, units, vectors = (
        code.load_word(code.at(words, 8 * at)) for at in (ROWS_HERE, UNITS_LEFT, VECTORS_HERE)
    )
    starts = [(SUMS, SUMS_ROW, SUMS_PART)]
    starts += [(at, at + 1, at + 2) for at in range(FIRST_OPERAND, CELL_WORDS, OPERAND_PLACE)]
    places = [tuple(code.load_word(code.at(words, 8 * at)) for at in place) for place in starts]

    def of_row(row: ir.Value) -> tuple[()]:
        begins = [(b.add(place, b.mul(row, by_row)), apart) for place, by_row, apart in places]

        def of_vector(vector: ir.Value) -> tuple[()]:
            offset = b.mul(vector, code.number(ITEM * WIDTH))
            moved = tuple((b.add(place, offset), apart) for place, apart in begins)
            left = b.sub(units, b.mul(vector, code.number(WIDTH)))
            with b.if_else(b.icmp_signed(">=", left, code.number(WIDTH))) as (whole, part):
                with whole:
                    given(Here(code, moved, None))
                with part, b.if_then(b.icmp_signed(">", left, code.number(0))):
                    given(Here(code, moved, code.first_lanes(left)))
            return ()

        code.loop(vectors, [], of_vector)
        return ()

    code.loop(rows, [], of_row)


@intrinsic
def run_cell(typing: Any, words: Any) -> Any:
    """Does one cell on some rows and units, told by the words at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(types.int64), write
