"""What layers demand of their inputs, in sentences for whoever wired them."""

from ..condition import agree
from ..dim import Dim, Symbolic, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type, broadcast


def real(port: str, x: Ref | Type) -> Type:
    """The input's type; ShapeError where it is not of real numbers."""
    type_ = x if isinstance(x, Type) else x.type
    if type_.dtype == "bool":
        wanted = "expected real numbers (float32)"
        raise ShapeError(
            port, tr("{wanted}, got {type}; a Where chooses numbers by them", wanted=wanted, type=type_)
        )
    if type_.dtype != "float32":
        wanted = "expected real numbers (float32)"
        raise ShapeError(
            port,
            tr(
                "{wanted}, got {type}; an Embedding turns whole numbers into real ones",
                wanted=wanted,
                type=type_,
            ),
        )
    return type_


def whole(port: str, x: Ref | Type) -> Type:
    """The input's type; ShapeError where it is not of whole numbers."""
    type_ = x if isinstance(x, Type) else x.type
    if type_.dtype != "int64":
        raise ShapeError(
            port, tr("expected whole numbers (int64), got {type}; set the Input's dtype to int64", type=type_)
        )
    return type_


def axes_at_least(port: str, x: Type, rank: int, shape: str) -> None:
    """ShapeError where the input has fewer axes; `shape` names those that are expected."""
    if x.rank < rank:
        raise ShapeError(
            port,
            tr("expected at least {rank} ({shape}), got {x}", rank=counted(rank, "axis"), shape=shape, x=x),
        )


def sequence(port: str, x: Ref | Type) -> Shape:
    """The sizes of a sequence (batch, steps, features); ShapeError where it is none of real numbers."""
    type_ = real(port, x)
    if type_.rank != 3:
        axes = counted(3, "axis")
        raise ShapeError(port, tr("expected {axes} (batch, steps, features), got {x}", axes=axes, x=type_))
    return type_.shape


def axis(port: str, x: Type, dim: Dim) -> int:
    """The axis counted from 0 at the front, where -1 means the last."""
    if isinstance(dim, Symbolic):
        raise ShapeError(port, tr("dim must be a number that is known here, got {dim}", dim=text(dim)))
    if not -x.rank <= dim < x.rank:
        raise ShapeError(
            port, tr("dim {dim} does not exist: {x} has {rank}", dim=dim, x=x, rank=counted(x.rank, "axis"))
        )
    return dim % x.rank


def axes(port: str, x: Type, dim: Dim | tuple[Dim, ...] | None) -> tuple[int, ...]:
    """The axes that `dim` names, in order; None and () name all. ShapeError where one is named twice."""
    if dim is None or dim == ():
        return tuple(range(x.rank))
    found = [axis(port, x, one) for one in (dim if isinstance(dim, tuple) else (dim,))]
    if len(set(found)) < len(found):
        raise ShapeError(port, tr("dim names an axis of {x} twice", x=x))
    return tuple(sorted(found))


def broadcastable(port: str, shape: Shape, other: str, x: Ref) -> Shape:
    """The shape of both together; ShapeError at `port` where x does not fit the shape of `other`."""
    try:
        return broadcast(shape, x.shape)
    except ShapeError:
        found = f"{Type(shape)} like {other}, or sizes of 1 in its place"
        raise ShapeError(port, tr("expected {found}, got {type}", found=found, type=x.type)) from None


def same_shape(port: str, x: Type, other: str, y: Type) -> None:
    """ShapeError at `port`, whose type is x, where it differs from the other port's y."""
    if x.rank != y.rank or not all(agree(a, b) for a, b in zip(x.shape, y.shape, strict=True)):
        raise ShapeError(port, tr("expected {y} like {other}, got {x}", y=y, other=other, x=x))


def counted(count: Dim, noun: str) -> str:
    """`1 element`, `3 axes`: a number with its noun."""
    many = f"{noun[:-2]}es" if noun.endswith("is") else f"{noun}s"
    return f"{text(count)} {noun if count == 1 else many}"
