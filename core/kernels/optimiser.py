"""Steps of optimisers over one flat arena: each parameter follows its gradient, in one pass over memory.

An update is written as in the paper, on vectors: of the parameters, the gradient, and the averages that are
remembered; it gives the new parameters and averages. The gradient that it sees is bounded by value, then
scaled so that its norm over all parameters is not above a bound (Pascanu, Mikolov and Bengio 2013).
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .lanes import Lanes, at_least, at_most
from .vector import INTEGER, ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import doubles, floats, real_word, word

Update = Callable[..., tuple[Lanes, ...]]

UPDATES: dict[str, Update] = {}
"""By name; the place in this dictionary is the update's number."""

AVERAGES = 3
"""The most that an update remembers of each parameter."""


def update(given: Update) -> Update:
    """Adds an update under its function's name."""
    UPDATES[given.__name__] = given
    return given


@update
def descend(p: Lanes, g: Lanes, *, rate: Lanes, decay: Lanes) -> tuple[Lanes, ...]:
    """Stochastic gradient descent (Robbins and Monro 1951)."""
    return (p - (g + p * decay) * rate,)


@update
def momentum(p: Lanes, g: Lanes, v: Lanes, *, rate: Lanes, decay: Lanes, kept: Lanes) -> tuple[Lanes, ...]:
    """With momentum (Polyak 1964)."""
    v = v * kept + (g + p * decay)
    return p - v * rate, v


@update
def nesterov(p: Lanes, g: Lanes, v: Lanes, *, rate: Lanes, decay: Lanes, kept: Lanes) -> tuple[Lanes, ...]:
    """With Nesterov's momentum, as Sutskever et al. 2013 write it."""
    g = g + p * decay
    v = v * kept + g
    return p - (g + v * kept) * rate, v


@update
def adam(
    p: Lanes,
    g: Lanes,
    m: Lanes,
    s: Lanes,
    *,
    rate: Lanes,
    decay: Lanes,
    shrink: Lanes,
    fresh: Lanes,
    kept: Lanes,
    new: Lanes,
    root: Lanes,
    eps: Lanes,
) -> tuple[Lanes, ...]:
    """Adam (Kingma and Ba 2015); with `shrink` below 1 AdamW (Loshchilov and Hutter 2019)."""
    p = p * shrink
    g = g + p * decay
    m = m + (g - m) * fresh
    s = s * kept + g * g * new
    return p - m / (_root(s) / root + eps) * rate, m, s


@update
def rmsprop(
    p: Lanes, g: Lanes, s: Lanes, *, rate: Lanes, decay: Lanes, kept: Lanes, new: Lanes, eps: Lanes
) -> tuple[Lanes, ...]:
    """RMSprop (Tieleman and Hinton 2012)."""
    g = g + p * decay
    s = s * kept + g * g * new
    return p - g / (_root(s) + eps) * rate, s


@update
def rmsprop_momentum(
    p: Lanes,
    g: Lanes,
    s: Lanes,
    v: Lanes,
    *,
    rate: Lanes,
    decay: Lanes,
    kept: Lanes,
    new: Lanes,
    eps: Lanes,
    momentum: Lanes,
) -> tuple[Lanes, ...]:
    """RMSprop with momentum."""
    g = g + p * decay
    s = s * kept + g * g * new
    v = v * momentum + g / (_root(s) + eps)
    return p - v * rate, s, v


@update
def rmsprop_centered(
    p: Lanes, g: Lanes, s: Lanes, m: Lanes, *, rate: Lanes, decay: Lanes, kept: Lanes, new: Lanes, eps: Lanes
) -> tuple[Lanes, ...]:
    """RMSprop by the gradient's variance (Graves 2013, equations 38 to 45)."""
    g = g + p * decay
    s = s * kept + g * g * new
    m = m + (g - m) * new
    return p - g / (_root(s - m * m) + eps) * rate, s, m


@update
def rmsprop_centered_momentum(
    p: Lanes,
    g: Lanes,
    s: Lanes,
    m: Lanes,
    v: Lanes,
    *,
    rate: Lanes,
    decay: Lanes,
    kept: Lanes,
    new: Lanes,
    eps: Lanes,
    momentum: Lanes,
) -> tuple[Lanes, ...]:
    """RMSprop by the gradient's variance, with momentum."""
    g = g + p * decay
    s = s * kept + g * g * new
    m = m + (g - m) * new
    v = v * momentum + g / (_root(s - m * m) + eps)
    return p - v * rate, s, m, v


def _root(x: Lanes) -> Lanes:
    return Lanes(x.code, x.code.intrinsic("sqrt", x.value))


def numbers_of(name: str) -> tuple[str, ...]:
    """The names of the numbers that an update takes, in the order in which they stand."""
    return tuple(p.name for p in signature(UPDATES[name]).parameters.values() if p.kind is p.KEYWORD_ONLY)


