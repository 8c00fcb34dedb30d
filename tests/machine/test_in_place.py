"""Results that are written over an input that ends with them are what they are elsewhere."""

from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from core.machine.code import Call
from core.machine.machine import Machine
from tests.machine.plans import Told, exactly, plan_of

SQUARE: dict[str, Any] = {
    "stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1,
}  # fmt: skip
ALONE: dict[str, Any] = {**SQUARE, "padding": ((0, 0), (0, 0))}


def machines(told: list[Told], inputs: list[Array], wanted: list[int]) -> tuple[Machine, Machine]:
    """One that may write over inputs, and one in which each memory has a place of its own; both have run."""
    plan, outside = plan_of(told, inputs, wanted), dict(enumerate(inputs))
    made = Machine(plan, outside, 2), Machine(plan, outside, 2, guarded=True)
    for machine in made:
        machine.run(0)
    return made


def places(machine: Machine) -> list[tuple[int | None, int | None]]:
    """Where calls write, and where what they may write over stands."""
    offsets = machine._layout.offsets
    pairs = [pair for op in machine.code.ops if isinstance(op, Call) for pair in op.over]
    return [(offsets[written], offsets[read]) for written, read in pairs]


@pytest.mark.parametrize(("kernel", "settings"), [((1, 1), ALONE), ((3, 3), SQUARE)], ids=str)
@pytest.mark.parametrize("channels", [16, 70, 300])
def test_a_residual_gives_way_to_the_sum(kernel: tuple[int, int], settings: Any, channels: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, channels, 9, 10)).astype(np.float32)
    w = rng.standard_normal((channels, channels, *kernel)).astype(np.float32)
    told: list[Told] = [
        ("conv", (0, 1), settings),
        ("relu", (2,), {}),
        ("conv", (3, 1), settings),
        ("conv", (4, 1), settings),
        ("add", (5, 3), {}),
    ]
    there, elsewhere = machines(told, [x, w], [6])
    assert there.array(6).tobytes() == elsewhere.array(6).tobytes()
    if kernel == (3, 3) or channels <= 256:
        assert any(written == read for written, read in places(there))


def test_what_is_convolved_stays_though_it_is_added_too() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 70, 9, 10)).astype(np.float32)
    w = rng.standard_normal((70, 70, 3, 3)).astype(np.float32)
    told: list[Told] = [("conv", (0, 1), SQUARE), ("conv", (2, 1), SQUARE), ("add", (3, 2), {})]
    there, elsewhere = machines(told, [x, w], [4])
    assert there.array(4).tobytes() == elsewhere.array(4).tobytes()


def test_an_element_is_read_before_its_place_is_written() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 700)).astype(np.float32)
    told: list[Told] = [
        ("softmax", (0,), {"axis": 1}),
        ("exp", (1,), {}),
        ("multiply", (2, 1), {}),
        ("softmax", (3,), {"axis": 1}),
        ("add", (4, 2), {}),
    ]
    there, elsewhere = machines(told, [x], [5])
    assert there.array(5).tobytes() == elsewhere.array(5).tobytes()
    assert any(written == read for written, read in places(there))


def test_what_is_made_of_a_norm_again_is_what_it_was() -> None:
    rng = np.random.default_rng(0)
    x, dy = (rng.standard_normal((4, 20, 6, 7)).astype(np.float32) for _ in range(2))
    told: list[Told] = [
        ("normalise", (0,), {"axes": (0, 2, 3), "eps": 1e-5}),
        ("relu", (2,), {}),
        ("softmax", (5,), {"axis": 1}),
        ("multiply", (6, 2), {}),
        ("normalise_grad", (2, 4, 1), {"axes": (0, 2, 3), "eps": 1e-5}),
    ]
    there, elsewhere = machines(told, [x, dy], [7, 8])
    exact = exactly(told, [x, dy])
    for number in (7, 8):
        assert there.array(number).tobytes() == elsewhere.array(number).tobytes()
        assert np.abs(there.array(number) - exact[number]).max() <= 2e-6 * np.abs(exact[number]).max()
