"""Exact convolutions: asked for in a run's mode or in training, none is done by transforms."""

from collections.abc import Iterator, Mapping
from itertools import repeat

import numpy as np
import pytest

from core.engine.executor import executor
from core.engine.objective import objective_of
from core.engine.optimiser import SGD
from core.engine.plan import Plan
from core.engine.run import Mode, Result, plan_for, run
from core.engine.train import evaluate, train
from core.engine.training_data import Data, fit
from core.engine.weights import initial
from core.initialise import Array
from core.machine.machine import Machine

from .designs import chain, program_of

TRANSFORMABLE = ("Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": 1})
DESIGN = chain("B, 64, 16, 16", TRANSFORMABLE)
PROGRAM = program_of(DESIGN)
WEIGHTS = initial(PROGRAM, None, 3)
INPUTS = {"x": np.random.default_rng(3).standard_normal((2, 64, 16, 16)).astype(np.float32)}
PRECISE = run(
    PROGRAM, WEIGHTS, INPUTS, 3, Mode(backward=True, kernels=False, precision="float64", keep=False)
)


def result(*, exact: bool, kernels: bool = True) -> Result:
    return run(PROGRAM, WEIGHTS, INPUTS, 3, Mode(backward=True, kernels=kernels, keep=False, exact=exact))


def convolved(found: Result) -> Iterator[tuple[Array, Array]]:
    """What the three convolutions of a run give, forward and backward, and the same precisely."""
    yield found.outputs["y"], PRECISE.outputs["y"]
    yield found.input_gradients["x"], PRECISE.input_gradients["x"]
    yield found.parameter_gradients["n0/weight"], PRECISE.parameter_gradients["n0/weight"]


def test_an_exact_run_is_within_5e_7_of_float64_and_another_is_not() -> None:
    for found, precise in convolved(result(exact=True)):
        assert np.abs(found - precise).max() <= 5e-7 * np.abs(precise).max()
    far = [
        np.abs(found - precise).max() / np.abs(precise).max()
        for found, precise in convolved(result(exact=False))
    ]
    assert 5e-7 < max(far) <= 2e-5


def test_references_are_exact_anyway() -> None:
    for (one, _), (other, _) in zip(
        convolved(result(exact=False, kernels=False)),
        convolved(result(exact=True, kernels=False)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("exact", [False, True])
def test_the_machine_is_told_whether_to_transform(exact: bool) -> None:
    plan = plan_for(PROGRAM, {"B": 2}, frozenset(INPUTS), Mode(keep=False))
    machine = executor(plan, arrays(plan, INPUTS), kernels=True, exact=exact)
    assert isinstance(machine, Machine)
    assert ("winograd.winograd" in machine.kernels()) is not exact


def arrays(plan: Plan, inputs: Mapping[str, Array]) -> dict[int, Array]:
    slots = {number: WEIGHTS[name] for name, number in plan.slots.items()}
    return {**slots, **{number: inputs[name] for name, number in plan.inputs.items()}}


def test_training_is_exact_where_it_is_asked_to_be() -> None:
    """A step of gradient descent from the same weights on the same batch, each way and by references."""
    data = Data("zeros", {**INPUTS, "labels": np.zeros((2, 64, 16, 16), np.float32)})
    objective = objective_of(DESIGN, data.labels(None))
    batch = fit(objective, data)

    def after(*, exact: bool, kernels: bool = True) -> Array:
        steps = train(objective, WEIGHTS, repeat(batch), SGD(rate=4096.0), 1, exact=exact, kernels=kernels)
        (step,) = steps
        return step.weights["n0/weight"] - WEIGHTS["n0/weight"]

    wanted = after(exact=False, kernels=False)
    exact, quick = (
        np.abs(after(exact=exact) - wanted).max() / np.abs(wanted).max() for exact in (True, False)
    )
    assert exact < quick <= 2e-5
    losses = [evaluate(objective, WEIGHTS, batch, exact=exact).loss for exact in (True, False)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
