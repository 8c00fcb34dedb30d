"""Random masks: the very numbers that NumPy's default generator gives, in any number of threads.

PCG64 (O'Neill 2014, XSL-RR 128/64): a linear congruential generator of 128 bits, whose k-th state is known
without the ones before it (Brown 1994). Four interleaved sequences hide how long a product takes.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel
from .rows import row_function
from .vector import INTEGER, ITEM, REAL, Code
from .words import word

# The arguments, in words: Y, how many floats, below which of 2^53 numbers one is kept, what it is then (as
# float64), where the draw stands.
MASK_WORDS = 5
Y, COUNT, THRESHOLD, VALUE, DRAW = range(MASK_WORDS)

# A draw, in words: the state's and the increment's lower and upper halves, and whether nothing is left to
# chance, all being kept.
EVEN_PLACE = 4
DRAW_WORDS = EVEN_PLACE + 1

STATE = ir.IntType(128)
MULTIPLIER = (2549297995355413924 << 64) + 4865540595714422341
STREAMS = 4


def _half(code: Code, address: ir.Value, place: int) -> ir.Value:
    b = code.builder
    low = b.zext(code.load_word(code.at(address, 8 * place)), STATE)
    high = b.zext(code.load_word(code.at(address, 8 * place + 8)), STATE)
    return b.or_(b.shl(high, ir.Constant(STATE, 64)), low)


def _advanced(code: Code, state: ir.Value, increment: ir.Value, steps: ir.Value) -> ir.Value:
    """The state so many steps further: the map of 2^i steps is that of 2^(i-1) steps twice."""
    b = code.builder
    one = ir.Constant(STATE, 1)

    def bit(index: ir.Value, *held: ir.Value) -> list[ir.Value]:
        factor, shift, by, plus = held
        taken = b.trunc(b.lshr(steps, index), ir.IntType(1))
        new_shift = b.add(b.mul(shift, by), plus)
        return [
            b.select(taken, b.mul(factor, by), factor),
            b.select(taken, new_shift, shift),
            b.mul(by, by),
            b.mul(b.add(by, one), plus),
        ]

    starts = [one, ir.Constant(STATE, 0), ir.Constant(STATE, MULTIPLIER), increment]
    factor, shift, _, _ = code.loop(code.number(63), starts, bit)
    return b.add(b.mul(state, factor), shift)


def _number(code: Code, state: ir.Value) -> ir.Value:
    """The upper 53 of the 64 bits that a state shows."""
    b = code.builder
    high = b.trunc(b.lshr(state, ir.Constant(STATE, 64)), INTEGER)
    mixed = b.xor(high, b.trunc(state, INTEGER))
    turn = b.lshr(high, code.number(58))
    back = b.and_(b.sub(code.number(64), turn), code.number(63))
    turned = b.or_(b.lshr(mixed, turn), b.shl(mixed, back))
    return b.lshr(turned, code.number(11))


@row_function
def mask_part(
    code: Code,
    y: ir.Value,
    first: ir.Value,
    count: ir.Value,
    threshold: ir.Value,
    value: ir.Value,
    draw: ir.Value,
) -> None:
    """y = the value where the draw's number is below the threshold, else 0: from number `first` on."""
    b = code.builder
    increment = _half(code, draw, 2)
    multiplier = ir.Constant(STATE, MULTIPLIER)
    kept = code.load_double(value)

    def put(state: ir.Value, place: ir.Value) -> None:
        chosen = b.icmp_signed("<", _number(code, state), threshold)
        address = code.at(y, b.mul(place, code.number(ITEM)))
        b.store(
            b.select(chosen, kept, ir.Constant(REAL, 0.0)), b.inttoptr(address, REAL.as_pointer()), align=ITEM
        )

    states = [_advanced(code, _half(code, draw, 0), increment, b.add(first, code.number(1)))]
    leap = increment
    for _ in range(STREAMS - 1):
        states.append(b.add(b.mul(states[-1], multiplier), increment))
        leap = b.add(b.mul(leap, multiplier), increment)
    far = ir.Constant(STATE, pow(MULTIPLIER, STREAMS, 1 << 128))

    def several(index: ir.Value, *held: ir.Value) -> list[ir.Value]:
        for stream, state in enumerate(held):
            put(state, b.add(b.mul(index, code.number(STREAMS)), code.number(stream)))
        return [b.add(b.mul(state, far), leap) for state in held]

    rounds = b.sdiv(count, code.number(STREAMS))
    held = code.loop(rounds, states, several)
    done = b.mul(rounds, code.number(STREAMS))

    def one(index: ir.Value, state: ir.Value) -> list[ir.Value]:
        put(state, b.add(done, index))
        return [b.add(b.mul(state, multiplier), increment)]

    code.loop(b.sub(count, done), held[:1], one)


@kernel("int64(int64, int64, int64)", words=MASK_WORDS)
def mask(given: Any, thread: Any, threads: Any) -> int:
    """Y = VALUE where a random number is below THRESHOLD, else 0."""
    count = word(given, COUNT)
    begin, end = count * thread // threads, count * (thread + 1) // threads
    threshold = word(given, THRESHOLD)
    if word(word(given, DRAW), EVEN_PLACE) != 0:
        threshold = 1 << 53
    place = word(given, Y) + begin * ITEM
    mask_part(place, begin, end - begin, threshold, given + 8 * VALUE, word(given, DRAW))
    return 0
