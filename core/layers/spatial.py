"""What layers of images and sequences share: axes behind batch and channels, and settings per such axis."""

from collections.abc import Iterator
from contextlib import contextmanager

from .. import ops
from ..condition import at_most
from ..dim import Dim, text
from ..ops.primitive import Ref
from ..ops.window import span
from ..text import tr
from ..types import ShapeError, Type
from .demands import real
from .layer import ArgumentError, Sizes

LETTERS = ("B×C", "B×C×L", "B×C×H×W", "B×C×D×H×W")
"""How shapes with 0 to 3 spatial axes are written."""


def spatial(layer: str, x: Ref | Type, *axes: int) -> Type:
    """The type of port x; ShapeError where it has not one of these numbers of spatial axes."""
    type_ = x if isinstance(x, Type) else x.type
    if type_.rank - 2 not in axes:
        expected = " or ".join(LETTERS[count] for count in axes)
        raise ShapeError(
            "x", tr("{layer} expects {expected}, got {type}", layer=layer, expected=expected, type=type_)
        )
    return real("x", type_)


def per_axis(name: str, value: Sizes, axes: int) -> tuple[Dim, ...]:
    """The setting for each spatial axis; ArgumentError where the list has another length."""
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) != axes:
        expected = "one number" if axes == 1 else f"one number or {axes}"
        raise ArgumentError(name, tr("expected {expected}, got {count}", expected=expected, count=len(value)))
    return value


def check_pool_padding(padding: tuple[Dim, ...], kernel: tuple[Dim, ...], dilation: tuple[Dim, ...]) -> None:
    """ArgumentError where a window could see nothing but padding."""
    for border, taps, step in zip(padding, kernel, dilation, strict=True):
        if not at_most(2 * border, span(taps, step)):
            half = text(span(taps, step) // 2)
            raise ArgumentError(
                "padding",
                tr(
                    "expected at most half of the kernel ({half}), got {border}",
                    half=half,
                    border=text(border),
                ),
            )


@contextmanager
def at_port(port: str) -> Iterator[None]:
    """Places a primitive's ShapeError at this port."""
    try:
        yield
    except ShapeError as error:
        raise ShapeError(port, error.message) from None


def circular(x: Ref, axis: int, low: Dim, high: Dim) -> Ref:
    """A border along the axis of what stands at its other end. ShapeError where that is not enough."""
    size = x.shape[axis]
    for width in (low, high):
        if not at_most(width, size):
            raise ShapeError(
                "x",
                tr(
                    "cannot go round with {width} elements of an axis of {size}",
                    width=text(width),
                    size=text(size),
                ),
            )
    before = [ops.slice(x, axis, size - low, size)] if low != 0 else []
    behind = [ops.slice(x, axis, 0, high)] if high != 0 else []
    return ops.concat(*before, x, *behind, axis=axis)
