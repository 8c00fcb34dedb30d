"""How far gradients of deep ReLU networks are from those in float64, ours and PyTorch's own.

`python -m tests.frameworks.gradient_errors` prints the medians for ResNet-18 on small images. A sign that
turns at a ReLU changes the gradient of all layers before it, for us and for PyTorch in other places: single
seeds say nothing, the median over many says how exact sums are.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Any

import numpy as np
import torch

from core.document import Document
from core.engine.weights import initial
from core.initialise import Array
from core.machine.machine import Machine
from core.settings import with_values
from tests.bench.case import case_of
from tests.bench.networks import NETWORKS
from tests.bench.ours import cotangents_of, plan_of
from tests.bench.torch_side import TorchSide, torch_side
from tests.engine.designs import chain

SEEDS = range(32)


@dataclass(frozen=True)
class Errors:
    """Of one seed: the norm of a gradient's difference from float64, in parts of the gradient's own norm."""

    ours: float
    exact: float
    """Ours with exact convolutions."""
    torch: float


class Compared:
    """A network as we run it and as PyTorch does, in training, on numbers that each seed draws anew."""

    def __init__(self, document: Document, threads: int = 1) -> None:
        self._case = case_of(document, training=True)
        self._plan = plan_of(self._case)
        self._cotangents = cotangents_of(self._plan)
        self._machine, self._exact = (
            Machine(self._plan, self._outside(), threads, exact=exact) for exact in (False, True)
        )
        self._single, self._double = (torch_side(self._case, self._cotangents) for _ in range(2))
        self._double.model.double()

    def _outside(self) -> dict[int, Array]:
        plan, case = self._plan, self._case
        names = {place: name for name, place in plan.output_places.items()}
        return {
            **{number: case.inputs[name] for name, number in plan.inputs.items()},
            **{number: case.weights[name] for name, number in plan.slots.items()},
            **{number: self._cotangents[names[place]] for place, number in plan.starts.items()},
            **{n: np.full((), v, plan.buffers[n].dtype) for n, v in plan.constants.items()},
        }

    def errors(self, seed: int) -> Errors:
        """Those of the gradient of all parameters, each side from the same numbers."""
        self._draw(seed)
        wanted = self._by_torch(self._double, torch.float64)
        ours, exact = (self._by(machine) for machine in (self._machine, self._exact))
        theirs = self._by_torch(self._single, torch.float32)
        return Errors(*(apart(found, wanted) for found in (ours, exact, theirs)))

    def _draw(self, seed: int) -> None:
        """Fills inputs, weights and cotangents, which all sides read."""
        generator = np.random.default_rng(seed)
        for array in (*self._case.inputs.values(), *self._cotangents.values()):
            array[...] = generator.standard_normal(array.shape)
        for name, first in initial(self._case.program, None, seed).items():
            self._case.weights[name][...] = first

    def _by(self, machine: Machine) -> dict[str, Array]:
        """The gradients under PyTorch's names."""
        machine.run(0)
        slots = {name: machine.array(number) for name, number in self._plan.parameter_gradients.items()}
        kept = [one for one in self._single.tensors if slots.keys() >= set(one.slots)]
        return {one.name: one.how.gradient(*(slots[slot] for slot in one.slots)) for one in kept}

    def _by_torch(self, side: TorchSide, precision: Any) -> dict[str, Array]:
        """The gradients of PyTorch's side."""

        def given(array: Array) -> Any:
            return torch.from_numpy(np.array(array)).to(precision)

        weights = self._case.weights
        state = {
            one.name: given(one.how.there(*(weights[slot] for slot in one.slots))) for one in side.tensors
        }
        side.model.load_state_dict(state, strict=False)  # tied parameters go by one of their names
        side.inputs = [given(array) for array in self._case.inputs.values()]
        side.cotangents = {name: given(array) for name, array in self._cotangents.items()}
        side.run()
        return side.gradients()


def apart(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> float:
    """The norm of the difference of all gradients, in parts of their norm."""
    assert found.keys() == wanted.keys(), found.keys() ^ wanted.keys()
    wrong = sum(float(np.square(found[name] - one).sum()) for name, one in wanted.items())
    return sqrt(wrong / sum(float(np.square(one).sum()) for one in wanted.values()))


def narrow_resnet() -> Document:
    """ResNet-18 for small images, of 16 channels at first instead of 64."""
    return with_values(NETWORKS["resnet-18-32"].document(), {"width": 16, "H": 16, "W": 16, "B": 8})


def narrow_vgg() -> Document:
    """The convolutions of VGG-16 (Simonyan & Zisserman 2014) with batch norms, none of them passed by."""
    layers: list[tuple[str, dict[str, Any]]] = []
    for channels, depth in ((16, 2), (32, 2), (64, 3), (64, 3), (64, 3)):
        for _ in range(depth):
            convolution = {"out_channels": channels, "kernel_size": 3, "padding": 1, "bias": False}
            layers += [("Conv2d", convolution), ("BatchNorm2d", {"activation": "relu"})]
        if channels < 64:
            layers.append(("MaxPool2d", {"kernel_size": 2}))
    return chain("8, 3, 16, 16", *layers, ("Flatten", {}), ("Linear", {"out_features": 10}))


def resnet() -> Document:
    """ResNet-18 for small images as it is, a batch of 32."""
    return NETWORKS["resnet-18-32"].document()


DESIGNS = {"narrow-resnet": narrow_resnet, "narrow-vgg": narrow_vgg, "resnet": resnet}


def medians(found: Sequence[Errors]) -> Errors:
    """Each side's median by itself."""
    return Errors(*(median(getattr(one, side) for one in found) for side in ("ours", "exact", "torch")))


def main() -> None:
    """Prints the medians of a design."""
    parser = argparse.ArgumentParser(prog="python -m tests.frameworks.gradient_errors")
    parser.add_argument("design", nargs="?", choices=DESIGNS, default="resnet")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    compared = Compared(DESIGNS[options.design](), options.threads)
    found = []
    for seed in range(options.seeds):
        found.append(compared.errors(seed))
        one = found[-1]
        print(f"seed {seed}: ours {one.ours:.2e}, exact {one.exact:.2e}, PyTorch {one.torch:.2e}", flush=True)
    middle = medians(found)
    print(f"median: ours {middle.ours:.2e}, exact {middle.exact:.2e}, PyTorch {middle.torch:.2e}")
    print(
        f"ours is {middle.ours / middle.torch:.2f} times PyTorch's, exact {middle.exact / middle.torch:.2f}"
    )


if __name__ == "__main__":
    main()
