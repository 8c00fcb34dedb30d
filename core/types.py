"""The type of a port: the shape and the element type of what flows through it."""

from dataclasses import dataclass
from typing import Literal as OneOf

from .condition import agree
from .dim import Dim, parse, product, text
from .text import tr

DType = OneOf["float32", "int64", "bool"]
Shape = tuple[Dim, ...]


@dataclass(frozen=True, slots=True)
class Type:
    """A shape, each dimension an int or symbolic, and an element type.

    A run in float64 reads `float32` as "the run's float".
    """

    shape: Shape
    dtype: DType = "float32"

    @property
    def rank(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    @property
    def size(self) -> Dim:
        """How many elements there are."""
        return product(self.shape)

    def with_shape(self, shape: Shape) -> "Type":
        """The same element type with another shape."""
        return Type(shape, self.dtype)

    def __str__(self) -> str:
        """`B×64×56×56`; `scalar` without axes; the element type where it is not float32."""
        shape = "×".join(text(dim) if isinstance(dim, int) else _factor(text(dim)) for dim in self.shape)
        return (shape or "scalar") + ("" if self.dtype == "float32" else f" {self.dtype}")


def _factor(dim: str) -> str:
    return dim if dim.isidentifier() else f"({dim})"


class ShapeError(ValueError):
    """An input that a layer cannot take; `port` says which, None where no single one is at fault."""

    def __init__(self, port: str | None, message: str) -> None:
        super().__init__(message)
        self.port = port
        self.message = message


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of an elementwise result: axes are aligned at the last; a size fits itself and a literal 1.

    Raises ShapeError, naming the axis, where two sizes differ.
    """
    if a == b:
        return a
    rank = max(len(a), len(b))
    pairs = zip(_lifted(a, rank), _lifted(b, rank), strict=True)
    return tuple(_fitted(x, y, axis - rank, a, b) for axis, (x, y) in enumerate(pairs))


def _lifted(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape


def _fitted(x: Dim, y: Dim, axis: int, a: Shape, b: Shape) -> Dim:
    if x == 1 and isinstance(x, int):
        return y
    if (y == 1 and isinstance(y, int)) or agree(x, y):
        return y if isinstance(y, int) and y != 1 else x
    sizes = f"{text(x)} and {text(y)} at axis {axis}"
    raise ShapeError(
        None, tr("shapes {a} and {b} do not fit each other: {sizes}", a=Type(a), b=Type(b), sizes=sizes)
    )


def parse_shape(source: str) -> Shape:
    """A shape as typed: dimensions with commas between them, none for an empty text.

    Raises ExpressionError, a ValueError, where a part is not a dimension.
    """
    parts = source.split(",")
    if not parts[-1].strip():
        parts.pop()  # nothing at all, or a comma at the end as in a tuple of one
    return tuple(parse(part) for part in parts)


def shape_text(shape: Shape) -> str:
    """The text that `parse_shape` reads back: `B, 20`."""
    return ", ".join(text(dim) for dim in shape)
