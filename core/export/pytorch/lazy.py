"""PyTorch in its lazy style: layers that find out how many features come in when they are first called."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ...layers.layer import Layer
from ...layers.spelling import Code, Spelling
from ...text import tr
from ...types import Type
from ..error import ExportError
from ..form import Form
from ..format import Line
from .check import check_text
from .printer import PYTORCH

_OF_AXES = ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm")

LAZY: Mapping[str, str] = {
    f"nn.{name}": f"nn.Lazy{name}"
    for name in ("Linear", *(f"{kind}{axes}d" for kind in _OF_AXES for axes in (1, 2, 3)))
}
"""What each layer is called that has such a form; it is not told its first argument."""

_NOT_SO = {"affine": False, "track_running_stats": False}
"""What nn.InstanceNorm2d does unless it is told, and nn.LazyInstanceNorm2d does not."""


def _spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    found = layer.pytorch(*types)
    if found is None or found.body:
        return found
    return replace(found, construct=_lazy(found.construct), module=_lazy(found.module))


def _lazy(made: Code | None) -> Code | None:
    if made is None:
        return None
    inside = tuple(_lazy(one) if isinstance(one, Code) else one for one in made.positional)
    if made.target not in LAZY:
        return replace(made, positional=inside)
    keywords = made.keywords
    if made.target.startswith("nn.InstanceNorm"):
        keywords = tuple({**_NOT_SO, **dict(keywords)}.items())
    return Code(LAZY[made.target], inside[1:], keywords)


def _printed(form: Form) -> list[Line]:
    """The lines. ExportError where first values are given to parameters that are not there yet."""
    for one in form.classes:
        if one.fillings:
            raise ExportError(
                tr(
                    "{name} gives first values, which lazy layers have no tensors for yet; pytorch would do",
                    name=one.title,
                )
            )
    return PYTORCH.printed(form)


PYTORCH_LAZY = replace(
    PYTORCH,
    name="pytorch-lazy",
    printed=_printed,
    dialect=replace(PYTORCH.dialect, spelling=_spelling),
    check=partial(check_text, lazy=True),
)
"""`nn.LazyLinear(256)`: the style in which Dive into Deep Learning writes its networks."""
