"""Layers that slide learnt filters over a sequence or an image, and the one that undoes their strides."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal as OneOf, cast

from .. import ops
from ..condition import at_most
from ..dim import Dim, product, text
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..ops.window import span
from ..text import tr
from ..types import ShapeError, Type
from .activated import Activated
from .layer import ArgumentError, Example, Size, Sizes, SizesOrWord, Tensor, argument
from .spatial import at_port, circular, per_axis, spatial
from .spelling import Spelling, code

Pads = tuple[tuple[Dim, Dim], ...]


def _check_groups(x: Type, out_channels: Dim, groups: Dim) -> None:
    for what, channels in (("input's", x.shape[1]), ("output's", out_channels)):
        rest = channels % groups
        if isinstance(rest, int) and rest:
            found = f"{text(groups)} does not divide the {what} {text(channels)} channels"
            raise ArgumentError("groups", tr("expected a divisor of the channels, but {found}", found=found))


def _bias(channels: Dim, fan_in: Dim) -> Tensor:
    initial = FanInUniform(fan_in if isinstance(fan_in, int) else None)
    return Tensor(axes=("out",), shape=(channels,), initialiser=initial)


class _Convolution(Activated, abstract=True):
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
        default=0, minimum=0, choices=("same", "valid"),
        help="How many elements are added on each side; same keeps the size, valid adds none",
    )  # fmt: skip
    dilation: Sizes = argument(default=1, help="How far apart a filter's elements are", minimum=1)
    groups: Size = argument(
        default=1,
        help="Into how many parts the channels are divided, each with filters of its own",
        minimum=1,
    )
    bias: bool = argument(default=True, help="Whether a learnt number is added to each channel")
    padding_mode: str = argument(
        default="zeros",
        choices=("zeros", "reflect", "replicate", "circular"),
        help="What the border is made of",
    )

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (out, in / groups, kernel…), and bias (out)."""
        spatial(type(self).__name__, x, self.axes)
        _check_groups(x, self.out_channels, self.groups)
        kernel = per_axis("kernel_size", self.kernel_size, self.axes)
        shape = (self.out_channels, x.shape[1] // self.groups, *kernel)
        roles = ("out", "in", *("kernel",) * self.axes)
        weight = Tensor(axes=roles, shape=shape, initialiser=FanInUniform())
        bias = _bias(self.out_channels, product(shape[1:]))
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """(B, C, S…) -> (B, out, S'…)."""
        pads = self._pads()
        with at_port("x"):
            if self.padding_mode != "zeros":
                x, pads = _bordered(x, pads, self.padding_mode), ((0, 0),) * self.axes
            y = ops.conv(x, weight, self._each("stride"), pads, self._each("dilation"), self.groups)
        return self.activated(_with_bias(y, bias))

    def _each(self, name: str) -> tuple[Dim, ...]:
        return per_axis(name, getattr(self, name), self.axes)

    def _pads(self) -> Pads:
        if not isinstance(self.padding, str):
            return tuple((p, p) for p in per_axis("padding", self.padding, self.axes))
        if self.padding == "valid":
            return ((0, 0),) * self.axes
        if any(stride != 1 for stride in self._each("stride")):
            raise ArgumentError("padding", tr("same needs a stride of 1; give numbers instead"))
        reach = [
            span(k, d) - 1 for k, d in zip(self._each("kernel_size"), self._each("dilation"), strict=True)
        ]
        return tuple((total // 2, total - total // 2) for total in reach)

    def pytorch(self, x: Type) -> Spelling:
        """nn.Conv1d, nn.Conv2d, nn.Conv3d."""
        sizes = (x.shape[1], self.out_channels, self.kernel_size)
        defaults: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
        defaults |= {"bias": True, "padding_mode": "zeros"}
        settings: dict[str, Any] = {name: getattr(self, name) for name in defaults}
        return Spelling(construct=code(f"nn.{type(self).__name__}", *sizes, defaults=defaults, **settings))


class Conv1d(_Convolution):
    """Slides learnt filters along a sequence: each output is a weighted sum of a few neighbouring steps.

    The same weights serve every step, so a pattern is found wherever it stands.
    """

    category = "convolution"
    formula = "y[o, p] = bias[o] + Σ_c Σ_k weight[o, c, k] · x[c, p·stride + k·dilation - padding]"
    keywords = ("convolution", "1d", "temporal", "sequence", "causal", "filter", "kernel", "LazyConv1d")
    example = Example(inputs={"x": (2, 3, 8)}, arguments={"out_channels": 4, "kernel_size": 3, "padding": 1})
    axes = 1


class Conv2d(_Convolution):
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


class Conv3d(_Convolution):
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


class _TransposedConvolution(Activated, abstract=True):
    """The backward of a convolution over `axes` spatial axes, used to enlarge."""

    axes: ClassVar[int]
    gives_images = True

    out_channels: Size = argument(help="How many channels come out", minimum=1, initial=16)
    kernel_size: Sizes = argument(help="How many elements a filter spans", minimum=1, initial=2)
    stride: Sizes = argument(
        default=1, help="How far apart the patches of neighbouring elements are", minimum=1, initial=2
    )
    padding: Sizes = argument(default=0, help="How many elements are cut off on each side", minimum=0)
    output_padding: Sizes = argument(
        default=0,
        help="How many more elements are kept at the end (below and at the right), less than the stride",
        minimum=0,
    )
    groups: Size = argument(
        default=1,
        help="Into how many parts the channels are divided, each with filters of its own",
        minimum=1,
    )
    bias: bool = argument(default=True, help="Whether a learnt number is added to each channel")
    dilation: Sizes = argument(default=1, help="How far apart a filter's elements are", minimum=1)

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (in, out / groups, kernel…), and bias (out)."""
        spatial(type(self).__name__, x, self.axes)
        _check_groups(x, self.out_channels, self.groups)
        shape = (x.shape[1], self.out_channels // self.groups, *self._each("kernel_size"))
        weight = Tensor(axes=("in", "out", *("kernel",) * self.axes), shape=shape, initialiser=FanInUniform())
        bias = _bias(self.out_channels, product(shape[1:]))
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """(B, C, S…) -> (B, out, S'…)."""
        stride, padding, dilation = self._each("stride"), self._each("padding"), self._each("dilation")
        reach = [span(k, d) for k, d in zip(weight.shape[2:], dilation, strict=True)]
        axes = zip(x.shape[2:], stride, padding, reach, strict=True)
        whole = [(n - 1) * s - 2 * p + r for n, s, p, r in axes]
        spared, cut, added = self._output_padding(stride, padding, dilation)
        size = [n + more for n, more in zip(whole, spared, strict=True)]
        if not all(at_most(1, n) for n in size):
            shape = Type((x.shape[0], self.out_channels, *size))
            raise ShapeError(
                "x",
                tr(
                    "nothing would be left of {type} after cutting off the padding: {shape}",
                    type=x.type,
                    shape=shape,
                ),
            )
        pads = list(zip(padding, cut, strict=True))
        y = ops.conv_input_grad(x, weight, size, stride, pads, dilation, self.groups)
        if any(more != 0 for more in added):
            y = ops.pad(y, ((0, 0), (0, 0), *((0, more) for more in added)))
        return self.activated(_with_bias(y, bias))

    def _output_padding(
        self, stride: tuple[Dim, ...], padding: tuple[Dim, ...], dilation: tuple[Dim, ...]
    ) -> tuple[list[Dim], list[Dim], list[Dim]]:
        """Rows and columns that are kept of what filters reach, those still cut off, and those beyond."""
        spared: list[Dim] = []
        cut: list[Dim] = []
        added: list[Dim] = []
        for more, s, p, d in zip(self._each("output_padding"), stride, padding, dilation, strict=True):
            within = at_most(more + 1, s)
            if not within and not at_most(more + 1, d):
                limit = f"less than the stride {text(s)} or the dilation {text(d)}"
                raise ArgumentError(
                    "output_padding", tr("expected {limit}, got {more}", limit=limit, more=text(more))
                )
            kept = more if within or at_most(more, p) else p
            spared.append(kept)
            cut.append(p if within else p - kept)
            added.append(more - kept)
        return spared, cut, added

    def _each(self, name: str) -> tuple[Dim, ...]:
        return per_axis(name, getattr(self, name), self.axes)

    def pytorch(self, x: Type) -> Spelling:
        """nn.ConvTranspose1d, nn.ConvTranspose2d."""
        sizes = (x.shape[1], self.out_channels, self.kernel_size)
        defaults = {"stride": 1, "padding": 0, "output_padding": 0, "groups": 1, "bias": True, "dilation": 1}
        names = ("stride", "padding", "output_padding", "groups", "bias", "dilation")
        settings: dict[str, Any] = {name: getattr(self, name) for name in names}
        return Spelling(construct=code(f"nn.{type(self).__name__}", *sizes, defaults=defaults, **settings))


class ConvTranspose1d(_TransposedConvolution):
    """Spreads each step over a stretch by learnt filters: a convolution's backward, to lengthen sequences.

    With a stride of 2 the sequence becomes about twice as long.
    """

    category = "convolution"
    formula = "size = (x - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1"
    keywords = ("deconvolution", "transposed convolution", "upsampling", "1d", "decoder", "sequence", "audio")
    example = Example(
        inputs={"x": (2, 4, 5)},
        arguments={"out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
    )
    axes = 1


class ConvTranspose2d(_TransposedConvolution):
    """Spreads each pixel over a patch by learnt filters: a convolution's backward, used to enlarge images.

    With a stride of 2 the image becomes about twice as large.
    """

    category = "convolution"
    formula = "size = (x - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1"
    keywords = (
        "deconvolution",
        "transposed convolution",
        "upsampling",
        "2d",
        "decoder",
        "LazyConvTranspose2d",
    )
    example = Example(
        inputs={"x": (2, 4, 3, 4)},
        arguments={"out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
    )
    axes = 2


def _with_bias(y: Ref, bias: Ref | None) -> Ref:
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
