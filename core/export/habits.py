"""What people write on one line, and which of their layers' names also say what comes out."""

import re

from ..layers.merge import MatMul
from ..layers.shape import Permute, Reshape
from .spelled import Spelled

ACTIVATED, NORMALISED, WEIGHTED, SHAPED = "activated", "normalised", "weighted", "shaped"
CALCULATED, OTHER = "calculated", ""
"""Roles of a call: what the calls that are written around it ask for."""

WEIGHTED_CATEGORIES = ("convolution", "linear")
"""The categories of layers that multiply by weights of their own."""


def role(spelled: Spelled) -> str:
    """What the call's result is, for those who may stand around it."""
    if spelled.layer is None:
        return OTHER
    category = spelled.layer.category
    if isinstance(spelled.layer, Reshape):
        return SHAPED
    if category == "activation" or spelled.activation is not None:
        return ACTIVATED
    if category == "normalisation":
        return NORMALISED
    if category == "reduce" or isinstance(spelled.layer, MatMul):
        return CALCULATED
    return WEIGHTED if category in WEIGHTED_CATEGORIES else OTHER


def wraps(spelled: Spelled) -> frozenset[str]:
    """The roles that it may stand around: `F.relu(self.bn1(self.conv1(x)))` is read at a glance."""
    if spelled.layer is None:
        return frozenset()
    if isinstance(spelled.layer, Permute):
        return frozenset({SHAPED})  # heads: x.reshape(…).transpose(1, 2)
    if spelled.layer.category == "activation" and spelled.spelling.construct is None:
        return frozenset({OTHER, WEIGHTED, NORMALISED, SHAPED, CALCULATED})
    if spelled.layer.category == "reduce":
        return frozenset({CALCULATED})  # x.abs().sum() > 1
    return frozenset({WEIGHTED}) if spelled.layer.category == "normalisation" else frozenset()


def tells(spelled: Spelled) -> bool:
    """Whether the name speaks of the value, as `query` does; `conv 2` speaks of the layer alone."""
    if spelled.layer is None:
        return True
    stem = re.sub(r"[\W\d_]", "", spelled.entry.node.name).lower()
    kind = type(spelled.layer).__name__.lower()
    return not (USUAL.fullmatch(stem) or (len(stem) > 1 and kind.startswith(stem)))


USUAL = re.compile(
    "act|activation|bn|conv|deconv|dense|drop|emb|fc|gn|head|in|lin|ln|matmul|norm|out|pool|proj|up"
)
"""What layers are called for what they do."""
