"""Losses as Keras writes them, which are told the target first."""

from collections.abc import Mapping
from typing import Any

from ...layers import class_loss, loss
from ...layers.layer import Layer
from ...layers.spelling import Spell, Spelling, code
from ...types import Type

CALL = "{self}({target}, {x})"
"""A loss of Keras's, called."""


def _mean(name: str, each: str) -> Spell:
    """The class for the mean over everything; its sum and what it is of are written out."""

    def spell(layer: Any, x: Type, target: Type) -> Spelling | None:
        if getattr(layer, "weight", ""):
            return None
        if layer.reduction != "mean":
            return Spelling(apply=each if layer.reduction == "none" else f"ops.sum({each})")
        return Spelling(construct=code(f"keras.losses.{name}"), apply=CALL) if x.rank else None

    return spell


def _huber(layer: loss.HuberLoss, x: Type, target: Type) -> Spelling | None:
    if layer.reduction != "mean" or not x.rank:
        return None
    return Spelling(construct=code("keras.losses.Huber", delta=layer.delta), apply=CALL)


def _binary(layer: loss.BCEWithLogitsLoss, x: Type, target: Type) -> Spelling | None:
    if layer.reduction != "mean" or layer.pos_weight or layer.weight or not x.rank:
        return None
    return Spelling(construct=code("keras.losses.BinaryCrossentropy", from_logits=True), apply=CALL)


def _cross_entropy(layer: class_loss.CrossEntropyLoss, x: Type, target: Type) -> Spelling | None:
    if layer.reduction != "mean" or layer.weight or layer.label_smoothing != 0 or target.dtype != "int64":
        return None
    made = code(
        "keras.losses.SparseCategoricalCrossentropy",
        from_logits=True,
        ignore_class=layer.ignore_index,
        axis=1,
        defaults={} if x.rank > 2 else {"axis": 1},
    )
    return Spelling(construct=made, apply=CALL)


LOSSES: Mapping[type[Layer], Spell] = {
    loss.MSELoss: _mean("MeanSquaredError", "ops.square({x} - {target})"),
    loss.L1Loss: _mean("MeanAbsoluteError", "ops.absolute({x} - {target})"),
    loss.HuberLoss: _huber,
    loss.BCEWithLogitsLoss: _binary,
    class_loss.CrossEntropyLoss: _cross_entropy,
}
"""By the layer."""
