"""Noise, bounded functions, losses at their limits, layers that change sizes: what the rules cannot see."""

from typing import Any

import numpy as np
import pytest

from core import ops
from core.dim import symbol
from core.layers import LAYERS
from core.layers.layer import ArgumentError, Traced, bind
from core.ops.interpret import differentiate, evaluate
from core.ops.primitive import Array, Trace
from core.types import ShapeError, Type
from tests.derivative import numbers

B, H, T, W = symbol("B"), symbol("H"), symbol("T"), symbol("width")


def traced(name: str, *shapes: Any, training: bool = False, **arguments: Any) -> Traced:
    return bind(LAYERS[name], arguments).trace(*map(Type, shapes), training=training)


def shape_of(name: str, *shapes: Any, **arguments: Any) -> str:
    return str(traced(name, *shapes, **arguments).result.values[0].type)


def computed(run: Traced, *arrays: Array, seed: int = 0) -> Array:
    known = {ref.index: array for ref, array in zip(run.inputs, arrays, strict=True)}
    return evaluate(run.trace, known, seed)[run.result.values[0].index]


def value_and_gradient(run: Traced, *arrays: Array) -> tuple[Array, list[Array]]:
    """The value, and the gradients of the inputs from a cotangent of ones."""
    (y,) = run.result.values
    dy = run.trace.input(y.type)
    found = differentiate(run.trace, [y], [dy])
    known = {ref.index: array for ref, array in zip(run.inputs, arrays, strict=True)}
    known = evaluate(run.trace, {**known, dy.index: np.ones(numbers(y.type))})
    gradients = [known[found[ref.index].index] for ref in run.inputs if ref.index in found]
    return known[y.index], gradients


def refusal(name: str, *shapes: Any, **arguments: Any) -> tuple[str | None, str]:
    try:
        traced(name, *shapes, **arguments)
    except ArgumentError as error:
        return error.argument, error.message
    except ShapeError as error:
        return error.port, error.message
    pytest.fail("taken")


