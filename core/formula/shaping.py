"""How a formula's functions move axes and pick elements, as NumPy does."""

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..condition import agree, at_most
from ..dim import Dim, Symbolic, product, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError


def axis_of(x: Ref, axis: Any) -> int:
    """The axis counted from the front. ShapeError where there is none such."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ShapeError(None, tr("an axis is a whole number"))
    if not -x.type.rank <= axis < x.type.rank:
        raise ShapeError(None, tr("{x} has no axis {axis}", x=x.type, axis=axis))
    return axis % x.type.rank


def axes_of(x: Ref, axis: Any) -> tuple[int, ...]:
    """One axis or several in order; None names all."""
    if axis is None:
        return tuple(range(x.type.rank))
    found = [axis_of(x, one) for one in (axis if isinstance(axis, tuple) else (axis,))]
    if len(set(found)) < len(found):
        raise ShapeError(None, tr("an axis of {x} is named twice", x=x.type))
    return tuple(sorted(found))


def order_of(x: Ref, axes: Any) -> tuple[int, ...]:
    """The order of the axes after a transpose; None turns it round."""
    if axes is None:
        return tuple(reversed(range(x.type.rank)))
    order = tuple(axis_of(x, one) for one in (axes if isinstance(axes, tuple) else (axes,)))
    if sorted(order) != list(range(x.type.rank)):
        raise ShapeError(None, tr("expected each axis of {x} once", x=x.type))
    return order


def swapped(x: Ref, first: Any, second: Any) -> tuple[int, ...]:
    """The order of the axes where two change places."""
    a, b = axis_of(x, first), axis_of(x, second)
    order = list(range(x.type.rank))
    order[a], order[b] = b, a
    return tuple(order)


def completed(x: Ref, shape: Any) -> Shape:
    """The shape with -1 worked out. ShapeError where the elements do not fit."""
    sizes = shape if isinstance(shape, tuple) else (shape,)
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int | Symbolic) or (size != -1 and _is_low(size)):
            raise ShapeError(None, tr("a shape is made of sizes, with -1 for what is left"))
    if sizes.count(-1) > 1:
        raise ShapeError(None, tr("only one size can be left as -1"))
    known = product(size for size in sizes if size != -1)
    rest = x.type.size // known if -1 in sizes else 1
    if not agree(rest * known, x.type.size):
        found = f"{text(x.type.size)} ({x.type})"
        raise ShapeError(None, tr("the shape takes {wanted} elements, got {found}", wanted=text(known),
                                  found=found))  # fmt: skip
    return tuple(rest if size == -1 else size for size in sizes)


def _is_low(size: Dim) -> bool:
    return isinstance(size, int) and size < 1


def matrix_product(a: Ref, b: Ref) -> Ref:
    """NumPy's @: the last axis of a with the last but one of b; a vector has its one axis summed over."""
    if not a.type.rank or not b.type.rank:
        raise ShapeError(None, tr("a value without axes has no rows or columns"))
    rows = ops.reshape(a, (1, *a.shape)) if a.type.rank == 1 else a
    columns = ops.reshape(b, (*b.shape, 1)) if b.type.rank == 1 else b
    if not agree(rows.shape[-1], columns.shape[-2]):
        sizes = f"{text(rows.shape[-1])} columns meet {text(columns.shape[-2])} rows"
        raise ShapeError(None, tr("cannot multiply {a} by {b}: {sizes}", a=a.type, b=b.type, sizes=sizes))
    if columns.type.rank == 2 and rows.type.rank > 2:
        *lead, features = rows.shape
        flat = ops.matmul(ops.reshape(rows, (product(lead), features)), columns)  # one product of all rows
        y = ops.reshape(flat, (*lead, columns.shape[-1]))
    else:
        y = ops.matmul(rows, columns)
    shape = y.shape if b.type.rank > 1 else y.shape[:-1]
    if a.type.rank == 1:
        shape = (*shape[:-2], *shape[-1:]) if b.type.rank > 1 else shape[:-1]
    return ops.reshape(y, shape)


def picked(x: Ref, places: Sequence[Any]) -> Ref:
    """x[…] by numbers, slices, one ellipsis, and None for a new axis."""
    named = sum(place is not None and place is not Ellipsis for place in places)
    ellipses = sum(place is Ellipsis for place in places)
    if named > x.type.rank or ellipses > 1:
        raise ShapeError(
            None, tr("{x} has {rank} axes, {named} are named", x=x.type, rank=x.type.rank, named=named)
        )
    full = [slice(None)] * (x.type.rank - named)
    at = next((i for i, place in enumerate(places) if place is Ellipsis), len(places))
    shape: list[Dim] = []
    axis = 0
    for place in (*places[:at], *full, *places[at + 1 :]):
        if place is None:
            shape.append(1)
            continue
        x = _sliced(x, axis, place)
        if isinstance(place, slice):
            shape.append(x.shape[axis])
        axis += 1
    return ops.reshape(x, tuple(shape))


def _sliced(x: Ref, axis: int, place: Any) -> Ref:
    size = x.shape[axis]
    if not isinstance(place, slice):
        start = _from_front(place, size)
        if not at_most(start + 1, size) or (isinstance(start, int) and start < 0):
            raise ShapeError(
                None, tr("axis {axis} of {x} has no element {place}", axis=axis, x=x.type, place=place)
            )
        return ops.slice(x, axis, start, start + 1)
    step = 1 if place.step is None else place.step
    if isinstance(step, bool) or not isinstance(step, int) or step < 1:
        raise ShapeError(None, tr("the step of a slice is a whole number from 1 on"))
    start = 0 if place.start is None else _within(_from_front(place.start, size), size)
    stop = size if place.stop is None else _within(_from_front(place.stop, size), size)
    if (start, stop, step) == (0, size, 1):
        return x
    if not at_most(start + 1, stop):
        raise ShapeError(None, tr("nothing is left of axis {axis} of {x}", axis=axis, x=x.type))
    return ops.slice(x, axis, start, stop, step)


def _from_front(place: Any, size: Dim) -> Dim:
    if isinstance(place, bool) or not isinstance(place, int | Symbolic):
        raise ShapeError(None, tr("an index is a whole number"))
    return size + place if isinstance(place, int) and place < 0 else place


def _within(place: Dim, size: Dim) -> Dim:
    if isinstance(place, int) and isinstance(size, int):
        return min(max(place, 0), size)
    if not (at_most(place, size) and at_most(0, place)):
        raise ShapeError(None, tr("the slice goes beyond the {size} elements", size=text(size)))
    return place
