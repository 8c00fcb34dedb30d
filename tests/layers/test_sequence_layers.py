"""Attention, recurrent layers and positions: shapes with symbols, refusals, and what no rule can see."""

from typing import Any

import numpy as np
import pytest

from core import ops
from core.condition import noting
from core.dim import symbol
from core.layers import LAYERS
from core.layers.layer import ArgumentError, bind
from core.ops.interpret import evaluate
from core.ops.primitive import PRIMITIVES, Array, Trace
from core.types import ShapeError, Type
from tests.derivative import check_gradients, numbers

B, T, S, F = (symbol(name) for name in "BTSF")


def shape_of(name: str, *shapes: Any, **arguments: Any) -> str:
    return str(bind(LAYERS[name], arguments).trace(*map(Type, shapes)).result.values[0].type)


def refusal(name: str, *shapes: Any, **arguments: Any) -> tuple[str | None, str]:
    with pytest.raises(ShapeError) as caught:
        shape_of(name, *shapes, **arguments)
    return caught.value.port, caught.value.message


def test_shapes_with_symbols() -> None:
    with noting() as conditions:
        assert shape_of("LSTM", (B, T, 20), hidden_size=64) == "B×T×64"
        assert shape_of("GRU", (B, T, F), hidden_size=64, bidirectional=True) == "B×T×128"
        assert shape_of("RNN", (B, T, F), hidden_size=F, returns="last", num_layers=3) == "B×F"
        assert shape_of("LSTM", (B, T, 5), hidden_size=2 * F, returns="last", bidirectional=True) == "B×(4*F)"
        assert shape_of("MultiheadAttention", (B, T, 8), (B, S, 8), (B, S, 8), num_heads=2) == "B×T×8"
        assert shape_of("MultiheadAttention", (B, T, 8), (B, S, 6), (B, S, F), num_heads=2) == "B×T×8"
        assert shape_of("ScaledDotProductAttention", (B, 4, T, F), (B, 4, S, F), (B, 4, S, 3)) == "B×4×T×3"
        assert shape_of("PositionalEncoding", (B, 7, F), max_len=7) == "B×7×F"
    assert not conditions


def test_what_symbols_leave_open_is_noted() -> None:
    with noting() as conditions:
        assert shape_of("MultiheadAttention", (B, T, F), (B, T, F), (B, T, F), num_heads=4) == "B×T×F"
        assert shape_of("LearnedPositions", (B, T, F), max_len=9) == "B×T×F"
    assert {"4*(F//4) = F", "T ≤ 9"} <= {str(one) for one in conditions}
    assert all(one.holds({"B": 2, "T": 9, "F": 8}) for one in conditions)


def test_refusals_say_what_was_found_and_what_would_fit() -> None:
    assert refusal("LSTM", (B, 20), hidden_size=3) == (
        "x",
        "expected 3 axes (batch, steps, features), got B×20",
    )
    assert refusal("MultiheadAttention", (B, T, 10), (B, T, 10), (B, T, 10), num_heads=3) == (
        "query",
        "expected features that 3 heads can share, got 10 features",
    )
    assert refusal("MultiheadAttention", (B, 3, 8), (B, 5, 8), (B, 5, 8), num_heads=2, causal=True) == (
        "key",
        "expected 3 steps like query (B×3×8), got 5 (B×5×8)",
    )
    assert refusal("ScaledDotProductAttention", (B, T, 8), (B, 4, 8), (B, 5, 8)) == (
        "v",
        "expected 4 steps like k (B×4×8), got 5 (B×5×8)",
    )
    assert refusal("ScaledDotProductAttention", (B, 2, T, 8), (B, T, 8), (B, T, 8)) == (
        "k",
        "expected B×2 in front of steps and features like q, got B×T×8",
    )
    assert refusal("LearnedPositions", (B, 12, 8), max_len=9) == (
        "x",
        "expected at most 9 steps, got 12 (B×12×8); raise max_len",
    )


def test_the_number_of_levels_has_to_be_known() -> None:
    with pytest.raises(ArgumentError, match="num_layers: must be a number that is known here, got 2\\*F"):
        bind(LAYERS["GRU"], {"hidden_size": 3, "num_layers": 2 * F}).trace(Type((B, T, 4)))


def test_the_weights_are_named_as_in_pytorch() -> None:
    layer = bind(LAYERS["LSTM"], {"hidden_size": 3, "num_layers": 2, "bidirectional": True})
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    wanted = [f"{kind}_l{i}{way}" for i in (0, 1) for way in ("", "_reverse") for kind in kinds]
    found = layer.parameters(Type((2, 4, 5)))
    assert list(found) == wanted
    assert found["weight_ih_l1"].shape == (12, 6)
    assert found["weight_ih_l0_reverse"].shape == (12, 5)


