"""How alike two inputs are along an axis."""

from .. import ops
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes_at_least, axis, broadcastable, real
from .layer import ArgumentError, Example, Layer, argument
from .spelling import Spelling


class Dot(Layer):
    """The scalar product along an axis: how far two vectors point the same way, times their lengths.

    Sizes of 1 are repeated to fit the other. For products of matrices use MatMul.
    """

    category = "merge"
    formula = "y = Σ a · b along dim"
    keywords = ("scalar product", "inner product", "vecdot", "similarity", "score")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)})

    dim: int = argument(default=-1, help="The axis that the vectors lie along; -1 is the last")

    def forward(self, a: Ref, b: Ref) -> Ref:
        """One number for each pair of vectors."""
        along = _pair(a, b, self.dim)
        return ops.sum(ops.multiply(a, b), (along,))

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """The operators."""
        return Spelling(apply=f"({{a}} * {{b}}).sum({self.dim})")


class CosineSimilarity(Layer):
    """The cosine of the angle between two vectors: 1 where they point the same way, -1 the opposite one.

    Sizes of 1 are repeated to fit the other.
    """

    category = "merge"
    formula = "y = Σ a · b / (max(‖a‖, eps) · max(‖b‖, eps)) along dim"
    keywords = ("angle", "siamese", "contrastive", "retrieval", "embedding")
    example = Example(inputs={"a": (2, 3, 4), "b": (2, 3, 4)}, arguments={"dim": 1})

    dim: int = argument(default=1, help="The axis that the vectors lie along; -1 is the last")
    eps: float = argument(default=1e-8, minimum=0.0, help="What shorter lengths are taken for")

    def forward(self, a: Ref, b: Ref) -> Ref:
        """One number for each pair of vectors."""
        along = _pair(a, b, self.dim)
        lengths = [ops.clamp(length(x, 2, (x.type.rank - (_rank(a, b) - along),)), self.eps) for x in (a, b)]
        return ops.divide(ops.sum(ops.multiply(a, b), (along,)), ops.multiply(*lengths))

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """F.cosine_similarity."""
        eps = "" if self.eps == 1e-8 else f", eps={self.eps}"
        return Spelling(apply=f"F.cosine_similarity({{a}}, {{b}}, dim={self.dim}{eps})")


class PairwiseDistance(Layer):
    """How far two vectors are from each other, measured along the last axis.

    Sizes of 1 are repeated to fit the other.
    """

    category = "merge"
    formula = "y = ‖a - b + eps‖ₚ along the last axis"
    keywords = ("Euclidean", "Manhattan", "metric", "siamese", "norm of the difference")
    example = Example(inputs={"a": (3, 4), "b": (3, 4)})

    p: float = argument(default=2.0, help="2 measures as with a ruler, 1 adds up absolute values; above 0")
    eps: float = argument(
        default=1e-6, minimum=0.0, help="What is added to each difference, against slopes of ∞"
    )
    keepdim: bool = argument(default=False, help="Whether the axis stays with size 1")

    def forward(self, a: Ref, b: Ref) -> Ref:
        """One number for each pair of vectors."""
        along = _pair(a, b, -1)
        return length(ops.offset(ops.subtract(a, b), self.eps), self.p, (along,), self.keepdim)

    def pytorch(self, a: Type, b: Type) -> Spelling:
        """F.pairwise_distance."""
        given = "" if self.p == 2.0 else f", p={self.p}"
        given += "" if self.eps == 1e-6 else f", eps={self.eps}"
        given += "" if self.keepdim is False else f", keepdim={self.keepdim}"
        return Spelling(apply=f"F.pairwise_distance({{a}}, {{b}}{given})")


def length(x: Ref, p: float, axes: tuple[int, ...], keep: bool = False) -> Ref:
    """(Σ |x|^p)^(1/p) over the axes; where all is 0 no gradient passes, as in PyTorch.

    Raises ArgumentError where p is not above 0.
    """
    if p <= 0:
        raise ArgumentError("p", tr("expected a number above 0, got {p}", p=p))
    if p == 1:
        return ops.sum(ops.absolute(x), axes, keep)
    powers = ops.multiply(x, x) if p == 2 else ops.power(ops.absolute(x), p)
    return root(ops.sum(powers, axes, keep), p)


def root(total: Ref, p: float) -> Ref:
    """The p-th root, whose slope at 0 is infinite: there it is taken of 1, and 0 is put in its place."""
    zero = ops.compare_number(total, 0, "equal")
    safe = ops.where(zero, ops.full_like(total, 1), total)
    found = ops.sqrt(safe) if p == 2 else ops.power(safe, 1 / p)
    return ops.where(zero, ops.full_like(total, 0), found)


def _rank(a: Ref, b: Ref) -> int:
    return max(a.type.rank, b.type.rank)


def _pair(a: Ref, b: Ref, dim: int) -> int:
    """The axis of both together, counted from the front; ShapeError where they do not fit."""
    for port, x in (("a", a), ("b", b)):
        axes_at_least(port, real(port, x), 1, "vectors")
    both = Type(broadcastable("b", a.shape, "a", b))
    along = axis("a", both, dim)
    for port, x in (("a", a), ("b", b)):
        if x.type.rank < both.rank - along:
            raise ShapeError(
                port, tr("expected an axis {dim} as {both} has, got {x}", dim=along, both=both, x=x.type)
            )
    return along
