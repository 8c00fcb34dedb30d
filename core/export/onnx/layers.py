"""Layers that ONNX has an operator for; all others are written from their primitives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...dim import Symbolic
from ...layers.activated import Activated, activate
from ...layers.layer import Layer
from ...ops.primitive import Trace
from ...ops.window import span
from ...types import Type
from .primitives import spelled
from .scope import Scope


@dataclass(frozen=True)
class Call:
    """A layer to be written: where, its inputs' types and names, its tensors' names, its result's type."""

    scope: Scope
    layer: Layer
    types: Sequence[Type]
    inputs: Sequence[str]
    tensors: Mapping[str, str]
    result: Type


def direct(call: Call) -> str | None:
    """The layer by its own operator, then its activation; None where its primitives have to do."""
    spelling = DIRECT.get(type(call.layer).__name__)
    found = None if spelling is None else spelling(call, call.layer)
    if found is None or not isinstance(call.layer, Activated):
        return found
    return _activated(call, call.layer.activation, found)


def _activated(call: Call, activation: str, y: str) -> str:
    trace = Trace()
    start = trace.input(call.result)
    result = activate(activation, start)
    names = {start.index: y}
    for step in trace.steps:
        outputs = spelled(call.scope, step, [names[ref.index] for ref in step.inputs])
        names.update((ref.index, name) for ref, name in zip(step.outputs, outputs, strict=False))
    return names[result.index]


def _linear(call: Call, layer: Layer) -> str | None:
    scope, (x,), rank = call.scope, call.inputs, call.types[0].rank
    weight, bias = call.tensors["weight"], call.tensors.get("bias")
    if rank == 2:
        return scope.one("Gemm", x, weight, *((bias,) if bias else ()), transB=1)
    if rank < 2:
        return None
    y = scope.one("MatMul", x, scope.one("Transpose", weight, perm=(1, 0)))
    return scope.one("Add", y, bias) if bias else y


def _conv(call: Call, layer: Layer) -> str | None:
    told = vars(layer)
    if told["padding_mode"] != "zeros" or told["padding"] == "same_end":
        return None
    kernel = call.types[0].rank - 2
    each = {name: _each(told[name], kernel) for name in ("stride", "dilation", "kernel_size")}
    if any(value is None for value in each.values()):
        return None
    stride, dilation, size = (each[name] or () for name in ("stride", "dilation", "kernel_size"))
    low: Sequence[int] | None
    if told["padding"] == "same" and all(step == 1 for step in stride):
        reach = [span(k, d) - 1 for k, d in zip(size, dilation, strict=True)]
        low, high = tuple(n // 2 for n in reach), tuple(n - n // 2 for n in reach)
    else:
        low = high = _each(0 if told["padding"] == "valid" else told["padding"], kernel) or ()
    groups = told["groups"]
    if len(low) != kernel or isinstance(groups, Symbolic):
        return None
    bias = (call.tensors["bias"],) if "bias" in call.tensors else ()
    return call.scope.one(
        "Conv", call.inputs[0], call.tensors["weight"], *bias, strides=stride, dilations=dilation,
        pads=(*low, *high), group=groups,
    )  # fmt: skip


def _each(value: object, axes: int) -> tuple[int, ...] | None:
    """A number for each axis; None where it is something else."""
    if type(value) is int:
        return (value,) * axes
    whole = isinstance(value, tuple) and all(type(one) is int for one in value)
    return value if whole and isinstance(value, tuple) else None


def _batch_norm(call: Call, layer: Layer) -> str | None:
    names = [call.tensors.get(name) for name in ("weight", "bias", "running_mean", "running_var")]
    known = [name for name in names if name is not None]
    if len(known) < len(names):
        return None
    return call.scope.one("BatchNormalization", *call.inputs, *known, epsilon=vars(layer)["eps"])


def _layer_norm(call: Call, layer: Layer) -> str | None:
    count = vars(layer)["normalized_axes"]
    if "weight" not in call.tensors or not isinstance(count, int):
        return None
    learnt = [call.tensors[name] for name in ("weight", "bias") if name in call.tensors]
    return call.scope.one(
        "LayerNormalization", *call.inputs, *learnt, axis=-count, epsilon=vars(layer)["eps"]
    )


def _group_norm(call: Call, layer: Layer) -> str | None:
    groups = vars(layer)["num_groups"]
    if set(call.tensors) != {"weight", "bias"} or not isinstance(groups, int) or call.types[0].rank < 3:
        return None
    learnt = (call.tensors["weight"], call.tensors["bias"])
    return call.scope.one(
        "GroupNormalization", *call.inputs, *learnt, num_groups=groups, epsilon=vars(layer)["eps"]
    )


def _instance_norm(call: Call, layer: Layer) -> str | None:
    if set(call.tensors) != {"weight", "bias"} or call.types[0].rank < 3:
        return None
    learnt = (call.tensors["weight"], call.tensors["bias"])
    return call.scope.one("InstanceNormalization", *call.inputs, *learnt, epsilon=vars(layer)["eps"])


def _hard_sigmoid(call: Call, layer: Layer) -> str:
    return call.scope.one("HardSigmoid", *call.inputs, alpha=1 / 6, beta=0.5)


def _plain(op: str) -> Callable[[Call, Layer], str]:
    return lambda call, layer: call.scope.one(op, *call.inputs)


def _pixel_shuffle(call: Call, layer: Layer) -> str | None:
    factor = vars(layer).get("upscale_factor")
    if not isinstance(factor, int) or call.types[0].rank != 4:
        return None
    return call.scope.one("DepthToSpace", *call.inputs, blocksize=factor, mode="CRD")


DIRECT: Mapping[str, Callable[[Call, Layer], str | None]] = {
    "Linear": _linear,
    "Conv1d": _conv,
    "Conv2d": _conv,
    "Conv3d": _conv,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "BatchNorm3d": _batch_norm,
    "LayerNorm": _layer_norm,
    "GroupNorm": _group_norm,
    "InstanceNorm1d": _instance_norm,
    "InstanceNorm2d": _instance_norm,
    "InstanceNorm3d": _instance_norm,
    "Hardsigmoid": _hard_sigmoid,
    "Hardswish": _plain("HardSwish"),
    "Mish": _plain("Mish"),
    "Softsign": _plain("Softsign"),
    "PixelShuffle": _pixel_shuffle,
}
"""How these layers are written, by their names."""
