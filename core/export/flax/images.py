"""Networks of images: channels last from class to class, so that what stands in a chain takes them so."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from ...layers.layer import Layer
from ...layers.spelling import Code, Spelling
from ...program import Program
from ...types import Type
from ...value import kinds_of
from ..form import Dialect
from ..made import Word
from .composed import IMAGE
from .layout import EACH_NUMBER, FLAT, TURNED, channels_last, within_turns
from .spatial import LAST

SPATIAL = ("2d", "3d")
"""How the names of layers of images end."""


def fitted(dialect: Dialect, program: Program) -> Dialect:
    """The dialect for the program: that of images where one of its layers is for them."""
    if not any(kind.endswith(SPATIAL) for kind in _kinds(program)):
        return dialect
    return replace(
        dialect,
        spelling=partial(_spelling, dialect),
        laid=partial(channels_last, images_last=True),
        part=within_turns,
        images_last=True,
    )


def _kinds(program: Program) -> Iterator[str]:
    for definition in program.definitions.values():
        yield from kinds_of(definition.module)
        for entry in definition.entries:
            yield from kinds_of(entry.node)


def _spelling(dialect: Dialect, layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    """The layer as it is spelled, and as it may stand in a chain of what has channels last."""
    found = dialect.spelling(layer, types)
    if found is None:
        return None
    if types and types[0].rank >= IMAGE:
        return _with_module(found)
    if isinstance(found.module, Word) and type(layer).__name__ in RAISING:
        return replace(found, module=None)
    return found


RAISING = ("Reshape", "Unflatten", "Unsqueeze", "Expand", "Expression")
"""Layers that may make an image of what is none: in a chain they are classes, which turn it."""


def _with_module(found: Spelling) -> Spelling:
    """The spelling of a layer of images."""
    turned = TURNED.fullmatch(found.apply)
    if found.apply == LAST:
        return replace(found, module=found.construct)
    if turned is not None and found.construct is None:
        return replace(found, module=_pooling(f"{turned['call']}{{x}}{turned['told']}"))
    if found.apply == FLAT:
        return replace(found, module=Word("lambda x: jnp.moveaxis(x, -1, 1).reshape(x.shape[0], -1)"))
    if found.construct is not None and not found.apply:
        return _acting_as_drawn(found, found.construct)
    if found.construct is None and not EACH_NUMBER.fullmatch(found.apply) and found.apply != "{x}":
        return replace(found, module=None)
    return found


def _acting_as_drawn(found: Spelling, made: Any) -> Spelling:
    """A layer that acts on the last axis of the drawing; Dropout acts on each number."""
    if not isinstance(made, Code) or made.target in ("nn.Dropout", "nn.BatchNorm"):
        return found
    kind = made.target.removeprefix("nn.")
    return replace(found, module=replace(made, target=f"{kind}AsDrawn"))


def _pooling(text: str) -> Any:
    """`partial(nn.max_pool, window_shape=(2, 2), strides=(2, 2))`, or what else is said of x."""
    target, _, rest = text.partition("({x}, ")
    if not target.startswith("nn."):
        return Word(f"lambda x: {text.replace('{x}', 'x')}")
    return Word(f"partial({target}, window_shape={rest}")
