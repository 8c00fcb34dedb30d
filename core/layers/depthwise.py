"""A convolution of each channel by itself."""

from collections.abc import Mapping

from ..dim import Dim
from ..ops.primitive import Ref
from ..types import Type
from .activated import Activated
from .convolution import PADDING_MODES, PADDING_WORDS, WORDS_HELP, Conv2d, spelled
from .layer import Example, Size, Sizes, SizesOrWord, Tensor, argument
from .spatial import spatial
from .spelling import Spelling


class DepthwiseConv2d(Activated):
    """Slides learnt filters over each channel of an image by itself, which costs far less than mixing them.

    A Conv2d of kernel size 1 after it mixes the channels: together they are a separable convolution.
    """

    category = "convolution"
    formula = "y[c, p, q] = bias[c] + Σ_k Σ_l weight[c, k, l] · x[c, p·stride + k·dilation - padding, …]"
    keywords = ("depthwise convolution", "separable", "grouped", "MobileNet", "ConvNeXt", "2d", "image")
    example = Example(
        inputs={"x": (2, 3, 5, 4)},
        arguments={"kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "depth_multiplier": 2},
    )
    gives_images = True

    kernel_size: Sizes = argument(help="How many pixels a filter spans", minimum=1, initial=3)
    stride: Sizes = argument(
        default=1, help="How far the filter moves from one output to the next", minimum=1
    )
    padding: SizesOrWord = argument(
        default=0,
        minimum=0,
        choices=PADDING_WORDS,
        help=f"How many pixels are added on each side; {WORDS_HELP}",
    )
    dilation: Sizes = argument(default=1, help="How far apart a filter's pixels are", minimum=1)
    depth_multiplier: Size = argument(default=1, help="How many channels come of each", minimum=1)
    bias: bool = argument(default=True, help="Whether a learnt number is added to each channel")
    padding_mode: str = argument(default="zeros", choices=PADDING_MODES, help="What the border is made of")

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (out, 1, kernel…), and bias (out)."""
        spatial("DepthwiseConv2d", x, 2)
        return self._as_conv(x.shape[1]).parameters(x)

    def forward(self, x: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """(B, C, H, W) -> (B, C · depth_multiplier, H', W')."""
        return self._as_conv(x.shape[1]).forward(x, weight=weight, bias=bias)

    def _as_conv(self, channels: Dim) -> Conv2d:
        return Conv2d(
            out_channels=channels * self.depth_multiplier,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=channels,
            bias=self.bias,
            padding_mode=self.padding_mode,
            activation=self.activation,
        )

    def pytorch(self, x: Type) -> Spelling | None:
        """nn.Conv2d with a group for each channel; None where the number of channels is an expression."""
        if not isinstance(self.depth_multiplier, int):
            return None
        channels = x.shape[1]
        sizes = (channels, channels * self.depth_multiplier, self.kernel_size)
        return spelled(self._as_conv(channels), x, "Conv2d", sizes, groups=channels)
