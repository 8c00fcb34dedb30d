"""Code is checked before it runs: what a table names, where memories stand, what holds its value then."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.machine.code import At, Call, Code
from core.machine.layout import Layout, Order, laid_out, ordered_by
from core.machine.lowering import Lowering
from core.machine.rules import RULES
from core.machine.validate import validate
from tests.machine.plans import plan_of

Case = tuple[Code, Layout, Order, set[int]]


@pytest.fixture
def case() -> Case:
    """y = relu(x · w) · w: two products, and a value between them."""
    across = {"transpose_a": False, "transpose_b": False}
    told: list[Any] = [("matmul", (0, 1), across), ("relu", (2,), {}), ("matmul", (3, 1), across)]
    plan = plan_of(told, [np.ones((20, 20), np.float32)] * 2, [4])
    code = Lowering(plan, 1, RULES).lowered()
    order = ordered_by(code)
    results = {code.views[4].memory}
    return code, laid_out(code, order.ops, order.kept | results, 1), order, results


def with_call(order: Order, change: Callable[[Call], Call]) -> Order:
    """The last call changed."""
    last = order.each[-1]
    assert isinstance(last, Call)
    return replace(order, each=(*order.each[:-1], change(last)))


def test_code_as_it_is_laid_out_passes(case: Case) -> None:
    validate(*case)


def test_two_values_in_one_place_are_found(case: Case) -> None:
    code, layout, order, results = case
    inside = [number for number, offset in enumerate(layout.offsets) if offset is not None]
    together = [0 if number in inside else None for number in range(len(layout.offsets))]
    with pytest.raises(AssertionError, match="is gone"):
        validate(code, replace(layout, offsets=tuple(together)), order, results)


def test_a_place_beyond_the_arena_is_found(case: Case) -> None:
    code, layout, order, results = case
    with pytest.raises(AssertionError, match="is outside the arena"):
        validate(code, replace(layout, scratch=layout.scratch - 64), order, results)


def test_an_address_beyond_its_memory_is_found(case: Case) -> None:
    code, layout, order, results = case
    (written,) = results
    beyond = At(written, code.memories[written].size + 4)
    order = with_call(order, lambda call: replace(call, words=(*call.words, beyond)))
    with pytest.raises(AssertionError, match="reaches beyond its memory"):
        validate(code, layout, order, results)


def test_a_call_that_hides_what_it_touches_is_found(case: Case) -> None:
    code, layout, order, results = case
    order = with_call(order, lambda call: replace(call, reads=call.reads[1:]))
    with pytest.raises(AssertionError, match="does not say that it touches"):
        validate(code, layout, order, results)


def test_a_view_beyond_its_memory_is_found(case: Case) -> None:
    code, layout, order, results = case
    code.views[4] = replace(code.views[4], shape=(20, 21))
    with pytest.raises(AssertionError, match="seen beyond its memory"):
        validate(code, layout, order, results)


def test_a_call_whose_array_reaches_beyond_its_memory_is_found(case: Case) -> None:
    code, layout, order, results = case
    order = with_call(
        order, lambda call: replace(call, views=(replace(call.views[0], shape=(21, 20)), *call.views[1:]))
    )
    with pytest.raises(AssertionError, match="beyond its memory"):
        validate(code, layout, order, results)
