"""Convolutions, pools, normalisations and pads: an axis of one example is added where there is none."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .bench import Bench
from .plain import layer_name, plain, tensors_of, with_batch, without_batch

torch: Any = pytest.importorskip("torch")

INDICES = "the places of the largest are no output of ours"


def rank_of(module: Any) -> int:
    """Axes of the input: batch, channels, and those that the module's name counts."""
    return int(layer_name(module)[-2]) + 2


def spatial(bench: Bench, module: Any, x: Any, **settings: Any) -> Any:
    (x,), added = with_batch(bench, rank_of(module), [x])
    return without_batch(plain(bench, module, x, **settings), added)


def max_pool(bench: Bench, module: Any, x: Any) -> Any:
    y = spatial(bench, module, x, dropped=("return_indices",))
    if module.return_indices:
        bench.note(INDICES)
        return y, None
    return y


def adaptive(bench: Bench, module: Any, x: Any) -> Any:
    """A size of None is the input's own."""
    size = module.output_size
    axes = rank_of(module) - 2
    if isinstance(size, tuple):
        size = tuple(x.shape[i - axes] if n is None else n for i, n in enumerate(size))
    return spatial(bench, module, x, replaced={"output_size": size}, dropped=("return_indices",))


def batch_norm(bench: Bench, module: Any, x: Any) -> Any:
    """Without a momentum all batches count alike; ours counts them in a number of the statistics' type."""
    held = tensors_of(module)
    replaced: dict[str, Any] = {}
    if module.momentum is None:
        replaced["momentum"] = None
        held["num_batches_tracked"] = module.num_batches_tracked.to(x.dtype).reshape(1)
    return plain(bench, module, x, replaced=replaced, tensors=held)


def instance_norm(bench: Bench, module: Any, x: Any) -> Any:
    reads = module.track_running_stats
    dropped = () if reads else ("momentum",)
    return spatial(bench, module, x, dropped=dropped)


def per_axes(bench: Bench, module: Any, x: Any) -> Any:
    """LayerNorm and RMSNorm: the axes are counted, not sized; no eps is the smallest of the element type."""
    replaced: dict[str, Any] = {"normalized_axes": len(module.normalized_shape)}
    if module.eps is None:
        replaced["eps"] = torch.finfo(x.dtype).eps
    name = layer_name(module)
    return plain(bench, module, x, name=name, replaced=replaced, dropped=("normalized_shape",))


def padded(mode: str) -> Callable[[Bench, Any, Any], Any]:
    def translation(bench: Bench, module: Any, x: Any) -> Any:
        """PyTorch's pads are pairs from the last axis on, as ours are."""
        (x,), added = with_batch(bench, rank_of(module), [x])
        arguments: dict[str, Any] = {"pad": tuple(module.padding), "mode": mode}
        if mode == "constant":
            arguments["value"] = float(getattr(module, "value", 0.0))
        (y,) = bench("Pad", [x], arguments)
        return without_batch(y, added)

    return translation


def softmax2d(bench: Bench, module: Any, x: Any) -> Any:
    return bench("Softmax", [x], {"dim": -3})[0]


def family(name: str, translation: Any) -> Mapping[str, Any]:
    return {f"{name}{axes}d": translation for axes in (1, 2, 3)}


SPATIAL: Mapping[str, Any] = {
    **family("Conv", spatial),
    **family("ConvTranspose", spatial),
    **family("AvgPool", spatial),
    **family("LPPool", spatial),
    **family("MaxPool", max_pool),
    **family("AdaptiveAvgPool", adaptive),
    **family("AdaptiveMaxPool", adaptive),
    **family("BatchNorm", batch_norm),
    **family("InstanceNorm", instance_norm),
    **family("ReflectionPad", padded("reflect")),
    **family("ReplicationPad", padded("replicate")),
    **family("ZeroPad", padded("constant")),
    **family("ConstantPad", padded("constant")),
    **family("CircularPad", padded("circular")),
    "LayerNorm": per_axes,
    "RMSNorm": per_axes,
    "Softmax2d": softmax2d,
}
