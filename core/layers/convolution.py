"""Layers that slide learnt filters over a sequence, an image or a volume."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal as OneOf, cast

from .. import ops
from ..condition import at_most
from ..dim import Dim, product, text
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..ops.window import span
from ..text import tr
from ..types import Type
from .activated import Activated
from .layer import ArgumentError, Example, Size, Sizes, SizesOrWord, Tensor, argument
from .spatial import at_port, circular, per_axis, spatial
from .spelling import Spelling, code, marked

Pads = tuple[tuple[Dim, Dim], ...]


def check_groups(x: Type, out_channels: Dim, groups: Dim) -> None:
    """ArgumentError where the groups do not divide the channels that come in or go out."""
    for what, channels in (("input's", x.shape[1]), ("output's", out_channels)):
        rest = channels % groups
        if isinstance(rest, int) and rest:
            found = f"{text(groups)} does not divide the {what} {text(channels)} channels"
            raise ArgumentError("groups", tr("expected a divisor of the channels, but {found}", found=found))


def first_bias(channels: Dim, fan_in: Dim) -> Tensor:
    """A number for each channel that comes out, drawn as PyTorch draws it."""
    initial = FanInUniform(fan_in if isinstance(fan_in, int) else None)
    return Tensor(axes=("out",), shape=(channels,), initialiser=initial)


PADDING_WORDS = ("same", "valid", "same_upper")
"""What `padding` may say in place of numbers."""

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")

WORDS_HELP = (
    "same keeps the size, valid adds none; same_upper is same with strides too: "
    "size / stride, rounded up, the odd element at the end, as TensorFlow pads"
)


class Convolution(Activated, abstract=True):
    """Filters slid over `axes` spatial axes, each filter giving a channel."""

    axes: ClassVar[int]
    gives_images = True

    out_channels: Size = argument(
        help="How many filters there are, a channel of the output each", minimum=1, initial=16
    )
    kernel_size: Sizes = argument(help="How many elements a filter spans", minimum=1, initial=3)
    stride: Sizes = argument(
        default=1, help="How far the filter moves from one output to the next", minimum=1
    )
    padding: SizesOrWord = argument(
        default=0,
        minimum=0,
        choices=PADDING_WORDS,
        help=f"How many elements are added on each side; {WORDS_HELP}",
    )
    dilation: Sizes = argument(default=1, help="How far apart a filter's elements are", minimum=1)
    groups: Size = argument(
        default=1,
        help="Into how many parts the channels are divided, each with filters of its own",
        minimum=1,
    )
    bias: bool = argument(default=True, help="Whether a learnt number is added to each channel")
    padding_mode: str = argument(default="zeros", choices=PADDING_MODES, help="What the border is made of")

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (out, in / groups, kernel…), and bias (out)."""
        spatial(type(self).__name__, x, self.axes)
        check_groups(x, self.out_channels, self.groups)
        kernel = per_axis("kernel_size", self.kernel_size, self.axes)
        shape = (self.out_channels, x.shape[1] // self.groups, *kernel)
        roles = ("out", "in", *("kernel",) * self.axes)
        weight = Tensor(axes=roles, shape=shape, initialiser=FanInUniform())
        bias = first_bias(self.out_channels, product(shape[1:]))
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """(B, C, S…) -> (B, out, S'…)."""
        pads = self._pads(x.type)
        with at_port("x"):
            if self.padding_mode != "zeros":
                x, pads = _bordered(x, pads, self.padding_mode), ((0, 0),) * self.axes
            y = ops.conv(x, weight, self._each("stride"), pads, self._each("dilation"), self.groups)
        return self.activated(with_bias(y, bias))

    def _each(self, name: str) -> tuple[Dim, ...]:
        return per_axis(name, getattr(self, name), self.axes)

    def _pads(self, x: Type) -> Pads:
        if not isinstance(self.padding, str):
            return tuple((p, p) for p in per_axis("padding", self.padding, self.axes))
        if self.padding == "valid":
            return ((0, 0),) * self.axes
        strides = self._each("stride")
        if self.padding == "same" and any(stride != 1 for stride in strides):
            raise ArgumentError("padding", tr("same needs a stride of 1; same_upper or numbers would do"))
        reach = [span(k, d) for k, d in zip(self._each("kernel_size"), self._each("dilation"), strict=True)]
        totals = [_missing(n, r, s) for n, r, s in zip(x.shape[2:], reach, strides, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)

    def pytorch(self, x: Type) -> Spelling | None:
        """nn.Conv1d, nn.Conv2d, nn.Conv3d."""
        return spelled(self, x, type(self).__name__, (x.shape[1], self.out_channels, self.kernel_size))

    def pads_upper(self, x: Type) -> Pads | None:
        """What same_upper adds before and after, per axis; None where a setting is an expression."""
        settings = (self.kernel_size, self.stride, self.dilation)
        flat = [one for value in settings for one in (value if isinstance(value, tuple) else (value,))]
        return self._pads(x) if all(isinstance(one, int) for one in flat) else None


def _missing(size: Dim, reach: Dim, stride: Dim) -> Dim:
    """How many elements an axis lacks for ⌈size / stride⌉ windows that span `reach`: SAME in TensorFlow."""
    total = (size + stride - 1) // stride * stride - stride + reach - size
    if stride == 1 or at_most(stride, reach):
        return total  # a last window that starts in the axis ends at or behind it
    return 0 if reach == 1 or not at_most(0, total) else total


def spelled(
    layer: "Convolution", x: Type, module: str, sizes: tuple[Any, ...], **fixed: Any
) -> Spelling | None:
    """The convolution in PyTorch, padded by hand where that has no word for it.

    None where what is to be added depends on settings that are expressions.
    """
    defaults: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    defaults |= {"bias": True, "padding_mode": "zeros"}
    settings: dict[str, Any] = {name: getattr(layer, name) for name in defaults} | fixed
    if layer.padding != "same_upper":
        return Spelling(construct=code(f"nn.{module}", *sizes, defaults=defaults, **settings))
    pads = layer.pads_upper(x)
    if pads is None:
        return None
    if all(low == high for low, high in pads):
        settings["padding"] = tuple(low for low, _ in pads)
        return Spelling(construct=code(f"nn.{module}", *sizes, defaults=defaults, **settings))
    settings |= {"padding": 0, "padding_mode": "zeros"}
    mode = "" if layer.padding_mode == "zeros" else f', mode="{layer.padding_mode}"'
    flat = ", ".join(marked(side) for pair in reversed(pads) for side in pair)
    made = code(f"nn.{module}", *sizes, defaults=defaults, **settings)
    return Spelling(construct=made, apply=f"{{self}}(F.pad({{x}}, ({flat}){mode}))")


class Conv1d(Convolution):
    """Slides learnt filters along a sequence: each output is a weighted sum of a few neighbouring steps.

    The same weights serve every step, so a pattern is found wherever it stands.
    """

    category = "convolution"
    formula = "y[o, p] = bias[o] + Σ_c Σ_k weight[o, c, k] · x[c, p·stride + k·dilation - padding]"
    keywords = ("convolution", "1d", "temporal", "sequence", "causal", "filter", "kernel", "LazyConv1d")
    example = Example(inputs={"x": (2, 3, 8)}, arguments={"out_channels": 4, "kernel_size": 3, "padding": 1})
    axes = 1


class Conv2d(Convolution):
    """Slides learnt filters over an image: each output is a weighted sum of a small patch of pixels.

    The same weights serve every place, so a pattern is found wherever it stands.
    """

    category = "convolution"
    formula = (
        "y[o, p, q] = bias[o] + Σ_c Σ_k Σ_l weight[o, c, k, l] · x[c, p·stride + k·dilation - padding, …]"
    )
    keywords = ("convolution", "2d", "image", "filter", "kernel", "depthwise", "pointwise", "LazyConv2d")
    example = Example(
        inputs={"x": (2, 4, 6, 5)},
        arguments={"out_channels": 6, "kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "groups": 2},
    )
    axes = 2


class Conv3d(Convolution):
    """Slides learnt filters over a volume or a film: each output is a weighted sum of a small block.

    The same weights serve every place, so a pattern is found wherever and whenever it stands.
    """

    category = "convolution"
    formula = (
        "y[o, p, q, r] = bias[o] + Σ_c Σ_klm weight[o, c, k, l, m] · x[c, p·stride + k·dilation - padding, …]"
    )
    keywords = ("convolution", "3d", "volume", "video", "medical", "filter", "kernel", "LazyConv3d")
    example = Example(
        inputs={"x": (2, 2, 3, 4, 3)},
        arguments={"out_channels": 2, "kernel_size": (2, 3, 2), "stride": (1, 2, 1), "padding": 1},
    )
    axes = 3


def with_bias(y: Ref, bias: Ref | None) -> Ref:
    """The bias of each channel added at every place."""
    if bias is None:
        return y
    return ops.add(y, ops.reshape(bias, (*bias.shape, *(1,) * (len(y.shape) - 2))))  # (O) -> (O, 1…)


def _bordered(x: Ref, pads: Pads, mode: str) -> Ref:
    for axis, (low, high) in enumerate(pads, 2):
        if low == 0 and high == 0:
            continue
        if mode == "circular":
            x = circular(x, axis, low, high)
        else:
            x = ops.pad_edge(x, axis, low, high, cast(OneOf["reflect", "replicate"], mode))
    return x
