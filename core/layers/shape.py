"""Layers that rearrange elements and compute nothing."""

from .. import ops
from ..condition import agree, at_most
from ..dim import Dim, Symbolic, product, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type, parse_shape
from .demands import axis, counted
from .layer import Example, Layer, Size, Sizes, argument
from .spelling import Spelling, code, marked


class Flatten(Layer):
    """Lays several axes out as one, in reading order: from images to rows of features for a Linear.

    By default everything but the batch.
    """

    category = "shape"
    formula = "(N, C, H, W) → (N, C·H·W)"
    keywords = ("reshape", "view", "ravel", "vector")
    example = Example(inputs={"x": (2, 3, 4, 5)})

    start_dim: int = argument(default=1, help="The first axis that is merged; 0 is the batch")
    end_dim: int = argument(default=-1, help="The last axis that is merged; -1 is the last of all")

    def forward(self, x: Ref) -> Ref:
        """A reshape."""
        start, end = axis("x", x.type, self.start_dim), axis("x", x.type, self.end_dim)
        if start > end:
            raise ShapeError(
                "x",
                tr(
                    "start_dim is axis {start} of {type}, which is after end_dim, axis {end}",
                    start=start,
                    type=x.type,
                    end=end,
                ),
            )
        merged = product(x.shape[start : end + 1])
        return ops.reshape(x, (*x.shape[:start], merged, *x.shape[end + 1 :]))

    def pytorch(self, x: Type) -> Spelling:
        """torch.flatten."""
        end = "" if self.end_dim == -1 else f", {self.end_dim}"
        defaults = {"start_dim": 1, "end_dim": -1}
        module = code("nn.Flatten", start_dim=self.start_dim, end_dim=self.end_dim, defaults=defaults)
        return Spelling(apply=f"torch.flatten({{x}}, {self.start_dim}{end})", module=module)


class Reshape(Layer):
    """The same elements in reading order under another shape: one axis split in two, say.

    One size may be -1: it is what is left over. 0 keeps the input's size at that place. Names are sizes that
    the Inputs of this network or block declare, such as B, or arguments of the block.
    """

    category = "shape"
    formula = "y holds x's elements in the same order"
    keywords = ("view", "unflatten", "split heads", "rearrange")
    example = Example(inputs={"x": (2, 12)}, arguments={"shape": "-1, 3, 4"})

    shape: str = argument(
        dimensions=True,
        initial="-1, 4, 5",
        help="Sizes of all axes with commas between them; -1 is what is left, 0 is as before",
    )

    def forward(self, x: Ref) -> Ref:
        """A reshape to the completed shape."""
        return ops.reshape(x, self.completed(x.type))

    def completed(self, x: Type) -> Shape:
        """The shape with 0 and -1 worked out; ShapeError where the elements do not fit."""
        shape = tuple(self._kept(dim, i, x) for i, dim in enumerate(parse_shape(self.shape)))
        missing = shape.count(-1)
        if missing > 1:
            raise ShapeError("x", tr("only one size can be left as -1, got {shape}", shape=self.shape))
        known = product(dim for dim in shape if dim != -1)
        rest = x.size // known if missing else 1
        if not agree(rest * known, x.size):
            wanted = f"{'a multiple of ' if missing else ''}{counted(known, 'element')}"
            found = f"{text(x.size)} ({x})"
            raise ShapeError(
                "x",
                tr(
                    "the shape {shape} takes {wanted}, got {found}",
                    shape=self.shape or "without axes",
                    wanted=wanted,
                    found=found,
                ),
            )
        return tuple(rest if dim == -1 else dim for dim in shape)

    def _kept(self, dim: Dim, place: int, x: Type) -> Dim:
        if isinstance(dim, Symbolic) or dim > 0 or dim == -1:
            return dim
        if dim < 0:
            raise ShapeError(
                "x", tr("expected sizes of at least 1, or 0 or -1, got {shape}", shape=self.shape)
            )
        if place >= x.rank:
            raise ShapeError("x", tr("0 keeps axis {place}, which {x} does not have", place=place, x=x))
        return x.shape[place]

    def pytorch(self, x: Type) -> Spelling:
        """The method; a size that varies is left to -1 where it is the only one."""
        shape = self.completed(x)
        varying = [i for i, dim in enumerate(shape) if isinstance(dim, Symbolic)]
        if len(varying) == 1:
            shape = tuple(-1 if i in varying else dim for i, dim in enumerate(shape))
        sizes = ", ".join(_sizes_of(shape, x))
        return Spelling(apply=f"{{x}}.reshape({sizes})")


