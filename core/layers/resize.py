"""Layers that give images another height and width; nothing is learnt."""

from typing import Any

from .. import ops
from ..condition import agree
from ..dim import Dim, less_equal, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .layer import Example, Layer, Size, Sizes, argument
from .spatial import per_axis, spatial
from .spelling import Spelling, code


class Upsample(Layer):
    """Enlarges images by a whole factor, or brings them to a size: without weights, unlike ConvTranspose2d.

    Nearest repeats pixels, bilinear mixes the four around, bicubic the sixteen around, which is sharper.
    Sequences (B×C×L) are resized by nearest or linear, volumes by nearest or trilinear.
    """

    category = "shape"
    formula = "nearest: y[p] = x[⌊p·H/P⌋];  others: at (p + 1/2)·H/P - 1/2 between two or four pixels"
    keywords = ("interpolate", "resize", "enlarge", "upsampling", "bilinear", "nearest", "bicubic", "decoder")
    example = Example(inputs={"x": (2, 3, 3, 4)}, arguments={"mode": "bilinear"})
    gives_images = True

    scale_factor: Sizes = argument(
        default=2, minimum=1, help="How many times larger; not read where a size is given"
    )
    size: Sizes | None = argument(default=None, minimum=1, help="The height and width that come out")
    mode: str = argument(
        default="nearest",
        choices=("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic"),
        help="Pixels repeated, or mixed with neighbours; nearest-exact looks from the pixels' middles",
    )
    align_corners: bool = argument(
        default=False, help="Where pixels are mixed: whether the corner pixels keep their values"
    )

    def forward(self, x: Ref) -> Ref:
        """(B, C, H, W) -> (B, C, H', W')."""
        fit = _MIXING.get(self.mode)
        spatial(
            "Upsample" if fit is None else f"Upsample {self.mode}", x, *((1, 2, 3) if fit is None else (fit,))
        )
        axes = x.type.rank - 2
        if self.size is not None:
            size = per_axis("size", self.size, axes)
        else:
            factors = per_axis("scale_factor", self.scale_factor, axes)
            size = tuple(n * factor for n, factor in zip(x.shape[2:], factors, strict=True))
        if self.mode in ("nearest", "nearest-exact"):
            return ops.resample(x, size, "nearest" if self.mode == "nearest" else "nearest-exact")
        return ops.resample(x, size, "cubic" if self.mode == "bicubic" else "linear", self.align_corners)

    def pytorch(self, x: Type) -> Spelling:
        """nn.Upsample."""
        by: dict[str, Any] = {"scale_factor": self.scale_factor} if self.size is None else {"size": self.size}
        settings = {**by, "mode": self.mode}
        if self.mode in _MIXING:
            settings["align_corners"] = self.align_corners
        defaults = {"align_corners": False}
        return Spelling(construct=code("nn.Upsample", defaults=defaults, **settings))


