"""Convolutions, pools and resizing as ONNX nodes."""

from collections.abc import Sequence

import numpy as np

from ...dim import Dim
from ...ops.pool import pool_counts
from ...ops.primitive import PRIMITIVES, Array, Step
from ...ops.window import span
from ...text import tr
from .scope import Refused, Scope, number, numbers


def conv(scope: Scope, step: Step, inputs: Sequence[str]) -> str:
    """Conv, with a bias where there is a third input."""
    told = step.settings
    return scope.one(
        "Conv", *inputs, strides=numbers(told["stride"]), pads=_pads(told["padding"]),
        dilations=numbers(told["dilation"]), group=number(told["groups"]),
    )  # fmt: skip


def conv_input_grad(scope: Scope, step: Step, inputs: Sequence[str]) -> str:
    """ConvTranspose: what is missing to the size that is asked for is cut off less, or added, at the end."""
    told = step.settings
    dy, w = (ref.type.shape for ref in step.inputs[:2])
    low = numbers([pair[0] for pair in told["padding"]])
    axes = zip(dy[2:], told["stride"], told["dilation"], w[2:], told["size"], low, strict=True)
    high = [number((n - 1) * s + span(k, d) - p - size) for n, s, d, k, size, p in axes]
    extra = tuple(max(0, -end) for end in high)
    return scope.one(
        "ConvTranspose", *inputs, strides=numbers(told["stride"]), dilations=numbers(told["dilation"]),
        pads=(*low, *(max(0, end) for end in high)), group=number(told["groups"]), output_padding=extra,
        kernel_shape=numbers(w[2:]),
    )  # fmt: skip


def _pads(pairs: Sequence[tuple[Dim, Dim]]) -> tuple[int, ...]:
    """All that come before, then all that come behind."""
    return (*numbers([pair[0] for pair in pairs]), *numbers([pair[1] for pair in pairs]))


def max_pool(scope: Scope, step: Step, inputs: Sequence[str]) -> Sequence[str]:
    """MaxPool, and the places in the plane; where a window may reach over the end, it is padded by hand."""
    told, size = step.settings, step.inputs[0].shape[2:]
    kernel, stride = numbers(told["kernel"]), numbers(told["stride"])
    padding, dilation = numbers(told["padding"]), numbers(told["dilation"])
    ends = padding
    if told["ceil_mode"]:
        ends = _ends(size, kernel, stride, padding, dilation)
    y, index = scope.several(
        "MaxPool", inputs, 2, kernel_shape=kernel, strides=stride, pads=(*padding, *ends), dilations=dilation
    )  # fmt: skip
    area = scope.constant(np.array(np.prod(numbers(size)), np.int64)) if _is_known(size) else ""
    return y, scope.one("Mod", index, area) if area else index


def _is_known(size: Sequence[Dim]) -> bool:
    return all(isinstance(dim, int) for dim in size)