def test_shapes_with_symbols() -> None:
    assert shape_of("GroupNorm", (B, 8, H, T), num_groups=4) == "B×8×H×T"
    assert shape_of("LocalResponseNorm", (B, W, H, H), size=5) == "B×width×H×H"
    assert shape_of("MaxPool1d", (B, 3, T), kernel_size=2) == "B×3×(T//2)"
    assert shape_of("GlobalAvgPool2d", (B, W, H, T)) == "B×width"
    assert shape_of("PReLU", (B, W, H), per_channel=True) == "B×width×H"
    assert shape_of("Max", (B, T, 5), dim=1, keepdim=True) == "B×1×5"
    assert shape_of("Greater", (B, T), (T,)) == "B×T bool"
    assert shape_of("Select", (B, T, 8), index=-1) == "B×8"
    assert shape_of("Unsqueeze", (B, T), dim=-1) == "B×T×1"
    assert shape_of("Expand", (1, 8), shape="B, T, -1") == "B×T×8"
    assert shape_of("Upsample", (B, 3, H, 5), scale_factor=(2, 3)) == "B×3×(2*H)×15"
    assert shape_of("PadTo", (B, 3, 2 * (H // 2), T), (B, 1, H, W)) == "B×3×H×width"
    assert shape_of("PixelShuffle", (B, 12, H, T), upscale_factor=2) == "B×3×(2*H)×(2*T)"
    assert shape_of("DepthwiseConv2d", (B, W, H, 8), kernel_size=3, depth_multiplier=2) == (
        "B×(2*width)×(H - 2)×6"
    )
    assert shape_of("Conv3d", (B, 3, T, H, H), out_channels=4, kernel_size=3, padding=1) == "B×4×T×H×H"
    assert shape_of("ConvTranspose1d", (B, 3, T), out_channels=4, kernel_size=2, stride=2) == "B×4×(2*T)"


def test_refusals_say_what_was_found_and_what_would_fit() -> None:
    assert refusal("GroupNorm", (B, 6, 2), num_groups=4) == (
        "num_groups",
        "expected a divisor of the channels, but 4 does not divide the 6 channels",
    )
    assert refusal("InstanceNorm2d", (B, 3, 1, 1)) == (
        "x",
        "InstanceNorm2d expects more than one pixel, got B×3×1×1",
    )
    assert refusal("RMSNorm", (B,), normalized_axes=2) == (
        "x",
        "RMSNorm expects at least the 2 axes that it normalises, got B",
    )
    assert refusal("Squeeze", (B, 3)) == ("x", "expected a size of 1 at axis 1, got B×3")
    assert refusal("Unsqueeze", (B, 3), dim=4) == ("x", "an axis cannot become dim 4: B×3 has 2 axes")
    assert refusal("Select", (B, 3), index=-4) == (
        "x",
        "index -4 does not exist: axis 1 of B×3 has 3 elements",
    )
    assert refusal("Expand", (B, 3), shape="B, 4") == (
        "x",
        "expected 1 or 4 where the shape B, 4 asks for 4, got B×3",
    )
    assert refusal("Expand", (B, 3), shape="3") == ("x", "the shape 3 has 1 axis, fewer than B×3")
    assert refusal("Expand", (3,), shape="-1, 3") == (
        "x",
        "expected sizes of at least 1, or -1 for an axis of x, got -1, 3",
    )
    assert refusal("PixelShuffle", (B, 6, 2, 2), upscale_factor=2) == (
        "x",
        "expected channels that 4 divides, as many as pixels come of one, got B×6×2×2",
    )
    assert refusal("PadTo", (B, 6, 2, 2), (B, 6)) == (
        "like",
        "expected B×C×H×W, whose size is taken, got B×6",
    )
    assert refusal("Clamp", (B,), min=1.0, max=0.0) == ("max", "expected at least min (1.0), got 0.0")
    assert refusal("Softplus", (B,), beta=0.0) == ("beta", "expected a number other than 0")
    assert refusal("Where", (B,), (B,), (B,)) == (
        "condition",
        "expected truth values, as Compare gives them, or whole numbers (int64), got B",
    )
    assert refusal("PReLU", (B,), per_channel=True) == (
        "x",
        "PReLU expects an axis of channels, axis 1, got B",
    )


def test_truth_values_are_not_taken_for_numbers() -> None:
    with pytest.raises(ShapeError, match="got B bool; a Where chooses numbers by them"):
        bind(LAYERS["ReLU"], {}).trace(Type((B,), "bool"))


def test_dropout2d_drops_channels_as_a_whole() -> None:
    run = traced("Dropout2d", (300, 10, 2, 3), training=True, p=0.3)
    y = computed(run, np.ones((300, 10, 2, 3)))
    assert (y == y[:, :, :1, :1]).all()
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.03)
    assert y.mean() == pytest.approx(1, abs=0.05)
    plain = traced("Dropout2d", (2, 3, 2, 2))
    assert plain.result.values == plain.inputs


def test_noise_is_normal_while_training_and_nothing_else() -> None:
    x = np.full((200, 50), 3.0)
    y = computed(traced("GaussianNoise", x.shape, training=True, std=0.5), x)
    assert (y.mean(), y.std()) == (pytest.approx(3, abs=0.02), pytest.approx(0.5, abs=0.02))
    quiet = traced("GaussianNoise", x.shape, std=0.5)
    assert quiet.result.values == quiet.inputs
    drawn = computed(traced("RandomNormal", x.shape, training=True, std=2.0), x)
    assert (drawn.mean(), drawn.std()) == (pytest.approx(0, abs=0.06), pytest.approx(2, abs=0.06))
    assert (np.abs(drawn) < 2).mean() == pytest.approx(0.6827, abs=0.02)  # within one deviation
    assert not computed(traced("RandomNormal", x.shape), x).any()


def drawn_normal(scope: str, seed: int) -> Array:
    trace = Trace(scope=scope)
    x = trace.input(Type((40,)))
    y = ops.random_normal(x)
    return evaluate(trace, {x.index: np.zeros(40)}, seed)[y.index]


def test_a_normal_draw_depends_on_seed_and_place_alone() -> None:
    first = drawn_normal("a/b", 1)
    np.testing.assert_array_equal(first, drawn_normal("a/b", 1))
    for other in (drawn_normal("a/b", 2), drawn_normal("a/c", 1)):
        assert (first != other).all()


def test_no_gradient_passes_a_random_draw() -> None:
    run = traced("RandomNormal", (3,), training=True)
    assert value_and_gradient(run, np.ones(3))[1] == []


def test_gradients_at_kinks_are_pytorchs() -> None:
    for name, x, wanted in (
        ("ReLU6", [0.0, 6.0, 7.0], [0, 0, 0]),
        ("Clamp", [0.0, 1.0, 1.5], [1, 1, 0]),
        ("ELU", [0.0], [1]),
        ("Max", [2.0, 1.0, 2.0], [0.5, 0, 0.5]),
        ("Min", [1.0, 1.0, 2.0], [0.5, 0.5, 0]),
    ):
        layer = bind(LAYERS[name], {"min": 0.0, "max": 1.0} if name == "Clamp" else {})
        _, (dx,) = value_and_gradient(layer.trace(Type((len(x),))), np.array(x))
        assert dx.tolist() == wanted, name


@pytest.mark.parametrize("p", [1, 2])
def test_what_is_0_everywhere_has_no_direction_and_a_finite_gradient(p: int) -> None:
    y, (dx,) = value_and_gradient(traced("Normalize", (1, 3), p=p), np.zeros((1, 3)))
    assert not y.any()
    np.testing.assert_allclose(dx, 1e12)


def test_losses_stay_finite_at_the_ends() -> None:
    logits, target = np.array([-800.0, 800.0, -800.0, 800.0, 0.0]), np.array([0.0, 1.0, 1.0, 0.0, 0.0])
    bce = traced("BCEWithLogitsLoss", (5,), (5,), reduction="none")
    y, (dx, _) = value_and_gradient(bce, logits, target)
    np.testing.assert_allclose(y, [0, 0, 800, 800, np.log(2)])
    np.testing.assert_allclose(dx, [0, 0, -1, 1, 0.5])
    kl = traced("KLDivLoss", (1, 2), (1, 2))
    assert computed(kl, np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]])) == pytest.approx(np.log(2))


@pytest.mark.parametrize(("size", "like"), [(4, 7), (7, 4), (5, 4), (4, 5), (3, 3)])
def test_padding_and_cropping_leave_the_middle_in_the_middle(size: int, like: int) -> None:
    x = np.arange(1.0, size * size + 1).reshape(1, 1, size, size)
    y = computed(traced("PadTo", x.shape, (1, 2, like, like)), x, np.zeros((1, 2, like, like)))
    low = (like - size) // 2  # PyTorch U-Nets' rule, floor towards the front
    wanted = np.zeros((like, like))
    for i, j in np.ndindex(like, like):
        if 0 <= i - low < size and 0 <= j - low < size:
            wanted[i, j] = x[0, 0, i - low, j - low]
    np.testing.assert_array_equal(y[0, 0], wanted)
