"""The last Linear of a classifier and its loss in one, as it takes less memory where classes are many."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..dim import Dim, product
from ..expression import Expression
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .class_loss import cross_entropy, spelled_cross_entropy
from .class_weights import CLASS_HELP, NUMBERS
from .demands import real
from .layer import Example, Layer, Size, Sizes, Tensor, argument
from .loss import REDUCTION_HELP, REDUCTIONS
from .spelling import Spelling, code


class LinearCrossEntropyLoss(Layer):
    """A Linear that gives a score for each class, and CrossEntropyLoss of them, in one.

    target holds the number of the right class for each example, or a probability for each class.
    """

    category = "loss"
    formula = "y = CrossEntropyLoss(x · linear_weightᵀ + linear_bias, target)"
    keywords = ("classification", "fused", "language model head", "vocabulary", "Linear", "criterion")
    example = Example(
        inputs={"x": (4, 3), "target": (4,)},
        arguments={"num_classes": 5, "bias": True, "label_smoothing": 0.1},
        integers={"target": 5},
    )
    takes_features = True

    num_classes: Size = argument(help="How many classes there are", minimum=1, initial=10)
    out_features: Sizes = argument(
        default=(),
        minimum=1,
        help="Sizes of an example's places, each with a class of its own; empty is one class",
    )
    bias: bool = argument(default=False, help="Whether a learnt number is added to each score")
    weight: str = argument(default="", form=NUMBERS, help=CLASS_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)
    ignore_index: int = argument(default=-100, help="Targets of this number do not count")
    label_smoothing: float = argument(
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        help="The part of the truth that is shared out among all classes",
    )

    @property
    def _places(self) -> tuple[Dim, ...]:
        return self.out_features if isinstance(self.out_features, tuple) else (self.out_features,)

    def parameters(self, x: Type, target: Type) -> Mapping[str, Tensor]:
        """linear_weight (classes · places, in), and linear_bias (classes · places)."""
        if real("x", x).rank != 2:
            raise ShapeError("x", tr("expected examples and features (B×F), got {x}", x=x))
        rows, fan_in = product((self.num_classes, *self._places)), x.shape[1]
        first = FanInUniform(fan_in if isinstance(fan_in, int) else None)
        found = {
            "linear_weight": Tensor(axes=("out", "in"), shape=(rows, fan_in), initialiser=FanInUniform())
        }
        if self.bias:
            found["linear_bias"] = Tensor(axes=("out",), shape=(rows,), initialiser=first)
        return found

    def forward(self, x: Ref, target: Ref, *, linear_weight: Ref, linear_bias: Ref | None = None) -> Ref:
        """(B, F) -> scores (B, classes, places…), and their loss."""
        scores = ops.matmul(x, linear_weight, transpose_b=True)  # (B, F) · (CP, F)ᵀ -> (B, CP)
        scores = scores if linear_bias is None else ops.add(scores, linear_bias)
        scores = ops.reshape(scores, (x.shape[0], self.num_classes, *self._places))
        kept = (self.ignore_index, self.label_smoothing, self.reduction)
        return cross_entropy(scores, target, self.weight, *kept, scored="the scores")

    def pytorch(self, x: Type, target: Type) -> Spelling | None:
        """nn.Linear and F.cross_entropy: nn.LinearCrossEntropyLoss is PyTorch's since 2.13 only."""
        sizes: tuple[Any, ...] = (self.num_classes, *self._places)
        if len(sizes) > 1 and any(isinstance(size, Expression) for size in sizes):
            return None
        rows = product(sizes) if len(sizes) > 1 else self.num_classes
        made = code("nn.Linear", x.shape[-1], rows, bias=self.bias, defaults={"bias": True})
        scores = "{self}({x})"
        if len(sizes) > 1:
            scores += f".unflatten(1, ({', '.join(map(str, sizes))}))"
        names = ("weight", "bias") if self.bias is not False else ("weight",)
        weights = {f"linear_{name}": name for name in names}
        return Spelling(construct=made, apply=spelled_cross_entropy(self, scores, target), weights=weights)
