"""Faults of one layer: an argument that is another, or another layer in its place. All keep every shape."""

from collections.abc import Mapping
from typing import Any

from tests.frameworks.planting import NO_TRAINING, Design, Fault, Part, layer, part, row

WIDE = {"x": (3, 40)}
IMAGE = {"x": (2, 4, 6, 6)}
SQUARE = {"x": (2, 3, 5, 5)}
PAIR = {"x": (3, 4), "target": (3, 4)}


def argument(
    name: str,
    kind: str,
    changed: Mapping[str, Any],
    inputs: Mapping[str, tuple[int, ...]] | None = None,
    senseless: Mapping[str, str] | None = None,
    **arguments: Any,
) -> Fault:
    """Arguments of one layer that are others."""
    right, wrong = layer(kind, inputs, **arguments), layer(kind, inputs, **{**arguments, **changed})
    return Fault(name=name, right=right, wrong=wrong, senseless=senseless or {})


def instead(name: str, kind: str, other: str, inputs: Mapping[str, tuple[int, ...]] | None = None) -> Fault:
    """Another layer in its place."""
    shapes = inputs or {"x": WIDE["x"]}
    return Fault(name=name, right=layer(kind, shapes), wrong=layer(other, shapes))


def rows(name: str, right: Design, wrong: Design, senseless: Mapping[str, str] | None = None) -> Fault:
    """Another row of layers."""
    return Fault(name=name, right=right, wrong=wrong, senseless=senseless or {})


NORMALISATION = [
    argument("the eps of a batch norm", "BatchNorm2d", {"eps": 1e-3}),
    argument("the momentum of a batch norm", "BatchNorm2d", {"momentum": 0.2}, senseless=NO_TRAINING),
    argument("momentum for one less than it", "BatchNorm1d", {"momentum": 0.9}, senseless=NO_TRAINING),
    argument("the eps of a layer norm", "LayerNorm", {"eps": 1e-3}),
    argument("the axes of a layer norm", "LayerNorm", {"normalized_axes": 2}, elementwise_affine=False),
    argument("the groups of a group norm", "GroupNorm", {"num_groups": 4}, IMAGE, num_groups=2),
    argument("the eps of a group norm", "GroupNorm", {"eps": 1e-3}, num_groups=2),
    argument("the eps of an instance norm", "InstanceNorm2d", {"eps": 1e-3}, affine=True),
    argument("the eps of an RMS norm", "RMSNorm", {"eps": 1e-3}),
    argument("the size of a response norm", "LocalResponseNorm", {"size": 5}, size=3, alpha=0.5),
    argument(
        "alpha of a response norm over its size", "LocalResponseNorm", {"alpha": 1.5}, size=3, alpha=0.5
    ),
    argument("beta of a response norm", "LocalResponseNorm", {"beta": 0.5}, size=3, alpha=0.5),
    argument("k of a response norm", "LocalResponseNorm", {"k": 2.0}, size=3, alpha=0.5),
    rows(
        "an instance norm for a group norm",
        row("2, 4, 3, 5", norm=part("GroupNorm", num_groups=1)),
        row("2, 4, 3, 5", norm=part("InstanceNorm2d", affine=True)),
    ),
    rows(
        "a layer norm for an RMS norm",
        row("2, 3, 6", norm=part("RMSNorm", eps=1e-5)),
        row("2, 3, 6", norm=part("LayerNorm", bias=False)),
    ),
    argument("dim of an L2 normalisation", "Normalize", {"dim": 0}),
    argument("p of a normalisation", "Normalize", {"p": 1}),
]

