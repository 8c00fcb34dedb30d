"""Recurrent layers in sizes that fill, and do not fill, the rows and vectors of tiles."""

from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from core.machine.machine import Machine
from tests.machine.plans import done, exactly, kernels_of, plan_of

SIZES = [
    # batch, steps, features, hidden
    (1, 3, 4, 33),
    (5, 2, 17, 16),
    (7, 4, 3, 40),
    (9, 1, 1, 65),
    (14, 2, 5, 130),
    (3, 2, 2, 300),
    (20, 2, 5, 300),
    (50, 2, 3, 20),
]
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
of_each_size = pytest.mark.parametrize("sizes", SIZES, ids=str)
of_each_kind = pytest.mark.parametrize("kind", GATES)


def arrays_of(kind: str, sizes: tuple[int, int, int, int], projected: int = 0) -> list[Array]:
    """x, weights, biases, that of the projection, and first states."""
    rng = np.random.default_rng(3)
    batch, steps, features, hidden = sizes
    rows, shown = GATES[kind] * hidden, projected or hidden
    shapes = [(batch, steps, features), (rows, features), (rows, shown), (rows,), (rows,)]
    shapes += [(shown, hidden)] * bool(projected) + [(batch, shown)] + [(batch, hidden)] * (kind == "lstm")
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    for array in arrays[1 : 5 + bool(projected)]:
        array *= 1 / np.sqrt(hidden)
    return arrays


def told_of(kind: str, arrays: list[Array], reverse: bool, projected: int = 0) -> list[Any]:
    """The forward, then the backward where every output has a cotangent: the outputs are their own."""
    settings: dict[str, Any] = {"reverse": reverse, "biased": True, "started": True}
    settings |= {"projected": bool(projected)} if kind == "lstm" else {}
    settings |= {"nonlinearity": "relu" if reverse else "tanh"} if kind == "rnn" else {}
    count = len(arrays)
    outputs = tuple(range(count, count + {"lstm": 4, "gru": 2, "rnn": 1}[kind]))
    shown = (5,) * bool(projected)
    read = {"lstm": (count - 1,), "gru": (count - 1,), "rnn": ()}[kind]
    back = {**settings, "given": (True,) * len(outputs)}
    return [
        (kind, tuple(range(count)), settings),
        (f"{kind}_grad", (2, *shown, *read, *outputs, *outputs), back),
    ]


def compared(told: list[Any], arrays: list[Array], threads: int) -> None:
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, threads=threads).items():
        largest = np.abs(exact[number]).max()
        assert np.abs(array - exact[number]).max() <= 3e-6 * max(1.0, largest), number
    assert all("." in kernel for kernel in kernels_of(told, arrays))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("reverse", [False, True])
@of_each_kind
@of_each_size
def test_the_machine_goes_forward_and_back_through_all_steps(
    kind: str, sizes: tuple[int, int, int, int], reverse: bool, threads: int
) -> None:
    arrays = arrays_of(kind, sizes)
    compared(told_of(kind, arrays, reverse), arrays, threads)


@pytest.mark.parametrize("threads", [1, 2])
@of_each_size
def test_the_machine_goes_through_projections(sizes: tuple[int, int, int, int], threads: int) -> None:
    projected = max(1, sizes[3] // 2 - 1)
    arrays = arrays_of("lstm", sizes, projected)
    compared(told_of("lstm", arrays, False, projected), arrays, threads)


@of_each_kind
@of_each_size
def test_recurrences_keep_to_their_memory(kind: str, sizes: tuple[int, int, int, int]) -> None:
    arrays = arrays_of(kind, sizes)
    told = told_of(kind, arrays, True)
    plan = plan_of(told, arrays)
    machine = Machine(plan, dict(enumerate(arrays)), 2, guarded=True)
    machine.run(0)
    assert machine.broken() == []
    plain = done(told, arrays, threads=2)
    assert all(machine.array(number).tobytes() == plain[number].tobytes() for number in plain)


@of_each_kind
def test_sequences_whose_steps_come_first_are_read_as_they_stand(kind: str) -> None:
    arrays = arrays_of(kind, (4, 6, 5, 20))
    turned = [arrays[0].transpose(1, 0, 2).copy(), *arrays[1:]]
    told = told_of(kind, arrays, False)[:1]
    name, inputs, settings = told[0]
    count = len(arrays)
    swapped = [("permute", (0,), {"axes": (1, 0, 2)}), (name, (count, *inputs[1:]), settings)]
    found = done(swapped, turned, [count + 1])[count + 1]
    np.testing.assert_allclose(found, exactly(told, arrays)[count], rtol=1e-5, atol=1e-6)


def gates_at(values: Array) -> Array:
    """What an LSTM's forget gate is where it is given these values: it multiplies a cell of 1."""
    count = values.size
    weights = np.zeros((4, count), np.float32)
    weights[1] = values
    one, nothing = np.ones((1, 1, 1), np.float32), np.zeros((4 * count, count), np.float32)
    state, cell = np.zeros((1, count), np.float32), np.ones((1, count), np.float32)
    settings = {"reverse": False, "biased": False, "started": True, "projected": False}
    given = [one, weights.reshape(-1, 1), nothing, state, cell]
    found: Array = done([("lstm", tuple(range(5)), settings)], given)[6][0]
    return found


def test_gates_close_as_e_to_the_x_does_and_open_to_one() -> None:
    values = np.linspace(-87, 30, 5001, dtype=np.float32)
    np.testing.assert_allclose(gates_at(values), 1 / (1 + np.exp(-values.astype(np.float64))), rtol=5e-7)
    ends = np.array([-np.inf, -1e30, -110, 17, 100, 1e30, np.inf], np.float32)
    np.testing.assert_array_equal(gates_at(ends), [0, 0, 0, 1, 1, 1, 1])
    assert np.isnan(gates_at(np.array([np.nan], np.float32))).all()


def test_the_hyperbolic_tangent_of_a_step_is_exact_near_0_and_at_its_ends() -> None:
    size = 10.0 ** np.linspace(-30, 1.2, 3000)
    values = np.concatenate([size, -size, [0, np.inf, -np.inf, 9.2, -9.2, 1e30]]).astype(np.float32)
    settings = {"reverse": False, "biased": False, "started": False, "nonlinearity": "tanh"}
    given = [np.ones((1, 1, 1), np.float32), values[:, None], np.zeros((values.size,) * 2, np.float32)]
    found = done([("rnn", (0, 1, 2), settings)], given)[3].ravel()
    np.testing.assert_allclose(found, np.tanh(values.astype(np.float64)), rtol=4e-7)
    np.testing.assert_array_equal(found[-6:], [0, 1, -1, 1, -1, 1])


@pytest.mark.parametrize("strange", [np.inf, -np.inf, np.nan], ids=str)
@of_each_kind
def test_strange_numbers_show_where_the_reference_shows_them(kind: str, strange: float) -> None:
    for place in range(len(arrays_of(kind, SIZES[1]))):
        arrays = arrays_of(kind, SIZES[1])
        arrays[place].flat[1] = strange
        told = told_of(kind, arrays, False)[:1]
        exact = exactly(told, arrays)
        for number, array in done(told, arrays).items():
            strange_ones = ~np.isfinite(exact[number])
            np.testing.assert_array_equal(~np.isfinite(array), strange_ones)
            np.testing.assert_array_equal(array[strange_ones], exact[number][strange_ones])