_MIXING = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""The modes that mix, and how many spatial axes each takes."""


class PadTo(Layer):
    """Brings images to the height and width of others by zeros around them, or by cutting their borders off.

    Where a decoder meets its encoder at odd sizes, as in a U-Net. Of the others only the size is read. Where
    both sides cannot be alike, the bottom and the right get one pixel more.
    """

    category = "shape"
    formula = "y has x's pixels in the middle, and the height and width of like"
    keywords = ("crop", "center crop", "fit", "same size", "align", "U-Net", "skip connection", "pad")
    example = Example(inputs={"x": (2, 3, 4, 5), "like": (2, 2, 7, 4)})
    gives_images = True

    def forward(self, x: Ref, like: Ref) -> Ref:
        """(B, C, H, W), (B, C', H', W') -> (B, C, H', W')."""
        spatial("PadTo", x, 2)
        if like.type.rank != 4:
            raise ShapeError("like", tr("expected B×C×H×W, whose size is taken, got {type}", type=like.type))
        return _fitted(x, like)

    def pytorch(self, x: Type, like: Type) -> Spelling:
        """F.pad, which cuts off where a border is below 0."""
        borders = [border for i in (3, 2) for border in _written_borders(i, x, like)]
        return Spelling(apply=f"F.pad({{x}}, ({', '.join(borders)}))")


def _fitted(x: Ref, like: Ref) -> Ref:
    pads: list[tuple[Dim, Dim]] = [(0, 0), (0, 0)]
    for axis in (2, 3):
        size, wanted = x.shape[axis], like.shape[axis]
        more = wanted - size
        if less_equal(more, -1):
            low = (size - wanted) - (size - wanted) // 2  # what Python's more // 2 takes away
            x = ops.slice(x, axis, low, low + wanted)
            more = 0
        pads.append((more // 2, more - more // 2))
    return x if all(pair == (0, 0) for pair in pads) else ops.pad(x, tuple(pads))


def _written_borders(axis: int, x: Type, like: Type) -> tuple[str, str]:
    more = like.shape[axis] - x.shape[axis]
    if isinstance(more, int):
        return str(more // 2), str(more - more // 2)
    difference = f"({{like}}.shape[{axis}] - {{x}}.shape[{axis}])"
    return f"{difference} // 2", f"({difference} + 1) // 2"


class PixelShuffle(Layer):
    """Lays channels out as pixels: r·r channels become one that is r times as high and wide.

    After a convolution it enlarges images without gaps between the patches: super-resolution.
    """

    category = "shape"
    formula = "(N, C·r², H, W) → (N, C, H·r, W·r)"
    keywords = ("depth to space", "sub-pixel convolution", "super-resolution", "upsampling")
    example = Example(inputs={"x": (2, 8, 2, 3)}, arguments={"upscale_factor": 2})
    gives_images = True

    upscale_factor: Size = argument(help="How many times higher and wider", minimum=1, initial=2)

    def forward(self, x: Ref) -> Ref:
        """(B, C·r², H, W) -> (B, C, H·r, W·r)."""
        spatial("PixelShuffle", x, 2)
        batch, channels, height, width = x.shape
        factor = self.upscale_factor
        if not agree(channels % (factor * factor), 0):
            found = f"channels that {text(factor * factor)} divides, as many as pixels come of one"
            raise ShapeError("x", tr("expected {found}, got {type}", found=found, type=x.type))
        kept = channels // (factor * factor)
        parts = ops.reshape(x, (batch, kept, factor, factor, height, width))
        parts = ops.permute(parts, (0, 1, 4, 2, 5, 3))  # (B, C, r, r, H, W) -> (B, C, H, r, W, r)
        return ops.reshape(parts, (batch, kept, height * factor, width * factor))

    def pytorch(self, x: Type) -> Spelling:
        """nn.PixelShuffle."""
        return Spelling(construct=code("nn.PixelShuffle", self.upscale_factor))


class PixelUnshuffle(Layer):
    """Lays patches of pixels out as channels: images r times less high and wide with r·r times the channels.

    PixelShuffle is its opposite. Nothing is lost, unlike with pooling.
    """

    category = "shape"
    formula = "(N, C, H·r, W·r) → (N, C·r², H, W)"
    keywords = ("space to depth", "focus", "downsampling", "patches", "pixel shuffle")
    example = Example(inputs={"x": (2, 2, 4, 6)}, arguments={"downscale_factor": 2})
    gives_images = True

    downscale_factor: Size = argument(help="How many times less high and wide", minimum=1, initial=2)

    def forward(self, x: Ref) -> Ref:
        """(B, C, H·r, W·r) -> (B, C·r², H, W)."""
        spatial("PixelUnshuffle", x, 2)
        batch, channels, height, width = x.shape
        factor = self.downscale_factor
        if not (agree(height % factor, 0) and agree(width % factor, 0)):
            found = f"a height and width that {text(factor)} divides"
            raise ShapeError("x", tr("expected {found}, got {type}", found=found, type=x.type))
        height, width = height // factor, width // factor
        parts = ops.reshape(x, (batch, channels, height, factor, width, factor))
        parts = ops.permute(parts, (0, 1, 3, 5, 2, 4))  # (B, C, H, r, W, r) -> (B, C, r, r, H, W)
        return ops.reshape(parts, (batch, channels * factor * factor, height, width))

    def pytorch(self, x: Type) -> Spelling:
        """nn.PixelUnshuffle."""
        return Spelling(construct=code("nn.PixelUnshuffle", self.downscale_factor))
