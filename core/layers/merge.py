"""Layers of several inputs."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type, broadcast
from .demands import axes_at_least, axis, broadcastable, real, same_shape
from .layer import Example, Layer, argument
from .spelling import Spelling


class Add(Layer):
    """The sum of its inputs, element by element: the way a residual connection joins its block.

    Sizes of 1 are repeated to fit the others.
    """

    category = "merge"
    formula = "y = x1 + x2 + …"
    keywords = ("sum", "plus", "residual", "skip connection", "shortcut")
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 3, 4)})

    def forward(self, *xs: Ref) -> Ref:
        """From left to right."""
        return _folded(ops.add, xs)

    def pytorch(self, *xs: Type) -> Spelling:
        """The operator."""
        return Spelling(apply=_joined(" + ", len(xs)))


class Subtract(Layer):
    """The first input less the second, element by element. Sizes of 1 are repeated to fit the other."""

    category = "merge"
    formula = "y = a - b"
    keywords = ("minus", "difference")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """With broadcasting."""
        real("a", a)
        real("b", b)
        broadcastable("b", a.shape, "a", b)
        return ops.subtract(a, b)

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} - {b}")


class Multiply(Layer):
    """The product of its inputs, element by element: a gate that lets through as much as the other says.

    Sizes of 1 are repeated to fit the others. For a product of matrices use MatMul.
    """

    category = "merge"
    formula = "y = x1 · x2 · …"
    keywords = ("times", "product", "gate", "Hadamard", "scale", "mask")
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 1, 4)})

    def forward(self, *xs: Ref) -> Ref:
        """From left to right."""
        return _folded(ops.multiply, xs)

    def pytorch(self, *xs: Type) -> Spelling:
        """The operator."""
        return Spelling(apply=_joined(" * ", len(xs)))


class Divide(Layer):
    """The first input divided by the second, element by element. Sizes of 1 are repeated to fit the other."""

    category = "merge"
    formula = "y = a / b"
    keywords = ("quotient", "ratio", "over", "normalise")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)}, positive=("b",))

    def forward(self, a: Ref, b: Ref) -> Ref:
        """With broadcasting."""
        real("a", a)
        real("b", b)
        broadcastable("b", a.shape, "a", b)
        return ops.divide(a, b)

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} / {b}")


class Maximum(Layer):
    """The greatest of its inputs, element by element, as in maxout. Sizes of 1 are repeated to fit.

    For the greatest number of one input along an axis use Max.
    """

    category = "merge"
    formula = "y = max(x1, x2, …)"
    keywords = ("greatest", "larger", "maxout", "elementwise max")
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 3, 4)})

    def forward(self, *xs: Ref) -> Ref:
        """From left to right."""
        return _folded(ops.maximum, xs)

    def pytorch(self, *xs: Type) -> Spelling:
        """The function, within itself where there are more than two."""
        return Spelling(apply=_nested("torch.maximum", len(xs)))


class Minimum(Layer):
    """The least of its inputs, element by element. Sizes of 1 are repeated to fit the others.

    For the least number of one input along an axis use Min.
    """

    category = "merge"
    formula = "y = min(x1, x2, …)"
    keywords = ("least", "smaller", "elementwise min", "double Q")
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 3, 4)})

    def forward(self, *xs: Ref) -> Ref:
        """From left to right."""
        return _folded(ops.minimum, xs)

    def pytorch(self, *xs: Type) -> Spelling:
        """The function, within itself where there are more than two."""
        return Spelling(apply=_nested("torch.minimum", len(xs)))


class Average(Layer):
    """The mean of its inputs, element by element: an ensemble's vote. Sizes of 1 are repeated to fit.

    For the mean of one input along an axis use Mean.
    """

    category = "merge"
    formula = "y = (x1 + x2 + …) / n"
    keywords = ("mean", "ensemble", "vote", "combine")
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 3, 4)})

    def forward(self, *xs: Ref) -> Ref:
        """The sum from left to right, divided by how many there are."""
        return ops.scale(_folded(ops.add, xs), 1 / len(xs))

    def pytorch(self, *xs: Type) -> Spelling:
        """The operators."""
        if len(xs) == 1:
            return Spelling(apply="{x1}")
        return Spelling(apply=f"({_joined(' + ', len(xs))}) / {len(xs)}")


class Concat(Layer):
    """Puts its inputs one after the other along an axis: the channels of parallel branches, say.

    All other sizes must be the same.
    """

    category = "merge"
    formula = "y = [x1, x2, …] along dim"
    keywords = ("concatenate", "cat", "join", "stack", "U-Net", "DenseNet", "Inception")
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 5, 4)}, arguments={"dim": 1})

    dim: int = argument(
        default=1, help="The axis along which they are joined; 1 is the channels, -1 the last"
    )

    def forward(self, *xs: Ref) -> Ref:
        """In the order of the ports."""
        first = _first(xs).type
        for i, x in enumerate(xs, 1):
            _same_kind(f"x{i}", x.type, first)
        along = axis("x1", first, self.dim)
        for i, x in enumerate(xs[1:], 2):
            _alike(f"x{i}", x.type, first, along)
        return ops.concat(*xs, axis=along)

    def pytorch(self, *xs: Type) -> Spelling:
        """torch.cat."""
        return Spelling(apply=f"torch.cat([{{xs}}], dim={self.dim})")


class Stack(Layer):
    """Puts its inputs one after the other along an axis that is new: steps into a sequence, say.

    All have the same shape. Concat joins them along an axis that they have.
    """

    category = "merge"
    formula = "y[…, i, …] = xᵢ along the new axis dim"
    keywords = ("new axis", "join", "sequence", "pack", "collect")
    example = Example(inputs={"x1": (2, 3), "x2": (2, 3)}, arguments={"dim": 1})

    dim: int = argument(default=1, help="Which axis the new one becomes; 0 is before the batch, -1 the last")

    def forward(self, *xs: Ref) -> Ref:
        """In the order of the ports."""
        first = _first(xs).type
        for i, x in enumerate(xs, 1):
            _same_kind(f"x{i}", x.type, first)
            same_shape(f"x{i}", x.type, "x1", first)
        at = axis("x1", first.with_shape((*first.shape, 1)), self.dim)
        apart = [ops.reshape(x, (*x.shape[:at], 1, *x.shape[at:])) for x in xs]
        return ops.concat(*apart, axis=at)

    def pytorch(self, *xs: Type) -> Spelling:
        """torch.stack."""
        return Spelling(apply=f"torch.stack([{{xs}}], dim={self.dim})")


class MatMul(Layer):
    """The product of two matrices: rows of the first with columns of the second, as in attention.

    The last two axes are the matrices; there is one product for each index of the axes in front, where sizes
    of 1 are repeated.
    """

    category = "merge"
    formula = "y[…, i, j] = Σₖ a[…, i, k] · b[…, k, j]"
    keywords = ("matrix product", "bmm", "dot", "attention", "batch matrix multiply")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 4, 5)})

    transpose_a: bool = argument(default=False, help="Whether the last two axes of a are swapped first")
    transpose_b: bool = argument(default=False, help="Whether the last two axes of b are swapped first")

    def forward(self, a: Ref, b: Ref) -> Ref:
        """One product per index of the axes in front."""
        for port, x in (("a", a), ("b", b)):
            axes_at_least(port, real(port, x), 2, "rows and columns")
        columns = a.shape[-2] if self.transpose_a else a.shape[-1]
        rows = b.shape[-1] if self.transpose_b else b.shape[-2]
        if not agree(columns, rows):
            found = f"{text(columns)} rows, as many as a has columns"
            raise ShapeError(
                "b",
                tr(
                    "expected {found}, got {rows} ({type} by {type2})",
                    found=found,
                    rows=text(rows),
                    type=a.type,
                    type2=b.type,
                ),
            )
        _fit_in_front(a, b)
        return ops.matmul(a, b, self.transpose_a, self.transpose_b)

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator, with mT for an operand that is transposed first."""
        left, right = _turned("{a}", self.transpose_a), _turned("{b}", self.transpose_b)
        return Spelling(apply=f"{left} @ {right}")


