"""Normalisations as Keras writes them, the channels in axis 1."""

from collections.abc import Callable, Mapping
from typing import Any

from ...expression import Expression
from ...layers import channel_norm, instance_norm, normalisation
from ...layers.layer import Layer
from ...layers.spelling import Spelling, code
from ...types import Type

NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
"""What Keras calls the tensors of a norm."""


def _both(affine: Any, bias: Any) -> Any:
    """Whether a bias is learnt: where the layer learns something, and that."""
    if affine is False or bias is False:
        return False
    if affine is True:
        return bias
    if bias is True:
        return affine
    return Expression(f"({affine.source}) and ({bias.source})")


def _batch_norm(layer: Any, x: Type) -> Spelling | None:
    if layer.track_running_stats is not True or not isinstance(layer.momentum, float):
        return None
    made = code(
        "layers.BatchNormalization",
        axis=1,
        momentum=round(1 - layer.momentum, 12),
        epsilon=layer.eps,
        center=_both(layer.affine, layer.bias),
        scale=layer.affine,
        defaults={"center": True, "scale": True},
    )
    return Spelling(construct=made, weights=NORM)


def _layer_norm(layer: Any, x: Type) -> Spelling | None:
    if not isinstance(layer.normalized_axes, int):
        return None
    axes = tuple(range(-layer.normalized_axes, 0))
    made = code(
        "layers.LayerNormalization",
        axis=axes[0] if len(axes) == 1 else axes,
        epsilon=layer.eps,
        center=_both(layer.elementwise_affine, layer.bias),
        scale=layer.elementwise_affine,
        defaults={"axis": -1, "center": True, "scale": True},
    )
    return Spelling(construct=made, weights=NORM)


def _rms_norm(layer: Any, x: Type) -> Spelling | None:
    if layer.normalized_axes != 1 or layer.elementwise_affine is not True:
        return None
    made = code("layers.RMSNormalization", epsilon=layer.added)
    return Spelling(construct=made, weights={"weight": "scale"})


def _group_norm(layer: Any, x: Type) -> Spelling | None:
    return _grouped(layer, layer.num_groups) if x.rank > 2 else None


def _instance_norm(layer: Any, x: Type) -> Spelling | None:
    return _grouped(layer, -1) if layer.track_running_stats is False else None


def _grouped(layer: Any, groups: Any) -> Spelling:
    made = code(
        "layers.GroupNormalization",
        groups=groups,
        axis=1,
        epsilon=layer.eps,
        center=_both(layer.affine, layer.bias),
        scale=layer.affine,
        defaults={"center": True, "scale": True},
    )
    return Spelling(construct=made, weights=NORM)


NORMALISED: Mapping[type[Layer], Callable[..., Spelling | None]] = {
    normalisation.BatchNorm1d: _batch_norm,
    normalisation.BatchNorm2d: _batch_norm,
    normalisation.BatchNorm3d: _batch_norm,
    normalisation.LayerNorm: _layer_norm,
    normalisation.RMSNorm: _rms_norm,
    channel_norm.GroupNorm: _group_norm,
    instance_norm.InstanceNorm1d: _instance_norm,
    instance_norm.InstanceNorm2d: _instance_norm,
    instance_norm.InstanceNorm3d: _instance_norm,
}
"""By the layer."""
