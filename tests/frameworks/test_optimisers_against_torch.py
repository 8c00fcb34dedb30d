"""Our optimisers take the steps that PyTorch's take, by NumPy and by kernels."""

from typing import Any

import numpy as np
import pytest

from core.engine.clip import UNBOUNDED, Clip
from core.engine.descent import Descent, Stepwise
from core.engine.optimiser import SGD, Adam, AdamW, Optimiser, RMSprop
from core.initialise import Array
from core.machine.descent import Compiled

torch: Any = pytest.importorskip("torch")

STEPS = 100
PARAMETERS = 77
"""No whole number of vectors of any width."""

CASES = [
    (SGD(rate=0.05), "SGD", {"lr": 0.05}),
    (SGD(rate=0.05, momentum=0.9), "SGD", {"lr": 0.05, "momentum": 0.9}),
    (SGD(rate=0.05, weight_decay=0.1), "SGD", {"lr": 0.05, "weight_decay": 0.1}),
    (
        SGD(rate=0.02, momentum=0.8, nesterov=True, weight_decay=0.1),
        "SGD",
        {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ),
    (Adam(), "Adam", {}),
    (Adam(rate=0.03, weight_decay=0.2), "Adam", {"lr": 0.03, "weight_decay": 0.2}),
    (Adam(rate=0.01, betas=(0.7, 0.9), eps=1e-3), "Adam", {"lr": 0.01, "betas": (0.7, 0.9), "eps": 1e-3}),
    (AdamW(), "AdamW", {}),
    (AdamW(rate=0.03, weight_decay=0.3), "AdamW", {"lr": 0.03, "weight_decay": 0.3}),
    (RMSprop(), "RMSprop", {}),
    (
        RMSprop(rate=0.003, alpha=0.8, weight_decay=0.1),
        "RMSprop",
        {"lr": 0.003, "alpha": 0.8, "weight_decay": 0.1},
    ),
    (RMSprop(rate=0.002, eps=1e-3, momentum=0.7), "RMSprop", {"lr": 0.002, "eps": 1e-3, "momentum": 0.7}),
    (RMSprop(rate=0.005, centered=True, eps=1e-2), "RMSprop", {"lr": 0.005, "centered": True, "eps": 1e-2}),
    (
        RMSprop(rate=0.002, centered=True, momentum=0.5, eps=1e-2),
        "RMSprop",
        {"lr": 0.002, "centered": True, "momentum": 0.5, "eps": 1e-2},
    ),
]  # fmt: skip
every_optimiser = pytest.mark.parametrize(("ours", "name", "settings"), CASES, ids=str)


def noisy_slope(dtype: str) -> Any:
    """Gradients at PyTorch's parameters, of Σ a ln cosh (p − b) with noise; none is zero."""
    chance = np.random.default_rng(5)
    a, b = (
        chance.uniform(0.01, 0.5, PARAMETERS).astype(dtype),
        chance.standard_normal(PARAMETERS).astype(dtype),
    )
    noise = (0.1 * chance.standard_normal((STEPS, PARAMETERS))).astype(dtype)
    return lambda turn, at: a * np.tanh(at - b) + noise[turn]


def followed(
    make: Any, ours: Optimiser, clip: Clip, name: str, settings: dict[str, Any], dtype: str, tolerance: float
) -> None:
    """Takes all the steps beside PyTorch; after each one the parameters are the same."""
    chance = np.random.default_rng(6)
    slope = noisy_slope(dtype)
    parameters, gradient = chance.standard_normal(PARAMETERS).astype(dtype), np.zeros(PARAMETERS, dtype)
    descent: Descent = make(ours, clip, parameters, gradient)
    theirs = torch.tensor(parameters.copy(), requires_grad=True)
    optimiser = getattr(torch.optim, name)([theirs], **settings)
    for turn in range(STEPS):
        given: Array = slope(turn, theirs.detach().numpy())
        gradient[...] = given
        theirs.grad = torch.from_numpy(given.copy())
        if clip.value < np.inf:
            torch.nn.utils.clip_grad_value_([theirs], clip.value)
        if clip.norm < np.inf:
            torch.nn.utils.clip_grad_norm_([theirs], clip.norm)
        descent.step(ours.rate)
        optimiser.step()
        np.testing.assert_allclose(parameters, theirs.detach().numpy(), rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(gradient, given)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-12)])
@every_optimiser
def test_a_hundred_steps_end_where_pytorch_ends(
    ours: Optimiser, name: str, settings: dict[str, Any], dtype: str, tolerance: float
) -> None:
    followed(Stepwise, ours, UNBOUNDED, name, settings, dtype, tolerance)


@pytest.mark.parametrize("threads", [1, 2])
@every_optimiser
def test_a_hundred_steps_by_kernels_end_where_pytorch_ends(
    ours: Optimiser, name: str, settings: dict[str, Any], threads: int
) -> None:
    def compiled(optimiser: Optimiser, clip: Clip, parameters: Array, gradient: Array) -> Descent:
        return Compiled(optimiser, clip, parameters, gradient, threads)

    followed(compiled, ours, UNBOUNDED, name, settings, "float32", 1e-6)


@pytest.mark.parametrize("make", [Stepwise, Compiled])
@pytest.mark.parametrize(
    "clip", [Clip(norm=0.5), Clip(norm=1e3), Clip(value=0.05), Clip(norm=0.3, value=0.2)], ids=str
)
def test_bounded_gradients_are_pytorchs(make: Any, clip: Clip) -> None:
    settings = {"lr": 0.02, "momentum": 0.8}
    followed(make, SGD(rate=0.02, momentum=0.8), clip, "SGD", settings, "float32", 1e-6)
