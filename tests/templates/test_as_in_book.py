"""The four tabs' FixedHiddenMLP against what each tab's code says, worked out by numpy in float64."""

from collections.abc import Callable

import numpy as np
import pytest

from core.engine.run import Mode, run
from core.program import build_program, slots
from core.resolve import Resolver
from core.templates import template

Vector = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Layer = Callable[[Vector], Vector]


def relu(x: Vector) -> Vector:
    return np.maximum(x, 0.0)


def shrunk(x: Vector) -> float:
    """`while abs(X).sum() > 1: X /= 2`, then the sum."""
    while np.abs(x).sum() > 1:
        x = x / 2
    return float(x.sum())


def linear_twice(x: Vector, dense: Layer, fixed: Vector) -> float:
    return shrunk(dense(relu(dense(x) @ fixed + 1)))


def relu_in_both(x: Vector, dense: Layer, fixed: Vector) -> float:
    return shrunk(relu(dense(relu(relu(dense(x)) @ fixed + 1))))


def once(x: Vector, dense: Layer, fixed: Vector) -> float:
    return shrunk(relu(dense(relu(x.reshape(len(x), -1) @ fixed + 1))))


TABS = {"pytorch": linear_twice, "mxnet": relu_in_both, "jax": linear_twice, "tensorflow": once}


def computed(tab: str) -> tuple[float, float]:
    """What the design gives, and what its tab's code does, on the same numbers."""
    document = template(f"as-in-book-{tab}").document()
    program = build_program(document, Resolver(document))
    rng = np.random.default_rng(7)
    sample, fixed = rng.normal(size=(2, 20)), rng.random((20, 20))
    weight, bias = rng.normal(size=(20, 20)), rng.normal(size=20)
    names = {(slot.shape, slot.learnt): slot.name for slot in slots(program)}
    weights = {
        names[(20, 20), True]: weight, names[(20,), True]: bias, names[(20, 20), False]: fixed,
    }  # fmt: skip
    result = run(program, weights, {"x": sample}, 0, Mode(precision="float64", kernels=False))
    return float(result.outputs["y"]), TABS[tab](sample, lambda x: x @ weight.T + bias, fixed)


@pytest.mark.parametrize("tab", TABS)
def test_the_design_computes_what_its_tab_s_code_does(tab: str) -> None:
    ours, theirs = computed(tab)
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_the_four_tabs_give_three_different_numbers() -> None:
    found = {tab: round(computed(tab)[0], 9) for tab in TABS}
    assert found["pytorch"] == found["jax"]
    assert len(set(found.values())) == 3
