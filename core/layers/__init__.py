"""The layers that ship: one class a layer, one file a family; importing this package fills `LAYERS`."""

from . import (
    activation,
    attention,
    control,
    convolution,
    linear,
    loss,
    merge,
    normalisation,
    pooling,
    positions,
    recurrent,
    reduce,
    regularisation,
    shape,
    structure,
)
from .layer import LAYERS

__all__ = [
    "LAYERS",
    "activation",
    "attention",
    "control",
    "convolution",
    "linear",
    "loss",
    "merge",
    "normalisation",
    "pooling",
    "positions",
    "recurrent",
    "reduce",
    "regularisation",
    "shape",
    "structure",
]
