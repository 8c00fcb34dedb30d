"""Layers that enlarge by learnt filters: a convolution's backward as a layer."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import ops
from ..condition import at_most
from ..dim import Dim, product, text
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..ops.window import span
from ..text import tr
from ..types import ShapeError, Type
from .activated import Activated
from .convolution import check_groups, first_bias, with_bias
from .layer import ArgumentError, Example, Size, Sizes, Tensor, argument
from .spatial import per_axis, spatial
from .spelling import Spelling, code


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
        check_groups(x, self.out_channels, self.groups)
        shape = (x.shape[1], self.out_channels // self.groups, *self._each("kernel_size"))
        weight = Tensor(axes=("in", "out", *("kernel",) * self.axes), shape=shape, initialiser=FanInUniform())
        bias = first_bias(self.out_channels, product(shape[1:]))
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
        return self.activated(with_bias(y, bias))

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
        """nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d."""
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


class ConvTranspose3d(_TransposedConvolution):
    """Spreads each voxel over a block by learnt filters: a convolution's backward, to enlarge volumes.

    With a stride of 2 the volume becomes about twice as large along each axis.
    """

    category = "convolution"
    formula = "size = (x - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1"
    keywords = ("deconvolution", "transposed convolution", "upsampling", "3d", "volume", "V-Net", "medical")
    example = Example(
        inputs={"x": (2, 2, 2, 3, 2)},
        arguments={"out_channels": 2, "kernel_size": (2, 3, 2), "stride": 2, "padding": (0, 1, 0)},
    )
    axes = 3
