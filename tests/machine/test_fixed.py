"""Weights that stay are packed and folded once."""

from collections.abc import Sequence

import numpy as np

from core.machine.code import Call, Op
from core.machine.layout import ordered_by
from core.machine.lowering import Lowering
from core.machine.machine import Machine
from core.machine.rules import RULES
from tests.machine.plans import Told, exactly, plan_of

CONV = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
TOLD: list[Told] = [("conv", (0, 1), CONV), ("multiply", (3, 2), {}), ("relu", (4,), {})]


def kernels(ops: Sequence[Op]) -> set[str]:
    return {op.kernel for op in ops if isinstance(op, Call)}


def arrays() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = (2, 5, 9, 7), (24, 5, 3, 3), (1, 24, 1, 1)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def test_packing_and_folding_are_done_once() -> None:
    inputs = arrays()
    machine = Machine(plan_of(TOLD, inputs, [5]), dict(enumerate(inputs)), 1, fixed=(1, 2))
    for _ in range(2):
        inputs[0][...] *= 1.5
        machine.run(0)
        np.testing.assert_allclose(machine.array(5), exactly(TOLD, inputs)[5], rtol=0, atol=1e-4)
    before = machine.array(5).copy()
    inputs[1][...] *= 2
    machine.run(0)
    assert np.array_equal(machine.array(5), before)


def test_only_what_depends_on_fixed_arrays_alone_comes_first() -> None:
    inputs = arrays()
    plan = plan_of(TOLD, inputs, [5])
    codes = [Lowering(plan, 1, RULES, fixed=fixed).lowered() for fixed in ((), (1, 2), (0, 1, 2))]
    nothing, weights, everything = map(ordered_by, codes)
    assert nothing.once == ()
    assert kernels(weights.once) == {"chain.chain", "pack.pack"}
    assert "convolution.convolution" in kernels(weights.each)
    assert everything.each == ()
    assert len({len(each.ops) for each in (nothing, weights, everything)}) == 1
