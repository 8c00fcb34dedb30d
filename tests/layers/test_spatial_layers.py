"""Convolution, pooling and normalisation layers: shapes with symbols, refusals in words, counts."""

from typing import Any

import numpy as np
import pytest

from core.condition import noting
from core.dim import Dim, product, symbol
from core.layers import LAYERS
from core.layers.layer import ArgumentError, bind, check
from core.ops.interpret import evaluate
from core.types import ShapeError, Type

B, H, T, W = symbol("B"), symbol("H"), symbol("T"), symbol("width")


def shape_of(name: str, *shape: Dim, **arguments: Any) -> str:
    return str(bind(LAYERS[name], arguments).trace(Type(shape)).result.values[0].type)


def refusal(name: str, *shape: Dim, training: bool = False, **arguments: Any) -> tuple[str | None, str]:
    try:
        bind(LAYERS[name], arguments).trace(Type(shape), training=training)
    except ArgumentError as error:
        return error.argument, error.message
    except ShapeError as error:
        return error.port, error.message
    pytest.fail("taken")


def test_shapes_with_symbols() -> None:
    conv = {"out_channels": W, "kernel_size": 3}
    assert shape_of("Conv2d", B, 3, H, H, **conv, padding=1) == "B×width×H×H"
    assert shape_of("Conv2d", B, 3, H, 9, **conv, padding="same", dilation=2) == "B×width×H×9"
    assert shape_of("Conv2d", B, 3, H, 9, **conv, stride=2) == "B×width×((H + 1)//2 - 1)×4"
    assert shape_of("Conv2d", B, W, 7, 7, **conv, groups=W) == "B×width×5×5"
    assert shape_of("Conv2d", B, 3, H, H, **conv, padding=2, padding_mode="circular") == (
        "B×width×(H + 2)×(H + 2)"
    )
    assert shape_of("Conv2d", B, 3, H, 9, **conv, padding="same_upper", stride=2) == (
        "B×width×((H + 1)//2)×5"
    )
    assert shape_of("Conv2d", B, 3, H, 9, out_channels=2, kernel_size=1, padding="same_upper", stride=2) == (
        "B×2×((H + 1)//2)×5"
    )
    assert shape_of("ConvTranspose3d", B, 8, T, H, 5, out_channels=4, kernel_size=2, stride=2) == (
        "B×4×(2*T)×(2*H)×10"
    )
    assert shape_of("Conv1d", B, 3, T, out_channels=8, kernel_size=4) == "B×8×(T - 3)"
    assert shape_of("ConvTranspose2d", B, 8, H, 5, out_channels=4, kernel_size=2, stride=2) == (
        "B×4×(2*H)×10"
    )
    assert shape_of("MaxPool2d", B, 8, H, 28, kernel_size=2) == "B×8×(H//2)×14"
    assert shape_of("MaxPool2d", B, 8, H, 7, kernel_size=2, ceil_mode=True) == "B×8×((H + 1)//2)×4"
    assert shape_of("AvgPool2d", B, 8, H, 7, kernel_size=3, stride=1, padding=1) == "B×8×H×7"
    assert shape_of("AdaptiveAvgPool2d", B, 8, H, H, output_size=(W, 1)) == "B×8×width×1"
    assert shape_of("BatchNorm1d", B, W) == "B×width"
    assert shape_of("BatchNorm2d", B, W, H, H) == "B×width×H×H"
    assert shape_of("LayerNorm", B, T, W) == "B×T×width"


def test_refusals_say_what_was_found_and_what_would_fit() -> None:
    conv: dict[str, Any] = {"out_channels": 4, "kernel_size": 3}
    assert refusal("Conv2d", B, 20, **conv) == ("x", "Conv2d expects B×C×H×W, got B×20")
    assert refusal("Conv1d", B, 20, **conv) == ("x", "Conv1d expects B×C×L, got B×20")
    assert refusal("BatchNorm1d", B, 2, 3, 4) == ("x", "BatchNorm1d expects B×C or B×C×L, got B×2×3×4")
    assert refusal("Conv2d", B, 1, 2, 9, **conv) == ("x", "a kernel of 3 does not fit an input of 2")
    assert refusal("MaxPool2d", B, 1, 2, 9, kernel_size=4, padding=0) == (
        "x",
        "a kernel of 4 does not fit an input of 2",
    )
    assert refusal("Conv2d", B, 5, 9, 9, **conv, groups=2) == (
        "groups",
        "expected a divisor of the channels, but 2 does not divide the input's 5 channels",
    )
    assert refusal("Conv2d", B, 6, 9, 9, **conv, groups=3) == (
        "groups",
        "expected a divisor of the channels, but 3 does not divide the output's 4 channels",
    )
    assert refusal("Conv2d", B, 6, 9, 9, **conv, padding="same", stride=2) == (
        "padding",
        "same needs a stride of 1; same_upper or numbers would do",
    )
    assert refusal("Conv2d", B, 6, 9, 9, **conv, stride=(1, 2, 3)) == (
        "stride",
        "expected one number or 2, got 3",
    )
    assert refusal("Conv2d", B, 6, 9, 2, **conv, padding=2, padding_mode="reflect") == (
        "x",
        "cannot mirror 2 elements of an axis of 2",
    )
    assert refusal("Conv2d", B, 6, 9, 2, **conv, padding=3, padding_mode="circular") == (
        "x",
        "cannot go round with 3 elements of an axis of 2",
    )
    assert refusal("AvgPool2d", B, 6, 9, 9, kernel_size=3, padding=2) == (
        "padding",
        "expected at most half of the kernel (1), got 2",
    )
    assert refusal("ConvTranspose2d", B, 6, 9, 9, **conv, stride=2, output_padding=2) == (
        "output_padding",
        "expected less than the stride 2 or the dilation 1, got 2",
    )
    assert refusal("ConvTranspose2d", B, 6, 1, 1, **conv, padding=2) == (
        "x",
        "nothing would be left of B×6×1×1 after cutting off the padding: B×4×-1×-1",
    )
    assert refusal("BatchNorm2d", 1, 6, 1, 1, training=True) == (
        "x",
        "BatchNorm2d cannot learn from one number for each channel, got 1×6×1×1; "
        "a larger batch or eval mode would do",
    )
    assert refusal("LayerNorm", B, 6, normalized_axes=3) == (
        "x",
        "LayerNorm expects at least the 3 axes that it normalises, got B×6",
    )
    assert refusal("LayerNorm", B, 6, normalized_axes=W) == (
        "normalized_axes",
        "must be a number that is known here, got width",
    )


