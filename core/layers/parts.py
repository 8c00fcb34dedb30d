"""Layers that part one input into several outputs along an axis; how many, their arguments say."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..condition import agree, at_most
from ..dim import Dim, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axis, counted
from .layer import ArgumentError, Example, Layer, Outputs, Sizes, argument
from .spelling import Spelling

_MOST = 100
"""More outputs than that are a slip of the keyboard, and no node could show them."""


def _ports(count: int) -> tuple[str, ...]:
    return tuple(f"y{i + 1}" for i in range(count)) if count > 1 else ("y1",)


class Split(Layer):
    """Parts an axis into pieces of given sizes, an output for each: query, key and value of one Linear, say.

    The sizes have to add up to the axis. Chunk makes a number of pieces that are alike.
    """

    category = "shape"
    formula = "y1, y2, … = x[…, :s1, …], x[…, s1:s1 + s2, …], … along dim"
    keywords = ("divide", "part", "unconcat", "branch", "query key value", "torch.split")
    example = Example(inputs={"x": (2, 6, 3)}, arguments={"sizes": (1, 3, 2), "dim": 1})

    sizes: Sizes = argument(initial=(2, 2), minimum=1, help="The size of each piece; they add up to the axis")
    dim: int = argument(default=1, help="The axis that is parted; 1 is the channels, -1 the last")

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """An output for each size."""
        sizes = arguments.get("sizes", ())
        return ("x",), _ports(len(sizes) if isinstance(sizes, tuple | list) else 1)

    def forward(self, x: Ref) -> Outputs:
        """Slices."""
        along = axis("x", x.type, self.dim)
        sizes = self.sizes if isinstance(self.sizes, tuple) else (self.sizes,)
        if not 1 <= len(sizes) <= _MOST:
            raise ArgumentError(
                "sizes", tr("expected 1 to {most} sizes, got {count}", most=_MOST, count=len(sizes))
            )
        total: Dim = 0
        for size in sizes:
            total = total + size
        if not agree(total, x.shape[along]):
            found = counted(x.shape[along], "element")
            raise ShapeError(
                "x",
                tr(
                    "expected {total} elements at axis {along}, the sum of sizes, got {found} ({x})",
                    total=text(total),
                    along=along,
                    found=found,
                    x=x.type,
                ),
            )
        return Outputs(_pieces(x, along, sizes))

    def pytorch(self, x: Type) -> Spelling:
        """torch.split; for one piece, which is all, the input."""
        sizes = self.sizes if isinstance(self.sizes, tuple) else (self.sizes,)
        if len(sizes) == 1:
            return Spelling(apply="{x}")
        return Spelling(
            apply=f"torch.split({{x}}, [{', '.join(str(size) for size in sizes)}], dim={self.dim})"
        )


class Chunk(Layer):
    """Parts an axis into a number of pieces, an output for each; the last may be smaller.

    Split makes pieces of given sizes.
    """

    category = "shape"
    formula = "pieces of ⌈n / chunks⌉ elements along dim, the last of what is left"
    keywords = ("divide", "part", "halves", "gate", "branch", "torch.chunk")
    example = Example(inputs={"x": (2, 7, 3)}, arguments={"chunks": 3, "dim": 1})

    chunks: int = argument(
        initial=2, minimum=1, maximum=_MOST, help="How many pieces, each with an output of its own"
    )
    dim: int = argument(default=1, help="The axis that is parted; 1 is the channels, -1 the last")

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """An output for each piece."""
        chunks = arguments.get("chunks", 1)
        return ("x",), _ports(chunks if type(chunks) is int and chunks <= _MOST else 1)

    def forward(self, x: Ref) -> Outputs:
        """Slices."""
        along = axis("x", x.type, self.dim)
        size = x.shape[along]
        piece = (size + (self.chunks - 1)) // self.chunks
        rest = size - piece * (self.chunks - 1)
        if not at_most(1, rest):
            found = counted(size, "element")
            raise ShapeError(
                "x",
                tr(
                    "expected enough elements at axis {along} for {chunks} pieces of {piece}, got {found}",
                    along=along,
                    chunks=self.chunks,
                    piece=text(piece),
                    found=found,
                ),
            )
        return Outputs(_pieces(x, along, (*(piece,) * (self.chunks - 1), rest)))

    def pytorch(self, x: Type) -> Spelling:
        """torch.chunk; for one piece, which is all, the input."""
        if self.chunks == 1:
            return Spelling(apply="{x}")
        return Spelling(apply=f"torch.chunk({{x}}, {self.chunks}, dim={self.dim})")


def _pieces(x: Ref, along: int, sizes: tuple[Dim, ...]) -> tuple[Ref, ...]:
    pieces: list[Ref] = []
    start: Dim = 0
    for size in sizes:
        pieces.append(ops.slice(x, along, start, start + size))
        start = start + size
    return tuple(pieces)
