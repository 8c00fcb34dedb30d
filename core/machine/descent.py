"""Steps of an optimiser by kernels: the words that they read, over vectors that stay where they are."""

from collections.abc import Mapping
from math import inf, sqrt

import numpy as np

from ..engine.clip import Clip
from ..engine.optimiser import SGD, Adam, AdamW, Optimiser, RMSprop
from ..initialise import Array
from ..kernels import optimiser as kernels
from ..kernels.table import INSTRUCTION_WORDS
from .loaded import kernel_address
from .team import bytes_at, cores, team

PARAMETERS_FOR_ONE = 200_000
"""The parameters up to which one thread is quicker than waking others."""

Update = tuple[str, Mapping[str, float]]
"""An update of the kernels by name, and its numbers by theirs."""


class Compiled:
    """Two vectors (P,) in float32 bound to what an optimiser remembers of them."""

    def __init__(
        self,
        optimiser: Optimiser,
        clip: Clip,
        parameters: Array,
        gradient: Array,
        threads: int | None = None,
    ) -> None:
        assert parameters.dtype == gradient.dtype == np.float32, "kernels are for float32"
        self._optimiser = optimiser
        self._steps = 0
        count = len(parameters)
        workers = team(threads or (1 if count < PARAMETERS_FOR_ONE else cores()))
        name, numbers = update_at(optimiser, 1)
        averages = [np.zeros(count, np.float32) for _ in range(kernels.averages_of(name))]
        own = np.zeros(2 * workers.size)  # of each thread: a sum of squares, a factor
        self._arrays = (parameters, gradient, *averages, own)
        calls = ["optimiser.squares"] * (clip.norm < inf) + ["optimiser.step"]
        words = np.zeros(kernels.NUMBERS + len(numbers) + INSTRUCTION_WORDS * len(calls), np.int64)
        self._words = words
        reals = words.view(np.float64)
        words[kernels.UPDATE] = list(kernels.UPDATES).index(name)
        words[kernels.COUNT] = count
        vectors = [bytes_at(array) for array in (parameters, gradient, *averages)]
        words[kernels.PARAMETERS : kernels.PARAMETERS + len(vectors)] = vectors
        words[kernels.SQUARES] = bytes_at(own)
        words[kernels.FACTORS] = bytes_at(own[workers.size :])
        reals[kernels.BOUND], reals[kernels.NORM] = clip.value, clip.norm
        self._numbers = reals[kernels.NUMBERS : kernels.NUMBERS + len(numbers)]
        table = words[kernels.NUMBERS + len(numbers) :]
        table[:] = [word for call in calls for word in (kernel_address(call), bytes_at(words))]
        self._act = workers.running(bytes_at(table), len(calls))

    def step(self, rate: float) -> None:
        """The parameters follow the gradient as it now is, at this rate."""
        self._steps += 1
        _, numbers = update_at(self._optimiser.at(rate), self._steps)
        self._numbers[:] = list(numbers.values())
        status = self._act()
        assert status == 0, status


def update_at(optimiser: Optimiser, step: int) -> Update:
    """What the kernels do at a step, counted from 1; the numbers in the order in which they take them."""
    name, own = _own_numbers(optimiser, step)
    numbers = {"rate": optimiser.rate, "decay": optimiser.weight_decay, **own}
    wanted = kernels.numbers_of(name)
    assert numbers.keys() == set(wanted), f"{name} takes {wanted}, not {list(numbers)}"
    return name, {number: numbers[number] for number in wanted}


def _own_numbers(optimiser: Optimiser, step: int) -> tuple[str, dict[str, float]]:
    match optimiser:
        case SGD():
            name = "nesterov" if optimiser.nesterov else "momentum"
            return (name, {"kept": optimiser.momentum}) if optimiser.momentum else ("descend", {})
        case Adam():
            return "adam", _adam(optimiser, step)
        case RMSprop():
            name = "rmsprop" + "_centered" * optimiser.centered + "_momentum" * bool(optimiser.momentum)
            numbers = {"kept": optimiser.alpha, "new": 1 - optimiser.alpha, "eps": optimiser.eps}
            return name, {**numbers, **({"momentum": optimiser.momentum} if optimiser.momentum else {})}
    raise TypeError(f"no kernel for {type(optimiser).__name__}")


def _adam(optimiser: Adam, step: int) -> dict[str, float]:
    first, second = optimiser.betas
    apart = isinstance(optimiser, AdamW)
    return {
        "rate": optimiser.rate / (1 - first**step),
        "decay": 0.0 if apart else optimiser.weight_decay,
        "shrink": 1 - optimiser.rate * optimiser.weight_decay if apart else 1.0,
        "fresh": 1 - first,
        "kept": second,
        "new": 1 - second,
        "root": sqrt(1 - second**step),
        "eps": optimiser.eps,
    }