ACTIVATION = [
    argument("the slope of a leaky ReLU", "LeakyReLU", {"negative_slope": 0.2}, negative_slope=0.01),
    argument("the form of GELU", "GELU", {"approximate": "tanh"}),
    argument("alpha of ELU", "ELU", {"alpha": 1.0}, alpha=0.5),
    argument("alpha of CELU", "CELU", {"alpha": 1.0}, alpha=0.5),
    argument("beta of softplus", "Softplus", {"beta": 1.0}, beta=2.0),
    argument("the threshold of softplus", "Softplus", {"threshold": 1.0}, WIDE, threshold=2.0),
    argument("the axis of softmax", "Softmax", {"dim": 1}, {"x": (2, 3, 3)}, dim=-1),
    argument("the lower bound of a hard tanh", "Hardtanh", {"min_val": -0.9}, WIDE, min_val=-1.0),
    argument("the upper bound of a clamp", "Clamp", {"max": 1.0}, WIDE, min=-0.5, max=0.75),
    argument("lambda of a hard shrink", "Hardshrink", {"lambd": 0.5}, WIDE, lambd=0.25),
    argument("the value below a threshold", "Threshold", {"value": 0.0}, threshold=0.25, value=-1.0),
    instead("a ReLU with a bound", "ReLU", "ReLU6"),
    instead("tanh for ReLU", "ReLU", "Tanh"),
    instead("a smooth sigmoid for the hard one", "Hardsigmoid", "Sigmoid"),
    instead("SiLU for the hard swish", "Hardswish", "SiLU"),
    instead("SiLU for mish", "Mish", "SiLU"),
    instead("ELU for SELU", "SELU", "ELU"),
    instead("softmax for log-softmax", "LogSoftmax", "Softmax"),
    instead("a soft shrink for the hard one", "Hardshrink", "Softshrink"),
    instead("tanh for softsign", "Softsign", "Tanh"),
    rows(
        "the slope of a fused activation",
        row("3, 6", fc=part("Linear", out_features=4, activation="leaky_relu")),
        row("3, 6", fc=part("Linear", out_features=4, activation="relu")),
    ),
]

CONV: dict[str, Any] = {"out_channels": 3, "kernel_size": 3}


def padded(pad: tuple[int, ...], **rest: Any) -> Design:
    """Padding by itself, then a convolution with a stride: where a window begins."""
    conv = part("Conv2d", **CONV, stride=2)
    return row("2, 4, 6, 6", pad=part("Pad", pad=pad, **rest), conv=conv)


def pooled(pool: Part) -> Design:
    """A pool of any size, then the mean: the shape stays."""
    return row("2, 3, 6, 5", pool=pool, mean=part("GlobalAvgPool2d"))


def ups(pad: tuple[int, ...]) -> Design:
    """A transposed convolution of which one border is cut off."""
    conv = part("ConvTranspose2d", **CONV, stride=2)
    return row("2, 4, 3, 3", up=conv, cut=part("Crop", crop=pad))


