"""What is measured on either side, and how near the results of both are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Protocol

import numpy as np

from core.engine.plan import Instruction
from core.export.tensors import KeptTensor
from core.initialise import Array

from .ours import Ours

OUTPUTS, IN_TRAINING = 1e-4, 1e-3
"""How far outputs may be apart, as a part of the largest element.

What normalises by the statistics of a batch makes rounding larger.
"""

GRADIENTS, OF_BATCHES = 1e-4, 0.1
"""How far gradients may be apart, as a part of their norm; the latter where a batch's statistics normalise.

There a sum is often so near zero that a ReLU lets it pass on one side alone: MobileNetV2's gradients were up
to 0.03 apart. The others' came within 1e-5.
"""


class Side(Protocol):
    """A framework's network, ready to run again and again."""

    @property
    def tensors(self) -> Sequence[KeptTensor]:
        """Its weights, and the slots that they are made of."""
        ...

    def run(self) -> None:
        """What is measured: the forward, in training with the backward."""
        ...

    def outputs(self) -> Mapping[str, Array]:
        """By name."""
        ...

    def gradients(self) -> Mapping[str, Array]:
        """By the names of the framework's tensors; those that lack are zero."""
        ...


@dataclass(frozen=True)
class Apart:
    """How far two sides' results are apart."""

    outputs: float
    gradients: float
    """Of all parameters together."""
    of_batches: bool
    """Whether a batch's statistics normalise."""

    def told(self, *, training: bool) -> str:
        """What is wrong; nothing where the results agree."""
        if not self.outputs <= (IN_TRAINING if training else OUTPUTS):
            return f"WRONG: the outputs are {self.outputs:.1e} apart"
        if not self.gradients <= (OF_BATCHES if self.of_batches else GRADIENTS):
            return f"WRONG: the gradients are {self.gradients:.1e} apart"
        return ""


def apart(own: Ours, side: Side) -> Apart:
    """Of the results of the last runs."""
    found = own.outputs()
    outputs = max(_apart(found[name], theirs) for name, theirs in side.outputs().items())
    gradients = _gradients_apart(own, side) if own.case.training else 0.0
    return Apart(outputs, gradients, any(_of_a_batch(each) for each in own.plan.instructions))


def _of_a_batch(instruction: Instruction) -> bool:
    return instruction.primitive == "normalise" and 0 in instruction.settings["axes"]


def _apart(found: Array, expected: Array) -> float:
    if not np.isfinite(found).all() or found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))


def _gradients_apart(own: Ours, side: Side) -> float:
    found, expected = own.gradients(), side.gradients()
    zeros = {slot: np.zeros_like(array) for slot, array in own.case.weights.items()}
    wrong = whole = 0.0
    for one in side.tensors:
        if one.name in expected:
            gradient = one.how.gradient(*(found.get(slot, zeros[slot]) for slot in one.slots))
            wrong += float(np.square(gradient - expected[one.name], dtype=np.float64).sum())
            whole += float(np.square(expected[one.name], dtype=np.float64).sum())
    assert whole > 0, "nothing was compared"
    return sqrt(wrong / whole) if isfinite(wrong) else float("inf")
