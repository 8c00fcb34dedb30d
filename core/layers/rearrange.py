"""Layers that add, drop, turn round or repeat axes, or take one of many."""

from .. import ops
from ..condition import agree, at_most
from ..dim import Dim, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type, parse_shape, shape_text
from .demands import axes, axis, counted
from .layer import Example, Layer, Size, Sizes, argument
from .shape import size_of
from .spelling import Spelling


class Squeeze(Layer):
    """Takes an axis of one element away."""

    category = "shape"
    formula = "(N, 1, L) → (N, L)"
    keywords = ("remove axis", "drop dimension", "flatten")
    example = Example(inputs={"x": (2, 1, 4)})

    dim: int = argument(default=1, help="The axis that goes; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """A reshape."""
        along = axis("x", x.type, self.dim)
        if not agree(x.shape[along], 1):
            raise ShapeError("x", tr("expected a size of 1 at axis {along}, got {x}", along=along, x=x.type))
        return ops.reshape(x, (*x.shape[:along], *x.shape[along + 1 :]))

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return Spelling(apply=f"{{x}}.squeeze({self.dim})")


class Unsqueeze(Layer):
    """Puts an axis of one element in, so that the rest fits what has one axis more."""

    category = "shape"
    formula = "(N, L) → (N, 1, L)"
    keywords = ("add axis", "new dimension", "expand dims")
    example = Example(inputs={"x": (2, 4)})

    dim: int = argument(default=1, help="Which axis the new one becomes; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """A reshape."""
        rank = x.type.rank + 1
        if not -rank <= self.dim < rank:
            found = f"{x.type} has {counted(rank - 1, 'axis')}"
            raise ShapeError("x", tr("an axis cannot become dim {dim}: {found}", dim=self.dim, found=found))
        at = self.dim % rank
        return ops.reshape(x, (*x.shape[:at], 1, *x.shape[at:]))

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return Spelling(apply=f"{{x}}.unsqueeze({self.dim})")


class Select(Layer):
    """Takes one element along an axis, which goes: the class token, or the last step of a sequence.

    Slice takes several and keeps the axis.
    """

    category = "shape"
    formula = "y = x[…, index, …] along dim"
    keywords = ("index", "pick", "class token", "CLS", "last step", "first")
    example = Example(inputs={"x": (2, 6, 3)}, arguments={"index": -1})

    dim: int = argument(default=1, help="The axis along which one is taken")
    index: Size = argument(default=0, help="Which one; 0 is the first, -1 the last")

    def forward(self, x: Ref) -> Ref:
        """A slice without its axis."""
        along = axis("x", x.type, self.dim)
        size = x.shape[along]
        at = size + self.index if isinstance(self.index, int) and self.index < 0 else self.index
        if not (at_most(0, at) and at_most(at + 1, size)):
            raise ShapeError(
                "x",
                tr(
                    "index {index} does not exist: axis {along} of {x} has {count}",
                    index=text(self.index),
                    along=along,
                    x=x.type,
                    count=counted(size, "element"),
                ),
            )
        part = ops.slice(x, along, at, at + 1)
        return ops.reshape(part, (*x.shape[:along], *x.shape[along + 1 :]))

    def pytorch(self, x: Type) -> Spelling:
        """Indexing, or the method where the axis is counted from the end."""
        if type(self.dim) is int:
            return Spelling(apply=f"{{x}}[{', '.join([*[':'] * (self.dim % x.rank), str(self.index)])}]")
        return Spelling(apply=f"{{x}}.select({self.dim}, {self.index})")


class Flip(Layer):
    """Puts the elements along axes in the opposite order: an image mirrored, a sequence read backwards."""

    category = "shape"
    formula = "y[i] = x[n - 1 - i] along dim"
    keywords = ("reverse", "mirror", "backwards", "augmentation")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": (1, -1)})

    dim: Sizes = argument(default=-1, help="The axis or axes that are turned round; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """The same shape."""
        return ops.flip(x, axes("x", x.type, self.dim)) if self.dim != () else x

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return Spelling(apply=f"{{x}}.flip({self.dim})" if self.dim != () else "{x}")


class Expand(Layer):
    """Repeats what has one element along an axis, or along a new axis in front: one token for a whole batch.

    Names are sizes that the Inputs of this network or block declare, such as B, or arguments of the block.
    """

    category = "shape"
    formula = "(1, L) → (N, L), every row the same"
    keywords = ("repeat", "broadcast", "tile", "copy", "class token")
    example = Example(inputs={"x": (2, 1, 4)}, arguments={"shape": "-1, 3, -1"})

    shape: str = argument(
        dimensions=True, initial="-1, -1", help="Sizes of all axes with commas between them; -1 is as before"
    )

    def forward(self, x: Ref) -> Ref:
        """A copy for each place."""
        return ops.broadcast_to(x, self._completed(x.type))

    def _completed(self, x: Type) -> Shape:
        shape = parse_shape(self.shape)
        if len(shape) < x.rank:
            found = f"the shape {self.shape or 'without axes'} has {counted(len(shape), 'axis')}"
            raise ShapeError("x", tr("{found}, fewer than {x}", found=found, x=x))
        own: tuple[Dim | None, ...] = (*(None,) * (len(shape) - x.rank), *x.shape)
        return tuple(self._repeated(dim, had, x) for dim, had in zip(shape, own, strict=True))

    def _repeated(self, dim: Dim, had: Dim | None, x: Type) -> Dim:
        if dim == -1 and had is not None:
            return had
        if isinstance(dim, int) and dim < 1:
            raise ShapeError(
                "x",
                tr("expected sizes of at least 1, or -1 for an axis of x, got {shape}", shape=self.shape),
            )
        if had is not None and had != 1 and not agree(had, dim):
            asked = f"the shape {shape_text(parse_shape(self.shape))} asks for {text(dim)}"
            raise ShapeError(
                "x", tr("expected 1 or {dim} where {asked}, got {x}", dim=text(dim), asked=asked, x=x)
            )
        return dim

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        sizes = ", ".join(str(dim) if dim == -1 else size_of(dim, x) for dim in parse_shape(self.shape))
        return Spelling(apply=f"{{x}}.expand({sizes or '()'})")
