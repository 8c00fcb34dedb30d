"""Layers whose numbers are places: elements looked up by them, and places found."""

from .. import ops
from ..condition import at_most
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axis, real, whole
from .layer import Example, Layer, Size, argument
from .spelling import Spelling


class Gather(Layer):
    """Looks elements up along an axis, by a whole number for each place of the result: as torch.gather does.

    index has as many axes as x, and is no larger than x along the other ones.
    """

    category = "shape"
    formula = "y[i, j] = x[i, index[i, j]] for dim = 1"
    keywords = ("pick", "take along axis", "index", "lookup", "select", "scatter")
    example = Example(inputs={"x": (2, 4, 3), "index": (2, 5, 3)}, integers={"index": 4})

    dim: int = argument(default=1, help="The axis along which is looked up; -1 is the last")

    def forward(self, x: Ref, index: Ref) -> Ref:
        """One element for each number."""
        real("x", x)
        whole("index", index)
        if index.type.rank != x.type.rank:
            raise ShapeError(
                "index", tr("expected as many axes as x ({x}), got {index}", x=x.type, index=index.type)
            )
        along = axis("x", x.type, self.dim)
        for i, size in enumerate(index.shape):
            if i != along and x.shape[i] != size:
                if not at_most(size, x.shape[i]):
                    raise ShapeError(
                        "index",
                        tr(
                            "expected sizes up to {x} but along axis {dim}, got {index}",
                            x=x.type,
                            dim=along,
                            index=index.type,
                        ),
                    )
                x = ops.slice(x, i, 0, size)
        return ops.take_along(x, index, along)

    def pytorch(self, x: Type, index: Type) -> Spelling:
        """torch.gather."""
        return Spelling(apply=f"torch.gather({{x}}, {self.dim}, {{index}})")


class OneHot(Layer):
    """Turns each whole number into a row of zeros with a 1 at its place: classes as vectors.

    Embedding gives learnt rows in their place.
    """

    category = "shape"
    formula = "y[…, j] = 1 where x[…] = j, else 0"
    keywords = ("classes", "categorical", "indicator", "dummy", "encode")
    example = Example(inputs={"x": (2, 3)}, arguments={"num_classes": 4}, integers={"x": 4})

    num_classes: Size = argument(initial=10, minimum=1, help="How many places a row has, one for each number")

    def forward(self, x: Ref) -> Ref:
        """A new last axis."""
        whole("x", x)
        return ops.one_hot(x, self.num_classes)

    def pytorch(self, x: Type) -> Spelling:
        """F.one_hot, as real numbers."""
        return Spelling(apply=f"F.one_hot({{x}}, {self.num_classes}).to(torch.get_default_dtype())")


class ArgMax(Layer):
    """The place of the greatest number along an axis: the class that has the highest score.

    The first one of equals. No gradient passes.
    """

    category = "reduce"
    formula = "y = the i of the greatest x[i] along dim"
    keywords = ("index of the maximum", "prediction", "class", "decode", "argmax")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": 1})

    dim: int = argument(default=-1, help="The axis that is searched; -1 is the last")
    keepdim: bool = argument(default=False, help="Whether it stays with size 1")

    def forward(self, x: Ref) -> Ref:
        """Whole numbers."""
        real("x", x)
        return _found(x, self.dim, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("argmax", self)


class ArgMin(Layer):
    """The place of the least number along an axis: the nearest prototype by its distance.

    The first one of equals. No gradient passes.
    """

    category = "reduce"
    formula = "y = the i of the least x[i] along dim"
    keywords = ("index of the minimum", "nearest", "codebook", "VQ", "argmin")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": 1})

    dim: int = argument(default=-1, help="The axis that is searched; -1 is the last")
    keepdim: bool = argument(default=False, help="Whether it stays with size 1")

    def forward(self, x: Ref) -> Ref:
        """Whole numbers."""
        real("x", x)
        return _found(ops.scale(x, -1), self.dim, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("argmin", self)


def _found(x: Ref, dim: int, keep: bool) -> Ref:
    along = axis("x", x.type, dim)
    if not at_most(1, x.shape[along]):
        raise ShapeError(
            "x", tr("expected at least 1 element at axis {along}, got {x}", along=along, x=x.type)
        )
    place = ops.argmax(x, along)
    return ops.reshape(place, (*x.shape[:along], 1, *x.shape[along + 1 :])) if keep else place


def _spelled(method: str, layer: ArgMax | ArgMin) -> Spelling:
    kept = "" if layer.keepdim is False else f", keepdim={layer.keepdim}"
    return Spelling(apply=f"{{x}}.{method}({layer.dim}{kept})")