def test_padding_takes_numbers_or_words() -> None:
    (padding,) = [spec for spec in LAYERS["Conv2d"].arguments if spec.name == "padding"]
    assert (padding.kind, padding.choices) == ("sizes", ("same", "valid", "same_upper"))
    for value in (0, (1, 2), "same", "valid", "same_upper", symbol("p")):
        assert check(padding, value) == value
    with pytest.raises(ArgumentError, match=r"same or valid or same_upper, got 'full'$"):
        check(padding, "full")
    with pytest.raises(ArgumentError, match=r"^padding: expected at least 0, got -1$"):
        check(padding, (1, -1))


def test_settings_of_the_layer_come_before_the_activation() -> None:
    names = [spec.name for spec in LAYERS["Conv2d"].arguments]
    assert names == [
        *("out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode"),
        "activation",
    ]


def test_what_symbols_leave_open_is_noted() -> None:
    with noting() as conditions:
        shape_of("Conv2d", B, W, H, 9, out_channels=8, kernel_size=3, groups=4)
    assert [str(condition) for condition in conditions] == ["width = 4*(width//4)", "3 ≤ H"]


def test_counts_of_lenet_s_convolutions() -> None:
    # LeCun et al. 1998, with padding 2 on 28×28: 156 and 2,416 parameters; products without the bias.
    for shape, arguments, parameters, macs in (
        ((1, 28, 28), {"out_channels": 6, "kernel_size": 5, "padding": 2}, 156, 117_600),
        ((6, 14, 14), {"out_channels": 16, "kernel_size": 5}, 2_416, 240_000),
    ):
        layer, x = bind(LAYERS["Conv2d"], arguments), Type((B, *shape))
        assert sum(product(t.shape) for t in layer.parameters(x).values()) == parameters
        steps = layer.trace(x).trace.steps
        assert (
            sum((s.primitive.macs(*(i.type for i in s.inputs), **s.settings) for s in steps), 0) == B * macs
        )


def test_a_batch_of_one_is_normalised_in_eval_mode() -> None:
    run = bind(LAYERS["BatchNorm1d"], {"eps": 0.0}).trace(Type((1, 2)))
    given = {"weight": [2.0, 1.0], "bias": [0.0, 1.0], "running_mean": [1.0, 0.0], "running_var": [4.0, 1.0]}
    known = {run.tensors[name].index: np.array(value) for name, value in given.items()}
    known[run.inputs[0].index] = np.array([[5.0, 7.0]])
    assert evaluate(run.trace, known)[run.result.values[0].index].tolist() == [[4.0, 8.0]]
    assert run.result.buffers == {}


@pytest.mark.parametrize("extra", [0, 1, 2])
def test_rows_that_no_filter_reaches_are_bias_alone(extra: int) -> None:
    arguments = {"out_channels": 1, "kernel_size": 2, "dilation": 3, "output_padding": extra}
    run = bind(LAYERS["ConvTranspose2d"], arguments).trace(Type((1, 1, 1, 1)))
    known = {run.inputs[0].index: np.ones((1, 1, 1, 1)), run.tensors["weight"].index: np.ones((1, 1, 2, 2))}
    known[run.tensors["bias"].index] = np.array([0.5])
    y = evaluate(run.trace, known)[run.result.values[0].index]
    assert y.shape == (1, 1, 4 + extra, 4 + extra)
    assert y.sum() == 4 + 0.5 * y.size
    assert (y[..., 4:, :] == 0.5).all()
