"""The layers that Keras has a word for, and how they are written; all others come from primitives."""

from collections.abc import Callable, Mapping

from ...layers.layer import Layer
from ...layers.spelling import Spelling
from .basic import BASIC
from .spatial import SPATIAL

SPELLINGS: Mapping[type[Layer], Callable[..., Spelling | None]] = {**BASIC, **SPATIAL}
"""By the layer: its spelling at inputs of some types, None where Keras has no word after all."""
