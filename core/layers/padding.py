"""Layers that add a border or take it away."""

from .. import ops
from ..condition import at_most
from ..dim import Dim, less_equal, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import counted, real
from .layer import Example, Layer, Sizes, argument
from .spatial import circular
from .spelling import Spelling


class Pad(Layer):
    """Adds a border: of one value, mirrored, of the edge or of the other end. Below 0 it takes away.

    A list holds pairs (before, after), the last axis first, as in PyTorch: (left, right, top, bottom). One
    number is added on both sides of every axis after batch and channels.
    """

    category = "shape"
    formula = "a size of n becomes before + n + after"
    keywords = ("padding", "border", "ZeroPad2d", "ReflectionPad2d", "CircularPad2d", "wrap", "margin")
    example = Example(inputs={"x": (2, 3, 4, 5)}, arguments={"pad": (1, 2, 0, 1), "value": 0.5})

    shaping = frozenset({"pad"})

    pad: Sizes = argument(
        initial=1, help="(left, right, top, bottom, …), or one number for all; below 0 crops"
    )
    mode: str = argument(
        default="constant",
        choices=("constant", "reflect", "replicate", "circular"),
        help="What the border is made of: one value, mirrored elements, the edge, or the other end",
    )
    value: float = argument(default=0.0, help="What a constant border holds")

    def forward(self, x: Ref) -> Ref:
        """A border, axis by axis where it is made of elements."""
        pads = pairs_of(self.pad, real("x", x), "pad")
        if self.mode == "circular":
            return _wrapped(x, pads)
        whole = x.shape
        borders = tuple((_added(low), _added(high)) for low, high in pads)
        if self.mode == "constant":
            x = ops.pad(x, borders, self.value)
        else:
            for along, (low, high) in enumerate(borders):
                if low != 0 or high != 0:
                    x = self._edged(x, along, low, high)
        for along, (low, high) in enumerate(pads):
            x = _cropped(x, along, _added(low) - low, _added(high) - high, whole[along])
        return x

    def _edged(self, x: Ref, along: int, low: Dim, high: Dim) -> Ref:
        if self.mode == "replicate":
            return ops.pad_edge(x, along, low, high, "replicate")
        size = x.shape[along]
        if not (at_most(low, size - 1) and at_most(high, size - 1)):
            room = f"fewer than the {text(size)} elements of axis {along}"
            raise ShapeError(
                "x",
                tr(
                    "expected {room} to mirror, got {low} and {high}",
                    room=room,
                    low=text(low),
                    high=text(high),
                ),
            )
        return ops.pad_edge(x, along, low, high, "reflect")

    def pytorch(self, x: Type) -> Spelling | None:
        """F.pad, whose other modes want a pair for every axis behind the batch, or behind the channels."""
        flat = _flat(self.pad, x.rank)
        if self.mode != "constant":
            known = [pairs for pairs in (x.rank - 2, x.rank - 1) if 2 * pairs >= len(flat) and 0 < pairs < 4]
            if not known:
                return None
            flat = (*flat, *(0,) * (2 * known[0] - len(flat)))
        sizes = ", ".join(str(size) for size in flat)
        how = f', mode="{self.mode}"' if self.mode != "constant" else ""
        value = f", value={self.value}" if self.mode == "constant" and self.value != 0 else ""
        return Spelling(apply=f"F.pad({{x}}, ({sizes}){how}{value})")


class Crop(Layer):
    """Takes a border away: so many elements at each end of the last axes.

    A list holds pairs (before, after), the last axis first, as in Pad: (left, right, top, bottom). One number
    is taken on both sides of every axis after batch and channels.
    """

    category = "shape"
    formula = "a size of n becomes n - before - after"
    keywords = ("Cropping2D", "cut", "trim", "border", "margin", "center crop")
    example = Example(inputs={"x": (2, 3, 4, 5)}, arguments={"crop": (1, 2, 0, 1)})

    shaping = frozenset({"crop"})

    crop: Sizes = argument(
        initial=1, minimum=0, help="(left, right, top, bottom, …), or one number for all sides"
    )

    def forward(self, x: Ref) -> Ref:
        """A part of each axis."""
        for along, (low, high) in enumerate(pairs_of(self.crop, real("x", x), "crop")):
            x = _cropped(x, along, low, high, x.shape[along])
        return x

    def pytorch(self, x: Type) -> Spelling:
        """Indexing, which counts what goes at the end from there; F.pad where it takes expressions."""
        flat = _flat(self.crop, x.rank)
        if not all(type(size) is int for size in flat):
            return Spelling(apply=f"F.pad({{x}}, ({', '.join(f'-({size})' for size in flat)}))")
        parts = [_bounds(low, high) for low, high in pairs_of(self.crop, x, "crop")]
        while parts and parts[-1] == ":":
            parts.pop()
        return Spelling(apply=f"{{x}}[{', '.join(parts)}]" if parts else "{x}")


def _bounds(low: Dim, high: Dim) -> str:
    first = "" if low == 0 else str(low)
    return f"{first}:" if high == 0 else f"{first}:-{high}"


def _flat(given: Sizes, rank: int) -> tuple[Dim, ...]:
    """PyTorch's list: pairs for the last axes, the very last first."""
    return given if isinstance(given, tuple) else (given,) * (2 * max(rank - 2, 1))


def pairs_of(given: Sizes, x: Type, name: str) -> tuple[tuple[Dim, Dim], ...]:
    """What of the argument of that name is before and after each axis. ShapeError where it does not fit."""
    flat = _flat(given, x.rank)
    if len(flat) % 2:
        count = counted(len(flat), "number")
        raise ShapeError(
            "x", tr("expected pairs of before and after in {name}, got {count}", name=name, count=count)
        )
    if len(flat) // 2 > x.rank:
        raise ShapeError(
            "x",
            tr(
                "expected at least {count} axes, as many as {name} has pairs, got {x}",
                count=len(flat) // 2,
                name=name,
                x=x,
            ),
        )
    pairs = list(zip(flat[::2], flat[1::2], strict=True))[::-1]
    return (*((0, 0),) * (x.rank - len(pairs)), *pairs)


def _added(border: Dim) -> Dim:
    """What of a border is added; below 0 nothing is. What symbols do not decide is taken to be added."""
    return 0 if less_equal(border, -1) else border


def _wrapped(x: Ref, pads: tuple[tuple[Dim, Dim], ...]) -> Ref:
    """What goes is taken away first, so that it does not come in at the other end."""
    for along, (low, high) in enumerate(pads):
        x = _cropped(x, along, _added(low) - low, _added(high) - high, x.shape[along])
        if _added(low) != 0 or _added(high) != 0:
            x = circular(x, along, _added(low), _added(high))
    return x


def _cropped(x: Ref, along: int, low: Dim, high: Dim, whole: Dim) -> Ref:
    """x, whose axis had `whole` elements before its border, without the first and last ones."""
    if low == 0 and high == 0:
        return x
    size = x.shape[along]
    if not (at_most(low + high + 1, size) and at_most(low, whole) and at_most(high, whole)):
        taken = f"taking {text(low)} and {text(high)} of the {text(whole)} elements of axis {along} away"
        raise ShapeError("x", tr("nothing would be left after {taken}", taken=taken))
    return ops.slice(x, along, low, size - high)
