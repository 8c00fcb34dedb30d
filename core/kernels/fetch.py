"""Asks for memory before it is wanted, so that nobody waits for it."""

from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .vector import CACHE_LINE, NOTHING, function, intrinsic


def _write(module: ir.Module) -> str:
    """Asks for `length` bytes of each of so many runs, so that they are in the second cache when wanted."""
    name = "fetch_runs"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 4) as (code, (source, step, count, length)):
        b = code.builder

        def run(_: ir.Value, start: ir.Value) -> list[ir.Value]:
            def line(number: ir.Value) -> tuple[()]:
                code.fetch(b.add(start, b.mul(number, code.number(CACHE_LINE))))
                return ()

            code.loop(b.udiv(b.add(length, code.number(CACHE_LINE - 1)), code.number(CACHE_LINE)), [], line)
            code.fetch(b.add(start, b.sub(length, code.number(1))))
            return [b.add(start, step)]

        code.loop(count, [source], run)
        b.ret_void()
    return name


@intrinsic
def fetch(typing: Any, source: Any, step: Any, count: Any, length: Any) -> Any:
    """Asks for runs of `length` bytes, `step` apart: no memory need be there."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4), write
