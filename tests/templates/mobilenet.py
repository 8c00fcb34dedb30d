"""MobileNetV2 as torchvision draws it: inverted residuals of depthwise convolutions."""

from collections.abc import Callable

from core.use import Use
from tests.templates.sheet import Book, Sheet


def convolution(book: Book) -> Sheet:
    """Convolution, batch norm, ReLU6."""
    sheet = book.sheet("ConvNorm", "A convolution that keeps the size at stride 1, batch norm and ReLU6")
    sheet.argument("channels", 32, "Output channels", minimum=1)
    sheet.argument("kernel_size", 3, "Pixels across; odd", minimum=1)
    sheet.argument("stride", 1, "2 halves the image", minimum=1)
    sheet.argument("groups", 1, "As many as channels for a depthwise one", minimum=1).input()
    sheet.node(
        "Conv2d", "conv", out_channels="=channels", kernel_size="=kernel_size", stride="=stride",
        padding="=kernel_size // 2", groups="=groups", bias=False,
    )  # fmt: skip
    return sheet.node("BatchNorm2d", "bn", activation="relu6").output().wire("x > conv > bn > y")


def inverted_residual(book: Book, conv: Sheet) -> Sheet:
    """Widen, filter each channel by itself, narrow; with a residual connection where it fits."""
    straight = book.sheet("Straight", "What comes out of the block, without what went in")
    straight.input("x1").input("x2").output().wire("x1 > y")
    sheet = book.sheet("InvertedResidual", "Widen, filter each channel by itself, narrow")
    sheet.argument("channels", 16, "Output channels", minimum=1)
    sheet.argument("stride", 1, "2 halves the image", minimum=1)
    sheet.argument("expansion", 6, "How many times wider it is inside; 1 leaves the widening out", minimum=1)
    sheet.input().node(
        "Choose", "expand", condition="=expansion != 1",
        then=conv.use(channels="=expansion * x.shape[1]", kernel_size=1),
    )  # fmt: skip
    sheet.node(
        conv, "depthwise", channels="=expansion * x.shape[1]", stride="=stride",
        groups="=expansion * x.shape[1]",
    )  # fmt: skip
    sheet.node("Conv2d", "project", out_channels="=channels", kernel_size=1, bias=False)
    sheet.node("BatchNorm2d", "bn")
    sheet.node(
        "Choose", "add", (3, 1.6), condition="=stride == 1 and x.shape[1] == channels",
        then=Use("Add"), otherwise=straight.use(),
    ).output(at=(4, 1.95))  # fmt: skip
    return sheet.wire("x > expand > depthwise > project > bn > add > y", "x > add")


def mobilenet() -> Book:
    """Sandler et al. 2018, table 2."""
    book = Book(
        "MobileNetV2",
        "Small enough for a telephone: depthwise convolutions in inverted residuals (Sandler et al. 2018).",
        {
            "small": {
                "channels": [4, 4, 8, 8, 8, 16, 16], "depths": [1, 2, 2, 1, 1, 1, 1], "stem": 8, "head": 32,
                "classes": 10, "B": 2, "H": 64, "W": 64,
            }
        },
    )  # fmt: skip
    conv = convolution(book)
    stage = book.sheet("Stage", "Blocks of one width; the first may halve the image")
    stage.argument("channels", 16, "Channels of the blocks", minimum=1)
    stage.argument("depth", 1, "How many blocks", minimum=1)
    stage.argument("stride", 1, "Of the first block", minimum=1)
    stage.argument("expansion", 6, "How many times wider the blocks are inside", minimum=1).input()
    stage.node(
        inverted_residual(book, conv), "blocks", repeat="=depth", channels="=channels",
        stride="=stride if i == 0 else 1", expansion="=expansion",
    )  # fmt: skip
    stage.output().wire("x > blocks > y")
    root = book.root.argument("channels", (16, 24, 32, 64, 96, 160, 320), "Of each stage", minimum=1)
    root.argument("depths", (1, 2, 3, 4, 3, 3, 1), "Blocks in each stage", minimum=1)
    root.argument("strides", (1, 2, 2, 2, 1, 2, 1), "Of each stage's first block", minimum=1)
    root.argument("stem", 32, "Channels of the first convolution", minimum=1)
    root.argument("head", 1280, "Channels of the last convolution", minimum=1)
    root.argument("classes", 1000, "How many classes", minimum=1)
    root.input("image", "B, 3, H, W", sizes="B=1, H=224, W=224")
    root.node(conv, "first", channels="=stem", stride=2)
    root.node(
        stage, "stages", repeat="=len(depths)", channels="=channels[i]", depth="=depths[i]",
        stride="=strides[i]", expansion="=6 if i else 1",
    )  # fmt: skip
    root.node(conv, "last", channels="=head", kernel_size=1)
    root.node("AdaptiveAvgPool2d", "avgpool", output_size=1).node("Flatten", "flatten")
    root.node("Dropout", "dropout", p=0.2).node("Linear", "fc", out_features="=classes").output("logits")
    root.wire("image > first > stages > last > avgpool > flatten > dropout > fc > logits")
    return book


BOOKS: dict[str, Callable[[], Book]] = {"mobilenet-v2": mobilenet}
"""By the names of their files."""
