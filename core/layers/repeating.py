"""Layers that move whole axes or elements round, and those that repeat elements."""

from .. import ops
from ..condition import agree, at_most
from ..dim import Dim, product, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type, parse_shape
from .demands import axis, counted
from .layer import ArgumentError, Example, Layer, Size, Sizes, argument
from .shape import size_of
from .spelling import Spelling, code


class Transpose(Layer):
    """Lets two axes change places, moving the elements with them. Permute orders any number of axes."""

    category = "shape"
    formula = "axis dim0 of y is axis dim1 of x, and the other way round"
    keywords = ("swap axes", "swapaxes", "matrix transpose", "channels last", "permute")
    example = Example(inputs={"x": (2, 3, 4)})

    dim0: int = argument(default=1, help="The first of the two axes; 0 is the batch")
    dim1: int = argument(default=2, help="The second of the two axes; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """A permutation of two axes."""
        one, other = axis("x", x.type, self.dim0), axis("x", x.type, self.dim1)
        order = list(range(x.type.rank))
        order[one], order[other] = other, one
        return ops.permute(x, order) if one != other else x

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return Spelling(apply=f"{{x}}.transpose({self.dim0}, {self.dim1})")


class Unflatten(Layer):
    """Lays one axis out as several, in reading order: the opposite of Flatten.

    One size may be -1: it is what is left over.
    """

    category = "shape"
    formula = "(N, C·H·W) → (N, C, H, W)"
    keywords = ("reshape", "split heads", "view", "expand")
    example = Example(inputs={"x": (2, 12)}, arguments={"sizes": "3, -1"})

    dim: int = argument(default=1, help="The axis that is laid out; -1 is the last")
    sizes: str = argument(
        dimensions=True,
        initial="-1, 4",
        help="The sizes it becomes with commas between them; -1 is what is left",
    )

    def forward(self, x: Ref) -> Ref:
        """A reshape."""
        along = axis("x", x.type, self.dim)
        return ops.reshape(x, (*x.shape[:along], *self._completed(x.type, along), *x.shape[along + 1 :]))

    def _completed(self, x: Type, along: int) -> Shape:
        sizes, size = parse_shape(self.sizes), x.shape[along]
        if not sizes or any(isinstance(dim, int) and (dim < -1 or dim == 0) for dim in sizes):
            raise ShapeError(
                "x", tr("expected sizes of at least 1, or one -1, got {sizes}", sizes=self.sizes or "none")
            )
        missing = sizes.count(-1)
        if missing > 1:
            raise ShapeError(
                "x", tr("expected only one size that is left as -1, got {sizes}", sizes=self.sizes)
            )
        known = product(dim for dim in sizes if dim != -1)
        rest = size // known if missing else 1
        if not agree(rest * known, size):
            found = f"{counted(size, 'element')} at axis {along} of {x}"
            raise ShapeError("x", tr("the sizes {sizes} do not fit {found}", sizes=self.sizes, found=found))
        return tuple(rest if dim == -1 else dim for dim in sizes)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        sizes = parse_shape(self.sizes)
        spelled = ", ".join(str(dim) if dim == -1 else size_of(dim, x) for dim in sizes)
        comma = "," if len(sizes) == 1 else ""
        module = None
        if all(isinstance(dim, int) for dim in sizes):
            module = code("nn.Unflatten", self.dim, sizes)
        return Spelling(apply=f"{{x}}.unflatten({self.dim}, ({spelled}{comma}))", module=module)


class Roll(Layer):
    """Moves the elements along axes, and those that leave at one end come in again at the other.

    A number of steps for each axis; below 0 moves towards the front. Swin shifts its windows so.
    """

    category = "shape"
    formula = "y[i] = x[(i - shift) mod n] along dim"
    keywords = ("shift", "cyclic", "rotate", "circular", "Swin", "window")
    example = Example(inputs={"x": (2, 5, 3)}, arguments={"shifts": (2, -1), "dims": (1, 2)})

    shifts: Sizes = argument(initial=1, help="By how many places, one number for each axis of dims")
    dims: Sizes = argument(default=-1, help="The axis or axes along which the elements move; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """Two slices that change places, for each axis."""
        shifts = self.shifts if isinstance(self.shifts, tuple) else (self.shifts,)
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if len(shifts) != len(dims):
            raise ArgumentError(
                "shifts",
                tr(
                    "expected as many as dims has ({wanted}), got {found}",
                    wanted=len(dims),
                    found=len(shifts),
                ),
            )
        for shift, dim in zip(shifts, dims, strict=True):
            x = _rolled(x, axis("x", x.type, dim), shift)
        return x

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return Spelling(apply=f"{{x}}.roll({self.shifts}, {self.dims})")


class Tile(Layer):
    """Puts copies of the whole behind each other along axes: (a, b) becomes (a, b, a, b).

    A number for each of the last axes; more numbers than axes add axes in front.
    """

    category = "shape"
    formula = "y[i] = x[i mod n] along each axis"
    keywords = ("repeat", "copy", "torch.tile", "replicate", "duplicate")
    example = Example(inputs={"x": (2, 3, 2)}, arguments={"dims": (2, 3)})

    dims: Sizes = argument(
        initial=(1, 2), minimum=1, help="How many copies along each axis, the last one last"
    )

    def forward(self, x: Ref) -> Ref:
        """Each axis of n as a new one of the copies, and n."""
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        rank = max(len(dims), x.type.rank)
        counts: Shape = (*(1,) * (rank - len(dims)), *dims)
        sizes: Shape = (*(1,) * (rank - x.type.rank), *x.shape)
        apart = tuple(dim for size in sizes for dim in (1, size))
        copied = tuple(dim for pair in zip(counts, sizes, strict=True) for dim in pair)
        together = tuple(count * size for count, size in zip(counts, sizes, strict=True))
        return ops.reshape(ops.broadcast_to(ops.reshape(x, apart), copied), together)

    def pytorch(self, x: Type) -> Spelling:
        """torch.tile."""
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        counts = ", ".join(str(dim) for dim in dims) + ("," if len(dims) == 1 else "")
        return Spelling(apply=f"torch.tile({{x}}, ({counts}))")


class RepeatInterleave(Layer):
    """Puts copies of each element right behind it along an axis: (a, b) becomes (a, a, b, b).

    Heads of keys and values that several heads of queries share are repeated so.
    """

    category = "shape"
    formula = "y[i] = x[⌊i / repeats⌋] along dim"
    keywords = ("repeat", "copy", "grouped query attention", "upsampling", "np.repeat")
    example = Example(inputs={"x": (2, 3, 2)}, arguments={"repeats": 2})

    repeats: Size = argument(initial=2, minimum=1, help="How many copies of each element")
    dim: int = argument(default=1, help="The axis along which they are repeated; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """The axis of n as n, and a new one of the copies."""
        along = axis("x", x.type, self.dim)
        before, size, behind = x.shape[:along], x.shape[along], x.shape[along + 1 :]
        apart = ops.reshape(x, (*before, size, 1, *behind))
        copied = ops.broadcast_to(apart, (*before, size, self.repeats, *behind))
        return ops.reshape(copied, (*before, size * self.repeats, *behind))

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return Spelling(apply=f"{{x}}.repeat_interleave({self.repeats}, dim={self.dim})")


def _rolled(x: Ref, along: int, shift: Dim) -> Ref:
    size = x.shape[along]
    if isinstance(size, int) and isinstance(shift, int):
        shift = shift % size if size else 0
    elif isinstance(shift, int) and shift < 0:
        shift = size + shift
    if shift == 0:
        return x
    if not (at_most(0, shift) and at_most(shift, size)):
        raise ShapeError(
            "x",
            tr(
                "expected at least {shift} elements at axis {along}, got {x}",
                shift=text(shift),
                along=along,
                x=x.type,
            ),
        )
    cut = size - shift
    return ops.concat(ops.slice(x, along, cut, size), ops.slice(x, along, 0, cut), axis=along)
