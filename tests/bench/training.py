"""What a step of training takes: LeNet-5 on digits in batches of 64, by the own engine and by PyTorch."""

from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from time import perf_counter
from typing import Any

from core.engine.objective import objective_of
from core.engine.optimiser import SGD
from core.engine.train import train
from core.engine.training_data import batches, fit, read_data
from core.engine.warm import ready
from core.engine.weights import initial
from core.export.code import export_code
from core.initialise import Array
from core.program import build_program
from core.resolve import Resolver
from core.templates import template

from .measure import Row, row

RATE = 0.01


def step(size: int, count: int) -> list[Row]:
    """Steps on batches of `size`, side by side where PyTorch is installed, both on their own threads."""
    title = f"LeNet-5, batch {size}"
    ours = _ours(size, count)
    if find_spec("torch") is None:
        return [row("train", title, _times(ours, count), clock="wall")]
    own, theirs = _alternating(ours, _torch(size), count)
    told = f"PyTorch takes {median(theirs) / median(own):.2f} times as long"
    return [
        row("train", title, own, clock="wall", told=told if ready() else f"{told}; kernels not compiled"),
        row("train", f"{title}, PyTorch", theirs, clock="wall"),
    ]


def _ours(size: int, count: int) -> Callable[[], object]:
    data = read_data("digits")
    objective = objective_of(template("lenet5").document(), data.labels(None))
    drawn = batches(fit(objective, data), size, 0)
    weights = initial(objective.program, None, 0)
    steps = train(objective, weights, drawn, SGD(rate=RATE), 2 * count + 10, kernels=ready())
    next(steps)
    return lambda: next(steps)


def _torch(size: int) -> Callable[[], object]:
    """The exported network under the same steps; its batches are drawn by the same code."""
    import torch

    document = template("lenet5").document()
    names: dict[str, Any] = {"__name__": "lenet"}
    exec(export_code(build_program(document, Resolver(document)), "pytorch").text, names)
    model = names["LeNet5"]()
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
    data = read_data("digits")
    objective = objective_of(document, data.labels(None))
    drawn = batches(fit(objective, data), size, 0)

    def act() -> None:
        batch: dict[str, Array] = next(drawn)
        optimiser.zero_grad()
        _, loss = model(torch.from_numpy(batch["image"]), torch.from_numpy(batch["label"]))
        loss.backward()
        optimiser.step()
        loss.item()

    act()
    return act


def _times(act: Callable[[], object], count: int) -> list[float]:
    times = []
    for _ in range(count):
        begin = perf_counter()
        act()
        times.append((perf_counter() - begin) * 1e3)
    return times


def _alternating(
    one: Callable[[], object], other: Callable[[], object], count: int
) -> tuple[list[float], list[float]]:
    """Times of both in turns of ten, so that a busy machine is so for both."""
    first: list[float] = []
    second: list[float] = []
    while len(first) < count:
        turn = min(10, count - len(first))
        first += _times(one, turn)
        second += _times(other, turn)
    return first, second