def _ends(
    size: Sequence[Dim],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> tuple[int, ...]:
    """How much is padded behind, so that the windows of PyTorch's ceil_mode fit and no other does."""
    counts = numbers(pool_counts(size, kernel, stride, padding, dilation, True))
    axes = zip(numbers(size), kernel, stride, padding, dilation, counts, strict=True)
    return tuple(max(0, (count - 1) * s + span(k, d) - low - n) for n, k, s, low, d, count in axes)


def avg_pool(scope: Scope, step: Step, inputs: Sequence[str]) -> str:
    """AveragePool; of windows that start in the padding behind, which PyTorch has not, the result is rid."""
    told, counts = step.settings, step.outputs[0].shape[2:]
    padding = numbers(told["padding"])
    y = scope.one(
        "AveragePool", *inputs, kernel_shape=numbers(told["kernel"]), strides=numbers(told["stride"]),
        pads=(*padding, *padding), ceil_mode=int(told["ceil_mode"]),
        count_include_pad=int(told["count_include_pad"]),
    )  # fmt: skip
    size = step.inputs[0].shape[2:]
    if not told["ceil_mode"] or counts == _ceiled(size, told["kernel"], told["stride"], padding):
        return y
    axes = range(2, 2 + len(counts))
    return scope.one("Slice", y, scope.integers([0] * len(counts)), scope.shape(counts), scope.integers(axes))


def _ceiled(
    size: Sequence[Dim], kernel: Sequence[Dim], stride: Sequence[Dim], padding: Sequence[int]
) -> tuple[Dim, ...]:
    """How many windows ONNX counts where the last may reach over the end."""
    axes = zip(size, kernel, stride, padding, strict=True)
    return tuple((n + 2 * p - k + s - 1) // s + 1 for n, k, s, p in axes)


def adaptive_avg_pool(scope: Scope, step: Step, inputs: Sequence[str]) -> str:
    """The mean of all, equal windows, or a product with each axis's matrix of shares."""
    (x,), wanted = inputs, step.settings["size"]
    axes = range(2, 2 + len(wanted))
    if all(dim == 1 for dim in wanted):
        return scope.one("ReduceMean", x, scope.integers(axes), keepdims=1)
    kernel = _equal_windows(step)
    if kernel is not None:
        return scope.one("AveragePool", x, kernel_shape=kernel, strides=kernel)
    return _by_matrices(scope, step, x)


def _equal_windows(step: Step) -> tuple[int, ...] | None:
    """How large the windows are along each axis; None where they are not all of one size."""
    sizes = list(zip(numbers(step.inputs[0].shape[2:]), numbers(step.settings["size"]), strict=True))
    return tuple(n // p for n, p in sizes) if all(n % p == 0 for n, p in sizes) else None


def adaptive_max_pool(scope: Scope, step: Step, inputs: Sequence[str]) -> str:
    """The greatest of all, of equal windows, or of each window of an axis by itself."""
    (x,), wanted = inputs, step.settings["size"]
    axes = range(2, 2 + len(wanted))
    if all(dim == 1 for dim in wanted):
        return scope.one("ReduceMax", x, scope.integers(axes), keepdims=1)
    kernel = _equal_windows(step)
    if kernel is not None:
        return scope.one("MaxPool", x, kernel_shape=kernel, strides=kernel)
    size, wanted = numbers(step.inputs[0].shape[2:]), numbers(wanted)
    for axis, n, p in zip(axes, size, wanted, strict=True):
        told = scope.integers((axis,))
        parts = [
            scope.one(
                "Slice", x, scope.integers((i * n // p,)), scope.integers((-(-(i + 1) * n // p),)), told
            )
            for i in range(p)
        ]
        greatest = [scope.one("ReduceMax", part, told, keepdims=1) for part in parts]
        x = scope.one("Concat", *greatest, axis=axis)
    return x


def _by_matrices(scope: Scope, step: Step, x: str) -> str:
    """A linear map of each spatial axis by itself, whose matrix the primitive's own reference tells."""
    rank = len(step.inputs[0].shape)
    size, wanted = numbers(step.inputs[0].shape[2:]), numbers(step.settings["size"])
    for axis, (n, p) in enumerate(zip(size, wanted, strict=True), 2):
        turn = (*(i for i in range(rank) if i != axis), axis)
        back = tuple(turn.index(i) for i in range(rank))
        x = scope.one("Transpose", x, perm=turn) if axis < rank - 1 else x
        x = scope.one("MatMul", x, scope.constant(_matrix(step, n, p)))
        x = scope.one("Transpose", x, perm=back) if axis < rank - 1 else x
    return x


def _matrix(step: Step, size: int, count: int) -> Array:
    """(size, count): what each element gives to each that comes out."""
    unit = np.eye(size).reshape(1, size, size)  # (N, C, S)
    (found,) = PRIMITIVES[step.primitive.name].reference(unit, **{**step.settings, "size": (count,)})
    return np.asarray(found[0], np.float32)


def resample(scope: Scope, step: Step, inputs: Sequence[str]) -> str:
    """Resize where its places are PyTorch's exactly, else a product with each axis's matrix."""
    mode, wanted = step.settings["mode"], step.settings["size"]
    size = step.inputs[0].shape[2:]
    if mode == "nearest" and all(_is_times(a, b) for a, b in zip(wanted, size, strict=True)):
        told = {"mode": "nearest", "nearest_mode": "floor"}
        places = "asymmetric"
    elif mode == "linear" and len(size) == 2:
        told = {"mode": "linear"}
        places = "align_corners" if step.settings["align_corners"] else "half_pixel"
    elif mode in ("nearest", "nearest-exact", "linear", "cubic"):
        return _by_matrices(scope, step, inputs[0])
    else:
        raise Refused(tr("ONNX has nothing for {name}", name=f"resample {mode}"))
    x = step.inputs[0].shape
    sizes = scope.shape((*x[:2], *wanted))
    return scope.one("Resize", *inputs, "", "", sizes, coordinate_transformation_mode=places, **told)


def _is_times(larger: Dim, smaller: Dim) -> bool:
    """Whether one size is a whole number of times the other, whatever that is."""
    rest = larger % smaller
    return isinstance(rest, int) and rest == 0
