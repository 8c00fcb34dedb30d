"""A layer's trace done by the machine that programs run on, so that samples meet its kernels."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from core.engine.network import Network, Place
from core.engine.plan import Plan, plan_network
from core.layers.layer import Layer
from core.machine.machine import Machine
from core.ops.primitive import Array, Ref, Trace
from core.types import Type

from .derived import derived, outside, traced
from .shipped import Shipped


class Prepared:
    """A plan bound to arrays that are filled anew for each sample, and the same under guard."""

    def __init__(self, plan: Plan, threads: int) -> None:
        numbers = [plan.inputs[str(place)] for place in range(len(plan.inputs))]
        self._given = [np.empty(plan.buffers[n].shape, plan.buffers[n].dtype) for n in numbers]
        arrays = dict(zip(numbers, self._given, strict=True))
        self._plan = plan
        self._machine = Machine(plan, arrays, threads)
        self._guarded = Machine(plan, arrays, threads, guarded=True)

    def __call__(self, values: Sequence[Array]) -> list[Array]:
        """The outputs, whose memory under guard is kept to and holds the very same numbers."""
        for mine, array in zip(self._given, values, strict=True):
            mine[...] = array
        self._machine.run(0)
        found = [np.array(self._machine.array(number)) for number in self._plan.outputs.values()]
        self._guarded.run(0)
        assert self._guarded.broken() == [], f"something wrote behind memories {self._guarded.broken()}"
        for (name, number), array in zip(self._plan.outputs.items(), found, strict=True):
            same = self._guarded.array(number).tobytes() == array.tobytes()
            assert same, f"result {name} depends on what stood in memory before"
        return found


@cache
def forward(layer: Layer | Shipped, types: tuple[Type, ...], training: bool, threads: int) -> Prepared:
    """What gives the outputs of a layer, then what its buffers become."""
    run = traced(layer, types, training)
    wanted = (*run.result.values, *run.result.buffers.values())
    return Prepared(planned(run.trace, outside(run), wanted), threads)


@cache
def backward(
    layer: Layer | Shipped, types: tuple[Type, ...], training: bool, given: tuple[bool, ...], threads: int
) -> Prepared:
    """What gives the outputs, then the gradients of what comes from outside, as far as there are any."""
    back = derived(layer, types, training, given)
    inputs = (*outside(back.traced), *back.starts)
    return Prepared(planned(back.traced.trace, inputs, (*back.outputs, *back.found)), threads)


def planned(trace: Trace, inputs: Sequence[Ref], wanted: Sequence[Ref]) -> Plan:
    """The plan of the wanted values of a trace, inputs and outputs called `0`, `1`, …."""
    ports: dict[str, Place] = {str(number): ((), str(number)) for number in range(len(wanted))}
    network = Network(
        trace=trace,
        paths=[()] * len(trace.steps),
        inputs={str(number): ref for number, ref in enumerate(inputs)},
        outputs=ports,
        places=dict(zip(ports.values(), wanted, strict=True)),
    )
    return plan_network(network, keep=False)
