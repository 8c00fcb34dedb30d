"""How wrong the network is, as one number to go down."""

from .. import ops
from ..condition import agree
from ..dim import text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes_at_least, real, same_shape, whole
from .layer import Example, Layer, argument
from .spelling import Spelling


class CrossEntropyLoss(Layer):
    """How little the network believes in the right class, averaged: the loss of classification.

    x holds a score for each class along axis 1 (softmax is built in), target the number of the right class.
    """

    category = "loss"
    formula = "y = mean of -ln softmax(x)[target]"
    keywords = ("classification", "log loss", "negative log likelihood", "softmax loss", "NLL", "criterion")
    example = Example(
        inputs={"x": (4, 5), "target": (4,)}, arguments={"label_smoothing": 0.1}, integers={"target": 5}
    )

    ignore_index: int = argument(default=-100, help="Targets of this number do not count")
    label_smoothing: float = argument(
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        help="The part of the truth that is shared out among all classes",
    )

    def forward(self, x: Ref, target: Ref) -> Ref:
        """The mean over the targets that count."""
        axes_at_least("x", real("x", x), 2, "batch and classes")
        whole("target", target)
        wanted = target.type.with_shape((x.shape[0], *x.shape[2:]))
        self._check_target(target.type, wanted, x.type)
        return ops.cross_entropy(x, target, self.ignore_index, self.label_smoothing)

    def _check_target(self, target: Type, wanted: Type, x: Type) -> None:
        pairs = zip(target.shape, wanted.shape, strict=False)
        if target.rank != wanted.rank or not all(agree(a, b) for a, b in pairs):
            classes = f"a number below {text(x.shape[1])} for each example"
            raise ShapeError(
                "target",
                tr(
                    "expected {wanted}, {classes} of x ({x}), got {target}",
                    wanted=wanted,
                    classes=classes,
                    x=x,
                    target=target,
                ),
            )

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.cross_entropy."""
        apply = "F.cross_entropy({x}, {target}"
        if self.ignore_index != -100:
            apply += f", ignore_index={self.ignore_index}"
        if self.label_smoothing != 0.0:
            apply += f", label_smoothing={self.label_smoothing}"
        return Spelling(apply=f"{apply})")


class MSELoss(Layer):
    """The mean of the squared differences: the loss for predicting numbers (regression)."""

    category = "loss"
    formula = "y = mean of (x - target)²"
    keywords = ("mean squared error", "L2 loss", "regression", "least squares", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    reduction: str = argument(
        default="mean",
        choices=("mean", "sum", "none"),
        help="One number, their sum, or each square by itself",
    )

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        difference = ops.subtract(x, target)
        squares = ops.multiply(difference, difference)
        every = tuple(range(x.type.rank))
        if self.reduction == "none":
            return squares
        return ops.sum(squares, every) if self.reduction == "sum" else ops.mean(squares, every)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.mse_loss."""
        if self.reduction == "mean":
            return Spelling(apply="F.mse_loss({x}, {target})")
        return Spelling(apply=f'F.mse_loss({{x}}, {{target}}, reduction="{self.reduction}")')
