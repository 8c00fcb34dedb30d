"""Convolution, pooling and normalisation layers against PyTorch's, in float64: values, gradients, buffers."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from core.layers import LAYERS
from core.layers.layer import ArgumentError, Traced, bind
from core.ops.interpret import differentiate, evaluate
from core.ops.primitive import Array
from core.types import ShapeError, Type
from tests.derivative import numbers

torch = pytest.importorskip("torch")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(17)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def ours(kind: str, x: tuple[int, ...], arguments: Mapping[str, Any], training: bool) -> Traced:
    return bind(LAYERS[kind], arguments).trace(Type(x), training=training)


def theirs(kind: str, x: tuple[int, ...], arguments: Mapping[str, Any]) -> Any:
    made = getattr(torch.nn, kind)
    if kind.startswith("Conv"):
        return made(x[1], **arguments).double()
    if kind.startswith(("BatchNorm", "InstanceNorm")):
        return made(x[1], **arguments).double()
    if kind == "LayerNorm":
        rest = {name: value for name, value in arguments.items() if name != "normalized_axes"}
        return made(x[-arguments.get("normalized_axes", 1) :], **rest).double()
    return made(**arguments).double()


def compare(
    kind: str, shape: tuple[int, ...], rng: np.random.Generator, training: bool = False, **arguments: Any
) -> None:
    """The layer and PyTorch's module with the same values: output, gradients and new buffers agree."""
    run, module = ours(kind, shape, arguments, training), theirs(kind, shape, arguments).train(training)
    tensors = {name: rng.uniform(0.5, 2, numbers(ref.type)) for name, ref in run.tensors.items()}
    held = {
        name: value for name, value in module.state_dict(keep_vars=True).items() if value.dim()
    }  # not num_batches_tracked
    assert set(tensors) == set(held)
    x, y = rng.normal(size=shape), run.result.values[0]
    given = torch.tensor(x, requires_grad=True)
    with torch.no_grad():
        for name, value in held.items():
            value.copy_(torch.tensor(tensors[name]))
    wanted = module(given)
    assert tuple(wanted.shape) == y.shape
    dy = rng.normal(size=tuple(wanted.shape))
    wanted.backward(torch.tensor(dy))

    cotangent = run.trace.input(y.type)
    gradients = differentiate(run.trace, [y], [cotangent])
    known = {run.inputs[0].index: x, cotangent.index: dy}
    known |= {run.tensors[name].index: value for name, value in tensors.items()}
    found = evaluate(run.trace, known)
    close(found[y.index], wanted, "y")
    close(found[gradients[run.inputs[0].index].index], given.grad, "dx")
    for name, value in held.items():
        if value.grad is not None:
            close(found[gradients[run.tensors[name].index].index], value.grad, name)
        elif name in run.result.buffers:
            close(found[run.result.buffers[name].index], value, name)
    buffers = {name for name, value in held.items() if not value.requires_grad}
    assert buffers == set(bind(LAYERS[kind], arguments).buffers(Type(shape)))
    assert set(run.result.buffers) == (buffers if training else set())


def close(found: Array, wanted: Any, name: str) -> None:
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-9, atol=1e-11, err_msg=name)


