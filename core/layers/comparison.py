"""Layers of truth values: what holds of each number, and the choice between two values by it."""

from collections.abc import Mapping

from .. import ops
from ..ops.compare import RELATIONS
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import broadcastable, real
from .layer import Example, Layer, argument
from .maths import operand
from .spelling import Spelling

RELATION_SIGNS: Mapping[str, str] = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}
"""Each relation as an operator, in Python and so in every framework."""


class Greater(Layer):
    """Whether each number of the first input is greater than that of the second; Where can choose by it.

    Sizes of 1 are repeated to fit the other. To compare with a fixed number use Compare.
    """

    category = "merge"
    formula = "y = (a > b)"
    keywords = ("comparison", "larger", "more than", "condition", "mask")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values, with broadcasting."""
        return _compared(a, b, "greater")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} > {b}")


class Less(Layer):
    """Whether each number of the first input is less than that of the second; Where can choose by it.

    Sizes of 1 are repeated to fit the other. To compare with a fixed number use Compare.
    """

    category = "merge"
    formula = "y = (a < b)"
    keywords = ("comparison", "smaller", "condition", "mask")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values, with broadcasting."""
        return _compared(a, b, "less")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} < {b}")


class GreaterEqual(Layer):
    """Whether each number of the first input is at least that of the second; Where can choose by it.

    Sizes of 1 are repeated to fit the other. To compare with a fixed number use Compare.
    """

    category = "merge"
    formula = "y = (a ≥ b)"
    keywords = ("at least", "comparison", "condition", "mask")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values, with broadcasting."""
        return _compared(a, b, "greater_equal")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} >= {b}")


class LessEqual(Layer):
    """Whether each number of the first input is at most that of the second; Where can choose by it.

    Sizes of 1 are repeated to fit the other. To compare with a fixed number use Compare.
    """

    category = "merge"
    formula = "y = (a ≤ b)"
    keywords = ("at most", "comparison", "condition", "mask")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values, with broadcasting."""
        return _compared(a, b, "less_equal")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} <= {b}")


class Equal(Layer):
    """Whether each number of the first input is that of the second; Where can choose by it.

    Sizes of 1 are repeated to fit the other. To compare with a fixed number use Compare.
    """

    category = "merge"
    formula = "y = (a = b)"
    keywords = ("same", "comparison", "accuracy", "condition", "mask")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values, with broadcasting."""
        return _compared(a, b, "equal")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} == {b}")


class NotEqual(Layer):
    """Whether each number of the first input is another than that of the second; Where can choose by it.

    Sizes of 1 are repeated to fit the other. To compare with a fixed number use Compare.
    """

    category = "merge"
    formula = "y = (a ≠ b)"
    keywords = ("differs", "comparison", "condition", "mask")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    def forward(self, a: Ref, b: Ref) -> Ref:
        """Truth values, with broadcasting."""
        return _compared(a, b, "not_equal")

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operator."""
        return Spelling(apply="{a} != {b}")


class Compare(Layer):
    """Whether each number is greater than (or less than, or equal to) a fixed one; Where can choose by it.

    Whole numbers can be compared too: words that are not padding, say.
    """

    category = "reduce"
    formula = "y = (x > value), or ≥, <, ≤, =, ≠"
    keywords = ("comparison", "greater", "less", "equal", "threshold", "mask", "padding")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"value": 0.5})

    relation: str = argument(default="greater", choices=RELATIONS, help="What is asked of each number")
    value: float = argument(default=0.0, help="The number that it is compared with")

    def forward(self, x: Ref) -> Ref:
        """Truth values of x's shape."""
        if x.type.dtype == "bool":
            raise ShapeError("x", tr("expected numbers, got {type}", type=x.type))
        return ops.compare_number(x, self.value, self.relation)

    def pytorch(self, x: Type) -> Spelling:
        """The operator."""
        return Spelling(apply=f"{{x}} {RELATION_SIGNS[self.relation]} {operand(self.value)}")


class Where(Layer):
    """Takes each number from a where the condition holds, and from b where it does not: a choice, or a mask.

    The condition holds truth values, or whole numbers of which only 0 is false. Sizes of 1 are repeated.
    """

    category = "merge"
    formula = "y = a where condition, else b"
    keywords = ("choose", "select", "mask", "if", "conditional", "masked fill")
    example = Example(
        inputs={"condition": (2, 3, 1), "a": (2, 3, 4), "b": (2, 3, 4)}, integers={"condition": 2}
    )

    def forward(self, condition: Ref, a: Ref, b: Ref) -> Ref:
        """With broadcasting; the condition gets no gradient."""
        if condition.type.dtype == "float32":
            wanted = "expected truth values, as Compare gives them, or whole numbers (int64)"
            raise ShapeError("condition", tr("{wanted}, got {type}", wanted=wanted, type=condition.type))
        real("a", a)
        real("b", b)
        both = broadcastable("b", a.shape, "a", b)
        broadcastable("condition", both, "a and b", condition)
        return ops.where(condition, a, b)

    def pytorch(self, condition: Type, a: Type, b: Type) -> Spelling:
        """torch.where."""
        truth = "{condition}" if condition.dtype == "bool" else "{condition} != 0"
        return Spelling(apply=f"torch.where({truth}, {{a}}, {{b}})")


def _compared(a: Ref, b: Ref, relation: str) -> Ref:
    if not a.type.dtype == b.type.dtype == "int64":
        real("a", a)
        real("b", b)
    broadcastable("b", a.shape, "a", b)
    return ops.compare(a, b, relation)
