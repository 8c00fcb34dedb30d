"""What is done to each element of a stretch: one of the formulas, told by number, in one vector function."""

from inspect import signature
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from . import powers, sines, truths
from .formulas import FORMULAS, Formula
from .lanes import Lanes
from .vector import INTEGER, NOTHING, WIDTH, Code, function, intrinsic

WITH = (powers, sines, truths)
"""Files whose formulas are added as they are imported."""


def number(name: str) -> int:
    """The operation's number."""
    return list(FORMULAS).index(name)


# What an operation reads, in words: its number, where the result goes, up to three vectors, two numbers (as
# float64), how many elements, and where memory is that it asks for, as much as it makes.
OPERATION, TARGET, FIRST, NUMBERS, COUNT, AHEAD = 0, 1, 2, 5, 7, 8
INPUTS = NUMBERS - FIRST
OPERATION_WORDS = AHEAD + 1


def _write(module: ir.Module) -> str:
    """The function in LLVM that does any of the operations; its name. Its argument is the words' address."""
    name = f"elementwise_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        places = [code.load_word(code.at(words, 8 * at)) for at in range(TARGET, NUMBERS)]
        count, ahead = (code.load_word(code.at(words, 8 * at)) for at in (COUNT, AHEAD))
        end = b.append_basic_block("end")
        switch = b.switch(code.load_word(words), end)
        for place, given in enumerate(FORMULAS.values()):
            block = b.append_basic_block("operation")
            switch.add_case(ir.Constant(INTEGER, place), block)
            b.position_at_end(block)
            _each(code, given, places, words, count, ahead)
            b.branch(end)
        b.position_at_end(end)
        b.ret_void()
    return name


def _each(
    code: Code, given: Formula, places: list[ir.Value], words: ir.Value, count: ir.Value, ahead: ir.Value
) -> None:
    """The formula on whole vectors, then on what is left, behind which no memory is touched.

    Memory is asked for bit by bit: a core waits once it has asked for two dozen lines.
    """
    parameters = signature(given).parameters.values()
    vectors = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    target, *sources = places
    numbers = {
        name: Lanes(code, code.splat(code.load_double(code.at(words, 8 * (NUMBERS + at)))))
        for at, name in enumerate(named)
    }

    def made(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        code.fetch(code.at(ahead, offset))
        inputs = [code.load_lanes(code.at(source, offset), mask) for source in sources[: len(vectors)]]
        result = given(*(Lanes(code, each) for each in inputs), **numbers)
        code.store_lanes(result.value, code.at(target, offset), mask)

    code.vectors(count, made)


@intrinsic
def operate(typing: Any, words: Any) -> Any:
    """Does one operation on a stretch of elements, told by the words at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        name = _write(builder.module)
        builder.call(builder.module.globals[name], given)
        return context.get_dummy_value()

    return types.void(types.int64), write
