"""The type of a port: the shape and the element type of what flows through it."""

from dataclasses import dataclass
from typing import Literal as OneOf

from .dim import Dim, product, text

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