def test_no_step_of_a_causal_layer_sees_what_comes_later(rng: np.random.Generator) -> None:
    layer = bind(LAYERS["MultiheadAttention"], {"num_heads": 2, "causal": True})
    run = layer.trace(*[Type((1, 4, 4))] * 3)
    values = {ref.index: rng.normal(size=numbers(ref.type)) for ref in run.tensors.values()}

    def output(x: Array) -> Array:
        known = evaluate(run.trace, {**values, **{ref.index: x for ref in run.inputs}})
        return known[run.result.values[0].index]

    x = rng.normal(size=(1, 4, 4))
    changed = x.copy()
    changed[:, 2:] += 1
    np.testing.assert_array_equal(output(x)[:, :2], output(changed)[:, :2])
    assert (output(x)[:, 2:] != output(changed)[:, 2:]).all()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 3), (1, 4, 2), (2, 3, 2)])
def test_gradients_of_two_levels_both_ways_are_derivatives(
    name: str, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    arguments = {"hidden_size": 2, "num_layers": 2, "bidirectional": True, "dropout": 0.5}
    run = bind(LAYERS[name], arguments).trace(Type(shape), training=True)
    inputs = [*run.inputs, *run.tensors.values()]
    arrays = [rng.normal(size=numbers(ref.type)) for ref in inputs]
    check_gradients(run.trace, inputs, arrays, run.result.values, rng)


@pytest.mark.parametrize(("name", "sizes"), [("LSTM", (2, 3)), ("GRU", (3,)), ("RNN", (3,))])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 2)])
def test_gradients_reach_the_states_to_begin_with(
    name: str, sizes: tuple[int, ...], shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    arguments: dict[str, Any] = {"hidden_size": 3, "num_layers": 2, "bidirectional": True}
    arguments |= {"initial_state": "given", "returns": "sequence and state"}
    arguments |= {"proj_size": 2} if name == "LSTM" else {}
    states = [Type((4, shape[0], size)) for size in sizes]
    run = bind(LAYERS[name], arguments).trace(Type(shape), *states)
    inputs = [*run.inputs, *run.tensors.values()]
    arrays = [rng.normal(size=numbers(ref.type)) for ref in inputs]
    check_gradients(run.trace, inputs, arrays, run.result.values, rng)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
def test_a_sequence_read_in_two_parts_is_the_sequence_read_at_once(
    name: str, rng: np.random.Generator
) -> None:
    arguments: dict[str, Any] = {"hidden_size": 3, "num_layers": 2, "returns": "sequence and state"}
    arguments |= {"proj_size": 2} if name == "LSTM" else {}
    plain = bind(LAYERS[name], arguments)
    weights = {
        key: rng.normal(size=numbers(Type(tensor.shape)))
        for key, tensor in plain.parameters(Type((2, 5, 4))).items()
    }

    def read(x: Array, *states: Array) -> list[Array]:
        given = {**arguments, "initial_state": "given"} if states else arguments
        run = bind(LAYERS[name], given).trace(*(Type(a.shape) for a in (x, *states)))
        known = {ref.index: a for ref, a in zip(run.inputs, (x, *states), strict=True)}
        known |= {ref.index: weights[key] for key, ref in run.tensors.items()}
        values = evaluate(run.trace, known)
        return [values[ref.index] for ref in run.result.values]

    x = rng.normal(size=(2, 5, 4))
    y, *ends = read(x)
    first, *between = read(x[:, :2])
    second, *finally_ = read(x[:, 2:], *between)
    np.testing.assert_allclose(np.concatenate((first, second), 1), y, rtol=1e-12)
    for one, other in zip(finally_, ends, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_a_batch_of_nothing_gives_nothing(name: str) -> None:
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[name]
    settings: dict[str, Any] = {"reverse": False, "biased": False, "started": False}
    further: dict[str, dict[str, Any]] = {"lstm": {"projected": False}, "rnn": {"nonlinearity": "tanh"}}
    settings |= further.get(name, {})
    arrays = (np.zeros((0, 3, 2)), np.ones((gates * 2, 2)), np.ones((gates * 2, 2)))
    outputs = PRIMITIVES[name].reference(*arrays, **settings)
    assert outputs[0].shape == (0, 3, 2)
    dy = np.zeros((0, 3, 2))
    given = (True, *(False for _ in outputs[1:]))
    back = PRIMITIVES[f"{name}_grad"].reference(arrays[2], *outputs, dy, given=given, **settings)
    assert back[0].shape == (0, 3, 2 * gates)


def test_states_and_masks_of_other_sizes_are_refused() -> None:
    given = {"hidden_size": 5, "initial_state": "given"}
    assert refusal("GRU", (B, T, 4), (1, B, 6), **given) == (
        "h",
        "expected 1×B×5 (levels and directions, batch, features), got 1×B×6",
    )
    assert refusal("LSTM", (B, T, 4), (2, B, 3), (2, B, 4), bidirectional=True, proj_size=3, **given) == (
        "c",
        "expected 2×B×5 (levels and directions, batch, features), got 2×B×4",
    )
    assert refusal("LSTMCell", (B, 4), (B, 3), (B, 2), hidden_size=3) == (
        "c",
        "expected B×3 (batch, hidden_size), got B×2",
    )
    with pytest.raises(ArgumentError, match="proj_size: expected fewer than the 3 of hidden_size, got 3"):
        bind(LAYERS["LSTM"], {"hidden_size": 3, "proj_size": 3}).trace(Type((B, T, 4)))
    steps = (Type((B, 4, 8)),) * 3
    layer = bind(LAYERS["MultiheadAttention"], {"num_heads": 2, "mask": "mask and key_mask"})
    with pytest.raises(ShapeError, match="expected B×4×4, got B×4×3 bool"):
        layer.trace(*steps, Type((B, 4, 3), "bool"), Type((B, 4), "bool"))
    with pytest.raises(ShapeError, match="expected truth values, as Compare gives them"):
        layer.trace(*steps, Type((4, 4), "bool"), Type((B, 4)))


def test_a_mask_beside_causal_is_one_mask_of_both(rng: np.random.Generator) -> None:
    seen = rng.integers(0, 2, (2, 4, 4)).astype(np.bool_)
    x = rng.normal(size=(2, 4, 6))
    weights: dict[str, Array] = {}
    found = []
    for causal, mask in ((True, seen), (False, seen & np.tri(4, dtype=np.bool_))):
        given: dict[str, Any] = {
            "num_heads": 3,
            "mask": "mask",
            "returns": "result and weights",
            "causal": causal,
        }
        layer = bind(LAYERS["MultiheadAttention"], given)
        run = layer.trace(*[Type((2, 4, 6))] * 3, Type((2, 4, 4), "bool"))
        for key, ref in run.tensors.items():
            weights.setdefault(key, rng.normal(size=numbers(ref.type)))
        known = {ref.index: a for ref, a in zip(run.inputs, (x, x, x, mask), strict=True)}
        known |= {ref.index: weights[key] for key, ref in run.tensors.items()}
        values = evaluate(run.trace, known)
        found.append([values[ref.index] for ref in run.result.values])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)
    assert not found[0][1][~seen.any(2)].any(), "weights of who sees nothing"


def test_a_query_that_may_look_at_nothing_gets_zeros(rng: np.random.Generator) -> None:
    layer = bind(LAYERS["ScaledDotProductAttention"], {"mask": "given", "causal": True})
    types = [Type((3, 2))] * 3
    run = layer.trace(*types, Type((3, 3), "bool"))
    mask = np.array([[False, True, True], [True, False, True], [True, True, False]])
    v = rng.normal(size=(3, 2))
    arrays = (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), v, mask)
    known = evaluate(run.trace, {ref.index: a for ref, a in zip(run.inputs, arrays, strict=True)})
    y = known[run.result.values[0].index]
    assert (y[0] == 0).all(), "its only step is forbidden"
    np.testing.assert_allclose(y[1], v[0])
    check_gradients(run.trace, run.inputs, list(arrays), run.result.values, rng)