SPATIAL = [
    argument(
        "the padding mode of a convolution", "Conv2d", {"padding_mode": "reflect"}, IMAGE, padding=1, **CONV
    ),
    argument("the border of a convolution", "Conv2d", {"padding_mode": "circular"}, IMAGE, padding=1, **CONV),
    argument(
        "a dilation that keeps the size", "Conv2d", {"dilation": 2, "padding": 2}, IMAGE, padding=1, **CONV
    ),
    argument(
        "the dilation of a sequence's convolution", "Conv1d", {"dilation": 2, "padding": 2}, padding=1, **CONV
    ),
    argument(
        "the dilation of a depthwise convolution",
        "DepthwiseConv2d",
        {"dilation": 2, "padding": 2},
        IMAGE,
        padding=1,
        kernel_size=3,
    ),
    rows(
        "same padding as PyTorch has it",
        row("2, 4, 6, 6", conv=part("Conv2d", **CONV, stride=2, padding="same_upper")),
        row("2, 4, 6, 6", conv=part("Conv2d", **CONV, stride=2, padding=1)),
    ),
    rows(
        "the order of strides",
        row("2, 4, 6, 6", conv=part("Conv2d", **CONV, stride=(1, 2)), mean=part("GlobalAvgPool2d")),
        row("2, 4, 6, 6", conv=part("Conv2d", **CONV, stride=(2, 1)), mean=part("GlobalAvgPool2d")),
    ),
    rows("padding at the other end", padded((0, 1, 0, 1)), padded((1, 0, 1, 0))),
    rows("the order of the axes of padding", padded((2, 0, 1, 1)), padded((1, 1, 2, 0))),
    rows("the value of padding", padded((1, 1, 1, 1)), padded((1, 1, 1, 1), value=0.5)),
    rows(
        "reflected padding for the edge's",
        padded((2, 2, 2, 2), mode="replicate"),
        padded((2, 2, 2, 2), mode="reflect"),
    ),
    rows("the other border of a transposed convolution", ups((0, 1, 0, 1)), ups((1, 0, 1, 0))),
    argument(
        "the padding of a transposed convolution",
        "ConvTranspose2d",
        {"padding": 1, "dilation": 2},
        {"x": (2, 4, 3, 3)},
        **CONV,
    ),
    rows(
        "channels shuffled by another number of groups",
        row(
            "B, 6, 2, 2",
            apart=part("Reshape", shape="B, 2, 3, 2, 2"),
            turn=part("Transpose", dim0=1, dim1=2),
            back=part("Reshape", shape="B, 6, 2, 2"),
            conv=part("Conv2d", **{**CONV, "kernel_size": 1}),
        ),
        row(
            "B, 6, 2, 2",
            apart=part("Reshape", shape="B, 3, 2, 2, 2"),
            turn=part("Transpose", dim0=1, dim1=2),
            back=part("Reshape", shape="B, 6, 2, 2"),
            conv=part("Conv2d", **{**CONV, "kernel_size": 1}),
        ),
    ),
    argument(
        "whether a border counts", "AvgPool2d", {"count_include_pad": False}, IMAGE, kernel_size=3, padding=1
    ),
    rows(
        "a maximum for a mean",
        row("2, 3, 4, 4", pool=part("AvgPool2d", kernel_size=2)),
        row("2, 3, 4, 4", pool=part("MaxPool2d", kernel_size=2)),
    ),
    rows(
        "the last window of a pool",
        pooled(part("AvgPool2d", kernel_size=2, stride=2)),
        pooled(part("AvgPool2d", kernel_size=2, stride=2, ceil_mode=True)),
    ),
    argument(
        "the dilation of a pool",
        "MaxPool2d",
        {"dilation": 2, "kernel_size": 2},
        SQUARE,
        kernel_size=3,
        stride=1,
    ),
    rows(
        "a border of zeros for a maximum",
        row("2, 3, 4, 4", pool=part("MaxPool2d", kernel_size=2, padding=1)),
        row("2, 3, 4, 4", pad=part("Pad", pad=1), pool=part("MaxPool2d", kernel_size=2)),
    ),
    rows(
        "windows of one size for adaptive ones",
        row("2, 3, 5, 5", pool=part("AdaptiveAvgPool2d", output_size=3)),
        row("2, 3, 5, 5", pool=part("AvgPool2d", kernel_size=2, stride=2, ceil_mode=True)),
    ),
    instead("a global maximum for a mean", "GlobalAvgPool2d", "GlobalMaxPool2d", SQUARE),
    argument("whether corners are aligned", "Upsample", {"align_corners": True}, mode="bilinear"),
    argument("how an image grows", "Upsample", {"mode": "nearest"}, mode="bilinear"),
    argument("cubes for lines", "Upsample", {"mode": "bicubic"}, mode="bilinear"),
    rows(
        "the channels' order of a pixel shuffle",
        row("2, 8, 3, 2", shuffle=part("PixelShuffle", upscale_factor=2)),
        row(
            "2, 8, 3, 2",
            blocks=part("Reshape", shape="2, 2, 2, 2, 3, 2"),
            apart=part("Permute", dims=(0, 3, 4, 1, 5, 2)),
            joined=part("Reshape", shape="2, 2, 6, 4"),
        ),
    ),
]

