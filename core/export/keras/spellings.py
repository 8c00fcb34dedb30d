"""The layers that Keras has a word for, and how they are written; all others come from primitives."""

from collections.abc import Callable, Mapping

from ...layers.layer import Layer
from ...layers.spelling import Spelling
from .attention import ATTENTION
from .basic import BASIC
from .enlarged import ENLARGED
from .losses import LOSSES
from .normalised import NORMALISED
from .recurrent import RECURRENT
from .spatial import SPATIAL

SPELLINGS: Mapping[type[Layer], Callable[..., Spelling | None]] = {
    **BASIC,
    **SPATIAL,
    **ENLARGED,
    **NORMALISED,
    **RECURRENT,
    **ATTENTION,
    **LOSSES,
}
"""By the layer: its spelling at inputs of some types, None where Keras has no word after all."""
