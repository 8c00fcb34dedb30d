"""Over a row of floats, vector by vector, values carried along; and what all lanes come to in the end.

What vector code of softmax, losses and reductions is written with. Four vectors at a time have carried values
of their own, since one sum would wait for itself.
"""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .lanes import Lanes
from .vector import ITEM, LANES, MASK, NOTHING, REAL, WIDTH, Code, function, intrinsic

Step = Callable[[ir.Value, ir.Value | None, Sequence[Lanes]], Sequence[Lanes]]
"""Takes an offset in bytes, the mask of what is left of the row (None for whole vectors), what is carried."""

AT_A_TIME = 4


def folded(
    code: Code, count: ir.Value, starts: Sequence[float], step: Step, join: Callable[..., Lanes]
) -> list[Lanes]:
    """What is carried over `count` floats by `step`, from `starts`, several vectors at a time joined at last.

    `join(place, a, b)` makes one of two values of that place.
    """
    b = code.builder
    vector = ITEM * WIDTH
    size = len(starts)
    carried = [lanes(code, start).value for _ in range(AT_A_TIME) for start in starts]

    def several(index: ir.Value, *held: ir.Value) -> list[ir.Value]:
        made: list[ir.Value] = []
        for part in range(AT_A_TIME):
            offset = code.at(b.mul(index, code.number(AT_A_TIME * vector)), part * vector)
            made += _values(step(offset, None, _lanes(code, held[part * size : (part + 1) * size])))
        return made

    held = code.loop(b.sdiv(count, code.number(AT_A_TIME * WIDTH)), carried, several)
    totals = _lanes(code, held[:size])
    for part in range(1, AT_A_TIME):
        others = _lanes(code, held[part * size : (part + 1) * size])
        totals = [join(place, a, x) for place, (a, x) in enumerate(zip(totals, others, strict=True))]
    done = b.mul(b.sdiv(count, code.number(AT_A_TIME * WIDTH)), code.number(AT_A_TIME * WIDTH))
    left = b.sub(count, done)
    begin = b.mul(done, code.number(ITEM))

    def one(index: ir.Value, *held: ir.Value) -> list[ir.Value]:
        offset = b.add(begin, b.mul(index, code.number(vector)))
        return _values(step(offset, None, _lanes(code, held)))

    whole = b.sdiv(left, code.number(WIDTH))
    last = code.loop(whole, _values(totals), one)
    rest = b.sub(left, b.mul(whole, code.number(WIDTH)))
    end = b.add(begin, b.mul(whole, code.number(vector)))
    return _lanes(
        code,
        code.chosen(
            b.icmp_signed(">", rest, code.number(0)),
            lambda: _values(step(end, code.first_lanes(rest), _lanes(code, last))),
            lambda: last,
        ),
    )


def loaded(code: Code, address: ir.Value, mask: ir.Value | None, missing: float = 0.0) -> Lanes:
    """The vector there, with the number in the lanes behind the row."""
    found = Lanes(code, code.load_lanes(address, mask))
    return found if mask is None or missing == 0.0 else kept(found, mask, missing)


def kept(x: Lanes, mask: ir.Value | None, missing: float = 0.0) -> Lanes:
    """x, with the number in the lanes behind the row."""
    if mask is None:
        return x
    return Lanes(x.code, x.code.builder.select(mask, x.value, lanes(x.code, missing).value))


def lanes(code: Code, number: float) -> Lanes:
    """The number in every lane."""
    return Lanes(code, ir.Constant(LANES, [number] * WIDTH))


def total(x: Lanes) -> Lanes:
    """The sum of the lanes, in every lane."""
    code = x.code
    name = f"llvm.vector.reduce.fadd.v{WIDTH}f32"
    known = _declared(code, name, [REAL, LANES])
    return Lanes(
        code, code.splat(code.builder.call(known, [ir.Constant(REAL, 0.0), x.value], fastmath=("reassoc",)))
    )


def greatest_lane(x: Lanes) -> Lanes:
    """The greatest lane, in every lane; NaN where one is NaN."""
    return _extreme(x, "fmaximum")


def least_lane(x: Lanes) -> Lanes:
    """The least lane, in every lane; NaN where one is NaN."""
    return _extreme(x, "fminimum")


def held_at(code: Code, address: ir.Value) -> Lanes:
    """The float that stands there, in every lane."""
    return Lanes(code, code.splat(code.load_one(address)))


def put_one(x: Lanes, address: ir.Value) -> None:
    """Puts the first lane there."""
    x.code.store_masked(x.value, address, ir.Constant(MASK, [1] + [0] * (WIDTH - 1)))


def row_function(write: Callable[..., None]) -> Any:
    """Makes a function for compiled code of one that writes it in vectors: `write(code, *whole numbers)`.

    It stands once in a module, by the same name, and is called there.
    """
    told = signature(write)
    count = len(told.parameters) - 1
    name = f"{write.__name__}_{WIDTH}"

    def typed(typing: Any, *given: Any) -> Any:
        def call(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
            module = builder.module
            if name not in module.globals:
                with function(module, name, NOTHING, count) as (code, numbers):
                    write(code, *numbers)
                    code.builder.ret_void()
            builder.call(module.globals[name], values)
            return context.get_dummy_value()

        return types.void(*[types.int64] * count), call

    typed.__name__, typed.__doc__ = write.__name__, write.__doc__
    named: Any = typed
    named.__signature__ = told  # Numba passes what is not named as a tuple
    return intrinsic(named)


def _extreme(x: Lanes, name: str) -> Lanes:
    code = x.code
    known = _declared(code, f"llvm.vector.reduce.{name}.v{WIDTH}f32", [LANES])
    return Lanes(code, code.splat(code.builder.call(known, [x.value])))


def _declared(code: Code, name: str, arguments: Sequence[ir.Type]) -> ir.Function:
    module = code.builder.module
    known = module.globals.get(name)
    return known if known is not None else ir.Function(module, ir.FunctionType(REAL, arguments), name)


def _values(given: Sequence[Lanes]) -> list[ir.Value]:
    return [each.value for each in given]


def _lanes(code: Code, values: Sequence[ir.Value]) -> list[Lanes]:
    return [Lanes(code, value) for value in values]
