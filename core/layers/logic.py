"""Layers that join truth values, or whole numbers of which only 0 is false."""

from .. import ops
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import broadcastable
from .layer import Example, Layer
from .spelling import Spelling


class LogicalAnd(Layer):
    """Whether both inputs are true, element by element. Sizes of 1 are repeated to fit the other."""

    category = "merge"
    formula = "y = a and b"
    keywords = ("both", "condition", "mask", "conjunction")
    example = Example(inputs={"a": (2, 3), "b": (2, 3)}, integers={"a": 2, "b": 2})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values: b's where a is true, else a's."""
        one, other = _both(a, b)
        return ops.where(one, other, one)

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """torch.logical_and."""
        return Spelling(apply="torch.logical_and({a}, {b})")


class LogicalOr(Layer):
    """Whether one of the inputs is true, or both, element by element. Sizes of 1 are repeated to fit."""

    category = "merge"
    formula = "y = a or b"
    keywords = ("either", "condition", "mask", "disjunction")
    example = Example(inputs={"a": (2, 3), "b": (2, 3)}, integers={"a": 2, "b": 2})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values: a's where it is true, else b's."""
        one, other = _both(a, b)
        return ops.where(one, one, other)

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """torch.logical_or."""
        return Spelling(apply="torch.logical_or({a}, {b})")


class LogicalXor(Layer):
    """Whether one of the inputs is true and the other is not, element by element. Sizes of 1 are repeated."""

    category = "merge"
    formula = "y = a ≠ b"
    keywords = ("either but not both", "differs", "condition", "mask")
    example = Example(inputs={"a": (2, 3), "b": (2, 3)}, integers={"a": 2, "b": 2})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values."""
        return ops.compare(*_both(a, b), "not_equal")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """torch.logical_xor."""
        return Spelling(apply="torch.logical_xor({a}, {b})")


class LogicalNot(Layer):
    """Whether the input is not true, element by element: a mask turned into its opposite."""

    category = "merge"
    formula = "y = not x"
    keywords = ("invert", "negate", "opposite", "mask")
    example = Example(inputs={"x": (2, 3)}, integers={"x": 2})

    def forward(self, x: Ref) -> Ref:
        """Truth values."""
        return ops.compare_number(_known("x", x), 0, "equal")

    def pytorch(self, x: Type) -> Spelling:
        """torch.logical_not."""
        return Spelling(apply="torch.logical_not({x})")


def _known(port: str, x: Ref) -> Ref:
    if x.type.dtype == "float32":
        wanted = "expected truth values, as Compare gives them, or whole numbers (int64)"
        raise ShapeError(port, tr("{wanted}, got {type}", wanted=wanted, type=x.type))
    return x


def _both(a: Ref, b: Ref) -> tuple[Ref, Ref]:
    _known("a", a)
    _known("b", b)
    broadcastable("b", a.shape, "a", b)
    one, other = (x if x.type.dtype == "bool" else ops.compare_number(x, 0, "not_equal") for x in (a, b))
    return one, other
