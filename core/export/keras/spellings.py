"""The layers that Keras has a word for, and how they are written; all others come from primitives."""

from collections.abc import Mapping

from ...layers.layer import Layer
from ...layers.spelling import Spell
from .attention import ATTENTION
from .basic import BASIC
from .enlarged import ENLARGED
from .losses import LOSSES
from .normalised import NORMALISED
from .recurrent import RECURRENT
from .spatial import SPATIAL

SPELLINGS: Mapping[type[Layer], Spell] = {
    **BASIC,
    **SPATIAL,
    **ENLARGED,
    **NORMALISED,
    **RECURRENT,
    **ATTENTION,
    **LOSSES,
}
"""By the layer: its spelling at inputs of some types, None where Keras has no word after all."""