def test_ports_follow_what_is_returned_and_given() -> None:
    ports = LAYERS["LSTM"].ports_for
    assert ports({}) == (("x",), ("y",))
    assert ports({"returns": "state", "initial_state": "given"}) == (("x", "h", "c"), ("h", "c"))
    assert LAYERS["GRU"].ports_for({"returns": "sequence and state"}) == (("x",), ("y", "h"))
    attention = {"mask": "mask and key_mask", "returns": "result and weights"}
    wanted = ("query", "key", "value", "mask", "key_mask"), ("y", "weights")
    assert LAYERS["MultiheadAttention"].ports_for(attention) == wanted


def test_both_products_of_every_step_are_counted() -> None:
    macs = {}
    for name, gates in (("lstm", 4), ("gru", 3)):
        trace = Trace()
        types = (Type((B, T, 5)), Type((gates * 3, 5)), Type((gates * 3, 3)))
        getattr(ops, name)(*map(trace.input, types))
        macs[name] = PRIMITIVES[name].macs(*types, **trace.steps[0].settings)
    assert macs == {"lstm": B * T * 4 * 3 * (5 + 3), "gru": B * T * 3 * 3 * (5 + 3)}


def test_weights_of_other_sizes_are_refused() -> None:
    trace = Trace()
    with pytest.raises(ShapeError, match="expected a weight of 12×5, got 12×4"):
        ops.lstm(*map(trace.input, (Type((2, 3, 5)), Type((12, 4)), Type((12, 3)))))
    with pytest.raises(ShapeError, match=r"expected 3 axes \(batch, steps, features\), got 3×5"):
        ops.lstm(*map(trace.input, (Type((3, 5)), Type((12, 5)), Type((12, 3)))))


def test_positions_are_sines_and_cosines_side_by_side(rng: np.random.Generator) -> None:
    layer = bind(LAYERS["PositionalEncoding"], {"max_len": 50})
    table = layer.buffers(Type((1, 1, 6)))["table"].initialiser.draw((50, 6), rng)
    np.testing.assert_allclose(table[7, :2], [np.sin(7), np.cos(7)])
    np.testing.assert_allclose(table[7, 4:], [np.sin(7 / 10000 ** (4 / 6)), np.cos(7 / 10000 ** (4 / 6))])
