"""Our optimisers take the steps that PyTorch's take."""

from typing import Any

import numpy as np
import pytest

from core.engine.optimiser import SGD, START, Adam, AdamW, Optimiser

torch: Any = pytest.importorskip("torch")

STEPS = 100

CASES = [
    (SGD(rate=0.05), "SGD", {"lr": 0.05}),
    (SGD(rate=0.05, momentum=0.9), "SGD", {"lr": 0.05, "momentum": 0.9}),
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
]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-12)])
@pytest.mark.parametrize(("ours", "name", "settings"), CASES, ids=str)
def test_a_hundred_steps_end_where_pytorch_ends(
    ours: Optimiser, name: str, settings: dict[str, Any], dtype: str, tolerance: float
) -> None:
    """The gradients are those at PyTorch's parameters, of Σ a ln cosh (p − b) with noise; none is zero."""
    chance = np.random.default_rng(5)
    a, b = chance.uniform(0.01, 0.5, 30).astype(dtype), chance.standard_normal(30).astype(dtype)
    noise = (0.1 * chance.standard_normal((STEPS, 30))).astype(dtype)
    parameters, memory = chance.standard_normal(30).astype(dtype), START
    theirs = torch.tensor(parameters.copy(), requires_grad=True)
    optimiser = getattr(torch.optim, name)([theirs], **settings)
    for turn in range(STEPS):
        gradient = a * np.tanh(theirs.detach().numpy() - b) + noise[turn]
        parameters, memory = ours.step(parameters, gradient, memory)
        theirs.grad = torch.from_numpy(gradient.copy())
        optimiser.step()
        assert parameters.dtype == dtype
        np.testing.assert_allclose(parameters, theirs.detach().numpy(), rtol=tolerance, atol=tolerance)
