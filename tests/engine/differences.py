"""Gradients of a run against central differences in float64."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.engine.cotangent import Cotangent
from core.engine.run import Mode, Result, plan_for, run, run_plan
from core.engine.weights import Weights, initial
from core.initialise import Array
from core.program import Program, slots

STEP = 1e-6


def exact(training: bool = False) -> Mode:
    """References in float64, with the backward."""
    return Mode(training=training, backward=True, kernels=False, precision="float64")


def doubles(program: Program, sizes: Mapping[str, int] | None = None, seed: int = 3) -> dict[str, Array]:
    """First values of all slots in float64."""
    return {name: a.astype(np.float64) for name, a in initial(program, sizes, seed).items()}


def check_gradients(
    program: Program, weights: Weights, inputs: Mapping[str, Array], *, training: bool = False
) -> Result:
    """Compares the gradients of all parameters and inputs; gives the run they are of."""
    first = run(program, weights, inputs, 5, exact(training))
    pick = np.random.default_rng(1)
    cotangents = {name: np.asarray(pick.normal(size=array.shape)) for name, array in first.outputs.items()}
    start = Cotangent(kind="given", arrays=cotangents)
    result = run(program, weights, inputs, 5, exact(training), start)

    mode = replace(exact(training), backward=False, keep=False)
    plan = plan_for(program, result.sizes, frozenset(inputs), mode)

    def loss(weights: Weights, inputs: Mapping[str, Array]) -> float:
        there = run_plan(plan, weights, inputs, 5, mode)
        return float(sum((there.outputs[name] * dy).sum() for name, dy in cotangents.items()))

    learnt = {slot.name: weights[slot.name] for slot in slots(program, result.sizes) if slot.learnt}
    for values, gradients, is_weight in (
        (learnt, result.parameter_gradients, True), (inputs, result.input_gradients, False)
    ):  # fmt: skip
        for name, array in values.items():
            found = gradients.get(name, np.zeros(array.shape))
            if array.dtype.kind != "f":
                continue
            for place in pick.permutation(array.size)[:6]:
                losses = []
                for step in (STEP, -STEP):
                    moved = array.copy()
                    moved.flat[place] += step
                    here = {name: moved}
                    losses.append(
                        loss({**weights, **here}, inputs) if is_weight else loss(weights, {**inputs, **here})
                    )
                slope = (losses[0] - losses[1]) / (2 * STEP)
                np.testing.assert_allclose(found.flat[place], slope, rtol=1e-5, atol=1e-7, err_msg=name)
    return result