SETTINGS = [
    {"kernel_size": k, "stride": s, "padding": p, "dilation": d, "groups": g, "bias": b}
    for k, s, p, d, (g, b) in itertools.product(
        (1, (3, 2)), (1, (3, 2)), (0, (2, 1)), (1, (1, 3)), ((1, True), (2, False))
    )
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_conv2d(settings: Mapping[str, Any], rng: np.random.Generator) -> None:
    compare("Conv2d", (2, 4, 7, 6), rng, out_channels=6, **settings)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", ["same", "valid", 2, (0, 3)], ids=str)
def test_conv2d_with_each_border(mode: str, padding: Any, rng: np.random.Generator) -> None:
    settings = {"kernel_size": (4, 3), "dilation": (1, 2), "padding": padding, "padding_mode": mode}
    compare("Conv2d", (2, 3, 5, 6), rng, out_channels=2, **settings)


@pytest.mark.parametrize(("stride", "padding"), [(1, "same"), (2, 1), ((3,), (2,))], ids=str)
@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect"])
def test_conv1d(stride: Any, padding: Any, mode: str, rng: np.random.Generator) -> None:
    settings = {"kernel_size": 3, "stride": stride, "padding": padding, "padding_mode": mode, "groups": 3}
    compare("Conv1d", (2, 3, 8), rng, out_channels=6, **settings)


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (2, 1), (3, 1), (3, 2), (4, 1)])
def test_same_upper_pads_as_tensorflow_does(
    kernel: int, dilation: int, stride: int, size: int, rng: np.random.Generator
) -> None:
    """SAME of tf.nn.convolution: ⌈size / stride⌉ windows, what is missing added, the odd one at the end."""
    arguments = {"out_channels": 2, "kernel_size": kernel, "stride": stride, "dilation": dilation}
    run = ours("Conv1d", (2, 3, size), {**arguments, "padding": "same_upper", "bias": False}, training=False)
    x, w = rng.normal(size=(2, 3, size)), rng.normal(size=(2, 3, kernel))
    windows = math.ceil(size / stride)
    missing = max((windows - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    padded = torch.nn.functional.pad(torch.tensor(x), (missing // 2, missing - missing // 2))
    wanted = torch.nn.functional.conv1d(padded, torch.tensor(w), stride=stride, dilation=dilation)
    found = evaluate(run.trace, {run.inputs[0].index: x, run.tensors["weight"].index: w})
    assert run.result.values[0].shape == (2, 2, windows)
    close(found[run.result.values[0].index], wanted, "y")


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 1},
        {"kernel_size": 2, "stride": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"kernel_size": (3, 2), "stride": (1, 3), "padding": (2, 0), "dilation": (2, 1), "bias": False},
        {"kernel_size": 2, "stride": (3, 4), "output_padding": (2, 3)},
        {"kernel_size": 3, "stride": 1, "dilation": 3, "output_padding": 2},
        {"kernel_size": 2, "stride": 2, "dilation": (3, 1), "output_padding": (2, 1), "padding": 1},
        {"kernel_size": 3, "stride": 1, "dilation": (2, 3), "output_padding": (1, 2), "padding": (1, 2)},
        {"kernel_size": 3, "stride": 2, "dilation": 4, "output_padding": 3, "padding": (2, 4)},
        {"kernel_size": 1, "stride": 1, "dilation": 3, "output_padding": 2, "padding": 1},
    ],
    ids=str,
)
def test_conv_transpose2d(settings: Mapping[str, Any], groups: int, rng: np.random.Generator) -> None:
    compare("ConvTranspose2d", (2, 4, 3, 4), rng, out_channels=6, groups=groups, **settings)


POOLS = [
    {"kernel_size": k, "stride": s, "padding": p, "ceil_mode": c}
    for k, s, p, c in itertools.product((2, (3, 2)), (None, 1, (2, 3)), (0, 1, (1, 0)), (False, True))
]


@pytest.mark.parametrize("settings", POOLS, ids=str)
def test_max_pool2d(settings: Mapping[str, Any], rng: np.random.Generator) -> None:
    for dilation in (1, (2, 1)):
        compare("MaxPool2d", (2, 3, 7, 5), rng, dilation=dilation, **settings)


@pytest.mark.parametrize("settings", POOLS, ids=str)
def test_avg_pool2d(settings: Mapping[str, Any], rng: np.random.Generator) -> None:
    for count_include_pad in (True, False):
        compare("AvgPool2d", (2, 3, 7, 5), rng, count_include_pad=count_include_pad, **settings)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(("stride", "padding"), [(None, 0), (3, 1), ((1, 4, 2), (0, 1, 0))], ids=str)
def test_pools_of_volumes(stride: Any, padding: Any, ceil_mode: bool, rng: np.random.Generator) -> None:
    settings = {"kernel_size": (2, 3, 2), "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    compare("MaxPool3d", (2, 2, 5, 4, 3), rng, **settings)
    for count_include_pad in (True, False):
        compare("AvgPool3d", (2, 2, 5, 4, 3), rng, count_include_pad=count_include_pad, **settings)


@pytest.mark.parametrize("size", [1, 3, (3, 2), (9, 1)], ids=str)
def test_adaptive_avg_pool2d(size: Any, rng: np.random.Generator) -> None:
    compare("AdaptiveAvgPool2d", (2, 3, 7, 5), rng, output_size=size)


@pytest.mark.parametrize("training", [False, True], ids=["eval", "training"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"eps": 0.1, "momentum": 0.3}, {"affine": False}, {"track_running_stats": False}, {"momentum": 0.0}],
    ids=str,
)
@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("BatchNorm1d", (5, 3)),
        ("BatchNorm1d", (2, 3, 4)),
        ("BatchNorm1d", (1, 3, 2)),
        ("BatchNorm2d", (2, 3, 4, 5)),
        ("BatchNorm2d", (2, 1, 1, 1)),
    ],
    ids=str,
)
def test_batch_norm(
    kind: str,
    shape: tuple[int, ...],
    settings: Mapping[str, Any],
    training: bool,
    rng: np.random.Generator,
) -> None:
    compare(kind, shape, rng, training, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"normalized_axes": 3, "eps": 0.2},
        {"elementwise_affine": False},
        {"bias": False, "normalized_axes": 2},
    ],
    ids=str,
)
def test_layer_norm(settings: Mapping[str, Any], rng: np.random.Generator) -> None:
    compare("LayerNorm", (2, 3, 4, 5), rng, **settings)


