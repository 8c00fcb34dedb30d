"""The layers that ship: one class a layer, one file a family; importing this package fills `LAYERS`."""

from . import (
    activation,
    control,
    convolution,
    linear,
    loss,
    merge,
    normalisation,
    pooling,
    reduce,
    regularisation,
    shape,
    structure,
)
from .layer import LAYERS

__all__ = [
    "LAYERS",
    "activation",
    "control",
    "convolution",
    "linear",
    "loss",
    "merge",
    "normalisation",
    "pooling",
    "reduce",
    "regularisation",
    "shape",
    "structure",
]