def _turned(operand: str, transpose: Any) -> str:
    """The operand in PyTorch; `transpose` may be an expression."""
    if isinstance(transpose, bool):
        return f"{operand}.mT" if transpose else operand
    return f"({operand}.mT if {transpose} else {operand})"


def _first(xs: tuple[Ref, ...]) -> Ref:
    if not xs:
        raise ShapeError(None, tr("expected at least one input, got none"))
    return xs[0]


def _folded(operation: Callable[[Ref, Ref], Ref], xs: tuple[Ref, ...]) -> Ref:
    shape: Shape = _first(xs).shape
    for i, x in enumerate(xs, 1):
        real(f"x{i}", x)
        shape = broadcastable(f"x{i}", shape, "x1" if i < 3 else "those before", x)
    return reduce(operation, xs)


def _joined(operator: str, count: int) -> str:
    return operator.join(f"{{x{i}}}" for i in range(1, count + 1))


def _nested(function: str, count: int) -> str:
    return reduce(lambda found, i: f"{function}({found}, {{x{i}}})", range(2, count + 1), "{x1}")


def _same_kind(port: str, x: Type, first: Type) -> None:
    if x.dtype != first.dtype:
        raise ShapeError(port, tr("expected {dtype} like x1, got {x}", dtype=first.dtype, x=x))


def _alike(port: str, x: Type, first: Type, along: int) -> None:
    if x.rank != first.rank:
        raise ShapeError(
            port, tr("expected {rank} axes like x1 ({first}), got {x}", rank=first.rank, first=first, x=x)
        )
    for i, (dim, wanted) in enumerate(zip(x.shape, first.shape, strict=True)):
        if i != along and not agree(dim, wanted):
            place = f"at axis {i}, since only axis {along} may differ"
            raise ShapeError(
                port,
                tr(
                    "expected {wanted} {place}, like x1 of {first}, got {x}",
                    wanted=text(wanted),
                    place=place,
                    first=first,
                    x=x,
                ),
            )


def _fit_in_front(a: Ref, b: Ref) -> None:
    from_b = b.type.with_shape(b.shape[:-2])
    try:
        broadcast(a.shape[:-2], b.shape[:-2])
    except ShapeError:
        front = a.type.with_shape(a.shape[:-2])
        raise ShapeError(
            "b",
            tr("expected {front} in front of the matrices like a, got {from_b}", front=front, from_b=from_b),
        ) from None
