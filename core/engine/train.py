"""Training: steps down the slope of a loss, by one plan that is built once and filled anew at every step.

Pure with respect to what it is given. Parameters stand in one vector and their gradients in another, where
the plan reads and writes them, and where the optimiser changes them in place.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import cos, isfinite, pi

import numpy as np

from ..initialise import Array
from ..text import tr
from .arrangement import arranged, flat, gradient_buffers, same_place
from .clip import UNBOUNDED, Clip
from .cotangent import Cotangent
from .descent import descent
from .execute import RunError, Watch
from .executor import executor
from .network import PlanError
from .objective import Objective
from .optimiser import Optimiser
from .plan import Plan, build_plan, live
from .run import Mode, draw_missing, run
from .sizes import sizes_from
from .validate import validate
from .weights import Weights

Batch = Mapping[str, Array]
"""Examples by input, labels among them, each (B, …)."""


@dataclass(frozen=True)
class Step:
    """One step: the loss and accuracy of its batch before it, and the weights after it if they are asked for.

    `accuracy` is the part of the examples (from 0 to 1) whose highest score is their class's; None where the
    loss tells no classes apart.
    """

    number: int
    loss: float
    accuracy: float | None
    stage: "_Stage" = field(repr=False, compare=False)

    @cached_property
    def weights(self) -> Weights:
        """Copies of the weights, by slot, as they are when first asked for: before the next step is taken."""
        return self.stage.weights()


@dataclass(frozen=True)
class Score:
    """How well weights do on examples, in eval mode."""

    loss: float
    accuracy: float | None


def train(
    objective: Objective,
    weights: Weights,
    batches: Iterator[Batch],
    optimiser: Optimiser,
    steps: int,
    seed: int = 0,
    *,
    only: Collection[str] | None = None,
    falling: bool = False,
    clip: Clip = UNBOUNDED,
    kernels: bool = True,
    exact: bool = False,
    watch: Watch | None = None,
) -> Iterator[Step]:
    """Takes that many steps, a batch of the same size for each; slots that `weights` lacks are drawn.

    `clip` bounds the gradients. `falling` lets the rate go down to zero along half a cosine (Loshchilov &
    Hutter 2017, without restarts). `only` names the slots that may change (None: all that the loss depends
    on); statistics that a layer keeps go from step to step. `exact` is as in Mode. Raises RunError
    at a loss that is no number, PlanError where nothing could be learnt, Stopped where `watch` says so.
    """
    batch = next(batches)
    stage = _Stage(objective, weights, batch, only, seed, kernels, exact)
    down = descent(optimiser, clip, stage.parameters, stage.gradients, kernels=kernels)
    for number in range(1, steps + 1):
        stage.fill(batch)
        stage.executor.run((seed << 32) + number, watch)
        loss, accuracy = stage.loss(), stage.accuracy(batch)
        if not isfinite(loss):
            raise RunError(
                tr("the loss is {loss} at step {step}; a lower rate may help", loss=loss, step=number)
            )
        stage.bring_gradients()
        down.step(optimiser.rate * _fallen(number, steps) if falling else optimiser.rate)
        stage.keep_statistics()
        yield Step(number, loss, accuracy, stage)
        if number < steps:
            batch = next(batches)


def _fallen(number: int, steps: int) -> float:
    """The part of the rate that is left at a step, counted from 1."""
    return (1 + cos(pi * (number - 1) / steps)) / 2


def evaluate(
    objective: Objective,
    weights: Weights,
    examples: Batch,
    *,
    batch: int = 256,
    kernels: bool = True,
    exact: bool = False,
) -> Score:
    """The mean loss over the examples, and the part that is told right, taken `batch` at a time."""
    count = len(next(iter(examples.values())))
    loss, right = 0.0, 0.0
    mode = Mode(kernels=kernels, keep=False, exact=exact)
    for start in range(0, count, batch):
        part = {name: array[start : start + batch] for name, array in examples.items()}
        size = min(batch, count - start)
        outputs = run(objective.program, weights, part, mode=mode).outputs
        loss += float(outputs[objective.loss]) * size
        right += (_accuracy(objective, outputs, part) or 0.0) * size
    return Score(loss / count, right / count if objective.counts_classes else None)


def _accuracy(objective: Objective, outputs: Mapping[str, Array], batch: Batch) -> float | None:
    if not objective.counts_classes or objective.scores is None or objective.labels is None:
        return None
    predicted = outputs[objective.scores].argmax(axis=1)  # (B, K, …) -> (B, …)
    return float((predicted == batch[objective.labels]).mean())


class _Stage:
    """A plan bound to memory: inputs are filled anew at each step; parameters and gradients are vectors."""

    def __init__(
        self,
        objective: Objective,
        weights: Weights,
        batch: Batch,
        only: Collection[str] | None,
        seed: int,
        kernels: bool,
        exact: bool,
    ) -> None:
        self.objective = objective
        plan = _plan(objective, batch)
        self.learnt = tuple(name for name in plan.parameter_gradients if only is None or name in only)
        if not self.learnt:
            raise PlanError(
                tr("the design has no parameters that the loss depends on")
                if only is None
                else tr("the loss depends on none of the parameters that may change")
            )
        self.plan = _pruned(plan, objective, self.learnt, only)
        self.fixed = {**weights, **draw_missing(self.plan, weights, seed)}
        places = arranged(self.plan, self.learnt)
        self.parameters, self.own = flat(places)
        self.gradients, self.slopes = flat(places)
        for name, own in self.own.items():
            own[...] = self.fixed[name]
        self.outside = self._outside()
        into = gradient_buffers(self.plan, self.slopes)
        self.executor = executor(self.plan, {**self.outside, **into}, kernels=kernels, exact=exact)
        results = {name: self.executor.array(self.plan.parameter_gradients[name]) for name in self.learnt}
        self.apart = [
            (self.slopes[name], result)
            for name, result in results.items()
            if not same_place(self.slopes[name], result)
        ]

    def _outside(self) -> dict[int, Array]:
        plan = self.plan
        outside = {
            number: self.own[name]
            if name in self.own
            else np.array(self.fixed[name], plan.buffers[number].dtype, order="C")
            for name, number in plan.slots.items()
        }
        for number in plan.inputs.values():
            outside[number] = np.empty(plan.buffers[number].shape, plan.buffers[number].dtype)
        for number in plan.starts.values():
            outside[number] = np.ones(plan.buffers[number].shape, plan.buffers[number].dtype)
        return outside

    def fill(self, batch: Batch) -> None:
        for name, number in self.plan.inputs.items():
            assert batch[name].shape == self.outside[number].shape, "batches are of one size"
            self.outside[number][...] = batch[name]

    def loss(self) -> float:
        return float(self.executor.array(self.plan.outputs[self.objective.loss]))

    def accuracy(self, batch: Batch) -> float | None:
        outputs = {name: self.executor.array(number) for name, number in self.plan.outputs.items()}
        return _accuracy(self.objective, outputs, batch)

    def bring_gradients(self) -> None:
        """Has those in the vector that the plan could not put there."""
        for slope, result in self.apart:
            slope[...] = result

    def keep_statistics(self) -> None:
        for name, number in self.plan.new_buffers.items():
            self.outside[self.plan.slots[name]][...] = self.executor.array(number)

    def weights(self) -> dict[str, Array]:
        kept = {name: self.outside[self.plan.slots[name]].copy() for name in self.plan.new_buffers}
        return {**self.fixed, **kept, **{name: np.array(own, order="C") for name, own in self.own.items()}}


def _plan(objective: Objective, batch: Batch) -> Plan:
    sizes = sizes_from(objective.program, {name: array.shape for name, array in batch.items()})
    return build_plan(
        objective.program,
        sizes,
        training=True,
        backward=True,
        keep=False,
        given=frozenset(batch),
        cotangent=Cotangent("given", arrays={objective.loss: np.ones(())}),
    )


def _pruned(plan: Plan, objective: Objective, learnt: Collection[str], only: Collection[str] | None) -> Plan:
    """The plan without what neither the loss nor a gradient that is used depends on.

    Statistics are kept of the calls that the loss depends on.
    """
    shown = {objective.loss, objective.scores}
    outputs = {name: number for name, number in plan.outputs.items() if name in shown}
    gradients = {name: plan.parameter_gradients[name] for name in learnt}
    plan = replace(
        plan, outputs=outputs, parameter_gradients=gradients, input_gradients={}, values={}, gradients={}
    )
    calls = {"/".join(step.path) for step in live(replace(plan, new_buffers={})).instructions}
    buffers = {
        name: number
        for name, number in plan.new_buffers.items()
        if name.rpartition("/")[0] in calls and (only is None or name in only)
    }
    plan = live(replace(plan, new_buffers=buffers))
    validate(plan)
    return plan
