"""Layers that say along axes how numbers spread, how long they are together, or their soft maximum."""

from typing import Any

from .. import ops
from ..condition import at_most
from ..dim import Dim, product, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes, real
from .layer import Example, Layer, Sizes, argument
from .similarity import length, root
from .spelling import Spelling

_DIM_HELP = "The axis or axes that are taken together; empty means all"
_KEEP_HELP = "Whether they stay with size 1"


class Var(Layer):
    """The variance along axes: the mean of the squared distances from the mean."""

    category = "reduce"
    formula = "y = Σ (x - mean x)² / (n - correction) along dim"
    keywords = ("variance", "spread", "moment", "reduce")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": (1, 2)})

    dim: Sizes | None = argument(default=None, help=_DIM_HELP)
    correction: int = argument(
        default=1, minimum=0, help="What is taken from the count: 1 for a sample, 0 for all there is"
    )
    keepdim: bool = argument(default=False, help=_KEEP_HELP)

    def forward(self, x: Ref) -> Ref:
        """Over the axes."""
        return _variance(x, self.dim, self.correction, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("var", x, self.dim, _corrected(self.correction), self.keepdim)


class Std(Layer):
    """The standard deviation along axes: the root of the variance.

    Where all numbers are the same no gradient passes: the slope at 0 is infinite.
    """

    category = "reduce"
    formula = "y = √(Σ (x - mean x)² / (n - correction)) along dim"
    keywords = ("standard deviation", "spread", "sigma", "reduce")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": -1, "keepdim": True})

    dim: Sizes | None = argument(default=None, help=_DIM_HELP)
    correction: int = argument(
        default=1, minimum=0, help="What is taken from the count: 1 for a sample, 0 for all there is"
    )
    keepdim: bool = argument(default=False, help=_KEEP_HELP)

    def forward(self, x: Ref) -> Ref:
        """Over the axes; at 0 as in PyTorch."""
        return root(_variance(x, self.dim, self.correction, self.keepdim), 2)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("std", x, self.dim, _corrected(self.correction), self.keepdim)


class LogSumExp(Layer):
    """The logarithm of the sum of the exponentials along axes: a soft maximum, without overflow."""

    category = "reduce"
    formula = "y = ln Σ eˣ along dim"
    keywords = ("soft maximum", "log partition", "energy", "reduce")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": -1})

    dim: Sizes | None = argument(default=None, help=_DIM_HELP)
    keepdim: bool = argument(default=False, help=_KEEP_HELP)

    def forward(self, x: Ref) -> Ref:
        """Over the axes, the greatest taken out first."""
        along = axes("x", real("x", x), self.dim)
        greatest = ops.max(x, along, True)
        total = ops.sum(ops.exp(ops.subtract(x, greatest)), along, self.keepdim)
        shape = total.shape
        return ops.add(ops.log(total), ops.reshape(greatest, shape))

    def pytorch(self, x: Type) -> Spelling:
        """The method, which wants its axes told."""
        dim: Any = tuple(range(x.rank)) if self.dim is None or self.dim == () else self.dim
        kept = "" if self.keepdim is False else f", keepdim={self.keepdim}"
        return Spelling(apply=f"{{x}}.logsumexp(dim={dim}{kept})")


class Norm(Layer):
    """The length along axes: of a vector as with a ruler, or otherwise measured. Normalize divides by it."""

    category = "reduce"
    formula = "y = (Σ |x|^p)^(1/p) along dim"
    keywords = ("length", "magnitude", "L2", "Euclidean", "Frobenius", "vector norm", "reduce")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": -1})

    p: float = argument(default=2.0, help="2 measures as with a ruler, 1 adds up absolute values; above 0")
    dim: Sizes | None = argument(default=None, help="The axis or axes that are measured; empty means all")
    keepdim: bool = argument(default=False, help=_KEEP_HELP)

    def forward(self, x: Ref) -> Ref:
        """Over the axes; no gradient passes where all is 0."""
        return length(x, self.p, axes("x", real("x", x), self.dim), self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """torch.linalg.vector_norm."""
        given = "" if self.p == 2.0 else f", ord={self.p}"
        given += "" if self.dim is None or self.dim == () else f", dim={self.dim}"
        given += "" if self.keepdim is False else f", keepdim={self.keepdim}"
        return Spelling(apply=f"torch.linalg.vector_norm({{x}}{given})")


def _variance(x: Ref, dim: Sizes | None, correction: int, keep: bool) -> Ref:
    type_ = real("x", x)
    along = axes("x", type_, dim)
    far = ops.subtract(x, ops.mean(x, along, True))
    squares = ops.multiply(far, far)
    if correction == 0:
        return ops.mean(squares, along, keep)
    count = product(type_.shape[axis] for axis in along)
    if not at_most(correction + 1, count):
        found = text(count)
        raise ShapeError(
            "x",
            tr(
                "expected more than {least} elements together, got {found} ({x})",
                least=correction,
                found=found,
                x=type_,
            ),
        )
    total = ops.sum(squares, along, keep)
    rest: Dim = count - correction
    # Twice over the root, as a size may be a symbol.
    return (
        ops.scale(total, 1 / rest)
        if isinstance(rest, int)
        else ops.over_root(ops.over_root(total, rest), rest)
    )


def _corrected(correction: Any) -> str:
    return "" if correction == 1 else f"correction={correction}"


def _spelled(method: str, x: Type, dim: Sizes | None, more: str, keep: Any) -> Spelling:
    chosen = None if dim is None or dim == () else dim
    if chosen is None and keep is not False:
        chosen = tuple(range(x.rank))
    given = [f"dim={chosen}"] if chosen is not None else []
    given += [more] if more else []
    given += [] if keep is False else [f"keepdim={keep}"]
    return Spelling(apply=f"{{x}}.{method}({', '.join(given)})")