REFUSED: list[tuple[str, tuple[int, ...], dict[str, Any]]] = [
    ("Conv2d", (1, 4, 3, 3), {"out_channels": 2, "kernel_size": 4}),
    ("Conv2d", (1, 4, 3, 3), {"out_channels": 2, "kernel_size": 3, "padding": "same", "stride": 2}),
    ("Conv2d", (1, 4, 3, 3), {"out_channels": 3, "kernel_size": 1, "groups": 2}),
    ("Conv2d", (1, 3, 3, 3), {"out_channels": 4, "kernel_size": 1, "groups": 2}),
    ("Conv2d", (1, 1, 3, 3), {"out_channels": 1, "kernel_size": 1, "padding": 3, "padding_mode": "reflect"}),
    ("Conv2d", (1, 1, 3, 3), {"out_channels": 1, "kernel_size": 1, "padding": 4, "padding_mode": "circular"}),
    ("ConvTranspose2d", (1, 1, 1, 1), {"out_channels": 1, "kernel_size": 2, "padding": 1}),
    ("ConvTranspose2d", (1, 1, 2, 2), {"out_channels": 1, "kernel_size": 2, "output_padding": 1}),
    ("MaxPool2d", (1, 1, 3, 3), {"kernel_size": 4}),
    ("MaxPool2d", (1, 1, 3, 3), {"kernel_size": 3, "padding": 2}),
    ("MaxPool2d", (1, 1, 3, 3), {"kernel_size": 6, "stride": 2, "ceil_mode": True}),
    ("AvgPool2d", (1, 1, 3, 3), {"kernel_size": 2, "padding": 2}),
    ("BatchNorm2d", (1, 3, 1, 1), {}),
    ("BatchNorm1d", (1, 3), {}),
    ("BatchNorm3d", (1, 3, 1, 1, 1), {}),
    ("InstanceNorm1d", (2, 3, 1), {}),
    ("InstanceNorm3d", (2, 3, 1, 1, 1), {"track_running_stats": True}),
    ("MaxPool3d", (1, 1, 3, 3, 2), {"kernel_size": 3}),
    ("AvgPool3d", (1, 1, 3, 3, 3), {"kernel_size": 2, "padding": 2}),
    ("ConvTranspose3d", (1, 1, 1, 1, 1), {"out_channels": 1, "kernel_size": 2, "padding": 1}),
]


@pytest.mark.parametrize(("kind", "shape", "arguments"), REFUSED, ids=str)
def test_what_pytorch_refuses_is_refused(
    kind: str, shape: tuple[int, ...], arguments: Mapping[str, Any]
) -> None:
    with pytest.raises((RuntimeError, ValueError)):
        theirs(kind, shape, arguments).train()(torch.zeros(shape, dtype=torch.float64))
    with pytest.raises((ShapeError, ArgumentError)):
        ours(kind, shape, arguments, training=True)


@pytest.mark.parametrize("kind", ["Conv1d", "Conv2d", "ConvTranspose2d", "BatchNorm2d", "LayerNorm"])
def test_first_values_are_drawn_as_pytorch_draws_them(kind: str, rng: np.random.Generator) -> None:
    x = {"Conv1d": (1, 40, 9), "LayerNorm": (2, 40)}.get(kind, (1, 40, 9, 9))
    arguments = {"out_channels": 60, "kernel_size": 5, "groups": 2} if kind.startswith("Conv") else {}
    layer, type_ = bind(LAYERS[kind], arguments), Type(x)
    module = theirs(kind, x, arguments)
    for name, tensor in {**layer.parameters(type_), **layer.buffers(type_)}.items():
        first = tensor.initialiser.draw(numbers(Type(tensor.shape)), rng)
        wanted = module.state_dict()[name].numpy()
        assert first.shape == wanted.shape
        assert np.abs(first).max() == pytest.approx(np.abs(wanted).max(), rel=0.1)
        assert first.std() == pytest.approx(wanted.std(), rel=0.25)
