"""Training: steps down the slope of a loss, by one plan that is built once and filled anew at every step.

Pure with respect to what it is given: the weights that a step comes to are new arrays.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import cos, isfinite, pi, prod

import numpy as np

from ..initialise import Array
from ..text import tr
from .cotangent import Cotangent
from .execute import RunError, Watch
from .executor import executor
from .network import PlanError
from .objective import Objective
from .optimiser import START, Optimiser
from .plan import Plan, build_plan
from .run import Mode, draw_missing, run
from .sizes import sizes_from
from .validate import validate
from .weights import Weights

Batch = Mapping[str, Array]
"""Examples by input, labels among them, each (B, …)."""


@dataclass(frozen=True)
class Step:
    """One step: the loss and accuracy of its batch before it, and the weights after it, by slot.

    `accuracy` is the part of the examples (from 0 to 1) whose highest score is their class's; None where the
    loss tells no classes apart.
    """

    number: int
    loss: float
    accuracy: float | None
    weights: Weights


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
    kernels: bool = True,
    watch: Watch | None = None,
) -> Iterator[Step]:
    """Takes that many steps, a batch of the same size for each; slots that `weights` lacks are drawn.

    `falling` lets the rate go down to zero along half a cosine (Loshchilov & Hutter 2017, without restarts).
    `only` names the slots that may change (None: all that the loss depends on); statistics that a layer
    keeps go from step to step. Raises RunError at a loss that is no number, PlanError where nothing could be
    learnt, Stopped where `watch` says so.
    """
    batch = next(batches)
    stage = _Stage(objective, weights, batch, only, seed, kernels)
    parameters, memory = stage.parameters.copy(), START
    for number in range(1, steps + 1):
        stage.fill(parameters, batch)
        stage.executor.run((seed << 32) + number, watch)
        loss, accuracy = stage.loss(), stage.accuracy(batch)
        if not isfinite(loss):
            raise RunError(
                tr("the loss is {loss} at step {step}; a lower rate may help", loss=loss, step=number)
            )
        taken = optimiser if not falling else replace(optimiser, rate=optimiser.rate * _fallen(number, steps))
        with np.errstate(all="ignore"):  # what overflows is told by the next loss
            parameters, memory = taken.step(parameters, stage.gradient(), memory)
        stage.keep_statistics()
        yield Step(number, loss, accuracy, stage.weights(parameters))
        if number < steps:
            batch = next(batches)


def _fallen(number: int, steps: int) -> float:
    """The part of the rate that is left at a step, counted from 1."""
    return (1 + cos(pi * (number - 1) / steps)) / 2


def evaluate(
    objective: Objective, weights: Weights, examples: Batch, *, batch: int = 256, kernels: bool = True
) -> Score:
    """The mean loss over the examples, and the part that is told right, taken `batch` at a time."""
    count = len(next(iter(examples.values())))
    loss, right = 0.0, 0.0
    for start in range(0, count, batch):
        part = {name: array[start : start + batch] for name, array in examples.items()}
        size = min(batch, count - start)
        outputs = run(objective.program, weights, part, mode=Mode(kernels=kernels, keep=False)).outputs
        loss += float(outputs[objective.loss]) * size
        right += (_accuracy(objective, outputs, part) or 0.0) * size
    return Score(loss / count, right / count if objective.counts_classes else None)


def _accuracy(objective: Objective, outputs: Mapping[str, Array], batch: Batch) -> float | None:
    if not objective.counts_classes or objective.scores is None or objective.labels is None:
        return None
    told = outputs[objective.scores].argmax(axis=1)  # (B, K, …) -> (B, …)
    return float((told == batch[objective.labels]).mean())


class _Stage:
    """A plan bound to memory: inputs and slots are filled anew at each step, parameters as one vector."""

    def __init__(
        self,
        objective: Objective,
        weights: Weights,
        batch: Batch,
        only: Collection[str] | None,
        seed: int,
        kernels: bool,
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
        self.parameters = np.concatenate([self.fixed[name].reshape(-1) for name in self.learnt])
        self.parameters = self.parameters.astype(np.float32)
        self.shapes = {name: plan.buffers[plan.slots[name]].shape for name in self.learnt}
        self.vector = self.parameters.copy()
        self.outside = self._outside()
        self.executor = executor(self.plan, self.outside, kernels=kernels)

    def _outside(self) -> dict[int, Array]:
        plan = self.plan
        slots = {**{name: self.fixed[name] for name in plan.slots}, **_views(self.vector, self.shapes)}
        outside = {
            number: slots[name]
            if name in self.learnt
            else np.array(slots[name], plan.buffers[number].dtype, order="C")
            for name, number in plan.slots.items()
        }
        for number in plan.inputs.values():
            outside[number] = np.empty(plan.buffers[number].shape, plan.buffers[number].dtype)
        for number in plan.starts.values():
            outside[number] = np.ones(plan.buffers[number].shape, plan.buffers[number].dtype)
        return outside

    def fill(self, parameters: Array, batch: Batch) -> None:
        self.vector[...] = parameters
        for name, number in self.plan.inputs.items():
            assert batch[name].shape == self.outside[number].shape, "batches are of one size"
            self.outside[number][...] = batch[name]

    def loss(self) -> float:
        return float(self.executor.array(self.plan.outputs[self.objective.loss]))

    def accuracy(self, batch: Batch) -> float | None:
        outputs = {name: self.executor.array(number) for name, number in self.plan.outputs.items()}
        return _accuracy(self.objective, outputs, batch)

    def gradient(self) -> Array:
        numbers = self.plan.parameter_gradients
        return np.concatenate([self.executor.array(numbers[name]).reshape(-1) for name in self.learnt])

    def keep_statistics(self) -> None:
        for name, number in self.plan.new_buffers.items():
            self.outside[self.plan.slots[name]][...] = self.executor.array(number)

    def weights(self, parameters: Array) -> dict[str, Array]:
        kept = {name: self.outside[self.plan.slots[name]].copy() for name in self.plan.new_buffers}
        return {**self.fixed, **kept, **_views(parameters, self.shapes)}


def _views(vector: Array, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The parts of a vector (P,) as arrays of these shapes, in order."""
    views, start = {}, 0
    for name, shape in shapes.items():
        views[name] = vector[start : start + prod(shape)].reshape(shape)
        start += prod(shape)
    return views


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
    calls = {"/".join(step.path) for step in _live(replace(plan, new_buffers={})).instructions}
    buffers = {
        name: number
        for name, number in plan.new_buffers.items()
        if name.rpartition("/")[0] in calls and (only is None or name in only)
    }
    plan = _live(replace(plan, new_buffers=buffers))
    validate(plan)
    return plan


def _live(plan: Plan) -> Plan:
    """The plan with the instructions alone that its results depend on."""
    bases = [number if buffer.base is None else buffer.base for number, buffer in enumerate(plan.buffers)]
    needed = {bases[number] for number in plan.results}
    live = []
    for instruction in reversed(plan.instructions):
        if any(bases[number] in needed for number in instruction.outputs):
            needed.update(bases[number] for number in instruction.inputs)
            live.append(instruction)
    return replace(plan, instructions=tuple(reversed(live)))
