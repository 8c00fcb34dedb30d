"""The layers that ship: one class a layer, one file a family; importing this package fills `LAYERS`."""

from . import (
    activation,
    linear,
    loss,
    merge,
    reduce,
    regularisation,
    shape,
    structure,
)
from .layer import LAYERS

__all__ = [
    "LAYERS",
    "activation",
    "linear",
    "loss",
    "merge",
    "reduce",
    "regularisation",
    "shape",
    "structure",
]