SHAPE = [
    argument("the first step for the last", "Select", {"index": 0}, dim=1, index=-1),
    argument("where a slice starts", "Slice", {"start": 0, "end": 4}, dim=1, start=1, end=5),
    argument("the way of a roll", "Roll", {"shifts": -1}, shifts=1, dims=1),
    argument("the axis of a flip", "Flip", {"dim": 1}, dim=-1),
    argument(
        "the axes of a permutation", "Permute", {"dims": (0, 3, 1, 2)}, {"x": (2, 3, 3, 3)}, dims=(0, 2, 1, 3)
    ),
    rows(
        "elements repeated for the whole",
        row("2, 3, 4", more=part("Tile", dims=(1, 2, 1))),
        row("2, 3, 4", more=part("RepeatInterleave", repeats=2, dim=1)),
    ),
    rows(
        "a transpose for a reshape",
        row("2, 3, 4", shaped=part("Reshape", shape="2, 4, 3")),
        row("2, 3, 4", shaped=part("Transpose", dim0=1, dim1=2)),
    ),
    rows(
        "the order of flattening",
        row("2, 3, 4, 5", flat=part("Flatten"), fc=part("Linear", out_features=3)),
        row(
            "2, 3, 4, 5",
            last=part("Permute", dims=(0, 2, 3, 1)),
            flat=part("Flatten"),
            fc=part("Linear", out_features=3),
        ),
    ),
    rows(
        "the heads' place in a reshape",
        row("2, 4, 6", heads=part("Reshape", shape="2, 4, 2, 3"), turned=part("Transpose", dim0=1, dim1=2)),
        row("2, 4, 6", turned=part("Reshape", shape="2, 2, 4, 3")),
    ),
]

REDUCED = [
    argument("the axis of a mean", "Mean", {"dim": 2}, {"x": (2, 3, 3)}, dim=1),
    argument("the divisor of a variance", "Var", {"correction": 0}, dim=-1),
    argument("the divisor of a deviation", "Std", {"correction": 0}, dim=-1),
    argument("p of a norm", "Norm", {"p": 1.0}, dim=-1),
    argument("a factor", "Scale", {"factor": 2.5}, factor=2.0),
    argument("a shift", "Scale", {"shift": 0.001}, factor=2.0),
    argument("an exponent", "Power", {"exponent": 2.0}, exponent=3.0),
    argument("a threshold of a comparison", "Compare", {"value": 0.0}, WIDE, value=0.5),
    rows(
        "a sum for a mean", row("2, 3, 4", less=part("Mean", dim=1)), row("2, 3, 4", less=part("Sum", dim=1))
    ),
    rows(
        "a maximum for its soft form",
        row("2, 3, 4", less=part("LogSumExp", dim=1)),
        row("2, 3, 4", less=part("Max", dim=1)),
    ),
    rows(
        "the least place for the largest",
        row("2, 3, 4", less=part("ArgMax", dim=1)),
        row("2, 3, 4", less=part("ArgMin", dim=1)),
    ),
]

LOSSES = [
    argument("label smoothing", "CrossEntropyLoss", {"label_smoothing": 0.11}, label_smoothing=0.1),
    argument(
        "the class that does not count",
        "CrossEntropyLoss",
        {"ignore_index": -100},
        {"x": (9, 5), "target": (9,)},
        ignore_index=1,
    ),
    argument(
        "the weight of a class",
        "CrossEntropyLoss",
        {"weight": "1, 2, 1, 1, 3"},
        {"x": (9, 5), "target": (9,)},
        weight="1, 2, 1, 1, 1",
    ),
    argument("a sum for a mean loss", "MSELoss", {"reduction": "sum"}),
    argument("the weight of what is true", "BCEWithLogitsLoss", {"pos_weight": "1"}, pos_weight="2"),
    argument("beta of a smooth loss", "SmoothL1Loss", {"beta": 1.0}, PAIR, beta=0.75),
    instead("an absolute loss for a squared one", "MSELoss", "L1Loss", PAIR),
    rows("delta for beta", layer("SmoothL1Loss", PAIR, beta=0.75), layer("HuberLoss", PAIR, delta=0.75)),
    argument("the mean of a divergence", "KLDivLoss", {"reduction": "mean"}),
    argument("the logarithm of a divergence's target", "KLDivLoss", {"log_target": True}),
    argument("the margin of a triplet", "TripletMarginLoss", {"margin": 0.5}, margin=1.0),
    argument("the margin of a ranking", "MarginRankingLoss", {"margin": 0.2}, margin=0.3),
]
