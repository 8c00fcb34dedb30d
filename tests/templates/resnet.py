"""Residual networks as torchvision draws them: stride in the 3×3 convolution (v1.5)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.templates.sheet import Book, Sheet


def shortcut(book: Book) -> Sheet:
    """A 1×1 convolution that gives the shortcut its channels and size."""
    sheet = book.sheet("Projection", "A 1×1 convolution for shortcuts that change size or channels")
    sheet.argument("channels", 64).argument("stride", 1)
    sheet.input().node(
        "Conv2d", "conv", out_channels="=channels", kernel_size=1, stride="=stride", bias=False
    )
    return sheet.node("BatchNorm2d", "bn").output().wire("x > conv > bn > y")


def around(book: Book, sheet: Sheet, channels: str, row: float) -> Sheet:
    """The shortcut: a projection where sizes change, else nothing."""
    return sheet.node(
        "Choose", "shortcut", (1, row), condition=f"=stride != 1 or x.shape[1] != {channels}",
        then=shortcut(book).use(channels=f"={channels}", stride="=stride"),
    )  # fmt: skip


def bottleneck(book: Book) -> Sheet:
    """1×1, 3×3, 1×1 with four times the width, and a residual connection."""
    sheet = book.sheet("Bottleneck", "1×1 to narrow, 3×3, 1×1 to widen, with a residual connection")
    sheet.argument("width", 64, "Channels of the 3×3 convolution", minimum=1)
    sheet.argument("stride", 1, "2 halves the image", minimum=1).input()
    sheet.node("Conv2d", "conv1", out_channels="=width", kernel_size=1, bias=False)
    sheet.node("BatchNorm2d", "bn1", activation="relu")
    sheet.node(
        "Conv2d", "conv2", out_channels="=width", kernel_size=3, stride="=stride", padding=1, bias=False
    )
    sheet.node("BatchNorm2d", "bn2", activation="relu")
    sheet.node("Conv2d", "conv3", (1, 1.6), out_channels="=4 * width", kernel_size=1, bias=False)
    sheet.node("BatchNorm2d", "bn3", (2, 1.6))
    around(book, sheet, "4 * width", 2.6)
    sheet.node("Add", "add", (2.85, 1.6)).node("ReLU", "relu", (3.45, 1.6)).output(at=(4.05, 1.6))
    return sheet.wire("x > conv1 > bn1 > conv2 > bn2 > conv3 > bn3 > add > relu > y", "x > shortcut > add")


def basic(book: Book) -> Sheet:
    """3×3, 3×3, and a residual connection."""
    sheet = book.sheet("BasicBlock", "Two 3×3 convolutions with a residual connection")
    sheet.argument("width", 64, "Channels", minimum=1).argument("stride", 1, "2 halves the image", minimum=1)
    sheet.input().node(
        "Conv2d", "conv1", out_channels="=width", kernel_size=3, stride="=stride", padding=1, bias=False
    )
    sheet.node("BatchNorm2d", "bn1", activation="relu")
    sheet.node("Conv2d", "conv2", out_channels="=width", kernel_size=3, padding=1, bias=False)
    sheet.node("BatchNorm2d", "bn2")
    around(book, sheet, "width", 1.6)
    sheet.node("Add", "add", (2.85, 1.6)).node("ReLU", "relu", (3.45, 1.6)).output(at=(4.05, 1.6))
    return sheet.wire("x > conv1 > bn1 > conv2 > bn2 > add > relu > y", "x > shortcut > add")


def resnet(name: str, depths: list[int], block: Any) -> Book:
    """A residual network with so many blocks in each of its four stages."""
    book = Book(
        name,
        f"{sum(depths) * (3 if block is bottleneck else 2) + 2} layers: four stages of residual blocks "
        "(He et al. 2015; stride in the 3×3 convolution as in torchvision).",
        {"small": {"depths": [1, 1, 1, 1], "width": 8, "classes": 10, "B": 2, "H": 64, "W": 64}},
    )
    inner = block(book)
    stage = book.sheet("Stage", "Blocks of one width; the first may halve the image")
    stage.argument("width", 64, "Channels of the blocks", minimum=1)
    stage.argument("depth", 3, "How many blocks", minimum=1).argument(
        "stride", 1, "Of the first block", minimum=1
    )
    stage.input().node(inner, "blocks", repeat="=depth", width="=width", stride="=stride if i == 0 else 1")
    stage.output().wire("x > blocks > y")
    root = book.root
    root.argument("depths", tuple(depths), "Blocks in each stage", minimum=1)
    root.argument("width", 64, "Channels of the first stage", minimum=1)
    root.argument("classes", 1000, "How many classes", minimum=1)
    root.input("image", "B, 3, H, W", sizes="B=1, H=224, W=224")
    root.node("Conv2d", "conv1", out_channels="=width", kernel_size=7, stride=2, padding=3, bias=False)
    root.node("BatchNorm2d", "bn1", activation="relu")
    root.node("MaxPool2d", "pool", kernel_size=3, stride=2, padding=1)
    root.node(
        stage, "stages", (0, 1.6), repeat="=len(depths)", width="=width * 2**i", depth="=depths[i]",
        stride="=2 if i else 1",
    )  # fmt: skip
    root.node("AdaptiveAvgPool2d", "avgpool", (1, 1.6), output_size=1).node("Flatten", "flatten", (2, 1.6))
    root.node("Linear", "fc", (3, 1.6), out_features="=classes").output("logits", (4, 1.6))
    root.wire("image > conv1 > bn1 > pool > stages > avgpool > flatten > fc > logits")
    return book


BOOKS: dict[str, Callable[[], Book]] = {
    "resnet-18": partial(resnet, "ResNet18", [2, 2, 2, 2], basic),
    "resnet-34": partial(resnet, "ResNet34", [3, 4, 6, 3], basic),
    "resnet-50": partial(resnet, "ResNet50", [3, 4, 6, 3], bottleneck),
    "resnet-101": partial(resnet, "ResNet101", [3, 4, 23, 3], bottleneck),
    "resnet-152": partial(resnet, "ResNet152", [3, 8, 36, 3], bottleneck),
}
"""By the names of their files."""