def averages_of(name: str) -> int:
    """How many averages an update remembers."""
    return len(signature(UPDATES[name]).parameters) - len(numbers_of(name)) - 2


# The arguments, in words: the update's number; where parameters, gradient and averages stand, each as long as
# COUNT; the bound of a gradient's value and that of the norm (float64, infinite where there is none); where
# each thread leaves the sum of its squares, and where it keeps a number of its own (float64); then numbers.
UPDATE, PARAMETERS, GRADIENT, FIRST = range(4)
COUNT, BOUND, NORM, SQUARES, FACTORS = range(FIRST + AVERAGES, FIRST + AVERAGES + 5)
NUMBERS = FACTORS + 1

ADDED_TO_NORM = 1e-6
"""Added to the norm before the bound is divided by it, as `engine.clip` has it."""


def _write(module: ir.Module) -> str:
    """The function in LLVM that does any of the updates on a stretch; its name.

    Its arguments: the words' address, that of the gradient's factor, where the stretch begins in bytes, and
    how long it is.
    """
    name = f"update_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 4) as (code, (words, factor, start, count)):
        b = code.builder
        end = b.append_basic_block("end")
        switch = b.switch(code.load_word(words), end)
        for place, given in enumerate(UPDATES.values()):
            block = b.append_basic_block(given.__name__)
            switch.add_case(ir.Constant(INTEGER, place), block)
            b.position_at_end(block)
            _each(code, given, words, factor, start, count)
            b.branch(end)
        b.position_at_end(end)
        b.ret_void()
    return name


def _each(
    code: Code, given: Update, words: ir.Value, factor: ir.Value, start: ir.Value, count: ir.Value
) -> None:
    """The update on whole vectors, then on what is left."""

    def number(address: ir.Value) -> Lanes:
        return Lanes(code, code.splat(code.load_double(address)))

    arrays = range(PARAMETERS, FIRST + averages_of(given.__name__))
    places = [code.at(code.load_word(code.at(words, 8 * at)), start) for at in arrays]
    bound, scale = number(code.at(words, 8 * BOUND)), number(factor)
    numbers = {
        name: number(code.at(words, 8 * (NUMBERS + at))) for at, name in enumerate(numbers_of(given.__name__))
    }

    def made(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        p, g, *averages = (Lanes(code, code.load_lanes(code.at(place, offset), mask)) for place in places)
        g = at_most(at_least(g, -bound), bound) * scale
        results = given(p, g, *averages, **numbers)
        for result, place in zip(results, (places[0], *places[2:]), strict=True):
            code.store_lanes(result.value, code.at(place, offset), mask)

    code.vectors(count, made)


@intrinsic
def _update(typing: Any, words: Any, factor: Any, start: Any, count: Any) -> Any:
    """Does the update on a stretch."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        name = _write(builder.module)
        builder.call(builder.module.globals[name], given)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), write


@kernel("int64(int64, int64, int64)")
def _begin(count: Any, thread: Any, threads: Any) -> Any:
    """The first element of a thread's stretch; stretches are whole cache lines but the last."""
    return count if thread == threads else count // 16 * thread // threads * 16


@kernel("float64(int64, int64, float64)", reassociate=True)
def _squares(gradient: Any, count: Any, bound: Any) -> float:
    """The sum of the squares of a stretch, within the bound."""
    x = floats(gradient)
    total = 0.0
    for i in range(count):
        g = float(x[i])
        g = -bound if g < -bound else g
        g = bound if g > bound else g
        total += g * g
    return total


@kernel("int64(int64, int64, int64)")
def squares(given: Any, thread: Any, threads: Any) -> int:
    """Leaves the sum of each thread's squares; wanted before `step` where the norm has a bound."""
    begin = _begin(word(given, COUNT), thread, threads)
    count = _begin(word(given, COUNT), thread + 1, threads) - begin
    sums = doubles(word(given, SQUARES))
    sums[thread] = _squares(word(given, GRADIENT) + begin * ITEM, count, real_word(given, BOUND))
    return 0


@kernel("int64(int64, int64, int64)")
def step(given: Any, thread: Any, threads: Any) -> int:
    """Takes a step: parameters and averages become the new ones; the gradient stays."""
    bound = real_word(given, NORM)
    factor = 1.0
    if bound < float("inf"):
        sums = doubles(word(given, SQUARES))
        total = 0.0
        for i in range(threads):
            total += sums[i]
        factor = bound / (total**0.5 + ADDED_TO_NORM)
        factor = 1.0 if factor > 1.0 else factor
    factors = doubles(word(given, FACTORS))
    factors[thread] = factor
    begin = _begin(word(given, COUNT), thread, threads)
    count = _begin(word(given, COUNT), thread + 1, threads) - begin
    _update(given, word(given, FACTORS) + 8 * thread, begin * ITEM, count)
    return 0