class Permute(Layer):
    """Puts the axes in another order, moving the elements with them: a transpose for any number of axes."""

    category = "shape"
    formula = "axis i of y is axis dims[i] of x"
    keywords = ("transpose", "swap axes", "channels last", "heads")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dims": (0, 2, 1)})

    dims: Sizes = argument(
        initial=(0, 2, 1), help="For each axis of the result, which axis of the input it is"
    )

    def forward(self, x: Ref) -> Ref:
        """Each axis exactly once."""
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if len(dims) != x.type.rank:
            raise ShapeError(
                "x",
                tr(
                    "dims names {count}, but {type} has {rank}",
                    count=counted(len(dims), "axis"),
                    type=x.type,
                    rank=x.type.rank,
                ),
            )
        found = tuple(axis("x", x.type, dim) for dim in dims)
        if len(set(found)) < len(found):
            raise ShapeError(
                "x", tr("expected each axis of {type} once in dims, got {found}", type=x.type, found=found)
            )
        return ops.permute(x, found)

    def pytorch(self, x: Type) -> Spelling:
        """The method; transpose where two axes change places."""
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if all(type(dim) is int for dim in dims):
            moved = [i for i, dim in enumerate(dims) if dim % x.rank != i]
            if len(moved) == 2:
                return Spelling(apply=f"{{x}}.transpose({moved[0]}, {moved[1]})")
        return Spelling(apply=f"{{x}}.permute({', '.join(str(dim) for dim in dims) or '()'})")


class Slice(Layer):
    """A part of an axis, from `start` to before `end`: the first token, the last step, half of the channels.

    Negative numbers count from the end. The axis stays, even with one element.
    """

    category = "shape"
    formula = "y = x[…, start:end:step, …] along dim"
    keywords = ("crop", "select", "index", "narrow", "token", "last step")
    example = Example(inputs={"x": (2, 6, 3)}, arguments={"dim": 1, "start": 1, "end": 5, "step": 2})

    dim: int = argument(default=1, help="The axis of which a part is taken")
    start: Size = argument(default=0, help="The first element that is taken; -1 is the last one of the axis")
    end: Size | None = argument(
        default=None, help="The first element that is no longer taken; empty takes all"
    )
    step: int = argument(default=1, minimum=1, help="2 takes every other element")

    def forward(self, x: Ref) -> Ref:
        """The part, with bounds counted from the front."""
        along = axis("x", x.type, self.dim)
        size = x.shape[along]
        start = _from_front("x", self.start, size)
        stop = size if self.end is None else _from_front("x", self.end, size)
        if not at_most(start + 1, stop):
            raise ShapeError(
                "x",
                tr(
                    "nothing is left of the {size} elements from {start} to {stop}",
                    size=text(size),
                    start=text(start),
                    stop=text(stop),
                ),
            )
        return ops.slice(x, along, start, stop, self.step)

    def pytorch(self, x: Type) -> Spelling:
        """Indexing."""
        start = "" if self.start == 0 else str(self.start)
        part = f"{start}:{'' if self.end is None else self.end}" + (f":{self.step}" if self.step != 1 else "")
        if type(self.dim) is int:
            return Spelling(apply=f"{{x}}[{', '.join([*[':'] * (self.dim % x.rank), part])}]")
        return Spelling(apply=f"{{x}}.movedim({self.dim}, 0)[{part}].movedim(0, {self.dim})")


def _from_front(port: str, place: Dim, size: Dim) -> Dim:
    """A bound of a slice counted from the front and within the axis, as Python does."""
    if isinstance(place, int) and place < 0:
        place = size + place
        if isinstance(place, int) and place < 0:
            return 0
        if not at_most(0, place):
            raise ShapeError(
                port,
                tr(
                    "the axis has {size} elements, too few to count to {place}",
                    size=text(size),
                    place=text(place),
                ),
            )
        return place
    if isinstance(place, int) and isinstance(size, int):
        return min(place, size)
    if not at_most(place, size):
        raise ShapeError(
            port, tr("the axis has {size} elements, fewer than {place}", size=text(size), place=text(place))
        )
    return place


def _sizes_of(shape: Shape, x: Type) -> list[str]:
    """The sizes in PyTorch: those of the axes in front that stay are read off the input at once."""
    same = next((i for i, (dim, own) in enumerate(zip(shape, x.shape, strict=False)) if dim != own), 0)
    if same < 2 or not all(isinstance(dim, Symbolic) for dim in shape[:same]):
        return [size_of(dim, x) for dim in shape]
    return [f"*{{x}}.shape[:{same}]", *(size_of(dim, x) for dim in shape[same:])]


def size_of(dim: Dim, x: Type) -> str:
    """A size in PyTorch: read off the input where it is one of its sizes."""
    if isinstance(dim, Symbolic) and dim in x.shape:
        return f"{{x}}.shape[{x.shape.index(dim)}]"
    return marked(dim)
